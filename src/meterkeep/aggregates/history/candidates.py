"""What a repair is asked about a release and what it answers; which one it is, whoever plans says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from meterkeep.aggregates.history.findings import Attack, Audit
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import Rule


@dataclass(frozen=True, slots=True)
class Candidate:
    """A figure that may go out or not. place: of the plan's cells; price: of equals the lowest is withheld first; cost: of withholding
    it, a whole number above zero, or None: never."""

    place: int
    row: PastRow
    price: tuple[int, ...]
    cost: int | None = 1


@dataclass(frozen=True, slots=True)
class Blocked:
    """A withheld figure, and an attack that it would take part in. place: of the plan's cells; rows: those that the attack numbers."""

    place: int
    attack: Attack
    rows: tuple[PastRow, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """blocked: what is withheld. audit: of what is left. stuck: attacks of past rows alone; where there are any, all candidates
    are blocked. price: of what is withheld; lower: nothing cheaper is safe."""

    blocked: tuple[Blocked, ...]
    audit: Audit
    stuck: tuple[Blocked, ...] = ()
    price: int = 0
    lower: int = 0


class Repair(Protocol):
    """Which candidates to withhold so that nothing under the rule can be derived from past and rest. aside: figures that do not go
    out anyway; groups: of periods that are still to be repaired, this one among them."""

    def __call__(
        self,
        past: Sequence[PastRow],
        candidates: Sequence[Candidate],
        rule: Rule,
        *,
        measure: str,
        aside: Sequence[PastRow],
        groups: int,
    ) -> Outcome: ...
