"""Figures withheld one after the other until no attack is left: always ends, always safe, not always with the fewest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from meterkeep.aggregates.history.findings import Attack, Audit, audit_rows
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import Rule


@dataclass(frozen=True, slots=True)
class Candidate:
    """A figure that may go out or not. place: of the plan's cells; price: withholding the lowest comes first."""

    place: int
    row: PastRow
    price: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Blocked:
    """A withheld figure, and the attack that it would have taken part in, whose rows were `rows` at that time. place: of the
    plan's cells."""

    place: int
    attack: Attack
    rows: tuple[PastRow, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """blocked: in the order in which they were withheld. audit: of what is left. stuck: attacks of past rows alone; where there are
    any, all candidates are blocked."""

    blocked: tuple[Blocked, ...]
    audit: Audit
    stuck: tuple[Blocked, ...] = ()


def withhold(
    past: Sequence[PastRow],
    candidates: Sequence[Candidate],
    rule: Rule,
    *,
    measure: str,
    aside: Sequence[PastRow],
) -> Outcome:
    """Of the candidates as few as a greedy choice finds, so that nothing under the rule can be derived from past and rest."""
    left, blocked = list(candidates), list[Blocked]()
    while True:
        rows = [*past, *(each.row for each in left)]
        audit = audit_rows(rows, rule, new=range(len(past), len(rows)), measure=measure, aside=aside)
        stuck = [attack for attack in audit.attacks if max(attack.rows, default=-1) < len(past)]
        if stuck and left:
            return Outcome(
                (), audit, tuple(Blocked(each.place, stuck[0], tuple(rows)) for each in candidates)
            )
        if not audit.attacks or not left:
            return Outcome(tuple(blocked), audit)
        chosen = _choice(audit.attacks, left, first=len(past))
        blocked += [Blocked(left[at].place, attack, tuple(rows)) for at, attack in chosen.items()]
        left = [each for at, each in enumerate(left) if at not in chosen]


def _choice(attacks: Sequence[Attack], left: Sequence[Candidate], *, first: int) -> dict[int, Attack]:
    """Candidates, by number, one of which at least is in each attack: those in the most attacks, of these the cheapest."""
    cuts = [({row - first for row in attack.rows if row >= first}, attack) for attack in attacks]
    chosen: dict[int, Attack] = {}
    while cuts:
        times = Counter(at for cut, _attack in cuts for at in cut)
        best = min(times, key=lambda at: (-times[at], left[at].price))
        chosen[best] = next(attack for cut, attack in cuts if best in cut)
        cuts = [(cut, attack) for cut, attack in cuts if best not in cut]
    return chosen
