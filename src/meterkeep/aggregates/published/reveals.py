"""What published sums tell about withheld figures: each sum less its published parts, and every combination of these.

The withheld figures are the unknowns. What a sum leaves after its published parts is an equation about them, and the
search of `audit.closure` goes through everything that follows from all equations together: single figures whatever they are,
since somebody decided to withhold them, and groups of fewer customers than the rule asks for. Exact: figures are whole numbers
of millionths, combinations are fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from meterkeep.aggregates.audit.closure import Leak, audit_counts
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.loads import Int64s
from meterkeep.aggregates.published.numbers import SCALE, exact, shown
from meterkeep.aggregates.published.report import Finding, Verdict, about, people
from meterkeep.aggregates.published.rows import Minimums
from meterkeep.aggregates.published.rules import ClassRules
from meterkeep.aggregates.published.sums import Sums
from meterkeep.aggregates.published.table import TOTAL, UNKNOWN, Table
from meterkeep.errors import BadInput

NODES = 50_000
UNKNOWN_CELLS = 3
"""Groups of so many withheld figures whose customers are not known are looked for; larger ones are not."""
SHOWN_PARTS = 24
SPELLED = 6


@dataclass(slots=True)
class Equation:
    """A published sum: what it leaves for the withheld rows. rest, slack: in millionths; customers: None where not known."""

    parent: int
    published: list[int]
    withheld: list[int]
    rest: int
    slack: int
    customers: int | None


@dataclass(slots=True)
class Revealed:
    findings: list[Finding] = field(default_factory=list)
    exhaustive: bool = True


def reveals(table: Table, sums: Sums, minimums: Minimums, rules: ClassRules) -> Revealed:
    """table: each cell and period once."""
    found = Revealed()
    parts = _split(table, sums)
    found.findings += _rests(table, sums, minimums, parts)
    equations, impossible = _consistent(list(_equations(table, sums, parts)))
    found.findings += [_impossible(table, each, minimums) for each in impossible]
    if equations:
        _search(table, equations, minimums, rules, found)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Of each equation: its first pair, the withheld among its parts, and what it leaves after the published."""

    first: Int64s
    withheld: Int64s
    rest: Int64s
    slack: Int64s
    customers: Int64s
    counted: Int64s


def _split(table: Table, sums: Sums) -> _Parts:
    """All equations at once. counted: 1 where customers of parent and published parts are known and can be added up."""
    number = int(sums.equation.max(initial=-1)) + 1
    first = np.zeros(number, np.int64)
    first[sums.equation[::-1]] = np.arange(len(sums.equation))[::-1]
    hidden = table.withheld[sums.child]
    value, count = table.value[sums.child], table.customers[sums.child]
    digit = SCALE // 10**table.places
    if float(np.abs(value.astype(float)).sum()) > 2.0**62:
        raise BadInput(
            "The figures are too large to be added up exactly.", next="Audit fewer files at a time."
        )
    parent = sums.parent[first]
    rest = table.value[parent].copy()
    np.subtract.at(rest, sums.equation[~hidden], value[~hidden])
    slack = digit[parent].copy()
    np.add.at(slack, sums.equation[~hidden], digit[sums.child[~hidden]])
    customers = table.customers[parent].copy()
    np.subtract.at(customers, sums.equation[~hidden], count[~hidden])
    counted = (sums.counts[first] & (table.customers[parent] != UNKNOWN)).astype(np.int64)
    np.minimum.at(counted, sums.equation[~hidden], (count[~hidden] != UNKNOWN).astype(np.int64))
    withheld = np.bincount(sums.equation[hidden], minlength=number)
    return _Parts(first, withheld, rest, slack, customers, counted)


def _rests(table: Table, sums: Sums, minimums: Minimums, parts: _Parts) -> Iterator[Finding]:
    """Sums all of whose parts are published: what is left over belongs to customers who are in no part."""
    parent = sums.parent[parts.first]
    whole = (parts.withheld == 0) & table.published[parent]
    off = np.abs(parts.rest) > parts.slack
    few = (parts.counted == 1) & (parts.customers > 0) & (parts.customers < minimums.asked[parent])
    wrong = np.where(parts.counted == 1, (parts.customers < 0) | (off & (parts.customers == 0)), off)
    for each in np.flatnonzero(whole & (few | wrong.astype(np.bool_))).tolist():
        row, rest = int(parent[each]), int(parts.rest[each])
        pairs = int((sums.equation == each).sum())
        says = f"{table.called(row)}: {table.amount(row)} less its {pairs:,} part{'' if pairs == 1 else 's'} leaves {shown(rest)} {table.unit(row)}"
        left = int(parts.customers[each])
        if few[each]:
            known = f"{people(left)} in none of the parts used {shown(rest)} {table.unit(row)}"
            yield _finding(
                "rest",
                "leak",
                table,
                row,
                (row,),
                minimums.text(row),
                known,
                f"{says} and {people(left)}.",
                left,
                rest,
            )
        else:
            counts = f" and {people(left)}" if parts.counted[each] else ""
            yield _finding(
                "contradiction",
                "cannot_decide",
                table,
                row,
                (row,),
                minimums.text(row),
                "the total is not the sum of its parts",
                f"{says}{counts}.",
                None,
                rest,
            )


