"""Why a figure may not go out, in words and as a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from meterkeep.aggregates.explaining.sums import (
    NONE,
    Left,
    Published,
    Sum,
    Term,
    bound_of,
    corrected,
    group_of,
    listed,
    pair_of,
)
from meterkeep.aggregates.history.changes import Change
from meterkeep.aggregates.history.conflicts import Conflict
from meterkeep.aggregates.history.findings import Attack, Kind
from meterkeep.aggregates.loads import Group
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import MILLION, Rule, percent, share_ppm, share_ppm_up

Code = Literal[
    "negative_value",
    "count",
    "zero_total",
    "few_contributors",
    "share",
    "close_estimate",
    "membership",
    "overlaps_past_release",
    "changed_value",
    "reveals_withheld",
    "small_change",
    "past_conflict",
]
_IN_SHORT: dict[Code, str] = {
    "negative_value": "with values below zero",
    "count": "with too few customers",
    "zero_total": "with a total of zero",
    "few_contributors": "where too few customers used anything",
    "share": "where one customer is too large",
    "close_estimate": "where one customer could estimate another",
    "membership": "where it would show whether somebody is counted",
    "overlaps_past_release": "that overlap a past release",
    "changed_value": "that a past release gave another value",
    "reveals_withheld": "that would reveal withheld figures",
    "small_change": "that would tell about a few newcomers or leavers",
    "past_conflict": "beside past figures that break the rule already",
}
COUNTED: frozenset[Kind] = frozenset({"count", "similar"})
"""Attacks that tell about a group of too few, and not about one customer's share."""
TERMS = 6
"""Figures that are named in a sentence; of the others it says how many there are."""


BY_ITSELF: frozenset[Code] = frozenset(
    {"negative_value", "count", "zero_total", "few_contributors", "share", "close_estimate", "membership"}
)
"""Reasons that a figure gives by itself, as a test of one cell after the other finds them; all others lie in what it tells beside
other figures."""


@dataclass(frozen=True, slots=True)
class Came:
    """Between two neighbouring periods: how many customers came and what they used in the later figure or the planned one, how
    many left and what they had used in the other; the larger of both in parts per million of its total, and the usual change."""

    came: int
    came_value: int
    left: int
    left_value: int
    share_ppm: int
    usual_ppm: int


@dataclass(frozen=True, slots=True)
class Reason:
    """code for programs, why for staff, and the past releases in conflict, if it is about them. terms: the figures of the attack
    that the withheld one would have taken part in, itself among them, and `left`, what they come to; customers: how many these
    would have told about. kind: of the attack; most: the largest single use in what is left, where it is a bound. rule: that was applied."""

    code: Code
    why: str
    releases: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    customers: int | None = None
    kind: Kind | None = None
    left: Left | None = None
    most: int | None = None
    came: Came | None = None
    rule: Rule | None = None


def in_short(code: Code) -> str:
    """The reason after a number of figures."""
    return _IN_SHORT[code]


def against_rule(group: Group, rule: Rule) -> Reason | None:
    """The first test of the rule that the group fails by itself."""
    if group.negatives:
        return Reason(
            "negative_value", "It contains values below zero, so shares of the total mean nothing.", rule=rule
        )
    if group.customers < rule.minimum_customers:
        why = f"{_customers(group.customers)}; {_minimum(rule)}."
        return Reason("count", why, customers=group.customers, left=_itself(group), rule=rule)
    if group.value <= 0:
        why = "The total is zero, which says of every customer in it that they used nothing."
        return Reason("zero_total", why, rule=rule)
    if group.contributors < rule.minimum_customers:
        used = f"Only {group.contributors} of its {group.customers} customers used anything"
        why = f"{used}; {_minimum(rule)}."
        return Reason("few_contributors", why, customers=group.contributors, left=_itself(group), rule=rule)
    if not rule.allows_share(group.largest, group.value):
        why = f"{_largest(group, rule)}."
        return Reason("share", why, most=group.largest, left=_itself(group), rule=rule)
    return None


def _itself(group: Group) -> Left:
    """What was held against the rule: the figure, without customers whom the recipient knows."""
    idle = group.customers - group.contributors
    return Left(group.value, 1, group.contributors, 0, idle, plain=True, counted=True)


