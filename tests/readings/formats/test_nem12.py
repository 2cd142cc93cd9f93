"""NEM12: every stream, quality and rule of AEMO's format, on synthetic files written here."""

from __future__ import annotations

import zipfile
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.nem import lines as nem_lines
from meterkeep.readings.formats.nem.records import nmi_checksum
from meterkeep.readings.model import Channel
from meterkeep.readings.quality import classify

HEAD = "100,NEM12,202407021200,SYNMDP,SYNRET"
MIDNIGHT = 1_719_756_000  # 2024-07-01 00:00 at UTC+10


def stream(suffix="E1", minutes=30, unit="kWh", nmi="SYN0000001", meter="SYNMET1", configuration="E1B1Q1"):
    return f"200,{nmi},{configuration},1,{suffix},N1,{meter},{unit},{minutes},"


def day(values=None, quality="A", on="20240701", count=48, tail=",,,20240702010203,"):
    shown = [str(n % 7) for n in range(count)] if values is None else [str(each) for each in values]
    return f"300,{on},{','.join(shown)},{quality}{tail[1:]}"


def nem(*records, end="\n"):
    return end.join([HEAD, *records, "900", ""])


@pytest.fixture
def given_file(tmp_path):
    def write(content):
        path = tmp_path / "given.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture
def refusal(given_file):
    def refuse(content):
        path = given_file(content)
        with pytest.raises(BadInput) as caught:
            list(open_file(path).blocks())
        assert caught.value.where.startswith(str(path)) and caught.value.next
        assert "SYN" not in str(caught.value).replace(str(path), "")
        return caught.value

    return refuse


def test_a_day_of_market_time_is_ten_hours_ahead_summer_and_winter(read, given_file):
    whole = read(given_file(nem(stream(), day(), day(on="20241006"))), zone="Australia/Sydney")
    (one,) = whole.sums
    assert one.rows[0] == (MIDNIGHT, 1800, 0) and one.rows[47][0] == MIDNIGHT + 47 * 1800
    assert one.rows[48][0] == MIDNIGHT + 97 * 86_400  # clocks went forward on that day; the market's did not
    assert one.series.identifiers == ("SYN0000001",) and one.series.unit == "Wh"


def test_western_australia_has_its_own_market_time(read, given_file):
    whole = read(given_file(nem(stream(), day())), zone="Australia/Perth")
    assert whole.sums[0].rows[0][0] == MIDNIGHT + 2 * 3600


@pytest.mark.parametrize(("minutes", "count"), [(5, 288), (10, 144), (15, 96), (30, 48), (60, 24), (1440, 1)])
def test_interval_lengths(read, given_file, minutes, count):
    whole = read(given_file(nem(stream(minutes=minutes), day(count=count))))
    assert whole.readings == count and whole.sums[0].durations == [minutes * 60]
    assert bool(whole.findings.notes["interval_length_unusual"]) == (minutes not in (5, 15, 30))


@pytest.mark.parametrize(
    ("suffix", "unit", "configuration", "channel"),
    [
        ("E1", "kWh", "E1B1", Channel.DELIVERED),
        ("e2", "KWH", "E1E2", Channel.DELIVERED),
        ("B1", "kWh", "E1B1", Channel.RECEIVED),
        ("D1", "kWh", "D1", Channel.DELIVERED),
        ("D1", "kWh", "D1E1F1", Channel.OTHER),
        ("A1", "kWh", "A1", Channel.RECEIVED),
        ("F1", "kWh", "E1F1", Channel.OTHER),
        ("Q1", "kVArh", "E1Q1", Channel.OTHER),
        ("K1", "KVARH", "E1K1", Channel.OTHER),
        ("E1", "kW", "E1", Channel.DEMAND),
        ("V1", "", "E1V1", Channel.OTHER),
    ],
)
def test_which_stream_is_which_channel(read, given_file, suffix, unit, configuration, channel):
    whole = read(given_file(nem(stream(suffix, unit=unit, configuration=configuration), day())))
    assert whole.sums[0].series.channel is channel


