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
