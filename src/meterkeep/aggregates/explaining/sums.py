"""The sum of figures that an attack is: what it comes to, and who is in it, worked out again from the figures themselves.

Nothing here is taken over from the search that found the attack: factors are made whole, the figures are added up exactly, and
how often each customer is counted follows from who is in which figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import gcd, lcm

import numpy as np

from meterkeep.aggregates.history.unknowns import Unknowns, unknowns
from meterkeep.aggregates.loads import Int64s, Period
from meterkeep.aggregates.register import FORGOTTEN, PastRow, loads_of, same


@dataclass(frozen=True, slots=True)
class Term:
    """One figure of a sum, and how often it is added, below zero how often it is taken off. release: "" for the one that is
    planned. label: `dimension=value` in order of the dimensions; what is not named is summed up. customers, value: as published;
    known, known_value: of customers whose use the recipient knows anyway, which comes off."""

    factor: int
    release: str
    label: tuple[str, ...]
    period: Period
    customers: int
    value: int
    known: int = 0
    known_value: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """What the terms of a sum come to.

    value: Σ factor × (value - known_value); it is `over` times what is meant. customers: who used something and is in it; taken: how many of them
    are taken off in it; idle: others in it, who used nothing (that nobody in it used anything is told, too). plain: whether each is
    in it just `over` times, so that it is (over times) what they used together. counted: whether the terms' customers, added up
    alike, are `over` times these.
    """

    value: int
    over: int
    customers: int
    taken: int
    idle: int
    plain: bool
    counted: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """left: None where the figures do not add up to anything that can be said."""

    terms: tuple[Term, ...]
    left: Left | None


Published = Mapping[tuple[object, ...], PastRow]
NONE: Published = {}


def published(rows: Iterable[PastRow]) -> Published:
    """The rows as they are out, so that they are found again where an audit has taken customers off whom the recipient knows."""
    return {_name(row): row for row in rows}


def _name(row: PastRow) -> tuple[object, ...]:
    return row.release, row.label, row.period, row.measure


def group_of(rows: Sequence[PastRow], factors: Mapping[int, Fraction], *, customers: int, flat: bool = False, out: Published = NONE) -> Sum:  # fmt: skip
    """Of rows, by number, that derive a figure about so many customers. flat: as if all periods were the same one. out: the rows
    with everybody, where some are taken off."""
    numbers = sorted(factors)
    whole = _whole([factors[at] for at in numbers])
    mine = [rows[at] for at in numbers]
    coefficients, known = _coefficients(_one_period(mine) if flat else mine, whole)
    if _upside_down(_inside(coefficients, known), _value(_terms(mine, whole))):
        whole, coefficients = [-factor for factor in whole], -coefficients
    terms = _terms(mine, whole, out)
    if _mixed(rows) and (
        _mixed(mine) or customers != len(np.unique(known.owner[(coefficients != 0) & known.used]))
    ):
        return Sum(terms, None)
    return Sum(terms, _left(terms, coefficients, known, customers=customers))


def _mixed(rows: Sequence[PastRow]) -> bool:
    """Whether they are of several measures: what these come to together is no amount, and who used nothing of one may have used
    something of another."""
    return len({row.measure for row in rows}) > 1


def bound_of(rows: Sequence[PastRow], factors: Mapping[int, Fraction], bound: Fraction, *, out: Published = NONE) -> Sum:  # fmt: skip
    """Of rows whose sum nobody in it can have exceeded. Without `left` where they do not come to the bound, or where somebody is
    taken off in it, so that it would bound nobody."""
    numbers = sorted(factors)
    over = lcm(*(factors[at].denominator for at in numbers))
    whole = [int(factors[at] * over) for at in numbers]
    mine = [rows[at] for at in numbers]
    terms = _terms(mine, whole, out)
    coefficients, known = _coefficients(mine, whole)
    if _value(terms) != bound * over or coefficients[known.used].min(initial=0) < 0:
        return Sum(terms, None)
    inside = (coefficients != 0) & known.used
    customers = len(np.unique(known.owner[inside]))
    return Sum(terms, _left(terms, coefficients, known, customers=customers, over=over))


def pair_of(row: PastRow, other: PastRow) -> Sum:
    """A figure less another one: what tells about those whom only one of them has."""
    coefficients, known = _coefficients(_one_period([row, other]), [1, -1])
    inside = (coefficients != 0) & known.used
    return group_of(
        [row, other],
        {0: Fraction(1), 1: Fraction(-1)},
        customers=len(np.unique(known.owner[inside])),
        flat=True,
    )


def corrected(row: PastRow, other: PastRow) -> Sum:
    """A figure less the same one as it was before readings were corrected, by what they have changed; both alone where it is not
    the same figure, or nobody knows any more what each customer used."""
    terms = _terms([row, other], [1, -1] if row.value >= other.value else [-1, 1])
    if not same(row, other) or FORGOTTEN in (*loads_of(row), *loads_of(other)):
        return Sum(terms, None)
    changed = len(np.unique(row.members[loads_of(row) != loads_of(other)]))
    value = _value(terms)
    return Sum(terms, Left(value, 1, changed, 0, 0, plain=False, counted=False))


def listed(rows: Sequence[PastRow], numbers: Sequence[int]) -> Sum:
    """Figures that tell something together which no sum says."""
    return Sum(_terms([rows[at] for at in sorted(numbers)], [1] * len(numbers)), None)


def _whole(factors: Sequence[Fraction]) -> list[int]:
    """The same in proportion, as small whole numbers."""
    over = lcm(*(factor.denominator for factor in factors))
    whole = [int(factor * over) for factor in factors]
    common = gcd(*whole) or 1
    return [factor // common for factor in whole]


def _one_period(rows: Sequence[PastRow]) -> list[PastRow]:
    return [replace(row, period=rows[0].period) for row in rows]


def _coefficients(rows: Sequence[PastRow], factors: Sequence[int]) -> tuple[Int64s, Unknowns]:
    """How often each customer's use in each slot is in the sum."""
    known = unknowns(rows)
    found = np.zeros(len(known.owner), np.int64)
    np.add.at(found, known.entry, np.array(factors, np.int64)[known.entry_row])
    return found, known