@pytest.mark.parametrize(("unit", "power"), [("Wh", 0), ("kWh", 3), ("MWh", 6)])
def test_units_are_kept_exactly(read, given_file, unit, power):
    whole = read(given_file(nem(stream(unit=unit), day([".025", "1.500", *["0"] * 46]))))
    assert whole.sums[0].total == Decimal("1.525").scaleb(power)


def test_events_say_the_quality_of_a_day_part_by_part(read, given_file):
    content = nem(stream(), day(quality="V"), "400,1,20,F14,76,", "400,21,24,A,,", "400,25,48,s14,1,note")
    file = open_file(given_file(content))
    (block,) = file.blocks()
    codes = [file.qualities[each] for each in block.quality]
    assert codes == ["nem:F14"] * 20 + ["nem:A"] * 4 + ["nem:S14"] * 24
    assert [classify(each) for each in ("nem:F14", "nem:A", "nem:S14", "nem:E64", "nem:N", "nem:V")] == [
        *("estimated", "actual", "estimated", "estimated", "missing", "unknown")
    ]


def test_events_of_a_day_that_is_not_variable_mark_some_of_it(given_file):
    file = open_file(given_file(nem(stream(), day(), "400,23,24,A,79,Power outage", "400,30,30,S14,1,")))
    (block,) = file.blocks()
    codes = [file.qualities[each] for each in block.quality]
    assert codes == [*["nem:A"] * 29, "nem:S14", *["nem:A"] * 18]


def test_a_null_is_missing_and_never_a_zero(read, given_file):
    whole = read(given_file(nem(stream(), day([5] * 47 + [0], "V"), "400,1,47,A,,", "400,48,48,N,,")))
    assert whole.readings == 47 and whole.findings.rejected == {"missing": 1}
    assert whole.findings.places == [("missing", "record 48, line 3")]
    whole = read(given_file(nem(stream(), day([0] * 47 + [3], "N"))))
    assert whole.readings == 0 and whole.findings.rejected == {"missing": 48}
    assert whole.findings.notes["missing_with_value"] == 1


def test_a_day_that_comes_again_is_given_out_again_in_order(read, given_file):
    whole = read(given_file(nem(stream(), day([1] * 48), stream(), day([2] * 48, "F17"))))
    assert whole.readings == 96 and len(whole.file.series) == 1
    assert [row[2] for row in whole.sums[0].rows] == [1] * 48 + [2] * 48


def test_two_streams_and_two_meters_are_parts_of_one_usage_point(read, given_file):
    content = nem(stream(), day(), stream("E2"), day(), stream(meter="SYNMET2"), day())
    whole = read(given_file(content))
    assert len({each.meter for each in whole.file.series}) == 3
    assert {each.identifiers for each in whole.file.series} == {("SYN0000001",)}


def test_a_check_digit_is_no_part_of_the_usage_point(read, given_file):
    assert [nmi_checksum(each) for each in ("2001985732", "2001985733", "QAAAVZZZZZ")] == [8, 6, 3]
    whole = read(given_file(nem(stream(nmi="20019857328"), day())))
    assert whole.sums[0].series.identifiers == ("2001985732",)
    whole = read(given_file(nem(stream(nmi="20019857327"), day())))
    assert whole.sums[0].series.identifiers == ("20019857327",)
    assert whole.findings.notes["nmi_checksum_wrong"] == 1


def test_bad_values_are_rejected_by_name_and_the_rest_stays(read, given_file):
    whole = read(given_file(nem(stream(), day(["8. 77", "x1", "", "1e", "0x10", "é", *["1"] * 42]))))
    assert whole.readings == 42 and whole.findings.rejected == {"unreadable_value": 5, "no_value": 1}
    assert whole.sums[0].total == 42_000
    whole = read(given_file(nem(stream(), day(on="20240231"), day())))
    assert whole.findings.rejected == {"unreadable_date": 48} and whole.readings == 48