def _equations(table: Table, sums: Sums, parts: _Parts) -> Iterator[Equation]:
    """Published sums with withheld parts. A part that is itself a withheld sum stands for its own parts."""
    order = np.argsort(sums.equation, kind="stable")
    ends = np.cumsum(np.bincount(sums.equation)) if len(order) else np.empty(0, np.int64)
    divided = {int(sums.parent[parts.first[at]]): at for at in reversed(range(len(parts.first)))}

    def children(at: int) -> list[int]:
        start = int(ends[at - 1]) if at else 0
        return [int(row) for row in sums.child[order[start : int(ends[at])]]]

    for at in np.flatnonzero((parts.withheld > 0) & table.published[sums.parent[parts.first]]).tolist():
        published, withheld, counted = [], [], bool(parts.counted[at])
        waiting = children(at)
        while waiting:
            row = waiting.pop()
            if not table.withheld[row]:
                published.append(row)
            elif row in divided:
                counted = counted and bool(sums.counts[parts.first[divided[row]]])
                waiting += children(divided[row])
            else:
                withheld.append(row)
        yield _equation(
            table, int(sums.parent[parts.first[at]]), sorted(published), sorted(withheld), counted
        )


def _equation(
    table: Table, parent: int, published: list[int], withheld: list[int], counted: bool
) -> Equation:
    counts = [int(table.customers[row]) for row in (parent, *published)]
    known = counted and UNKNOWN not in counts
    digits = [SCALE // 10 ** int(table.places[row]) for row in (parent, *published)]
    return Equation(
        parent,
        published,
        withheld,
        int(table.value[parent]) - sum(int(table.value[row]) for row in published),
        sum(digits),
        counts[0] - sum(counts[1:]) if known else None,
    )


def _consistent(equations: list[Equation]) -> tuple[list[Equation], list[Equation]]:
    """Equations that tell something, and those that cannot be.

    Nothing left over, in customers or (up to rounding) in the total where customers are not known, means that the withheld
    rows are part of rows that are published, as combined ZIP codes are, or empty: they are no unknowns anywhere.
    """
    impossible = [
        each
        for each in equations
        if each.rest < -each.slack or (each.customers is not None and each.customers < 0)
    ]
    left = [each for each in equations if each not in impossible]
    while True:
        nothing = {row for each in left if _nothing_left(each) for row in each.withheld}
        if not nothing:
            return [each for each in left if each.withheld], impossible
        for each in left:
            each.withheld = [row for row in each.withheld if row not in nothing]


def _nothing_left(each: Equation) -> bool:
    within = abs(each.rest) <= each.slack
    return bool(each.withheld) and within and not each.customers


def _impossible(table: Table, each: Equation, minimums: Minimums) -> Finding:
    parts = f"{len(each.published):,} published part{'' if len(each.published) == 1 else 's'}"
    says = (
        f"{table.called(each.parent)}: {table.amount(each.parent)} less {parts} leaves "
        f"{shown(each.rest)} {table.unit(each.parent)}"
    )
    counts = f" and {people(each.customers)}" if each.customers is not None else ""
    return _finding(
        "contradiction",
        "cannot_decide",
        table,
        each.parent,
        (each.parent,),
        minimums.text(each.parent),
        "the total is less than its parts",
        f"{says}{counts}.",
        None,
        each.rest,
    )


def _search(
    table: Table, equations: list[Equation], minimums: Minimums, rules: ClassRules, found: Revealed
) -> None:
    cells = _alike(equations)
    rows = _rows(cells, len(equations))
    one = np.array([len(withheld) for _, withheld in cells], np.int64)
    single = audit_counts(System(rows, one), k=2, nodes=NODES)
    known = {leak.atoms[0] for leak in single.leaks if len(leak.atoms) == 1}
    for leak in single.leaks:
        if len(leak.atoms) == 1 and one[leak.atoms[0]] == 1:
            found.findings.append(_single(table, equations, cells[leak.atoms[0]][1][0], leak, minimums))
    found.exhaustive = single.exhaustive
    told: set[tuple[int, ...]] = set()
    for k, weight in _searches(table, cells, minimums, rules):
        groups = audit_counts(System(rows, weight), k=k, nodes=NODES)
        found.exhaustive = found.exhaustive and groups.exhaustive
        for leak in groups.leaks:
            if leak.atoms not in told and not known.intersection(leak.atoms):
                told.add(leak.atoms)
                group = _group(table, equations, cells, leak, rules)
                found.findings += [group] if group else []


def _searches(
    table: Table, cells: Cells, minimums: Minimums, rules: ClassRules
) -> Iterator[tuple[int, Int64s]]:
    """Fewest customers, and what each atom weighs: for all groups by the rule for all, and for groups within one class by
    its own where that asks for more. To that search everyone else is heavy, since with them a group is of no one class."""
    k = rules.default.minimum_customers
    yield k, np.array([_weight(table, withheld, k) for _, withheld in cells], np.int64)
    texts = [{minimums.text(row) for row in withheld} for _, withheld in cells]
    larger = {(int(minimums.asked[row]), minimums.text(row)) for _, withheld in cells for row in withheld}
    for asked, text in sorted(each for each in larger if each[0] > k):
        weights = [
            _weight(table, withheld, asked) if mine == {text} else asked
            for (_, withheld), mine in zip(cells, texts, strict=True)
        ]
        yield asked, np.array(weights, np.int64)


Cells = list[tuple[tuple[int, ...], list[int]]]
"""Withheld rows that the same equations speak of, which nothing tells apart: the equations, the rows."""


def _alike(equations: Sequence[Equation]) -> Cells:
    used: dict[int, list[int]] = {}
    for number, each in enumerate(equations):
        for row in each.withheld:
            used.setdefault(row, []).append(number)
    alike: dict[tuple[int, ...], list[int]] = {}
    for row in sorted(used):
        alike.setdefault(tuple(used[row]), []).append(row)
    return list(alike.items())


def _rows(cells: Cells, equations: int) -> tuple[Int64s, ...]:
    rows: list[list[int]] = [[] for _ in range(equations)]
    for at, (used, _) in enumerate(cells):
        for number in used:
            rows[number].append(at)
    return tuple(np.array(row, np.int64) for row in rows)


def _weight(table: Table, withheld: Sequence[int], asked: int) -> int:
    """Customers of withheld rows; where they are not shown, as many as let UNKNOWN_CELLS such rows be a light group."""
    unknown = -(-asked // (UNKNOWN_CELLS + 1))
    counts = [int(table.customers[row]) for row in withheld]
    return max(1, sum(unknown if count == UNKNOWN else count for count in counts))


def _combine(leak: Leak, equations: Sequence[Equation], coefficient: Fraction) -> tuple[Fraction, int | None]:
    """What the withheld group's total is, and its customers where every equation counts them."""
    total = sum((factor * equations[at].rest for at, factor in leak.combination.items()), Fraction(0))
    counts = [equations[at].customers for at in leak.combination]
    if None in counts:
        return total / coefficient, None
    factors = leak.combination.values()
    people_ = sum((factor * (count or 0) for factor, count in zip(factors, counts, strict=True)), Fraction(0))
    return total / coefficient, int(people_ / coefficient)


def _coefficients(leak: Leak, cells: Cells) -> dict[int, Fraction]:
    """The factor with which the withheld rows of each atom enter; those of a plain sum are equal."""
    return {
        atom: sum((factor for at, factor in leak.combination.items() if at in cells[atom][0]), Fraction(0))
        for atom in leak.atoms
    }


def _single(table: Table, equations: list[Equation], row: int, leak: Leak, minimums: Minimums) -> Finding:
    coefficient = sum(
        (factor for at, factor in leak.combination.items() if row in equations[at].withheld), Fraction(0)
    )
    value, count = _combine(leak, equations, coefficient)
    shown_count = int(table.customers[row])
    count = shown_count if shown_count != UNKNOWN else count
    amount = f"{shown(int(value))} {table.unit(row)}"
    told = f"the withheld figure is {amount}" + (f" of {people(count)}" if count else "")
    says = f"{_arithmetic(table, equations, leak, coefficient)} = {amount}."
    return _finding(
        "revealed",
        "leak",
        table,
        row,
        _places(equations, leak, [row]),
        minimums.text(row),
        told,
        says,
        count,
        value,
    )


def _group(
    table: Table, equations: list[Equation], cells: Cells, leak: Leak, rules: ClassRules
) -> Finding | None:
    rows = sorted(row for atom in leak.atoms for row in cells[atom][1])
    factors = _coefficients(leak, cells)
    unit, plain_sum = factors[leak.atoms[0]], len(set(factors.values())) == 1
    value, count = _combine(leak, equations, unit)
    counts = [int(table.customers[row]) for row in rows]
    count = sum(counts) if UNKNOWN not in counts else (count if plain_sum else None)
    minimum, text = rules.minimum(_shared(table, rows))
    if count is not None and count >= minimum:
        return None
    kind, verdict = _kind(count)
    amount = f"{shown(int(value))} {table.unit(rows[0])}"
    signs = {row: factors[atom] / unit for atom in leak.atoms for row in cells[atom][1]}
    told = f"{_spelled(table, signs)} = {amount}" + (f", {people(count)}" if count is not None else "")
    says = f"{_arithmetic(table, equations, leak, unit)} = {amount}" + (
        f" for {people(count)}; the rule asks for at least {minimum}." if count is not None else "."
    )
    return _finding(
        kind, verdict, table, rows[0], _places(equations, leak, rows), text, told, says, count, value
    )


def _spelled(table: Table, signs: dict[int, Fraction]) -> str:
    """ "92101 R, 2024-01 − 92102 R, 2024-01", the first of them only where there are many."""
    terms = []
    for at, (row, factor) in enumerate(sorted(signs.items())):
        sign = "− " if factor < 0 else "+ " if at else ""
        size = "" if abs(factor) == 1 else f"{abs(factor)} × "
        terms.append(f"{sign}{size}({table.called(row)})")
    if len(terms) > SPELLED:
        terms = [*terms[:SPELLED], f"… {len(terms)} withheld figures in all"]
    return " ".join(terms)


def _kind(count: int | None) -> tuple[str, Verdict]:
    return ("group_of_unknown_size", "cannot_decide") if count is None else ("revealed_group", "leak")


def _shared(table: Table, rows: Sequence[int]) -> list[str]:
    """The names that all rows have in common, by which a rule finds its class."""
    keys = table.keys[:, list(rows)]
    return [
        names[int(codes[0])]
        for names, codes in zip(table.names, keys, strict=True)
        if (codes == codes[0]).all() and codes[0] != TOTAL
    ]


def _arithmetic(table: Table, equations: Sequence[Equation], leak: Leak, coefficient: Fraction) -> str:
    """ "Total R, 2024-01: 615,500 − 612,000 (its published part)", of several sums each in brackets."""
    terms: list[str] = []
    for at, factor in sorted(leak.combination.items()):
        each, times = equations[at], factor / coefficient
        sign = "− " if times < 0 else "+ " if terms else ""
        size = "" if abs(times) == 1 else f"{abs(times)} × "
        says = _left_over(table, each)
        terms.append(says if len(leak.combination) == 1 and times == 1 else f"{sign}{size}({says})")
    return " ".join(terms)


def _left_over(table: Table, each: Equation) -> str:
    whole = f"{table.called(each.parent)}: {shown(int(table.value[each.parent]))}"
    if not each.published:
        return whole
    parts = (
        f"its {len(each.published):,} published parts" if len(each.published) > 1 else "its published part"
    )
    return f"{whole} − {shown(sum(int(table.value[row]) for row in each.published))} ({parts})"


def _places(equations: Sequence[Equation], leak: Leak, rows: Sequence[int]) -> tuple[int, ...]:
    """The withheld rows, the sums, and the first of their published parts."""
    used = sorted(leak.combination)
    parts = [row for at in used for row in equations[at].published]
    return (*rows, *(equations[at].parent for at in used), *parts[:SHOWN_PARTS])


def _finding(
    kind: str,
    verdict: Verdict,
    table: Table,
    row: int,
    lines: Sequence[int],
    rule: str,
    known: str,
    arithmetic: str,
    customers: int | None,
    value: Fraction | int,
) -> Finding:
    return Finding(
        kind,
        verdict,
        about(table, lines),
        table.key_names(row),
        table.period(row),
        known,
        arithmetic,
        rule,
        customers,
        exact(int(value)),
    )