def _customers(number: int) -> str:
    return "1 customer" if number == 1 else f"{number} customers"


def _minimum(rule: Rule) -> str:
    return f"the rule asks for at least {rule.minimum_customers}{f' ({rule.raised_by})' if rule.raised_by else _cited(rule)}"


def _limit(rule: Rule) -> str:
    return f"the rule asks for {'less than' if rule.strict else 'at most'} {percent(rule.share_ppm)} %{_cited(rule)}"


def _largest(group: Group, rule: Rule) -> str:
    share = share_ppm(group.largest, group.value) if rule.strict else share_ppm_up(group.largest, group.value)
    return f"The largest customer has {percent(share)} % of the total; {_limit(rule)}"


def _cited(rule: Rule) -> str:
    return f" ({rule.cite})" if rule.cite else ""


def against_past(row: PastRow, conflict: Conflict, rule: Rule) -> Reason:
    """Why a figure, as the register would keep it, is not safe beside what is out already, although it is safe by itself."""
    named = ", ".join(conflict.releases)
    start, end = row.period
    if conflict.code == "changed_value":
        why = (
            f"Release {named} gave other values for some of the same customers, for the same period or one that overlaps it: the difference would tell "
            "about those whose readings were corrected."
        )
    else:
        why = (
            f"{conflict.shared} of its {_people(row)} customers are also counted in a figure of release {named} for a "
            f"period that overlaps {start} to {end}: subtracting one from the other would tell about the few who differ."
        )
    again = conflict.code == "changed_value"
    found = corrected(row, conflict.other) if again else pair_of(row, conflict.other)
    customers = found.left.customers if found.left else None
    return Reason(conflict.code, why, conflict.releases, found.terms, customers, left=found.left, rule=rule)


def against_attack(attack: Attack, rows: Sequence[PastRow], rule: Rule, *, out: Published = NONE) -> Reason:
    """Why a figure may not go out: what could be worked out from it and others. rows: those that the attack names by number; out:
    the same with everybody, where customers whom the recipient knows are taken off."""
    found = _sum(attack, rows, out)
    releases = tuple(sorted({term.release for term in found.terms} - {""}))
    beside = f"Beside release {', '.join(releases)} it" if releases else "Beside the published figures it"
    return Reason(
        code="overlaps_past_release" if releases else "reveals_withheld",
        why=f"{beside} would tell {_told(attack)} {_worked(attack, found, rule)}.",
        releases=releases,
        terms=found.terms,
        customers=attack.customers if attack.kind in COUNTED else None,
        kind=attack.kind,
        left=found.left,
        most=attack.used if attack.kind == "share" else None,
        rule=rule,
    )


def _sum(attack: Attack, rows: Sequence[PastRow], out: Published = NONE) -> Sum:
    if attack.kind in COUNTED:
        similar = attack.kind == "similar"
        return group_of(rows, attack.factors, customers=attack.customers, flat=similar, out=out)
    if attack.bound is not None:
        return bound_of(rows, attack.factors, attack.bound, out=out)
    return listed(rows, [*attack.factors])


def _told(attack: Attack) -> str:
    if attack.kind == "share":
        return "that somebody used no more than so much, and they used too much of that:"
    if attack.kind == "forgotten":
        return "more about a customer whose data was destroyed, so that nobody can check how much:"
    if attack.kind == "similar":
        return f"about {_customers(attack.customers)}, since the periods are nearly the same:"
    return f"about {_customers(attack.customers)}:" if attack.customers else "that somebody used nothing:"


def _worked(attack: Attack, found: Sum, rule: Rule) -> str:
    """The sum, and what is left against the rule."""
    counts = attack.kind in COUNTED
    sums = arithmetic(found.terms, amounts=not counts)
    if counts and found.left is None:
        return f"those in {sums} overlap; {_minimum(rule)}"
    if counts:
        rest = _rest(attack, found)
        told = (
            f"leaves {rest}"
            if found.left and found.left.counted and not found.left.idle
            else f"is about {rest}"
        )
        return f"{sums} {told}; {_minimum(rule)}"
    if attack.kind == "share" and attack.bound:
        times = f", divided by {found.left.over}," if found.left and found.left.over > 1 else ""
        part = MILLION * attack.used
        share = part // attack.bound if rule.strict else -(-part // attack.bound)
        return (
            f"{sums}{times} leaves at most {_amount(attack.bound)}. One customer has {percent(share)} % of what is left; "
            f"{_limit(rule)}"
        )
    return f"{sums}. What cannot be checked is withheld"


