"""Readings are destroyed where a clause permits it, and the log says so before it happens and after."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from gate.world import ON, ZONE, Told, build, cmep_line

from meterkeep.errors import BadInput
from meterkeep.gate import Disposal, Period, Refused, Subjects, Undetermined
from meterkeep.gate.sources import CustomerFacts

FIRST, SECOND, THIRD = "a" * 31 + "1", "b" * 31 + "2", "c" * 31 + "3"
DUE = {
    "record.still_needed": False,
    "record.hold": False,
    "record.law_requires_keeping": False,
    "record.floor_reached": True,
}
FEBRUARY = datetime(2026, 2, 1, tzinfo=ZONE).astimezone(UTC).replace(tzinfo=None)


def destroy(world, *, why="no longer a customer", apply=True, **disposal):
    told = Disposal(**{"customers": (FIRST,), "declared": DUE, **disposal})
    return world.gate.destroy(told, why=why, by="officer", on=ON, apply=apply)


def starts(world, customer):
    with world.gate.open(world.ask(subjects=Subjects.of(customer)), by="analyst", on=ON) as grant:
        return [row["start"].replace(tzinfo=None) for row in grant.readings().to_pylist()]


def test_only_the_customer_s_own_time_at_the_usage_point_goes(metered):
    others = starts(metered, SECOND), starts(metered, THIRD)
    done = destroy(metered)
    assert (done.applied, done.findings, done.usage_points, done.customers) == (True, [], 1, 1)
    assert done.readings == 15 * 24
    assert starts(metered, FIRST) == []
    assert (starts(metered, SECOND), starts(metered, THIRD)) == others
    assert metered.gate.prove() == []


def test_the_log_says_who_when_why_and_by_which_clause(metered):
    done = destroy(metered)
    assert metered.names()[-2:] == ["destruction.intent", "destruction.delivered"]
    (_, outcome), (_, intent) = metered.gate.recent(2)
    assert (intent.actor, intent.detail["why"], intent.detail["extent"]) == (
        "officer",
        "no longer a customer",
        done.extent,
    )
    assert intent.clauses == outcome.clauses and set(done.clauses) == set(intent.clauses)
    assert (outcome.intent, outcome.digest, outcome.detail["before"]) == (intent.id, done.after, done.before)
    assert intent.subjects == [FIRST[::-1]]
    assert [s.family for s in metered.gate.history(FIRST)] == ["destruction"]


def test_counting_leaves_no_trace(metered):
    before = metered.names()
    counted = destroy(metered, apply=False)
    assert (counted.outcome, counted.applied, counted.readings) == ("permit", False, 15 * 24)
    assert metered.names() == before and starts(metered, FIRST)


def test_without_the_facts_nothing_is_destroyed(metered):
    with pytest.raises(Undetermined):
        destroy(metered, declared={})
    assert metered.names()[-1] == "destruction.undetermined"
    assert starts(metered, FIRST)


def test_under_a_legal_hold_nothing_is_destroyed(metered):
    with pytest.raises(Refused):
        destroy(metered, declared={**DUE, "record.hold": True})
    assert metered.names()[-1] == "destruction.refused"
    assert starts(metered, FIRST)


def test_what_a_desk_says_wins_over_what_is_declared(metered):
    metered.facts.told = {**Told().told, "record.hold": True}
    with pytest.raises(Refused):
        destroy(metered)


def test_once_more_changes_nothing_and_is_recorded_as_that(metered):
    first = destroy(metered)
    again = destroy(metered)
    assert (again.already, again.applied, again.after) == (True, False, first.after)
    assert metered.names()[-1] == "destruction.not_delivered"


@pytest.mark.parametrize("why", ["", "  ", "x" * 301])
def test_without_a_reason_nothing_is_destroyed(metered, why):
    with pytest.raises(BadInput, match="reason"):
        destroy(metered, why=why)


@pytest.mark.parametrize(
    "disposal",
    [{"customers": ("d" * 32,)}, {"customers": ()}, {"customers": (FIRST,), "usage_points": (1,)}],
)
def test_what_names_nobody_destroys_nothing(metered, disposal):
    with pytest.raises(BadInput):
        destroy(metered, **disposal)


def test_a_usage_point_s_readings_concern_whoever_held_it(metered):
    number = metered.register.agreements[0].usage_point
    done = destroy(metered, customers=(), usage_points=(number,))
    assert (done.what, done.customers, done.readings) == ("usage_points", 2, 59 * 24)
    assert starts(metered, FIRST) == starts(metered, SECOND) == []
    assert starts(metered, THIRD)


def test_a_month_of_everyone_s_is_purged_and_does_not_come_back(metered):
    february = starts(metered, SECOND)
    done = destroy(metered, customers=(), period=Period(date(2026, 1, 1), date(2026, 2, 1)))
    assert (done.what, done.customers) == ("period", 3)
    assert starts(metered, FIRST) == []
    left = [start for start in february if start >= FEBRUARY]
    assert starts(metered, SECOND) == left
    report = metered.gate.take_in(metered.folder / "meters.cmep", by="clerk", on=ON, again=True)
    assert report["rejected"] == {"destroyed": 2 * 31 * 24}
    counts = report["stored"] + report["duplicate"] + report["already_stored"]
    assert counts + sum(report["rejected"].values()) == report["records"]
    assert starts(metered, SECOND) == left


def test_the_same_file_met_again_says_what_was_destroyed_of_it(metered):
    destroy(metered)
    report = metered.gate.take_in(metered.folder / "meters.cmep", by="clerk", on=ON)
    assert (report["status"], report["rejected"]) == ("already_stored", {"destroyed": 15 * 24})
    assert report["already_stored"] == report["records"] - 15 * 24
    assert starts(metered, FIRST) == []


def test_after_a_crash_the_same_intent_is_carried_to_its_outcome(metered, monkeypatch):
    def die(*_, **__):
        raise SystemError("the process dies here")

    monkeypatch.setattr("meterkeep.gate.entries.Scribe.outcome", die)
    with pytest.raises(SystemError):
        destroy(metered)
    monkeypatch.undo()
    assert metered.names()[-1] == "destruction.intent"
    monkeypatch.setattr("meterkeep.gate.gate.lease_alive", lambda lease: False)
    done = destroy(metered)
    assert metered.names()[-2:] == ["destruction.intent", "destruction.delivered"]
    assert done.applied and not metered.gate.unresolved()
    again = build(metered.folder, create=False)
    assert again.gate.prove() == []


@pytest.mark.parametrize("again", [False, True])
def test_a_file_met_again_has_the_same_fates_whichever_way_it_is_met(metered, tmp_path, again):
    """Two readings of each hour of two days, of which the first is destroyed with half of the duplicates."""
    path = tmp_path / "twice.cmep"
    lines = [cmep_line("M-77", date(2026, 1, 5)), cmep_line("M-77", date(2026, 1, 6))]
    path.write_text("\n".join([*lines, *lines]) + "\n")
    first = metered.gate.take_in(path, by="intake", on=ON)
    assert (first["stored"], first["duplicate"], first["notes"]) == (48, 48, {})
    number = int(first["series"][0]["usage_point"])
    day = Period(date(2026, 1, 5), date(2026, 1, 6))
    destroy(metered, customers=(), usage_points=(number,), period=day)
    met = metered.gate.take_in(path, by="intake", on=ON, again=again)
    assert (met["records"], met["stored"], met["rejected"]) == (96, 0, {"destroyed": 48})
    assert (met["duplicate"], met["already_stored"]) == (24, 24)


def test_for_whom_it_is_refused_is_told_by_number_and_nothing_goes(metered):
    hold = CustomerFacts(exceptions={FIRST: {"record.hold": True}})
    metered.choices.told = hold
    everyone = {"customers": (), "period": Period(date(2026, 1, 1), date(2026, 2, 1)), "declared": DUE}
    counted = destroy(metered, apply=False, **everyone)
    assert (counted.outcome, counted.refused, counted.undecided) == ("refuse", 1, 0)
    assert counted.customers > 1
    with pytest.raises(Refused, match=f"for 1 of {counted.customers} customers"):
        destroy(metered, **everyone)
    ((_, entry),) = metered.gate.recent(1)
    assert (entry.name, entry.detail["refused"], entry.detail["undecided"]) == ("destruction.refused", 1, 0)
    assert starts(metered, SECOND)