def test_a_negative_value_stays_as_it_is(read, given_file):
    whole = read(given_file(nem(stream(), day([-1, *[2] * 47]), stream("Q1", unit="kVArh"), day([-1] * 48))))
    assert whole.sums[0].total == 93_000 and whole.findings.notes["negative_value"] == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_blank_lines_marks_and_trailing_commas(read, given_file, end):
    content = "\ufeff" + nem(stream() + ",,,,", "", day(), ",,,", "500,O,S00010,20240704050505,", end=end)
    content = content.replace("900", "900,,,,")
    assert read(given_file(content)).readings == 48
    quoted = '"100","NEM12","202407021200","A","B"\n' + content.split(end, 1)[1].replace(end, "\n")
    assert read(given_file(quoted)).readings == 48


def test_fields_behind_the_quality_may_be_left_out(read, given_file):
    without_next_read = stream().rstrip(",")
    assert read(given_file(nem(without_next_read, day(tail=",")))).readings == 48
    assert read(given_file(nem(stream(), day(tail=",").rstrip(",")))).readings == 48
    whole = read(given_file(nem(stream(), day(quality=""))))
    assert whole.readings == 48 and whole.findings.notes["no_quality"] == 1 and whole.file.qualities == []


def test_a_file_or_a_part_without_header_is_refused_unless_somebody_says_that_it_is_nem12(
    read, given_file, refusal
):
    part = "\n".join(["", stream(), day(), "900", ""])
    for text, parts, without in ((part, 1, 1), (part * 2, 2, 2), (nem(stream(), day()) + part, 2, 1)):
        refused = refusal(text)
        assert "no header record" in refused.message and "--format nem12" in refused.next
        whole = read(given_file(text), format="nem12")
        assert whole.readings == 48 * parts
        assert whole.findings.notes["no_header"] == without
    assert read(given_file(nem(stream(), day()) * 3)).findings.notes == {"several_sections": 3}


@pytest.mark.parametrize(
    ("records", "line", "words"),
    [
        ([], 2, "no interval data"),
        ([stream()], 3, "no interval data"),
        ([stream(), day(count=47)], 3, "as many values"),
        ([stream(), day(count=49)], 3, "as many values"),
        ([stream(), day(count=47, quality="")], 3, "as many values"),
        ([stream(), "300,20240701,V,,,20240702010203,"], 3, "as many values"),
        ([stream(), "300,20240701"], 3, "as many values"),
        ([stream(minutes=15), day(count=48)], 3, "as many values"),
        ([stream(minutes=15), day(count=48, quality="V"), "400,1,48,A,,"], 3, "as many values"),
        ([stream(minutes=30), day(count=96)], 3, "as many values"),
        ([stream(), day(quality="V")], 3, "whole day"),
        ([stream(), day(quality="V"), "400,1,24,A,,"], 3, "whole day"),
        ([stream(), day(quality="V"), "400,1,24,A,,", "400,26,48,A,,"], 3, "whole day"),
        ([stream(), day(quality="V"), "400,1,24,A,,", "400,24,48,A,,"], 5, "again"),
        ([stream(), day(quality="V"), "400,1,49,A,,"], 4, "has not"),
        ([stream(), day(), "400,48,49,A,79,"], 4, "has not"),
        ([stream(), day(), "400,3,2,A,79,"], 4, "has not"),
        ([stream(), day(), "400,0,2,A,79,"], 4, "no range"),
        ([stream(), day(quality="V"), "400,1,48,V,,"], 4, "no quality"),
        ([stream(), day(quality="V"), "400,1"], 4, "no quality"),
        ([stream(), day(quality="X")], 3, "as many values"),
        ([day()], 2, "cannot stand"),
        ([stream(), "400,1,48,A,,"], 3, "cannot stand"),
        ([stream(), day(), "500,O,,,", "400,1,48,A,,"], 5, "cannot stand"),
        ([stream(), day(), "250,1"], 4, "cannot stand"),
        ([stream(), day()[:60], day()[60:]], 4, "record indicator"),
        ([stream(), day(), "some text"], 4, "record indicator"),
        ([stream(minutes=7), day()], 2, "divides no day"),
        ([stream(minutes=0), day()], 2, "divides no day"),
        ([stream(minutes="x"), day()], 2, "divides no day"),
        (["200,SYN0000001,E1", day()], 2, "lacks fields"),
    ],
)
def test_what_the_format_calls_invalid_is_refused_with_its_line(refusal, records, line, words):
    error = refusal(nem(*records))
    assert words in error.message and error.where.endswith(f": line {line}")