def _rest(attack: Attack, found: Sum) -> str:
    """Who is left, and how many of them used nothing."""
    idle = found.left.idle if found.left else 0
    if not attack.customers:
        return f"{_customers(idle)} who used nothing"
    return f"{_customers(attack.customers)}{f' and {idle} who used nothing' if idle else ''}"


def _amount(bound: Fraction) -> int:
    """The next whole number above."""
    return -(-bound.numerator // bound.denominator)


def arithmetic(terms: Sequence[Term], *, amounts: bool = False) -> str:
    """ "Total (89) less zip=92101 in R1 (20) and zip=92102 (60)": customers in brackets, or amounts. The first figures, and how
    many more there are."""
    shown = [_figure(term, term.value if amounts else term.customers) for term in terms[:TERMS]]
    plus = [words for words, term in zip(shown, terms, strict=False) if term.factor > 0]
    less = [words for words, term in zip(shown, terms, strict=False) if term.factor < 0]
    more = [f"{len(terms) - TERMS} more"] if len(terms) > TERMS else []
    if terms[-1].factor > 0:
        return _and([*plus, *more])
    return f"{_and(plus)} less {_and([*less, *more])}" if plus else f"less {_and([*less, *more])}"


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _figure(term: Term, size: int) -> str:
    name = ", ".join(term.label) or "Total"
    times = f"{abs(term.factor)} × " if abs(term.factor) > 1 else ""
    return f"{times}{name}{f' in {term.release}' if term.release else ''} ({size:,})"


def _people(row: PastRow) -> int:
    return len(set(row.members.tolist()))


def against_change(row: PastRow, change: Change, rule: Rule) -> Reason:
    """Why a figure, as the register would keep it, may not go out beside that of the next or last period: newcomers or leavers
    are too plain to see."""
    start, end = change.other.period
    who = f"{_customers(change.customers)} came or left since the figure for {start} to {end}"
    share = (
        "a part that is not known any more" if change.share_ppm is None else f"{percent(change.share_ppm)} %"
    )
    why = (
        f"{who}, with {share} of the total, where the usual change hides "
        f"{percent(change.usual_ppm)} %: what they used could be told from the difference; {_minimum(rule)}."
    )
    return Reason(
        code="small_change",
        why=why,
        releases=(change.other.release,) if change.other.release else (),
        terms=pair_of(row, change.other).terms,
        customers=change.customers,
        came=_came(row, change),
        rule=rule,
    )


def _came(row: PastRow, change: Change) -> Came | None:
    """None where what they used is forgotten."""
    if change.share_ppm is None:
        return None
    came, left = ~np.isin(row.members, change.other.members), ~np.isin(change.other.members, row.members)
    return Came(
        came=len(np.unique(row.members[came])),
        came_value=int(row.loads[came].sum()),
        left=len(np.unique(change.other.members[left])),
        left_value=int(change.other.loads[left].sum()),
        share_ppm=change.share_ppm,
        usual_ppm=change.usual_ppm,
    )


def against_everything(
    attack: Attack, rows: Sequence[PastRow], rule: Rule, *, out: Published = NONE
) -> Reason:
    """Why nothing more may go out for a period: what is out already breaks the rule, and more would tell more. Or it could not be
    told exactly how close a bound is, of which there is no sum."""
    if not attack.factors:
        return _untold(attack, rows, rule)
    found = against_attack(attack, rows, rule, out=out)
    named = ", ".join(found.releases) or "of the past"
    worked = _worked(attack, _sum(attack, rows, out), rule)
    why = f"What release {named} published breaks the rule already, so nothing is added to it: {worked}."
    return replace(found, code="past_conflict", why=why)


def _untold(attack: Attack, rows: Sequence[PastRow], rule: Rule) -> Reason:
    releases = tuple(sorted({row.release for row in rows} - {""}))
    beside = f"Beside release {', '.join(releases)} it" if releases else "It"
    why = f"{beside} may tell too much about somebody: how much could not be worked out exactly, so nothing is added to what is out."
    return Reason("past_conflict", why, releases, kind=attack.kind, rule=rule)
