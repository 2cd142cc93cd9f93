"""Promise 6: a new occupant never sees the old occupant's usage, nor the other way round."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from gate.world import ON, ZONE

from meterkeep.gate import Subjects

FIRST, SECOND = "a" * 31 + "1", "b" * 31 + "2"
MOVED = datetime(2026, 1, 16, tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)


@pytest.mark.parametrize("interval", [None, "PT1H"])
def test_each_sees_only_the_time_of_their_own_agreement(metered, interval) -> None:
    before, after = (starts(metered, customer, interval) for customer in (FIRST, SECOND))
    assert before and max(before) < MOVED <= min(after)


def test_a_month_shared_by_two_occupants_is_two_totals(metered) -> None:
    with metered.gate.open(metered.ask(elements=("monthly_usage",)), by="analyst", on=ON) as grant:
        rows = grant.totals().to_pylist()
    january = {
        row["customer"]: row["total"] * 10 ** row["power_of_ten"]
        for row in rows
        if row["month"] == date(2026, 1, 1)
    }
    assert january[FIRST] == 15 * 24 * 1000
    assert january[SECOND] == 16 * 24 * 1000


def starts(world, customer: str, interval: str | None) -> list[datetime]:
    ask = world.ask(subjects=Subjects.of(customer))
    with world.gate.open(ask, by="analyst", on=ON) as grant:
        rows = grant.readings(interval=interval).to_pylist()
    assert {row["customer"] for row in rows} == {customer}
    return [row["start"].replace(tzinfo=None) for row in rows]
