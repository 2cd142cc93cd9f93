"""How long each class of records is kept on a day: the pack's rules with their figures, the shortest ceiling and the longest floor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from meterkeep.clocks import Period, due
from meterkeep.policy import Pack
from meterkeep.policy.language.retaining import CEILING, FLOOR, RECORDS, RetentionRule


@dataclass(frozen=True)
class Bound:
    """value: of the unit (year, month or day). cite: the clause that says it. verified: whether its text was checked."""

    value: int
    unit: str
    cite: str
    figure: str
    verified: bool = True

    def after(self, day: date) -> date:
        """The day on which a record of this day has reached the bound."""
        return due(day, Period(self.value, self.unit))

    def before(self, day: date) -> date:
        """The newest day whose records have reached the bound by this day; at a month's end perhaps a day less, never one more."""
        return due(day, Period(self.value, self.unit), before=True)


@dataclass(frozen=True)
class Term:
    """record: the class. ceiling, floor: None where nothing that was adopted sets one. on: the day they are of."""

    record: str
    ceiling: Bound | None
    floor: Bound | None
    on: date

    @property
    def conflict(self) -> bool:
        """A law asks to keep longer than a document allows. Somebody has to rule on that, and until then nothing goes."""
        if self.ceiling is None or self.floor is None:
            return False
        return self.floor.before(self.on) < self.ceiling.before(self.on)

    @property
    def cites(self) -> list[str]:
        return list(dict.fromkeys(bound.cite for bound in (self.ceiling, self.floor) if bound))

    def past(self, day: date) -> bool | None:
        """Whether records of the day are older than the ceiling; None where nobody has said how long they are kept."""
        if self.ceiling is None or self.conflict:
            return None
        return day <= self.ceiling.before(self.on)

    def reached(self, day: date) -> bool | None:
        """Whether records of the day have been kept as long as they must."""
        if self.conflict:
            return None
        return self.floor is None or day <= self.floor.before(self.on)


def schedule(pack: Pack | None, on: date) -> tuple[Term, ...]:
    """A term for each class of records that the pack has rules for; none where nothing is adopted."""
    rules = [rule for rule in pack.retention if _binds(rule, pack)] if pack else []
    return tuple(_term(record, rules, pack, on) for record in RECORDS if pack and _about(record, rules))


def term(record: str, pack: Pack | None, on: date) -> Term | None:
    return next((one for one in schedule(pack, on) if one.record == record), None)


def _about(record: str, rules: Sequence[RetentionRule]) -> list[RetentionRule]:
    return [rule for rule in rules if rule.record == record]


def _term(record: str, rules: Sequence[RetentionRule], pack: Pack, on: date) -> Term:
    mine = _about(record, rules)
    return Term(record, _bound(mine, CEILING, max, pack, on), _bound(mine, FLOOR, min, pack, on), on)


def _bound(
    rules: Sequence[RetentionRule], which: str, pick: Callable[..., Bound], pack: Pack, on: date
) -> Bound | None:
    """The one that lets the newest record go (of ceilings), or the oldest alone (of floors)."""
    found = [_figure(rule, pack, on) for rule in rules if rule.bound == which]
    known = [bound for bound in found if bound]
    return pick(known, key=lambda bound: bound.before(on)) if known else None


def _figure(rule: RetentionRule, pack: Pack, on: date) -> Bound | None:
    figure = pack.parameters[rule.figure].at(on)
    if figure is None:
        return None
    return Bound(figure.value, rule.unit.removesuffix("s"), rule.cite, rule.figure, figure.verified)


def _binds(rule: RetentionRule, pack: Pack) -> bool:
    name, _, choice = rule.under.partition(" is ")
    return not rule.under or pack.interpretations[name].ruling == choice