def _inside(coefficients: Int64s, known: Unknowns) -> Int64s:
    """Of those who are in the sum and used something; where nobody did, of all who are in it."""
    users: Int64s = coefficients[(coefficients != 0) & known.used]
    return users if len(users) else coefficients[coefficients != 0]


def _upside_down(coefficients: Int64s, value: int) -> bool:
    """Whether it reads better the other way round: more is taken off than added, or as much and the sum is below zero."""
    below, above = -coefficients.min(initial=0), coefficients.max(initial=0)
    return bool(below > above or (below == above and value < 0))


def _terms(rows: Sequence[PastRow], factors: Sequence[int], out: Published = NONE) -> tuple[Term, ...]:
    """What is added first, the largest of each first."""
    terms = (_term(row, factor, out.get(_name(row), row)) for row, factor in zip(rows, factors, strict=True))
    return tuple(
        sorted(
            terms, key=lambda term: (term.factor < 0, -term.customers, term.period, term.release, term.label)
        )
    )


def _term(row: PastRow, factor: int, everybody: PastRow) -> Term:
    customers, kept = len(np.unique(everybody.members)), len(np.unique(row.members))
    return Term(
        factor=factor,
        release=row.release,
        label=row.label,
        period=row.period,
        customers=customers,
        value=everybody.value,
        known=customers - kept,
        known_value=everybody.value - row.value,
    )


def _value(terms: Sequence[Term]) -> int:
    return sum(term.factor * (term.value - term.known_value) for term in terms)


def _left(terms: Sequence[Term], coefficients: Int64s, known: Unknowns, *, customers: int, over: int | None = None) -> Left:  # fmt: skip
    """over: None where it is what each customer is in the sum alike, if they are."""
    kinds = np.unique(_inside(coefficients, known)).tolist()
    over = over or (kinds[0] if len(kinds) == 1 and kinds[0] > 0 else 1)
    inside = coefficients != 0
    everyone = len(np.unique(known.owner[inside]))
    return Left(
        value=_value(terms),
        over=over,
        customers=customers,
        taken=len(np.unique(known.owner[(coefficients < 0) & known.used])),
        idle=max(everyone - customers, 0),
        plain=kinds == [over] and _fits(terms, coefficients, known),
        counted=sum(term.factor * (term.customers - term.known) for term in terms) == over * everyone,
    )


def _fits(terms: Sequence[Term], coefficients: Int64s, known: Unknowns) -> bool:
    """Whether the sum is what those in it used, as far as that is known: not, where readings were corrected in between."""
    inside = coefficients != 0
    if not np.all(known.exact[inside]):
        return True
    return int((coefficients[inside] * known.most[inside]).sum()) == _value(terms)
