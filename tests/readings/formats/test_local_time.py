"""Local stamps become the instants that the zone's own rules give, on days of 23, 24 and 25 hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.readings.formats.columns.localtime import civil_day, to_utc, twins
from meterkeep.readings.formats.columns.stamps import compact_stamps

ZONES = [
    "America/Los_Angeles",
    "America/New_York",
    "America/Phoenix",
    "Australia/Lord_Howe",
    "Europe/London",
    "UTC",
]


def counted(local: datetime) -> int:
    return int(local.replace(tzinfo=UTC).timestamp())


@settings(max_examples=150, deadline=None)
@given(
    local=st.datetimes(datetime.fromisoformat("1975-01-01"), datetime.fromisoformat("2090-01-01")),
    zone=st.sampled_from(ZONES),
    second=st.booleans(),
)
def test_one_stamp_is_what_the_standard_library_says(local, zone, second):
    local, here = local.replace(microsecond=0), ZoneInfo(zone)
    fold = local.replace(tzinfo=here, fold=int(second))
    occurs = fold.astimezone(UTC).astimezone(here).replace(tzinfo=None) == local
    expected = (fold if occurs else local.replace(tzinfo=here)).astimezone(UTC)
    assert to_utc(np.array([counted(local)]), here, second=second)[0] == expected.timestamp()


@pytest.mark.parametrize(
    ("date", "hours", "gap"),
    [("2024-03-10", 23, (7200, 10800)), ("2024-11-03", 25, (3600, 7200)), ("2024-07-01", 24, (0, 0))],
)
def test_a_local_day_has_23_24_or_25_hours(date, hours, gap):
    day = civil_day(counted(datetime.fromisoformat(date)), ZoneInfo("America/Los_Angeles"))
    assert (day.seconds, day.gap_from, day.gap_to) == (hours * 3600, *gap)


def test_only_the_hour_that_is_set_back_has_twins():
    stamps = [counted(datetime.fromisoformat("2024-11-03") + timedelta(minutes=30 * n)) for n in range(8)]
    found = twins(np.array(stamps), ZoneInfo("America/Los_Angeles"))
    assert found.tolist() == [False, False, True, True, False, False, False, False]


def test_compact_stamps_are_read_and_what_is_none_is_told():
    texts = [
        b"202402291830",
        b"202402292400",
        b"202302291830",
        b"",
        b"2024022918",
        b"20240229183x",
        b"202413011830",
    ]
    local, blank, unreadable = compact_stamps(texts)
    assert local[:2].tolist() == [
        counted(datetime.fromisoformat(each)) for each in ("2024-02-29T18:30", "2024-03-01")
    ]
    assert blank.tolist() == [False, False, False, True, False, False, False]
    assert unreadable.tolist() == [False, False, True, False, True, True, True]
