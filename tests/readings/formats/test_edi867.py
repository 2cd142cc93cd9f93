"""EDI 867: interval usage with its totals, cancellations and rebills, on synthetic interchanges written here from the
public implementation guides (no file of anybody's is copied)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.edi867 import envelope
from meterkeep.readings.model import Channel
from meterkeep.readings.quality import classify

BEGIN = datetime(2024, 7, 1, tzinfo=UTC)  # by the clock on the wall
EPOCH = int(datetime(2024, 7, 1, 4, tzinfo=UTC).timestamp())  # midnight of Eastern daylight time


def isa(separator="*", end="~", control="000000001"):
    fields = [
        "ISA",
        "00",
        " " * 10,
        "00",
        " " * 10,
        "01",
        "SYNSENDER".ljust(15),
        "01",
        "SYNRECEIVER".ljust(15),
    ]
    return separator.join([*fields, "240801", "0900", "U", "00401", control, "0", "T", ">"]) + end


def interchange(*transactions: Sequence[str], kind="867", line="", end="~", separator="*"):
    """A whole interchange with the right counts; each transaction is its segments between ST and SE."""
    body = ["GS*PT*SYNSENDER*SYNRECEIVER*20240801*0900*7*X*004010"]
    for number, segments in enumerate(transactions, 1):
        body += [f"ST*{kind}*{number:04d}", *segments, f"SE*{len(segments) + 2}*{number:04d}"]
    body += [f"GE*{len(transactions)}*7", "IEA*1*000000001"]
    shown = (end + line).join(each.replace("*", separator) for each in body)
    return isa(separator, end) + line + shown + end + line


def head(purpose="00", reference="SYN-REF-1", original="", account="SYN-ACCOUNT-1"):
    bpt = f"BPT*{purpose}*{reference}*20240801*C1" + (f"*****{original}" if original else "")
    return [bpt, "DTM*649*20240803*1700", "N1*8S*SYN UTILITY*1*007909411", f"REF*12*{account}"]


def detail(
    values, kind="PM", meter="SYN-M1", qualifier="QD", unit="KH", minutes=15, first=BEGIN, clock="ED", role=""
):
    """A loop of intervals, stamped at their ends."""
    refs = [f"REF*MG*{meter}"] * bool(meter) + [f"REF*JH*{role}"] * bool(role)
    loop = [f"PTD*{kind}", "DTM*150*20240701", "DTM*151*20240801", *refs, f"REF*MT*{unit}{minutes:03d}"]
    for number, value in enumerate(values, 1):
        on = first + timedelta(minutes=minutes * number)
        loop += [f"QTY*{qualifier}*{value}*{unit}", f"DTM*582*{on:%Y%m%d}*{on:%H%M}*{clock}"]
    return loop


def total(value, kind="SU", meter="SYN-M1", unit="KH", qualifier="QD"):
    refs = [f"REF*MG*{meter}"] * bool(meter)
    return [f"PTD*{kind}", "DTM*150*20240701", "DTM*151*20240801", *refs, f"QTY*{qualifier}*{value}*{unit}"]


@pytest.fixture
def given_file(tmp_path):
    def write(content):
        path = tmp_path / "given.edi"
        path.write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def refusal(given_file):
    def refuse(content):
        with pytest.raises(BadInput) as caught:
            list(open_file(given_file(content)).blocks())
        assert caught.value.next and "segment" in caught.value.where
        return caught.value.message

    return refuse


def test_an_interval_ends_at_its_stamp(read, given_file):
    whole = read(given_file(interchange([*head(), *detail(["1.5", ".25", "0"])])))
    (one,) = whole.sums
    assert one.rows == [(EPOCH, 900, 150), (EPOCH + 900, 900, 25), (EPOCH + 1800, 900, 0)]
    assert one.total == 1750 and one.series.channel is Channel.DELIVERED and one.series.meter == "SYN-M1"
    assert one.series.identifiers == ("SYN-ACCOUNT-1",) and whole.file.format == "edi867"


@pytest.mark.parametrize(
    ("separator", "end", "line"), [("|", "\n", ""), ("\x1d", "\x1e", ""), ("*", "~", "\r\n")]
)
def test_separators_are_those_of_the_header(read, given_file, separator, end, line):
    content = interchange([*head(), *detail([1, 2])], separator=separator, end=end, line=line)
    assert read(given_file(content)).sums[0].total == 3000


def test_interchanges_of_a_file_may_have_separators_of_their_own(read, given_file):
    one, other = (
        interchange([*head(), *detail([1])]),
        interchange([*head(), *detail([2])], separator="|", end="!"),
    )
    assert read(given_file(one + "\n" + other)).sums[0].total == 3000


def test_segments_are_found_however_the_file_is_read(read, given_file, monkeypatch):
    path = given_file(interchange([*head(), *detail(range(50))]) * 2)
    once = read(path).sums[0].rows
    for size in (1, 7, 100, 300):
        monkeypatch.setattr(envelope, "_CHUNK", size)
        assert read(path).sums[0].rows == once


@pytest.mark.parametrize(
    ("clock", "hours"),
    [("ED", 4), ("ES", 5), ("CD", 5), ("CS", 6), ("MD", 6), ("MS", 7), ("PD", 7), ("PS", 8), ("UT", 0)],
)
def test_time_zone_codes(read, given_file, clock, hours):
    whole = read(given_file(interchange([*head(), *detail([1], clock=clock)])))
    assert whole.sums[0].rows[0][0] == EPOCH + (hours - 4) * 3600


def test_without_a_code_the_clock_is_that_of_the_provider(read, given_file):
    content = interchange([*head(), *detail([1], clock="")])
    assert read(given_file(content), zone="America/Chicago").sums[0].rows[0][0] == EPOCH + 3600


def test_the_two_autumn_hours_are_told_by_their_codes_or_by_their_order(read, given_file):
    stamps = [("0100", "ED"), ("0200", "ED"), ("0200", "ES"), ("0300", "ES")]
    for coded in (True, False):
        loop = ["PTD*PM", "REF*MG*SYN-M1", "REF*MT*KH060"]
        for value, (time, clock) in enumerate(stamps, 1):
            # The hour that ends at 2:00 daylight time ends at 1:00 standard time.
            shown = {"0200ED": "0100" if not coded else "0200", "0200ES": "0200"}.get(time + clock, time)
            loop += [f"QTY*QD*{value}*KH", f"DTM*582*20241103*{shown}*{clock if coded else ''}"]
        whole = read(given_file(interchange([*head(), *loop])), zone="America/New_York")
        starts = [row[0] for row in whole.sums[0].rows]
        assert [b - a for a, b in pairwise(starts)] == [3600] * 3


def test_midnight_is_written_in_three_ways(read, given_file):
    for day, time in (("20240702", "0000"), ("20240701", "2400"), ("20240701", "2359")):
        loop = ["PTD*PM", "REF*MG*SYN-M1", "REF*MT*KH060", "QTY*QD*1*KH", f"DTM*582*{day}*{time}*ED"]
        whole = read(given_file(interchange([*head(), *loop])))
        assert whole.sums[0].rows[0][0] == EPOCH + 23 * 3600
        assert whole.findings.notes["day_ends_a_minute_early"] == (time == "2359")


def test_a_stamp_may_stand_in_the_sixth_element(read, given_file):
    loop = ["PTD*PM", "REF*MG*SYN-M1", "REF*MT*KH060", "QTY*QD*1*KH", "DTM*582***UT*DT*202407010100"]
    assert read(given_file(interchange([*head(), *loop]))).sums[0].rows[0][0] == EPOCH - 4 * 3600


def test_the_step_is_taken_where_the_meter_type_tells_no_length(read, given_file):
    loop = [each for each in detail([1, 2, 3], minutes=30) if not each.startswith("REF*MT")]
    assert read(given_file(interchange([*head(), *loop]))).sums[0].durations == [1800]


@pytest.mark.parametrize(
    ("qualifier", "role", "unit", "channel", "class_"),
    [
        ("QD", "", "KH", Channel.DELIVERED, "actual"),
        ("KA", "A", "KH", Channel.DELIVERED, "estimated"),
        ("87", "", "KH", Channel.RECEIVED, "actual"),
        ("9H", "", "KH", Channel.RECEIVED, "estimated"),
        ("QD", "S", "KH", Channel.RECEIVED, "actual"),
        ("QD", "I", "KH", Channel.OTHER, "actual"),
        ("QD", "", "K3", Channel.OTHER, "actual"),
        ("QD", "", "K1", Channel.DEMAND, "actual"),
        ("QD", "", "ZZ", Channel.OTHER, "actual"),
    ],
)
def test_qualifiers_roles_and_units(read, given_file, qualifier, role, unit, channel, class_):
    loop = detail([1], qualifier=qualifier, role=role, unit=unit)
    whole = read(given_file(interchange([*head(), *loop])))
    assert whole.sums[0].series.channel is channel
    assert [classify(each) for each in whole.file.qualities] == [class_]
    assert whole.findings.notes["unit_unknown"] == (unit == "ZZ")


def test_totals_are_checked_and_not_added(read, given_file):
    two = [*detail([1, 2]), *detail([4, 8], meter="SYN-M2")]
    account = detail([5, 10], kind="BO", meter="")
    sums = [*total(3), *total(12, meter="SYN-M2"), *total(15, meter="")]
    whole = read(given_file(interchange([*head(), *sums, *account, *two])))
    assert [each.total for each in whole.sums] == [3000, 12000] and whole.findings.records == 9
    assert whole.findings.rejected == {"total_of_intervals": 3, "total_of_meters": 2}
    assert not whole.findings.notes
    wrong = read(given_file(interchange([*head(), *total(4), *two])))
    assert wrong.findings.notes["total_contradicts_intervals"] == 1


def test_intervals_of_the_account_alone_count(read, given_file):
    whole = read(given_file(interchange([*head(), *total(15, meter=""), *detail([5, 10], "BO", meter="")])))
    assert whole.sums[0].total == 15000 and whole.findings.rejected == {"total_of_intervals": 1}


def test_the_account_services_detail_is_read_and_summed_up_by_its_summary(read, given_file):
    alone = [*head(), *total("10", meter=""), *detail([1, 2, 3, 4], kind="BQ", meter="")]
    whole = read(given_file(interchange(alone)))
    assert whole.readings == 4 and whole.sums[0].total == 10_000
    assert whole.findings.rejected == {"total_of_intervals": 1} and not whole.findings.notes
    beside = [*head(), *detail([1, 2]), *detail([1, 2], kind="BQ", meter="")]
    assert read(given_file(interchange(beside))).findings.rejected == {"total_of_meters": 2}


def test_a_total_without_intervals_is_a_billing_period(read, given_file):
    whole = read(given_file(interchange([*head(), *total(300), *total(300, "PM")])), zone="America/New_York")
    assert whole.sums[0].rows == [(EPOCH, 31 * 86_400, 300)]
    assert whole.findings.rejected == {"total_of_meters": 1}
    mixed = interchange([*head(), *detail([1]), *total(300, "PL", meter="SYN-M2")])
    assert [each.total for each in read(given_file(mixed)).sums] == [1000, 300_000]


def test_a_period_of_a_hundred_years_is_no_interval(read, given_file):
    loop = ["PTD*PM", "DTM*150*19700102", "DTM*151*20990101", "QTY*QD*1*KH"]
    assert read(given_file(interchange([*head(), *loop]))).findings.rejected == {"no_interval": 1}


def test_two_meters_of_one_period_add_up_under_one_usage_point(read, given_file):
    first = detail([1] * 4)
    second = detail([2] * 4, meter="SYN-M2", first=BEGIN + timedelta(hours=1))
    whole = read(given_file(interchange([*head(), *first, *second])))
    assert {each.identifiers for each in whole.file.series} == {("SYN-ACCOUNT-1",)}
    assert [each.meter for each in whole.file.series] == ["SYN-M1", "SYN-M2"]


def test_a_cancelled_original_is_followed_by_its_rebill(read, given_file):
    original = [*head(), *detail([1, 2, 3], qualifier="KA")]
    cancel = [*head("01", "SYN-REF-2", "SYN-REF-1"), *detail([1, 2, 3], qualifier="KA")]
    rebill = [*head("00", "SYN-REF-3"), *detail([10, 20])]
    whole = read(given_file(interchange(original, cancel, rebill)))
    assert [row[2] for row in whole.sums[0].rows] == [1, 2, 10, 20]  # the later ones stand
    assert whole.findings.rejected == {"cancellation": 3, "cancelled": 1}
    assert whole.findings.notes == {"cancels_in_this_file": 1}
    assert [(each.purpose, each.original, each.records) for each in whole.file.marks] == [
        ("00", "", (1, 4)),
        ("01", "SYN-REF-1", (4, 7)),
        ("00", "", (7, 9)),
    ]


def test_a_cancellation_without_rebill_leaves_nothing(read, given_file):
    cancel = [*head("01", "SYN-REF-2", "SYN-REF-1"), *detail([1, 2])]
    whole = read(given_file(interchange([*head(), *detail([1, 2])], cancel)))
    assert whole.readings == 0 and whole.findings.rejected == {"cancellation": 2, "cancelled": 2}


def test_a_rebill_on_another_meter_does_not_add_to_what_was_cancelled(read, given_file):
    cancel = [*head("01", "SYN-REF-2", "SYN-REF-1"), *detail([1, 2])]
    rebill = [*head("00", "SYN-REF-3"), *detail([7, 8], meter="SYN-M2")]
    whole = read(given_file(interchange([*head(), *detail([1, 2])], cancel, rebill)))
    assert [each.total for each in whole.sums] == [15000]


def test_a_cancellation_of_an_earlier_file_is_named_and_doubles_nothing(read, given_file):
    cancel = [*head("01", "SYN-REF-2", "SYN-REF-1"), *detail([1, 2])]
    whole = read(given_file(interchange(cancel)))
    assert whole.readings == 0 and whole.findings.rejected == {"cancellation": 2}
    assert whole.findings.notes == {"cancels_an_earlier_file": 1}
    assert whole.file.marks[0].original == "SYN-REF-1"


def test_what_is_not_known_is_rejected_by_name(read, given_file):
    loop = [
        *("PTD*PM", "REF*MG*SYN-M1", "REF*MT*KH015"),
        *("QTY*ZZ*1*KH", "DTM*582*20240701*0015*ED"),
        *("QTY*QD**KH", "DTM*582*20240701*0030*ED"),
        *("QTY*QD*1,5*KH", "DTM*582*20240701*0045*ED"),
        *("QTY*QD*1*KH", "DTM*582*20240701*2560*ED"),
        *("QTY*QD*1*KH", "DTM*582*20240701*0115*XX"),
        *("QTY*QD*1*KH", "DTM*582*20240701*0130*ED"),
    ]
    content = interchange([*head(), *loop, *detail([1], kind="FG")], [*head("77"), *detail([1])])
    whole = read(given_file(content))
    assert whole.sums[0].total == 1000
    assert whole.findings.rejected == {
        **{"qualifier_unknown": 1, "no_value": 1, "unreadable_value": 1, "unreadable_stamp": 2},
        **{"loop_unknown": 1, "purpose_unknown": 1},
    }
    assert all("SYN" not in place for _, place in whole.findings.places)


def test_register_reads_and_other_transactions_are_named(read, given_file):
    loop = [*detail([1]), "MEA*AA*PRQ*1*KH*100*101*51"]
    content = interchange([*head(), *loop]) + interchange(["BPT*00*x"], kind="824")
    notes = read(given_file(content)).findings.notes
    assert notes == {"register_reads_not_kept": 1, "other_transaction": 1}


GOOD = interchange([*head(), *detail([1, 2])], [*head(), *detail([3])])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("IEA*1*", "IEA*2*", "counts other"),
        ("IEA*1*000000001", "IEA*1*000000002", "another control number"),
        ("GE*2*7", "GE*3*7", "counts other"),
        ("GE*2*7", "GE*2*8", "another control number"),
        ("SE*15*0001", "SE*14*0001", "counts other"),
        ("SE*15*0001", "SE*15*0009", "another control number"),
        ("SE*15*0001", "SE*x*0001", "counts other"),
        ("QTY*QD*2*KH~", "", "counts other"),
        ("SE*15*0001~", "", "out of place"),
        ("ST*867*0002~", "", "outside any transaction"),
        ("GE*2*7~", "", "closes no interchange"),
        ("IEA*1*000000001~", "", "cut off"),
        ("IEA*1*000000001~", "IEA*1*0000000", "inside a segment"),
        ("*00401*", "*", "whole header"),
    ],
)
def test_damaged_envelopes_are_refused(refusal, old, new, words):
    assert GOOD.count(old) == 1
    assert words in refusal(GOOD.replace(old, new))


def test_an_interchange_without_usage_is_refused(refusal):
    assert "no transaction 867" in refusal(interchange(["BGN*00*1"], kind="814"))


def test_the_unbroken_form_is_read(read, given_file):
    assert read(given_file(GOOD)).readings == 3


NUMBERS = st.decimals(min_value=0, max_value=99999, places=3, allow_nan=False).map(str)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.one_of(NUMBERS, st.sampled_from(["", "x"])), max_size=9), min_size=1, max_size=4))
def test_sums_and_counts_are_those_of_plain_decimals(read, given_file, transactions):
    content = interchange(
        *([*head(reference=str(n)), *detail(cells)] for n, cells in enumerate(transactions))
    )
    whole = read(given_file(content))
    cells = [cell for cells in transactions for cell in cells]
    good = [Decimal(cell) for cell in cells if cell not in ("", "x")]
    assert whole.findings.records == len(cells) and whole.readings == len(good)
    assert sum(each.total for each in whole.sums) == sum(good) * 1000


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_never_crashes(given_file, data):
    content = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=3))
    path = given_file(bytes(content))
    try:
        file = open_file(path, format="edi867")
        rows = sum(len(block) for block in file.blocks())
    except BadInput as error:
        assert error.next
    else:
        assert rows + file.findings.rejected.total() == file.findings.records


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_what_stands_is_what_nobody_cancelled(read, given_file, data):
    """Against a plain oracle: whatever is originated, cancelled and rebilled, the last uncancelled value of each interval
    stands, and nothing else is told."""
    told, transactions = {}, []
    for number in range(data.draw(st.integers(1, 7))):
        open_ones = sorted(told)
        if open_ones and data.draw(st.booleans()):
            reference = data.draw(st.sampled_from(open_ones))
            values = told.pop(reference)
            transactions.append([*head("01", f"C{number}", f"R{reference}"), *detail(values)])
        else:
            told[number] = data.draw(st.lists(st.integers(0, 99), min_size=1, max_size=4))
            transactions.append([*head("00", f"R{number}"), *detail(told[number])])
    expected = {
        EPOCH + 900 * at: value for _, values in sorted(told.items()) for at, value in enumerate(values)
    }
    whole = read(given_file(interchange(*transactions)))
    stands = {start: value for one in whole.sums for start, _, value in one.rows}
    assert stands == expected
