"""What becomes of a group that fails its rule before anything is withheld: combined with its neighbour, or planned without the one
customer who is too large.

*Combining* changes the geography. A combined category is a category like any other for the audit; and where a year has begun with
one, it goes on with it, so that no month of that year tells the parts apart.

*Leaving a customer out* is the last step of a utility's procedure. The figure is then not the total of its category, which has to be said; and
to say it is to tell something: that somebody has at least the rule's share of the whole, so at least share / (1 − share) of what is published. So
the figure is planned twice: once with the members that it really has, and once as if everybody knew exactly what the one who was left out
used; and of several, as if everybody knew all of them but one, each in turn. It goes out if every plan lets it. Where it stands in the register,
its keys say that one was left out, at which share, and a mark by which that one is known again and nobody else is told; every later plan
takes them for known in the same way. So what follows from the saying stays proven.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa

from meterkeep.aggregates.conditions.classes import CLASS, plan_by_class
from meterkeep.aggregates.conditions.withholding import without_withheld
from meterkeep.aggregates.loads import as_atoms
from meterkeep.aggregates.planning import InTime
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.release import AREAS, TOTAL, ReleasePlan
from meterkeep.aggregates.repair.search import Left, shared
from meterkeep.aggregates.rule import Rule, percent
from meterkeep.errors import BadInput, Refused

JOIN: Final = "/"
_LEFT_OUT: Final = re.compile(r"left out=1 customer at [\d.]+ %, mark ([0-9a-f]{8})", re.ASCII)

Keys = tuple[str, ...]
Loads = dict[int, int]
"""Of the customers of a group, by their number."""


@dataclass(frozen=True, slots=True, eq=False)
class Remedied:
    """merges: dimension → combined category → its categories. left_out: keys of published figures from which a customer was left out →
    how many."""

    plan: ReleasePlan
    merges: dict[str, dict[str, list[str]]]
    left_out: dict[Keys, int]


def plan_with_remedies(
    table: pa.Table,
    *,
    by: Sequence[str],
    rule: Rule,
    measure: str,
    steps: Sequence[str] = (),
    period: InTime = "month",
    past: Sequence[PastRow] = (),
    key: bytes | None = None,
    known_to: Sequence[object] = (),
    left: Left = lambda: 0.0,
    **options: Any,
) -> Remedied:
    """As `plan_by_class`, whose other options it takes. left: shared among the plans that this takes. steps: "combine DIMENSION", "exclude", in this order; others end there. Raises BadInput where these are asked for over several columns of periods."""
    table, own = as_atoms(table, key=key, also=known_to)
    asked = {"by": by, "rule": rule, "measure": measure, "period": period, "past": past, **options}
    merges: dict[str, dict[str, list[str]]] = {}
    for step in steps:
        word, _, dimension = step.partition(" ")
        if word == "combine":
            table, merges[dimension] = combined(
                table, dimension, by=by, rule=rule, measure=measure, period=_one(period), past=past
            )
    gone: dict[Keys, int] = {}
    if "exclude" in steps:
        _one(period)
        table, gone = _without_offenders(table, by=by, rule=rule, measure=measure)
    told = sorted({*gone.values(), *left_out_before(table, past)})
    recipients = [told, *([one for one in told if one != other] for other in told)]
    plans = [
        plan_by_class(
            table,
            known_to=np.union1d(own, np.array(known, np.uint64)).tolist(),
            left=shared(left, len(recipients) - at),
            **asked,
        )
        for at, known in enumerate(recipients)
    ]
    plan = without_withheld(plans[-1], plans[:-1])
    _check_frozen(plan, past)
    return Remedied(_labelled(plan, gone, rule), merges, _counted(plan, gone))


def _one(period: InTime) -> str:
    """Whoever is combined or left out in a month would have to be so in its quarter, too."""
    if not isinstance(period, str):
        raise BadInput(
            "Groups are combined, and customers left out, over one column of periods.",
            next="Plan months, quarters and years apart, or without these remedies.",
        )
    return period


def combined(
    table: pa.Table,
    dimension: str,
    *,
    by: Sequence[str],
    rule: Rule,
    measure: str,
    period: str,
    past: Sequence[PastRow],
) -> tuple[pa.Table, dict[str, list[str]]]:
    """The table with categories that fail joined to the next ones in order of their names, alike in all periods, for each
    combination of the other dimensions by itself; and what was joined."""
    others = [name for name in by if name not in (dimension, period)]
    names = {name: _words(table[name]) for name in {*by, dimension}}
    groups: dict[Keys, dict[str, dict[str, Loads]]] = defaultdict(lambda: defaultdict(dict))
    for keys, loads in _groups(table, [dimension, period, *others], measure).items():
        groups[keys[2:]][keys[0]][keys[1]] = loads
    new: dict[tuple[str, ...], str] = {}
    for rest, categories in groups.items():
        its = _rule_for(rule, dict(zip(others, rest, strict=True)))
        fixed = _frozen(past, dimension, dict(zip(others, rest, strict=True)), {*names[period]})
        for members in _joined(categories, its, fixed):
            named = next((each for each in fixed if {*members} <= each), members)
            new |= {(category, *rest): JOIN.join(sorted(named)) for category in members}
    column = [new[key] for key in zip(*(names[name] for name in (dimension, *others)), strict=True)]
    table = table.set_column(table.column_names.index(dimension), dimension, pa.array(column, pa.string()))
    return table, {name: name.split(JOIN) for name in sorted({*new.values()}) if JOIN in name}


def _joined(
    categories: Mapping[str, Mapping[str, Loads]], rule: Rule, fixed: Sequence[frozenset[str]]
) -> list[list[str]]:
    """Categories in order, each with as many of the next as it takes; a rest that fails goes to the last one before it. What was joined
    before in the year (fixed) stays as it is, even where it fails now."""
    blocks: list[list[str]] = []
    for category in sorted(categories):
        before = next((block for block in blocks if any({category, *block} <= each for each in fixed)), None)
        if before is not None:
            before.append(category)
        else:
            blocks.append([category])
    frozen = [block for block in blocks if any({*block} <= each for each in fixed)]
    done: list[list[str]] = []
    waiting: list[str] = []
    for block in (each for each in blocks if each not in frozen):
        waiting += block
        if _passes([categories[name] for name in waiting], rule):
            done.append(waiting)
            waiting = []
    if waiting:
        done = [*done[:-1], [*(done[-1] if done else []), *waiting]]
    return [sorted(block) for block in (*frozen, *done)]


def _passes(categories: Sequence[Mapping[str, Loads]], rule: Rule) -> bool:
    """In every period in which one of them has anybody."""
    for when in {when for each in categories for when in each}:
        loads: Loads = defaultdict(int)
        for each in categories:
            for customer, load in each.get(when, {}).items():
                loads[customer] += load
        if not _meets(loads, rule):
            return False
    return True


def _meets(loads: Loads, rule: Rule) -> bool:
    used = [load for load in loads.values() if load > 0]
    return len(used) >= rule.minimum_customers and rule.allows_share(max(used), sum(used))


def _frozen(
    past: Sequence[PastRow], dimension: str, rest: Mapping[str, str], months: set[str]
) -> list[frozenset[str]]:
    """What was joined in figures of the same years with the same other keys."""
    years = {name[:4] for name in months}
    found = set()
    for row in past:
        said = dict(entry.partition("=")[::2] for entry in row.label)
        name = said.get(dimension, "")
        alike = all(said.get(other, value) == value for other, value in rest.items())
        if JOIN in name and alike and str(row.period[0].year) in years:
            found.add(frozenset(name.split(JOIN)))
    return sorted(found, key=sorted)


def _check_frozen(plan: ReleasePlan, past: Sequence[PastRow]) -> None:
    """A category that was joined to others in a figure of the same year is not published by itself, nor joined to others: the difference
    between months would show what was too small to stand alone. Raises Refused with the past release."""
    joined = [(row, _said(row)) for row in past if any(JOIN in entry for entry in row.label)]
    for row in plan.released:
        mine = _said(row)
        for before, said in joined:
            same_year = row.period[0].year == before.period[0].year
            if same_year and said.keys() == mine.keys() and (name := _differs(mine, said)):
                raise Refused(
                    f"{said[name]} was published as one {name} in the same year, and {mine[name]} would part it or join it to others.",
                    where=before.release,
                    next=f'Keep the year\'s areas: remedy = ["combine {name}", "withhold"] joins them as that release did.',
                )


def _said(row: PastRow) -> dict[str, str]:
    """Dimension → category, of a row; without the period and the mark of who was left out."""
    pairs = (entry.partition("=")[::2] for entry in row.label)
    return {name: key for name, key in pairs if name not in ("month", "quarter", "year", "left out")}


def _differs(mine: Mapping[str, str], said: Mapping[str, str]) -> str:
    """The one dimension in which they have some of their categories in common and not all, where all others are the same."""
    other = [name for name in mine if mine[name] != said[name]]
    if len(other) != 1:
        return ""
    ours, theirs = ({*each[other[0]].split(JOIN)} for each in (mine, said))
    return other[0] if other[0] in AREAS and JOIN in said[other[0]] and ours & theirs else ""


def _without_offenders(
    table: pa.Table, *, by: Sequence[str], rule: Rule, measure: str
) -> tuple[pa.Table, dict[Keys, int]]:
    """The table without the one customer of a figure who alone makes it fail by their share; keys → that customer."""
    gone = {}
    for keys, loads in _groups(table, by, measure).items():
        its = _rule_for(rule, dict(zip(by, keys, strict=True)))
        largest = max(loads, key=lambda customer: (loads[customer], customer))
        left = {customer: load for customer, load in loads.items() if customer != largest}
        if not _meets(loads, its) and len(loads) >= its.minimum_customers and left and _meets(left, its):
            gone[keys] = largest
    pairs = zip(*(_words(table[name]) for name in by), strict=True)
    whose = table["customer"].to_pylist()
    kept = [gone.get(keys) != customer for keys, customer in zip(pairs, whose, strict=True)]
    return table.filter(pa.array(kept, pa.bool_())), gone


def _rule_for(rule: Rule, keys: Mapping[str, str]) -> Rule:
    return rule.for_class(keys[CLASS]) if CLASS in keys else rule.among([])


def _groups(table: pa.Table, by: Sequence[str], measure: str) -> dict[Keys, Loads]:
    """Of each combination of the columns what each of its customers used."""
    found: dict[Keys, Loads] = defaultdict(lambda: defaultdict(int))
    columns = [_words(table[name]) for name in by]
    for keys, customer, value in zip(
        zip(*columns, strict=True), table["customer"].to_pylist(), table[measure].to_pylist(), strict=True
    ):
        found[keys][customer] += value
    return found


def _words(column: pa.ChunkedArray) -> list[str]:
    return [str(one) for one in column.to_pylist()]


def left_out_before(table: pa.Table, past: Sequence[PastRow]) -> Iterator[int]:
    """Whoever a past figure says was left out of it, among all customers that are known."""
    marks = {said[1] for row in past for entry in row.label if (said := _LEFT_OUT.fullmatch(entry))}
    if marks:
        everybody = np.unique(np.concatenate([table["customer"].to_numpy(), *(row.members for row in past)]))
        yield from (customer for customer in everybody.tolist() if _mark(customer) in marks)


def _mark(customer: int) -> str:
    return hashlib.blake2b(customer.to_bytes(8, "little"), digest_size=4, person=b"left out").hexdigest()


def _labelled(plan: ReleasePlan, gone: Mapping[Keys, int], rule: Rule) -> ReleasePlan:
    """The rows of figures without their largest customer say so."""
    rows = []
    for cell, row in zip(plan.published, plan.released, strict=True):
        if cell.keys in gone:
            share = _rule_for(rule, dict(zip(plan.by, cell.keys, strict=True))).share_ppm
            entry = f"left out=1 customer at {percent(share)} %, mark {_mark(gone[cell.keys])}"
            row = replace(row, label=tuple(sorted((*row.label, entry))))
        rows.append(row)
    return replace(plan, released=tuple(rows))


def _counted(plan: ReleasePlan, gone: Mapping[Keys, int]) -> dict[Keys, int]:
    """Of each published figure how many were left out of it or of what it adds up."""
    found = {}
    for cell in plan.published:
        inside = {
            customer
            for keys, customer in gone.items()
            if all(mine in (TOTAL, theirs) for mine, theirs in zip(cell.keys, keys, strict=True))
        }
        if inside:
            found[cell.keys] = len(inside)
    return found
