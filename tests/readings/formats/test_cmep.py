"""MEPMD01: stamps at the interval's end by the local clock, both layouts of the meter id, exact values."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from meterkeep.readings.model import Channel

ZONE = "America/Los_Angeles"


def record(*readings, meter="M-700001", unit="KWH", constant="1", interval="00000100", head=None, count=None):
    head = head or f"MEPMD01,20080501,CEX,,MK,,202401010000,{meter},OK,E,{unit},{constant},{interval}"
    fields = [",".join(map(str, reading)) for reading in readings]
    return ",".join([head, str(len(readings) if count is None else count), *fields]) + "\n"


@pytest.fixture
def take(tmp_path, read):
    def take_text(*records, zone=ZONE):
        path = tmp_path / "twin.dat"
        path.write_text("".join(records))
        return read(path, zone=zone)

    return take_text


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp())


def test_a_stamp_is_the_end_of_its_interval_by_the_local_clock(take):
    found = take(record(("202401010100", "R0", "1.25"), ("202401010200", "E1", "0"))).sums[0]
    assert found.rows == [(at("2024-01-01T00:00"), 3600, 125), (at("2024-01-01T01:00"), 3600, 0)]
    assert (found.series.unit, found.series.power_of_ten, found.total) == ("Wh", 1, Decimal(1250))


def test_quality_codes_keep_their_letters(take):
    whole = take(record(("202401010100", "R0", "1"), ("202401010200", "", "2")))
    assert whole.file.qualities.count("cmep:R0") == 1
    assert "cmep:" in whole.file.qualities


def test_registers_are_instants_in_a_channel_of_their_own(take):
    found = take(
        record(("202401010100", "R0", "14465"), ("202401010200", "R0", "14460"), unit="CCFREG")
    ).sums[0]
    assert (found.series.channel, found.series.unit, found.series.power_of_ten) == (
        Channel.REGISTER,
        "ft3",
        2,
    )
    assert found.rows[0] == (at("2024-01-01T01:00"), 0, 14465)


@pytest.mark.parametrize(
    "head",
    [
        "MEPMD01,20080501,CEX,,MK,,202401010000,M-700001,OK,E,KWH,1,00000100",
        "MEPMD01,20080501,CEX,,MK,M-700001,202401010000,,OK,E,KWH,1,00000100",
        "MEPMD01,20080501,CEX,,MK,X,202401010000,,M-700001,OK,E,KWH,1,00000100",
    ],
)
def test_the_meter_id_in_its_field_or_beside_it_or_with_the_receiver(take, head):
    found = take(record(("202401010100", "R0", "1"), head=head)).sums[0]
    assert (found.series.identifiers, found.series.meter) == (("M-700001",), "M-700001")


def test_blank_stamps_follow_the_one_before_them(take):
    whole = take(record(("202401010015", "R0", "1"), ("", "R0", "2"), ("", "R0", "3"), interval="00000015"))
    first = at("2024-01-01T00:00")
    assert whole.sums[0].rows == [(first, 900, 1), (first + 900, 900, 2), (first + 1800, 900, 3)]
    assert whole.findings.notes["stamp_left_blank"] == 2


def test_the_autumn_hour_that_comes_twice_is_two_hours_by_the_order_of_the_stamps(take):
    ends = ["202411030100", "202411030100", "202411030200", "202411030300"]
    start = at("2024-11-03T00:00")
    whole = take(record(*((end, "R0", n) for n, end in enumerate(ends))))
    assert [row[0] for row in whole.sums[0].rows] == [start + 3600 * n for n in range(4)]
    backwards = take(record(*((end, "R0", n) for n, end in enumerate(ends[::-1]))))
    assert [row[0] for row in backwards.sums[0].rows] == [start + 3600 * n for n in (3, 2, 1, 0)]


def test_quarter_hours_of_the_autumn_day_are_a_hundred_different_ones(take):
    local = [at("2024-11-03T00:00") + 900 * n for n in range(1, 101)]
    ends = [datetime.fromtimestamp(second, ZoneInfo(ZONE)).strftime("%Y%m%d%H%M") for second in local]
    whole = take(record(*((end, "R0", 1) for end in ends), interval="00000015"))
    assert [row[0] + 900 for row in whole.sums[0].rows] == local


def test_the_spring_day_has_23_hours_without_a_gap(take):
    ends = ["202403100100", "202403100300", "202403100400"]
    rows = take(record(*((end, "R0", 1) for end in ends))).sums[0].rows
    assert [row[0] - at("2024-03-10T00:00") for row in rows] == [0, 3600, 7200]


def test_what_has_no_value_stamp_or_interval_is_refused_by_name(take):
    good = ("202401010100", "R0", "1")
    whole = take(
        record(good, ("202401010200", "N0", ""), ("202401019900", "R0", "1"), ("202401010400", "R0", "?")),
        record(("", "R0", "1")),
        record(good, interval="01000000"),
    )
    assert whole.findings.rejected == {
        "no_value": 1,
        "unreadable_stamp": 2,
        "unreadable_value": 1,
        "no_interval": 1,
    }
    assert ("no_value", "record 2, line 1") in whole.findings.places


def test_the_calculation_constant_multiplies_exactly(take):
    found = take(record(("202401010100", "R0", "1.5"), constant="0.25")).sums[0]
    assert found.total == Decimal(375)


def test_other_records_are_noted_and_demand_and_reactive_energy_are_no_energy(take):
    whole = take(
        "MEPAD01,20080501,CEX\n",
        "\n",
        record(("202401010100", "R0", "4"), unit="KW"),
        record(("202401010100", "R0", "5"), unit="KVARH"),
        record(("202401010100", "R0", "6"), unit="FURLONG"),
        record(("202401010100", "R0", "-7"), meter="M-700002"),
    )
    assert [(s.series.channel, s.series.unit) for s in whole.sums] == [
        (Channel.DEMAND, "W"),
        (Channel.OTHER, "VArh"),
        (Channel.OTHER, "unknown"),
        (Channel.NET, "Wh"),
    ]
    assert whole.findings.notes["other_record_type"] == 1


def test_more_readings_than_announced_and_trailing_commas_are_read(take):
    whole = take(record(("202401010100", "R0", "1"), ("202401010200", "R0", "2"), count=1).strip() + ",,\n")
    assert whole.readings == 2
    assert whole.findings.notes["more_readings_than_announced"] == 1


def test_collectors_that_tell_the_direction_by_a_letter(take):
    one, two = ("201407070100", "A", "1.5"), ("201407070200", "A", "2.5")
    whole = take(
        *(record(one, two, unit=unit) for unit in ("KWH", "GKWH", "NKWH")),
        *(record(one, unit=unit, interval="00000000") for unit in ("KWHREG", "GKWHREG")),
    )
    assert [(s.series.channel, s.series.meter, s.total) for s in whole.sums] == [
        (Channel.DELIVERED, "M-700001", 4000),
        (Channel.RECEIVED, "M-700001 G", 4000),
        (Channel.NET, "M-700001 N", 4000),
        (Channel.REGISTER, "M-700001", 1500),
        (Channel.REGISTER, "M-700001 G", 1500),
    ]
    assert {s.series.identifiers for s in whole.sums} == {("M-700001",)}
    assert not whole.findings.notes


def test_an_autumn_day_with_its_twin_hour_once_says_what_is_missing(take):
    stamps = [(f"2024110{3 + hour // 24}{hour % 24:02d}00", "R0", "1") for hour in range(1, 25)]
    whole = take(record(*stamps), record(*stamps[:1]))
    assert whole.readings == 25 and whole.findings.notes == {"autumn_hour_missing": 1}
    assert whole.findings.places == [("autumn_hour_missing", "line 1")]


def test_stamps_that_the_clock_skipped_in_spring_are_refused(take):
    stamps = [(f"202403100{minutes // 60}{minutes % 60:02d}", "R0", "1") for minutes in range(105, 196, 15)]
    whole = take(record(*stamps, interval="00000015"))
    assert whole.findings.rejected == {"no_such_time": 3}
    assert [start for start, _, _ in whole.sums[0].rows] == [
        at("2024-03-10T01:30"), at("2024-03-10T01:45"), at("2024-03-10T03:00") - 900, at("2024-03-10T03:00")
    ]  # fmt: skip
