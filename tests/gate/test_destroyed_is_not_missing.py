"""What was destroyed on purpose is told apart from what is missing, in coverage and in the checks."""

from __future__ import annotations

from datetime import date

import pytest
from gate.test_destroying import DUE
from gate.world import ON, Agreement, cmep_line

from meterkeep.gate import Disposal, Period, Subjects

WHO = "d" * 31 + "4"
JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))


def day(number: int) -> date:
    return date(2026, 1, number)


@pytest.fixture
def holed(world):
    """Somebody's readings of January, of which the 14th and the 15th never came."""
    path = world.folder / "meters.cmep"
    lines = [cmep_line("SYN-9", day(number)) for number in range(1, 32) if number not in (14, 15)]
    path.write_text("\n".join(lines) + "\n")
    world.gate.take_in(path, by="clerk", on=ON)
    number = int(world.gate.vault.known_surrogate("SYN-9"))
    world.register.agreements = [Agreement(WHO, number, date(2025, 1, 1), date(2030, 1, 1))]
    return world


def destroy(world, first: int, end: int, *, of: str) -> None:
    number = world.register.agreements[0].usage_point
    whose = {"everyone": {}, "usage point": {"usage_points": (number,)}, "customer": {"customers": (WHO,)}}[
        of
    ]
    disposal = Disposal(**whose, period=Period(day(first), day(end)), declared=DUE)
    assert world.gate.destroy(disposal, why="kept long enough", by="officer", on=ON, apply=True).applied


def gaps(world) -> list[tuple[int, int]]:
    asked = world.ask(subjects=Subjects.of(WHO), period=JANUARY)
    with world.gate.open(asked, by="analyst", on=ON) as grant:
        flags = grant.check(day(1), today=ON)
        grant.deliver(flags, to="")
    return [(flag["start"].day, flag["count"]) for flag in flags.to_pylist() if flag["check"] == "gap"]


def told(world, *, interval=None, totals=False) -> tuple[int, int, int, int]:
    elements = ("monthly_usage",) if totals else ("interval_usage",)
    asked = world.ask(subjects=Subjects.of(WHO), period=JANUARY, elements=elements)
    with world.gate.open(asked, by="analyst", on=ON) as grant:
        table = grant.totals() if totals else grant.readings(interval=interval)
        (row,) = grant.coverage(table).to_pylist()
        grant.deliver(table, to="")
    return tuple(row[f"n_{name}"] for name in ("expected", "present", "missing", "destroyed"))


EVERYWAY = pytest.mark.parametrize("of", ["everyone", "usage point", "customer"])


def test_before_anything_is_destroyed_two_days_are_missing(holed):
    assert gaps(holed) == [(14, 48)]
    assert told(holed) == told(holed, totals=True) == (744, 696, 48, 0)


@EVERYWAY
def test_destroyed_days_are_no_gap(holed, of):
    destroy(holed, 3, 6, of=of)
    assert gaps(holed) == [(14, 48)]


@EVERYWAY
def test_a_gap_beside_destroyed_days_is_still_one(holed, of):
    destroy(holed, 10, 15, of=of)
    assert gaps(holed) == [(15, 24)]


@EVERYWAY
@pytest.mark.parametrize("how", [{}, {"interval": "P1D"}, {"interval": "PT1H"}, {"totals": True}])
def test_coverage_tells_destroyed_from_missing(holed, of, how):
    destroy(holed, 3, 6, of=of)
    assert told(holed, **how) == (744, 624, 48, 72)


def test_what_was_destroyed_twice_counts_once(holed):
    destroy(holed, 3, 6, of="usage point")
    destroy(holed, 5, 8, of="everyone")
    assert told(holed) == told(holed, totals=True) == (744, 576, 48, 120)


def test_where_all_is_destroyed_the_row_without_a_channel_says_so(holed):
    destroy(holed, 1, 31, of="customer")
    asked = holed.ask(subjects=Subjects.of(WHO), period=Period(day(1), day(11)))
    with holed.gate.open(asked, by="analyst", on=ON) as grant:
        (row,) = grant.coverage(grant.readings()).to_pylist()
    assert (row["channel"], row["n_present"], row["seconds_destroyed"]) == (None, 0, 10 * 86_400)
