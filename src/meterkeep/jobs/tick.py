"""What is due as of a day, each done once: summaries of days that have ended, compaction of closed months."""

from __future__ import annotations

from datetime import date
from typing import Any

from meterkeep.desks.intake import actions, feeds, queries
from meterkeep.gate import Gate

COMPACTION = "compaction"


def tick(*, gate: Gate, by: str, on: date) -> dict[str, Any]:
    """{"on","summaries":[{"day","final",…figures}],"compaction":{"before","after"} or null where it was done that day}."""
    return {"on": on, "summaries": sum_up(by=by, on=on), "compaction": compact(gate=gate, by=by, on=on)}


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
