"""What is due as of a day, each done once: summaries of days that have ended, compaction of closed months, checks, an epoch, witnesses."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from meterkeep.desks.expenses import queries as expenses
from meterkeep.desks.intake import actions, feeds, queries
from meterkeep.desks.intake.checking import check_readings
from meterkeep.errors import MeterkeepError, Refused, Undetermined
from meterkeep.gate import Gate, Subjects

COMPACTION = "compaction"
CHECKS = "checks"
CHECKED_DAYS = 35
"""A month and some days: what came late last month is looked at once more."""


def tick(*, gate: Gate, by: str, on: date) -> dict[str, Any]:
    """{"on","summaries":[{"day","final",…figures}],"compaction":{"before","after"},"checks":{"flags"} or {"not_done","next"},
    "epoch":{"epoch","upto","customers"},"witnesses":{"size","needs","met","contradicted",
    "witnesses":[{"name","outcome","says"}]} or {"not_done","next"}}; compaction, checks and epoch are null where they were done that day, witnesses where the log has no policy.
    "expenses": [{"claim","claimant","due","days","late"}], told each day: drafts of claims whose time is nearly over."""
    return {
        "on": on,
        "summaries": sum_up(by=by, on=on),
        "compaction": compact(gate=gate, by=by, on=on),
        "checks": check(gate=gate, by=by, on=on),
        "epoch": close_epoch(gate=gate, by=by, on=on),
        "witnesses": ask_witnesses(gate=gate),
        "expenses": expenses.reminders(on),
    }


def sum_up(*, by: str, on: date) -> list[dict[str, Any]]:
    """The days that have ended and were not summed up yet, for good; and the day itself so far."""
    kept = []
    for day in feeds.unsummed(on):
        figures = feeds.figures_of(day)
        actions.keep_summary(day=day, figures=figures, final=day < on, by=by, on=on)
        kept.append({"day": day, "final": day < on, **figures})
    return kept


def compact(*, gate: Gate, by: str, on: date) -> dict[str, int] | None:
    """Months that had ended by then are rewritten so that they are read fast; what is compact already is left alone."""
    if queries.was_kept_up(COMPACTION, on):
        return None
    done = gate.compact(by=by, on=on)
    detail = {"before": done.before, "after": done.after}
    actions.keep_up(job=COMPACTION, detail=detail, by=by, on=on)
    return detail


def check(*, gate: Gate, by: str, on: date) -> dict[str, Any] | None:
    """The readings of the last weeks are checked, and the run is kept for the console. It opens readings, so it takes a
    person who may use them: where the documents do not permit it, nothing is opened and the reason is told."""
    if queries.was_kept_up(CHECKS, on):
        return None
    if not gate.sources.customers.select(Subjects.everyone(), on=on):
        return {"not_done": "There is no customer yet.", "next": "Import them: `meterkeep customers import`."}
    period = (on - timedelta(days=CHECKED_DAYS), on)
    try:
        found = check_readings(gate=gate, period=period, by=by, on=on)
    except (Refused, Undetermined) as stopped:
        return {"not_done": stopped.message, "next": "Name somebody who may use readings with --by."}
    detail = {"flags": found.flags.num_rows}
    actions.keep_up(job=CHECKS, detail=detail, by=by, on=on)
    return detail


def close_epoch(*, gate: Gate, by: str, on: date) -> dict[str, int] | None:
    """Last, so that it covers what the other jobs have logged. From then on every customer's list up to now is shown to be
    whole; once a day, because each time all of them are signed anew."""
    last = gate.chains.newest()
    if last and last.on >= on.isoformat():
        return None
    closed = gate.chains.close_epoch(by=by, on=on)
    return {"epoch": closed.number, "upto": closed.upto, "customers": closed.chains} if closed else None


def ask_witnesses(*, gate: Gate) -> dict[str, Any] | None:
    """After the epoch, so that they cosign it too. Whoever does not answer, or has seen another history, is told of and stops
    nothing: what the day was owed is done. None where the log has no policy."""
    try:
        told = gate.chains.ask_witnesses()
    except MeterkeepError as stopped:
        return {"not_done": stopped.message, "next": stopped.next}
    return asdict(told) | {"contradicted": told.contradicted} if told else None
