"""Categories combined, so that what is too small by itself can be published together: an alternative to withholding.

A map says which: level → combined category → its categories, for instance {"zip": {"90002/90003": ["90002", "90003"]}}. It is
chosen once and kept, since next quarter's table with other combinations would, beside this one, give away the difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from meterkeep.aggregates.rule import Rule
from meterkeep.aggregates.tables.cells import Cell, cells_of
from meterkeep.aggregates.tables.dimensions import TOTAL
from meterkeep.aggregates.tables.leaves import Leaves
from meterkeep.aggregates.tables.words import against_rule
from meterkeep.errors import BadInput

Merges = Mapping[str, Mapping[str, Sequence[str]]]
MANY = (2, 3, 4)
"""Categories that are combined at once."""
KEPT = 1_000_000
"""What a cell counts that is never to be withheld: more than any other."""
Price = Callable[[Cell], int | None]
"""What it costs to withhold a cell; None: never."""
BETWEEN = "/"
"""Between the names of a combined category, as the quarterly files of utilities write combined ZIP codes."""


def merged(leaves: Leaves, merges: Merges) -> Leaves:
    """The table with these categories combined. A category that the table does not have now is no mistake: next quarter it may.
    Raises BadInput where the map does not fit the table's hierarchy."""
    names = [list(map(list, of)) for of in leaves.names]
    for level, combined in merges.items():
        dimension, at = _place(leaves, level)
        new = _renamed(combined, level)
        above = leaves.names[dimension][at + 1 :][:1]
        _check_name(leaves.names[dimension][at], combined, level)
        _check_parents(leaves.names[dimension][at], above, combined, level)
        names[dimension][at] = [new.get(name, name) for name in leaves.names[dimension][at]]
    return _added_up(replace(leaves, names=tuple(tuple(map(tuple, of)) for of in names)))


def _place(leaves: Leaves, level: str, *, where: str = "--merges") -> tuple[int, int]:
    for number, dimension in enumerate(leaves.dimensions):
        if level in dimension.levels:
            return number, dimension.levels.index(level)
    levels = ", ".join(level for dimension in leaves.dimensions for level in dimension.levels)
    raise BadInput(f"There is no level {level}.", where=where, next=f"The levels are {levels}.")


def _renamed(combined: Mapping[str, Sequence[str]], level: str) -> dict[str, str]:
    new: dict[str, str] = {}
    for name, parts in combined.items():
        for part in parts:
            if new.setdefault(part, name) != name or name == TOTAL:
                raise BadInput(
                    f"The {level} {part} cannot be combined twice, nor into {TOTAL}.", where="--merges", next="Name it once."
                )  # fmt: skip
    return new


def _check_name(names: Sequence[str], combined: Mapping[str, Sequence[str]], level: str) -> None:
    for name, parts in combined.items():
        if name in {*names} - {*parts} and {*names} & {*parts}:
            raise BadInput(
                f"There is a {level} {name} already, which is not meant.",
                where="--merges",
                next="Give the combined category a name of its own.",
            )


def _check_parents(
    names: Sequence[str], above: Sequence[Sequence[str]], combined: Mapping[str, Sequence[str]], level: str
) -> None:  # fmt: skip
    for parents in above:
        of = dict(zip(names, parents, strict=True))
        for name, parts in combined.items():
            if len({of[part] for part in parts if part in of}) > 1:
                raise BadInput(
                    f"The {level} {name} would lie in several categories above it.",
                    where="--merges",
                    next="Combine only what has the same parent.",
                )


def _added_up(leaves: Leaves) -> Leaves:
    """Leaves of the same categories as one; those of no category of their own are what they were."""
    first: dict[tuple[str, ...], int] = {}
    keys = list(zip(*(column for of in leaves.names for column in of), strict=True))
    groups: dict[int, list[int]] = {}
    for at, key in enumerate(keys):
        groups.setdefault(first.setdefault(key, at), []).append(at)
    kept = list(groups)
    return replace(
        leaves,
        names=tuple(tuple(tuple(column[at] for at in kept) for column in of) for of in leaves.names),
        customers=tuple(sum(leaves.customers[at] for at in of) for of in groups.values()),
        values=tuple(sum(leaves.values[at] for at in of) for of in groups.values()),
        largest=tuple(max(leaves.largest[at] for at in of) for of in groups.values()),
    )