def test_a_file_that_was_cut_off_is_refused(refusal):
    assert "cut off" in refusal("\n".join([HEAD, stream(), day()])).message
    assert "cut off" in refusal("\n".join([HEAD, stream(), day(), stream()])).message
    assert "cannot stand" in refusal(nem(stream(), day()) + day()).message


def test_days_are_read_the_same_however_the_file_is_cut_into_batches(read, given_file, monkeypatch):
    records = []
    for suffix in ("E1", "B1"):
        records.append(stream(suffix))
        for on in range(1, 25):
            records += [day([on] * 48, "V", f"202407{on:02d}"), "400,1,10,A,,", "400,11,48,S14,,"]
    path = given_file(nem(*records))
    once = read(path)
    for size in (50, 333, 1000):
        monkeypatch.setattr(nem_lines, "_CHUNK", size)
        again = read(path)
        assert [each.rows for each in again.sums] == [each.rows for each in once.sums]
        assert again.findings == once.findings


def test_the_shared_sample_of_mixed_interval_lengths(read, samples, tmp_path):
    with zipfile.ZipFile(samples / "nem12/Example_different_intervals.zip") as packed:
        path = tmp_path / "sample.csv"
        path.write_bytes(packed.read(packed.namelist()[0]))
    whole = read(path)
    fields = [line.split(",") for line in path.read_text().splitlines() if line.startswith("300")]
    counts = (48, 48, 144)
    expected = [sum(map(Decimal, row[2 : 2 + n])) for row, n in zip(fields, counts, strict=True)]
    assert [each.records for each in whole.sums] == list(counts)
    assert [each.total for each in whole.sums] == [expected[0] * 1000, expected[1] * 1000, expected[2]]
    assert [each.series.channel for each in whole.sums] == ["delivered", "delivered", "other"]


NUMBERS = st.decimals(min_value=0, max_value=99999, places=3, allow_nan=False).map(str)
CELLS = st.one_of(
    NUMBERS, st.integers(0, 10**6).map(str), st.just(""), st.sampled_from(["?", "1..2", "--", "8. 77"])
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=24, max_size=24), min_size=1, max_size=6))
def test_sums_and_counts_are_those_of_plain_decimals(read, given_file, days):
    whole = read(given_file(nem(stream(minutes=60), *(day(values) for values in days))))
    cells = [cell for values in days for cell in values]
    good = [cell for cell in cells if cell and cell.replace(".", "", 1).isdigit()]
    assert whole.findings.records == len(cells) and whole.readings == len(good)
    assert whole.findings.rejected["no_value"] == cells.count("")
    if good:
        assert whole.sums[0].total == sum(map(Decimal, good)) * 1000


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_never_crashes(given_file, data):
    content = bytearray(
        nem(stream(), day(quality="V"), "400,1,24,A,,", "400,25,48,N,,", day(), "500,O,,,").encode()
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] = data.draw(st.integers(0, 255))
        else:
            del content[at : at + data.draw(st.integers(1, 60))]
    path = given_file(bytes(content))
    try:
        file = open_file(path, format="nem12")
        rows = sum(len(block) for block in file.blocks())
    except BadInput as error:
        assert error.next
    else:
        assert rows + file.findings.rejected.total() == file.findings.records


def test_a_stored_file_says_what_it_said(tmp_path, given_file):
    file = open_file(given_file(nem(stream(), day([1] * 48), stream("E2"), day([1] * 48))))
    blocks = list(file.blocks())
    assert np.concatenate([block.value for block in blocks]).sum() == 96
