"""Wide utility CSV: a row for each meter and local day, read into the right instants on every kind of day."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from meterkeep.errors import BadInput
from meterkeep.readings.formats.meterfile import check_utf8
from meterkeep.readings.formats.utility_csv.wide import WideCsvFile, layout_of
from meterkeep.readings.model import Channel

ZONE = "America/Los_Angeles"
HOURS = [f"INTERVAL_HR{hour:02d}00_ENERGY_QTY" for hour in range(1, 26)]
HALF_HOURS = [f"HR{minute // 60:02d}{minute % 60:02d}" for minute in range(30, 1501, 30)]
HEAD = ["ACCOUNT", "METER", "SERVICE_POINT", "DATE", "UNIT"]


@pytest.fixture
def take(tmp_path, read):
    def take_rows(header, *rows):
        path = tmp_path / "twin.csv"
        path.write_text("\n".join(",".join(map(str, row)) for row in (header, *rows)) + "\n")
        return read(path, zone=ZONE)

    return take_rows


def day(date, values, unit="Wh", point="SP700001"):
    return ["A1", "M1", point, date, unit, *values]


def midnight(date):
    return int(datetime.fromisoformat(date).replace(tzinfo=ZoneInfo(ZONE)).timestamp())


def test_a_usual_day(take):
    whole = take(HEAD + HOURS, day("2024-07-01", [*range(24), ""]))
    found = whole.sums[0]
    assert found.rows == [(midnight("2024-07-01") + 3600 * n, 3600, n) for n in range(24)]
    assert (found.series.identifiers, found.series.meter) == (("SP700001",), "M1")
    assert whole.findings.records == 24
    assert whole.file.qualities == ["csv:"]


def test_spring_leaves_the_skipped_hour_empty(take):
    whole = take(HEAD + HOURS, day("2024-03-10", [1, 2, "", *range(4, 25), ""]))
    assert [row[0] for row in whole.sums[0].rows] == [midnight("2024-03-10") + 3600 * n for n in range(23)]
    assert whole.findings.records == 23


def test_what_stands_in_the_skipped_hour_of_a_full_row_is_refused_and_no_other_hour_moves(take):
    whole = take(HEAD + HOURS, day("2024-03-10", [1, 2, 0, *range(4, 25), ""]))
    assert [row[0] for row in whole.sums[0].rows] == [midnight("2024-03-10") + 3600 * n for n in range(23)]
    assert [row[2] for row in whole.sums[0].rows] == [1, 2, *range(4, 25)]
    assert whole.findings.rejected == {"no_such_interval": 1}
    assert not whole.findings.notes["spring_day_counted_through"]


def test_spring_hours_that_are_counted_through_are_noticed(take):
    whole = take(HEAD + HOURS, day("2024-03-10", [*range(23), "", ""]))
    assert [row[0] for row in whole.sums[0].rows] == [midnight("2024-03-10") + 3600 * n for n in range(23)]
    assert whole.findings.notes["spring_day_counted_through"] == 1


def test_autumn_has_twenty_five_hours_in_order(take):
    whole = take(HEAD + HOURS, day("2024-11-03", range(25)))
    assert [row[0] for row in whole.sums[0].rows] == [midnight("2024-11-03") + 3600 * n for n in range(25)]


def test_an_autumn_day_of_24_hours_goes_by_the_clock_and_says_so(take):
    whole = take(HEAD + HOURS, day("2024-11-03", [*range(24), ""]))
    elapsed = [0, 1, *range(3, 25)]
    assert [row[0] for row in whole.sums[0].rows] == [midnight("2024-11-03") + 3600 * n for n in elapsed]
    assert whole.findings.notes["autumn_hour_missing"] == 1


def test_half_hours_with_their_50_columns(take):
    whole = take(HEAD + HALF_HOURS, day("2024-11-03", range(50)), day("2024-07-01", [*range(48), "", ""]))
    assert whole.sums[0].rows[49] == (midnight("2024-11-03") + 49 * 1800, 1800, 49)
    assert whole.readings == 98


def test_a_day_that_no_utility_has_gives_no_reading_silently(take):
    whole = take(
        HEAD + HOURS,
        day("2024-07-01", [1] * 25),
        day("2024-07-02", ["", "x", *[1] * 22, ""]),
        day("never", [*[1] * 24, ""]),
    )
    assert whole.findings.rejected == {
        "no_such_interval": 1,
        "no_value": 1,
        "unreadable_value": 1,
        "unreadable_date": 24,
    }
    assert whole.findings.records == 25 + 24 + 24
    assert ("no_value", "record 26, row 3") in whole.findings.places


def test_units_directions_and_qualities(take):
    header = ["METER", "DATE", "UNIT", "DIRECTION", "QUALITY", *HOURS[:24]]
    rows = [
        ["M1", "07/01/2024", "kWh", "delivered", "A", *["1.25"] * 24],
        ["M1", "07/01/2024", "kWh", "received", "E", *["0.5"] * 24],
        ["M1", "07/01/2024", "kW", "delivered", "E", *["3"] * 24],
        ["M1", "07/01/2024", "kWh", "sideways", "E", *["3"] * 24],
    ]
    whole = take(header, *rows)
    assert [(s.series.channel, s.series.unit, s.total) for s in whole.sums] == [
        (Channel.DELIVERED, "Wh", Decimal(30_000)),
        (Channel.RECEIVED, "Wh", Decimal(12_000)),
        (Channel.DEMAND, "W", Decimal(72_000)),
        (Channel.OTHER, "Wh", Decimal(72_000)),
    ]
    assert sorted(whole.file.qualities) == ["csv:A", "csv:E"]
    assert whole.findings.notes["direction_unknown"] == 1


def test_without_a_unit_kwh_is_assumed_and_noted_and_negatives_are_net(take):
    whole = take(
        ["ACCOUNT_IDENTIFIER", "INTERVAL_READING_DATE", *HOURS[:24]], ["A700001", "20240701", -1, *[2] * 23]
    )
    assert (whole.sums[0].total, whole.sums[0].series.channel) == (Decimal(45_000), Channel.NET)
    assert whole.findings.notes["unit_assumed_kwh"] == 1


def test_quoted_headers_marks_and_lower_case_are_known():
    layout = layout_of(
        ["\ufeffMeter Number".strip("\ufeff"), "read date", *(f"hr_{h:02d}00" for h in range(1, 25))], "x"
    )
    assert (layout.minutes, layout.in_day) == (60, 24)


@pytest.mark.parametrize("line", [1, 2, 4])
def test_a_byte_that_is_not_utf8_is_named_by_its_line(tmp_path, line):
    path = tmp_path / "latin.csv"
    rows = ["METER,DATE,UNIT," + ",".join(f"HR{hour:02d}00" for hour in range(1, 25))]
    rows += [f"SYN{day},2025-03-0{day},kWh," + ",".join(["1"] * 24) for day in range(1, 5)]
    rows[line - 1] = rows[line - 1].replace("METER" if line == 1 else "kWh", "kWh\xe9")
    path.write_bytes("\n".join(rows).encode("latin-1"))
    with pytest.raises(BadInput, match="not in UTF-8") as caught:
        list(WideCsvFile(path, zone="UTC").blocks())
    assert caught.value.where.endswith(f"line {line}")


def test_a_text_that_ends_within_a_character_is_not_utf8(tmp_path):
    path = tmp_path / "cut.csv"
    path.write_bytes(b"a,b\n1,\xc3")
    with pytest.raises(BadInput, match="line 2"):
        check_utf8(path, path.name)


def test_a_column_of_more_codes_than_there_can_be_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("meterkeep.readings.formats.meterfile.MOST_QUALITIES", 3)
    path = tmp_path / "codes.csv"
    rows = ["METER,DATE,UNIT,QUALITY," + ",".join(f"HR{hour:02d}00" for hour in range(1, 25))]
    rows += [f"SYN1,2025-03-0{day},kWh,Q{day}," + ",".join(["1"] * 24) for day in range(1, 5)]
    path.write_text("\n".join(rows))
    with pytest.raises(BadInput, match="more than 3 different codes"):
        list(WideCsvFile(path, zone="UTC").blocks())
