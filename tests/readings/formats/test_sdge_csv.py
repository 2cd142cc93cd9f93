"""SDG&E's CSV: the day decides how long an interval is, the order of the rows tells the twin hours."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.model import Channel

ZONE = "America/Los_Angeles"
PREAMBLE = 'Name,SYNTHETIC TWIN\nAddress,"1 TWIN ST, NOWHERE"\nMeter Number,0700001\nUOM,kWh\n\n'
HEADER = "Meter Number,Date,Start Time,Duration,Consumption,Generation,Net\n"


def row(date, time, used="0.25", made="0.00", minutes=60):
    return f"0700001,{date},{time},{minutes},{used},{made},0\n"


def clock(minute):
    hour = minute // 60
    return f"{(hour + 11) % 12 + 1}:{minute % 60:02d} {'AM' if hour < 12 else 'PM'}"


def midnight(date):
    return int(datetime.fromisoformat(date).replace(tzinfo=ZoneInfo(ZONE)).timestamp())


@pytest.fixture
def take(tmp_path, read):
    def take_rows(*rows):
        path = tmp_path / "twin.csv"
        path.write_text(PREAMBLE + HEADER + "".join(rows))
        return read(path, zone=ZONE)

    return take_rows


def test_consumption_and_generation_are_two_channels_and_net_is_neither(take):
    whole = take(*(row("7/1/2022", clock(60 * hour), made="0.125") for hour in range(24)))
    assert [(s.series.channel, s.total, s.series.identifiers) for s in whole.sums] == [
        (Channel.DELIVERED, Decimal(6000), ("0700001",)),
        (Channel.RECEIVED, Decimal(3000), ("0700001",)),
    ]
    assert whole.findings.records == 48


def test_quarter_hours_under_a_duration_of_sixty_are_quarter_hours(take):
    hourly = [row("4/9/2023", clock(60 * hour)) for hour in range(24)]
    quarters = [row("4/10/2023", clock(15 * quarter)) for quarter in range(96)]
    whole = take(*hourly, *quarters)
    assert whole.sums[0].durations == [900, 3600]
    assert whole.findings.notes["duration_contradicted"] == 96


def test_the_autumn_day_has_one_oclock_twice(take):
    hours = [0, 1, 1, *range(2, 24)]
    whole = take(*(row("11/6/2022", clock(60 * hour)) for hour in hours))
    assert [start for start, _, _ in whole.sums[0].rows] == [
        midnight("2022-11-06") + 3600 * n for n in range(25)
    ]


def test_the_spring_day_has_23_hours(take):
    whole = take(*(row("3/12/2023", clock(60 * hour)) for hour in range(24) if hour != 2))
    assert [start for start, _, _ in whole.sums[0].rows] == [
        midnight("2023-03-12") + 3600 * n for n in range(23)
    ]


def test_what_is_no_reading_is_refused_by_name(take):
    whole = take(
        row("7/1/2022", "12:00 AM"), row("7/1/2022", "1:00 AM", used="", made="x"), row("soon", "2:00 AM")
    )
    assert whole.findings.rejected == {"no_value": 1, "unreadable_value": 1, "unreadable_date": 2}


def test_a_row_that_ends_early_names_its_line(tmp_path):
    path = tmp_path / "twin.csv"
    path.write_text(PREAMBLE + HEADER + row("7/1/2022", "12:00 AM")[:30])
    with pytest.raises(BadInput) as caught:
        list(open_file(path, zone=ZONE).blocks())
    assert caught.value.where.endswith("line 7")
    assert "0700001" not in str(caught.value)


def preamble(*rows, header=HEADER, unit="kWh", total=""):
    told = f"Resource,Any\nMeter Number,0700001\nTotal Usage,{total}\nUOM,{unit}\n"
    return "Name,SYNTHETIC TWIN\n" + told + header + "".join(rows)


@pytest.fixture
def take_text(tmp_path, read):
    def take_written(text):
        path = tmp_path / "twin.csv"
        path.write_text(text)
        return read(path, zone=ZONE)

    return take_written


def test_a_customer_who_generates_nothing_has_one_channel(take):
    whole = take(*(row("7/1/2022", clock(60 * hour), made="") for hour in range(24)))
    assert [s.series.channel for s in whole.sums] == [Channel.DELIVERED]
    assert whole.findings.records == 24 and not whole.findings.rejected


def test_where_another_row_has_generation_a_blank_is_a_reading_without_value(take):
    whole = take(row("7/1/2022", "12:00 AM", made=""), row("7/1/2022", "1:00 AM", made="0.1"))
    assert whole.findings.records == 4 and whole.findings.rejected == {"no_value": 1}


def test_gas_comes_by_the_day_in_therms_and_without_generation(take_text):
    header = "Meter Number,Date,Start Time,Duration,Consumption\n"
    days = [f'"0700001","3/{day}/2025","6:59 AM","Day","0.5150"\n' for day in (7, 8, 9, 10)]
    whole = take_text(preamble(*days, header=header, unit="Therms", total="2.060"))
    (only,) = whole.sums
    assert (only.series.unit, only.series.channel, only.total) == (
        "therm",
        Channel.DELIVERED,
        Decimal("2.06"),
    )
    assert [seconds for _, seconds, _ in only.rows] == [86_400, 82_800, 86_400, 86_400]
    assert not whole.findings.notes


def test_a_unit_that_is_not_known_is_not_added_to_anything(take_text):
    whole = take_text(preamble(row("7/1/2022", "12:00 AM", made=""), unit="Joy"))
    assert [(s.series.channel, s.series.unit) for s in whole.sums] == [(Channel.OTHER, "unknown")]
    assert whole.findings.notes["unit_unknown"] == 1


def test_years_of_two_digits(take):
    whole = take(*(row("7/1/22", clock(60 * hour)) for hour in range(24)))
    assert whole.sums[0].rows[0][0] == midnight("2022-07-01")


@pytest.mark.parametrize(
    ("total", "noted"), [("6.00", 0), ("3.00", 0), ("6.5", 1), ("1,006", 1), ("", 0), ("?", 0)]
)
def test_the_total_is_that_of_the_use_or_of_the_use_less_the_generation(take_text, total, noted):
    whole = take_text(
        preamble(*(row("7/1/2022", clock(60 * h), made="0.125") for h in range(24)), total=f'"{total}"')
    )
    assert whole.findings.notes["total_contradicts_intervals"] == noted


def test_rows_far_apart_are_as_long_as_their_duration_says(take):
    whole = take(row("7/1/2022", "12:00 AM"), row("7/1/2022", "5:00 AM"))
    assert whole.sums[0].durations == [3600] and not whole.findings.notes


def test_an_autumn_day_with_one_oclock_once_says_what_is_missing(take):
    whole = take(*(row("11/6/2022", clock(60 * hour)) for hour in range(24)))
    assert whole.readings == 48 and whole.findings.notes["autumn_hour_missing"]


def test_a_spring_hour_that_the_clock_skipped_is_refused(take):
    whole = take(*(row("3/12/2023", clock(60 * hour)) for hour in range(5)))
    assert whole.findings.rejected == {"no_such_time": 2}


def test_a_second_preamble_and_a_column_more_are_read_past(take_text):
    header = HEADER.strip() + ",Note\n"
    one, two = (row(f"7/{day}/2022", "12:00 AM").strip() + ",x\n" for day in (1, 2))
    whole = take_text(preamble(one, header=header) + preamble(two, header=header, unit="Wh"))
    assert [s.total for s in whole.sums if s.series.channel is Channel.DELIVERED] == [250, Decimal("0.25")]
    assert whole.findings.notes == {"columns_not_read": 1}
