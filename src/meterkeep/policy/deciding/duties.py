"""What must be done because of a decision, and by when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from meterkeep.clocks import due
from meterkeep.policy.deciding.program import Rule


@dataclass(frozen=True, slots=True)
class Duty:
    """due: None where the document names no time."""

    do: str
    due: date | None
    clause: str


def duties_of(cited: Iterable[Rule], on: date) -> tuple[Duty, ...]:
    """The duties of the cited clauses, each once."""
    duties = {
        duty.do: Duty(duty.do, due(on, duty.within) if duty.within else None, rule.clause.id)
        for rule in cited
        for duty in rule.clause.duties
    }
    return tuple(duties.values())