def suggested(
    leaves: Leaves,
    rule: Rule,
    *,
    levels: Sequence[str],
    price: Price = lambda _cell: 1,
    left: Callable[[], float] = lambda: math.inf,
) -> dict[str, dict[str, list[str]]]:
    """Which categories of these levels to combine so that more can be published, each cell counting for what it costs to withhold it:
    the smallest of a parent, again and again, as long as less is lost than found. Raises BadInput for a level that is none."""
    for level in levels:
        _place(leaves, level, where=f"--merge {level}")
    merges: dict[str, dict[str, list[str]]] = {}
    now, best = leaves, _published(leaves, rule, price)
    while left() > 0:
        tried = [
            (_published(table, rule, price), level, parts, table)
            for level, parts in _small(now, levels)
            for table in (merged(now, {level: {BETWEEN.join(parts): parts}}),)
            if left() > 0
        ]
        found = max(tried, key=lambda one: one[0], default=None)
        if found is None or found[0] <= best:
            break
        best, level, parts, now = found
        of = merges.setdefault(level, {})
        whole = sorted(each for part in parts for each in of.pop(part, [part]))
        of[BETWEEN.join(whole)] = whole
        now = merged(leaves, merges)
    return merges


def _small(leaves: Leaves, levels: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Of each parent the two, three or four categories with the fewest customers."""
    for level in levels:
        dimension, at = _place(leaves, level)
        columns = leaves.names[dimension]
        parents = columns[at + 1] if at + 1 < len(columns) else (TOTAL,) * len(leaves.values)
        people: dict[str, dict[str, int]] = {}
        for name, parent, customers in zip(columns[at], parents, leaves.customers, strict=True):
            of = people.setdefault(parent, {})
            of[name] = of.get(name, 0) + customers
        for of in people.values():
            smallest = sorted(of, key=lambda name: (of[name], name))
            yield from ((level, sorted(smallest[:count])) for count in MANY if count <= len(of))


def _published(leaves: Leaves, rule: Rule, price: Price) -> int:
    """About what the cells are worth that can be published: those that meet the rule, less the cheapest figure of each sum whose parts
    that meet it leave a rest that does not."""
    good = {cell.keys + cell.levels: cell for cell in cells_of(leaves) if not against_rule(cell, rule)}
    worth = {key: _worth(price(cell)) for key, cell in good.items()}
    sums = (_telling(cell, at, good, leaves, rule) for cell in good.values() for at in range(len(cell.keys)))
    return sum(worth.values()) - sum(min(worth[key] for key in figures) for figures in sums if figures)


def _worth(price: int | None) -> int:
    return KEPT if price is None else price


def _telling(
    cell: Cell, at: int, good: Mapping[tuple[str, ...], Cell], leaves: Leaves, rule: Rule
) -> list[tuple[str, ...]]:
    """The cell and its parts along one dimension, where these leave too few of it; else nothing."""
    dimension = leaves.dimensions[at]
    levels = (*dimension.levels, TOTAL)
    below = levels.index(cell.levels[at]) - 1
    if below < 0:
        return []
    rest, found = set(cell.leaves), [cell.keys + cell.levels]
    for name in {leaves.names[at][below][leaf] for leaf in cell.leaves}:
        keys = (*cell.keys[:at], name, *cell.keys[at + 1 :])
        key = (*keys, *cell.levels[:at], levels[below], *cell.levels[at + 1 :])
        if key in good:
            found.append(key)
            rest -= set(good[key].leaves)
    return found if 0 < sum(leaves.customers[leaf] for leaf in rest) < rule.minimum_customers else []
