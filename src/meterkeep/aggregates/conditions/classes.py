"""A plan under a rule that differs by class of customer: at least 100 residential, 15 of any other.

Two readings, both safe. *Apart*: whatever can be derived has, of each class that it is about at all, at least as many customers as the rule of
that class asks for, and nobody too large a part of what their own class has of it. So an attacker may know everything about all other classes:
each class is planned as if these were known (`known_to`), and a figure goes out if no class stands against it. Fewer figures tell less, so
what is proven of a plan holds for those of its figures that all plans have. *Together*: a group with customers of several classes meets the
strictest of their rules as a whole (three customers, or five with one home among them).

Who is of which class says the table, and of past figures their own keys, or the count of classes that the register keeps beside them: where
it has one class alone, all were of it. Customers of whom nothing says it (they have left since) are counted neither for nor against: whatever
tells about a class at all has enough of it without them, and whatever tells about them is about enough people for the rule of every class that
any of them can have been of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa

from meterkeep.aggregates.conditions.withholding import Place, place_of, proven_together, published_rows
from meterkeep.aggregates.loads import UInt64s, as_atoms
from meterkeep.aggregates.planning import plan
from meterkeep.aggregates.reasons import Reason
from meterkeep.aggregates.register import FORGOTTEN, PastRow, loads_of
from meterkeep.aggregates.release import TOTAL, Cell, ReleasePlan
from meterkeep.aggregates.repair.search import Left, shared
from meterkeep.aggregates.rule import MILLION, Rule
from meterkeep.errors import BadInput

CLASS: Final = "customer_class"
Mixed = Literal["apart", "together"]


@dataclass(frozen=True, slots=True, eq=False)
class ClassPlan(ReleasePlan):
    """A plan under several rules: the largest share is the largest of any class, which may have no limit."""

    @property
    def worst_share_ppm(self) -> int | None:
        worst = self.found.worst_share
        if worst is None or not self.released:
            return None
        ppm = worst.numerator * MILLION // worst.denominator
        rules = [rule for _, rule in self.rule.classes] or [self.rule]
        return min(ppm, max(rule.share_ppm - rule.strict for rule in rules))


def plan_by_class(
    table: pa.Table,
    *,
    by: Sequence[str],
    rule: Rule,
    past: Sequence[PastRow] = (),
    key: bytes | None = None,
    known_to: Sequence[object] = (),
    mixed: Mixed = "apart",
    of: str = CLASS,
    left: Left = lambda: 0.0,
    **options: Any,
) -> ReleasePlan:
    """As `plan`, whose other options it takes. left: shared among the classes. of: the column of classes, one of `by` or not. Raises BadInput without it."""
    alone = {"by": by, "past": past, "key": key, "known_to": known_to, "left": left, **options}
    if not rule.classes or not len(table):
        done = plan(table, rule=rule, **alone)
        return _counted(done, table, key, of) if of in table.column_names else done
    if of not in table.column_names:
        raise BadInput(
            f"The rule differs by class, and the table has no column {of!r}.",
            where="rule",
            next="Add the class of each customer, or ask for the same of all.",
        )
    if mixed == "together":
        rule = _strictest_here(table[of], past, rule, of)
        return _counted(plan(table, rule=rule, **alone), table, key, of)
    table, own = as_atoms(table, key=key, also=known_to)
    crowd = _Crowd.of(table, past, of)
    asked = {"by": by, "past": past, "own": own, **options}
    questions = [*crowd.questions(rule)]
    runs = [
        _run(table, others, its, left=shared(left, len(questions) - at), **asked)
        for at, (its, others) in enumerate(questions)
    ]
    return _counted(_merged(runs, rule, known=len(own)), table, key, of)


def _counted(done: ReleasePlan, table: pa.Table, key: bytes | None, of: str) -> ReleasePlan:
    """With the number of customers of each class in every row, for the time when nothing else says who was of which."""
    if of != CLASS:
        return done
    classes = _classes(as_atoms(table, key=key)[0], of)
    rows = tuple(
        replace(
            row, classes=tuple((name, n) for name, members in classes.items() if (n := _among(row, members)))
        )
        for row in done.released
    )
    return replace(done, released=rows)


def _among(row: PastRow, members: UInt64s) -> int:
    """members: ascending, and many more than a row has as a rule."""
    mine = np.unique(row.members)
    at = np.minimum(np.searchsorted(members, mine), max(len(members) - 1, 0))
    return int((members[at] == mine).sum()) if len(members) else 0


def _classes(table: pa.Table, column: str) -> dict[str, UInt64s]:
    """Class → the customers of the table who are of it."""
    here = table["customer"].to_numpy()
    encoded = table[column].cast(pa.string()).combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    found = {
        str(name): np.unique(here[codes == at]) for at, name in enumerate(encoded.dictionary.to_pylist())
    }
    return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """classes: class → whoever in the table or in the past is known to be of it. unknown: everybody else; possible: what they can have
    been, None for anything."""

    classes: dict[str, UInt64s]
    unknown: UInt64s
    possible: frozenset[str] | None

    @classmethod
    def of(cls, table: pa.Table, past: Sequence[PastRow], column: str) -> _Crowd:
        found = {name: [members] for name, members in _classes(table, column).items()}
        for row in past:
            for name in _said(row, column):
                found.setdefault(name, []).append(row.members)
        classes = {name: np.unique(np.concatenate(parts)) for name, parts in sorted(found.items())}
        known = np.unique(np.concatenate([*classes.values()]))
        unknown = np.setdiff1d(np.concatenate([known, *(row.members for row in past)]), known)
        return cls(classes, unknown, _possible(unknown, past))

    def others(self, names: Sequence[str]) -> UInt64s:
        """Everybody who is known to be of another class, and of none of these."""
        mine = np.concatenate([np.empty(0, np.uint64), *(self.classes[name] for name in names)])
        found: UInt64s = np.setdiff1d(np.concatenate([*self.classes.values()]), mine)
        return found

    def questions(self, rule: Rule) -> Iterator[tuple[Rule, UInt64s]]:
        """Each different rule, and whom its attacker knows."""
        of: dict[Rule, list[str]] = {}
        for name in self.classes:
            of.setdefault(rule.for_class(name), []).append(name)
        for its, names in of.items():
            yield its, np.union1d(self.others(names), self.unknown)
        if len(self.unknown):
            any_of = [name for name, _ in rule.classes] if self.possible is None else sorted(self.possible)
            for its in dict.fromkeys(map(rule.for_class, any_of)):
                yield its, self.others(of.get(its, []))


def questions(
    table: pa.Table, past: Sequence[PastRow], rule: Rule, *, mixed: Mixed, of: str = CLASS
) -> Iterator[tuple[Rule, UInt64s]]:
    """The rules that `plan_by_class` holds figures against, one by one, and whom the attacker of each knows beside the recipient's own.
    table: with anonymous numbers for its customers."""
    if not rule.classes or not len(table) or of not in table.column_names:
        yield rule, np.empty(0, np.uint64)
    elif mixed == "together":
        yield _strictest_here(table[of], past, rule, of), np.empty(0, np.uint64)
    else:
        yield from _Crowd.of(table, past, of).questions(rule)


def _said(row: PastRow, column: str) -> list[str]:
    """The class of all its customers, where its keys or the count of its classes say one."""
    keys = [entry.partition("=")[2] for entry in row.label if entry.partition("=")[0] == column]
    alone = [name for name, count in row.classes if count == len(np.unique(row.members))]
    return keys or (alone if column == CLASS and len(row.classes) == 1 else [])


def _possible(unknown: UInt64s, past: Sequence[PastRow]) -> frozenset[str] | None:
    """The classes of the rows that count them; None where somebody is in none of these."""
    if not len(unknown):
        return None
    counting = [row for row in past if row.classes and np.isin(row.members, unknown).any()]
    met = np.concatenate([np.empty(0, np.uint64), *(row.members for row in counting)])
    if not np.isin(unknown, met).all():
        return None
    return frozenset(name for row in counting for name, _ in row.classes)


def _strictest_here(column: pa.ChunkedArray, past: Sequence[PastRow], rule: Rule, of: str) -> Rule:
    """Of the classes of the table and the past; of all classes where a past figure does not say whom it is about."""
    said = [_said(row, of) for row in past]
    if not all(said):
        return replace(rule, classes=())
    return rule.among({*map(str, column.unique().to_pylist()), *(name for names in said for name in names)})


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """The plan of some classes, and the cells that have customers of these."""

    plan: ReleasePlan
    about: set[Place]

    def reasons(self) -> dict[Place, Reason]:
        return {
            place_of(cell): cell.reason
            for cell in self.plan.cells
            if cell.reason is not None and place_of(cell) in self.about
        }

    def rows(self) -> dict[Place, PastRow]:
        return {place_of(cell): row for cell, row in published_rows(self.plan)}


def _run(
    table: pa.Table,
    others: UInt64s,
    rule: Rule,
    *,
    by: Sequence[str],
    past: Sequence[PastRow],
    own: UInt64s,
    totals: Sequence[Sequence[str]] = (),
    **options: Any,
) -> _Run:
    known = np.union1d(others, own)
    done = plan(
        table,
        by=by,
        rule=rule,
        past=[row for row in past if _tells_of_others(row, known)],
        totals=totals,
        known_to=known.tolist(),
        **options,
    )
    mine = table.filter(pa.array(~np.isin(table["customer"].to_numpy(), others)))
    keys = {named for level in (by, *totals) for named in _keys(mine, by, level)}
    return _Run(done, {place_of(cell) for cell in done.cells if cell.keys in keys})


def _tells_of_others(row: PastRow, known: UInt64s) -> bool:
    return bool(np.any(~np.isin(row.members, known) | (loads_of(row) == FORGOTTEN)))


def _keys(table: pa.Table, by: Sequence[str], level: Sequence[str]) -> Iterable[tuple[str, ...]]:
    """The keys of the cells of a level that have rows in the table."""
    if not level:
        return [(TOTAL,) * len(by)] if len(table) else []
    found = table.select(list(level)).group_by(list(level)).aggregate([])
    return [tuple(str(row.get(name, TOTAL)) for name in by) for row in found.to_pylist()]


def _merged(runs: Sequence[_Run], rule: Rule, *, known: int) -> ReleasePlan:
    first = runs[0].plan
    reasons: dict[Place, Reason] = {}
    rows: dict[Place, PastRow] = {}
    for run in reversed(runs):
        reasons |= run.reasons()
        rows |= run.rows()
    cells = tuple(_with(cell, reasons) for cell in first.cells)
    return ClassPlan(
        by=first.by,
        measure=first.measure,
        family=first.family,
        rule=rule,
        cells=cells,
        released=tuple(rows[place_of(cell)] for cell in cells if cell.reason is None),
        found=proven_together([run.plan.found for run in runs]),
        known=known,
        figures=first.figures,
    )


def _with(cell: Cell, reasons: Mapping[Place, Reason]) -> Cell:
    return replace(cell, reason=reasons.get(place_of(cell)))
