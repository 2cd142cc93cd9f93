"""NEM13: two reads of a register and the quantity between them, on synthetic files written here."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.model import Channel

HEAD = "100,NEM13,202407021200,SYNMDP,SYNRET"
READ = 1_719_790_200  # 2024-07-01 09:30 at UTC+10


def reads(
    previous="006342.8",
    current="007654.9",
    quantity="1312.1",
    stamps=("20240401093000", "20240701093000"),
    qualities=("A", "A"),
    direction="E",
    suffix="11",
    meter="SYNMET1",
):
    return (
        f"250,SYN0000001,11,1,{suffix},11,{meter},{direction},{previous},{stamps[0]},{qualities[0]},,,"
        f"{current},{stamps[1]},{qualities[1]},,,{quantity},kWh,20241001, 20240702100333,20240702091133"
    )


def nem(*records):
    return "\n".join([HEAD, *records, "900", ""])


@pytest.fixture
def given_file(tmp_path):
    def write(content):
        path = tmp_path / "given.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def test_a_record_is_two_reads_and_the_amount_between_them(read, given_file):
    whole = read(given_file(nem(reads(), "550,N,,A,")))
    register, amount = whole.sums
    assert whole.findings.records == 3 and not whole.findings.notes
    assert register.series.channel is Channel.REGISTER and amount.series.channel is Channel.DELIVERED
    assert register.rows[1] == (READ, 0, 76549) and register.durations == [0]
    assert amount.total == 1_312_100 and amount.rows == [(READ - 91 * 86_400, 91 * 86_400, 13121)]
    assert amount.series.identifiers == ("SYN0000001",)


def test_energy_into_the_market_is_received(read, given_file):
    whole = read(given_file(nem(reads(), reads(direction="I", suffix="41"))))
    assert [each.series.channel for each in whole.sums] == ["register", "delivered", "register", "received"]


def test_each_read_has_its_own_quality_and_a_null_is_missing(given_file, read):
    file = open_file(given_file(nem(reads(qualities=("A", "E64")))))
    (block,) = file.blocks()
    assert [file.qualities[each] for each in block.quality] == ["nem:A", "nem:E64", "nem:E64"]
    whole = read(given_file(nem(reads(qualities=("A", "N"), current="", quantity=""))))
    assert whole.readings == 1 and whole.findings.rejected == {"missing": 2}


def test_what_cannot_be_read_is_rejected_by_name(read, given_file):
    whole = read(given_file(nem(reads(previous="", quantity=""), reads(current="x"))))
    assert whole.findings.rejected == {"no_value": 2, "unreadable_value": 1}
    whole = read(given_file(nem(reads(stamps=("20240401093000", "2024070109")))))
    assert whole.findings.rejected == {"unreadable_stamp": 2} and whole.readings == 1
    whole = read(given_file(nem(reads(stamps=("20240701093000", "20240701093000")))))
    assert whole.findings.rejected == {"no_interval": 1}


def test_a_quantity_that_is_not_the_difference_is_noted_and_kept(read, given_file):
    whole = read(given_file(nem(reads(quantity="-5"), reads())))
    assert whole.findings.notes == {"quantity_is_not_difference": 1, "negative_value": 1}
    assert whole.sums[1].total == 1_307_100


def test_a_demand_is_a_read_and_no_difference(read, given_file):
    whole = read(given_file(nem(reads(quantity="7654.9").replace("kWh", "kW"))))
    assert whole.sums[1].series.channel is Channel.DEMAND and not whole.findings.notes


def test_seconds_of_a_stamp_count(read, given_file):
    whole = read(given_file(nem(reads(stamps=("20240401093055", "20240701093033")))))
    assert whole.sums[1].durations == [91 * 86_400 - 22]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (nem(), "no meter data"),
        ("\n".join([HEAD, reads()]), "cut off"),
        (nem("550,N,,A,"), "cannot stand"),
        (nem(reads(), "300,20240701"), "cannot stand"),
        (nem("250,SYN0000001,11"), "lacks fields"),
        (nem(reads(qualities=("7654", "A"))), "no quality"),
        (nem(reads()) + reads(), "cannot stand"),
        (nem(reads()) + "x", "cannot stand"),
    ],
)
def test_broken_files_are_refused(given_file, content, words):
    with pytest.raises(BadInput, match=words) as caught:
        list(open_file(given_file(content)).blocks())
    assert caught.value.next and "SYN" not in caught.value.message


AMOUNTS = st.decimals(min_value=0, max_value=10**6, places=2, allow_nan=False)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(AMOUNTS, st.sampled_from(["", "?", None])), min_size=1, max_size=20))
def test_sums_and_counts_are_those_of_plain_decimals(read, given_file, rows):
    shown = [str(amount) if odd is None else odd for amount, odd in rows]
    whole = read(given_file(nem(*(reads(quantity=each) for each in shown))))
    good = [amount for amount, odd in rows if odd is None]
    assert whole.findings.records == 3 * len(rows)
    assert whole.findings.rejected["no_value"] == shown.count("")
    if good:
        assert whole.sums[1].total == sum(good, Decimal(0)) * 1000


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_never_crashes(given_file, data):
    content = bytearray(nem(reads(), "550,N,,A,", reads()).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=2))
    path = given_file(bytes(content))
    try:
        file = open_file(path, format="nem13")
        rows = sum(len(block) for block in file.blocks())
    except BadInput as error:
        assert error.next
    else:
        assert rows + file.findings.rejected.total() == file.findings.records
