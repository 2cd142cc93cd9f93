"""The checks through the gate: decided, recorded, of what was granted alone, and nothing in the store changes."""

from __future__ import annotations

from datetime import date

import pytest
from gate.world import ON

from meterkeep.errors import BadInput
from meterkeep.gate import Period, Subjects

FIRST, SECOND, THIRD = ("a" * 31 + "1", "b" * 31 + "2", "c" * 31 + "3")
FEBRUARY = date(2026, 2, 1)


def ask(world, **options):
    return world.ask(period=Period(date(2026, 1, 1), date(2026, 3, 1)), **options)


def checked(world, request, **options):
    with world.gate.open(request, by="analyst", on=ON) as grant:
        flags = grant.check(FEBRUARY, today=ON, **options)
        grant.deliver(flags, to="")
    return flags.to_pylist()


def test_steady_readings_are_flagged_as_steady(metered) -> None:
    """The synthetic files have 1 kWh in every hour."""
    flags = checked(metered, ask(metered))
    assert {flag["check"] for flag in flags} == {"constant_run"}
    assert len({flag["usage_point"] for flag in flags}) == 2


def test_only_the_granted_customers_time_is_looked_at(metered) -> None:
    assert checked(metered, ask(metered, subjects=Subjects.of(FIRST))) == []
    (flag,) = checked(metered, ask(metered, subjects=Subjects.of(THIRD)))
    assert flag["check"] == "constant_run"


def test_checking_is_in_the_log_and_changes_nothing(metered) -> None:
    before, rows = metered.gate.log_size, metered.gate.store.snapshot().intakes
    checked(metered, ask(metered))
    assert [entry.name for _, entry in metered.gate.recent(metered.gate.log_size - before)] == [
        "use.delivered",
        "use.intent",
    ]
    assert metered.gate.store.snapshot().intakes == rows


def test_without_interval_usage_nothing_is_checked(metered) -> None:
    with (
        metered.gate.open(ask(metered, elements=("monthly_usage",)), by="analyst", on=ON) as grant,
        pytest.raises(BadInput, match="interval_usage was not asked for"),
    ):
        grant.check(FEBRUARY, today=ON)


def test_a_kept_run_is_given_to_those_who_may_see_its_customers(metered) -> None:
    assert metered.gate.last_check() is None
    with metered.gate.open(ask(metered), by="analyst", on=ON) as grant:
        grant.keep_flags(grant.check(FEBRUARY, today=ON), {"from": "2026-02-01"})
    assert metered.gate.last_check() == {"from": "2026-02-01"}
    with metered.gate.open(ask(metered, subjects=Subjects.of(THIRD)), by="analyst", on=ON) as grant:
        kept = grant.kept_flags().to_pylist()
    assert len({flag["usage_point"] for flag in kept}) == 1
