"""Which published rows are sums of which others: over areas, classes and time, and over the ZIP codes of a combined row.

A row is a *parent* of the rows that have a name where it says "Total", and the same names elsewhere; or that divide its period;
or, for a row of several ZIP codes, of the rows of these. Time is divided only where every part of the period is there; areas
and classes are taken to be listed completely, withheld ones too, which is what such tables promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from meterkeep.aggregates.loads import Bools, Int64s
from meterkeep.aggregates.published.names import zips_of
from meterkeep.aggregates.published.table import TOTAL, Table, key_codes

TIME = -1
"""Stands among dimensions for the period."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Pairs of rows: parent[i] is a sum that has child[i] among its parts. equation: one number for each parent and way of dividing it.
    counts: whether customers can be added up, too; not over time, since a customer is in every month of a year."""

    parent: Int64s
    child: Int64s
    equation: Int64s
    counts: Bools

    @classmethod
    def none(cls) -> Sums:
        empty = np.empty(0, np.int64)
        return cls(empty, empty, empty, np.empty(0, np.bool_))


def sums_of(table: Table) -> Sums:
    """Every way in which a row of the table is a sum of others; the finest division only where there is no coarser one.

    A division counts only if all finest rows below the sum are below its parts: where a table lists some subtotals and not
    others, the listed ones are not the whole.
    """
    members = _members(table)
    ways = [(over, *_pairs(table, over, months, members)) for over, months in _patterns(table)]
    ways = [(over, parent, child) for over, parent, child in ways if len(parent)]
    below = _finest_below(table, ways)
    parts: list[tuple[Int64s, Int64s, bool]] = []
    done: list[tuple[tuple[int, ...], Bools]] = []
    for over, parent, child in ways:
        kept = _listed_whole(table, parent, child, below)
        for other, rows in done:
            if set(other) <= set(over):
                kept &= ~rows[parent]
        if kept.any():
            parts.append((parent[kept], child[kept], TIME not in over))
            rows = np.zeros(len(table), np.bool_)
            rows[parent[kept]] = True
            done.append((over, rows))
    parts += [(parent, child, True) for parent, child in _combined(table, members)]
    return _numbered(parts)


def _finest_below(table: Table, ways: list[tuple[tuple[int, ...], Int64s, Int64s]]) -> Int64s:
    """How many rows that nothing divides each row is the sum of; 1 for these themselves."""
    whole = np.zeros(len(table), np.bool_)
    for _, parent, _ in ways:
        whole[parent] = True
    below = (~whole).astype(np.int64)
    for _, parent, child in ways:
        below += np.bincount(parent[~whole[child]], minlength=len(table))
    return below


def _listed_whole(table: Table, parent: Int64s, child: Int64s, below: Int64s) -> Bools:
    """Of each pair, whether the parent's parts make up all that is below it."""
    reached = np.zeros(len(table), np.int64)
    np.add.at(reached, parent, below[child])
    whole: Bools = (reached == below)[parent]
    return whole


def _numbered(parts: list[tuple[Int64s, Int64s, bool]]) -> Sums:
    """An equation is one parent divided in one way."""
    if not parts:
        return Sums.none()
    way = np.repeat(np.arange(len(parts)), [len(parent) for parent, _, _ in parts])
    parent = np.concatenate([parent for parent, _, _ in parts])
    child = np.concatenate([child for _, child, _ in parts])
    counts = np.repeat([counts for _, _, counts in parts], [len(parent) for parent, _, _ in parts])
    return Sums(parent, child, key_codes([way, parent]), counts)


def _patterns(table: Table) -> Iterator[tuple[tuple[int, ...], tuple[int, int]]]:
    """What is summed over, the fewest first, with the lengths of the parent's and the children's periods."""
    lengths = sorted(set(table.months.tolist()))
    across = range(len(table.dimensions))
    for size in range(1, len(table.dimensions) + 2):
        for over in combinations((*across, TIME), size):
            for whole in lengths:
                for part in lengths:
                    if (part < whole and part > 0) if TIME in over else part == whole:
                        yield over, (whole, part)


def _pairs(
    table: Table, over: tuple[int, ...], months: tuple[int, int], members: dict[int, tuple[int, ...]]
) -> tuple[Int64s, Int64s]:
    whole, part = months
    summed = [at for at in over if at != TIME]
    other = [at for at in range(len(table.dimensions)) if at not in summed]
    is_total = np.ones(len(table), np.bool_)
    is_part = np.ones(len(table), np.bool_)
    for at in summed:
        is_total &= table.keys[at] == TOTAL
        is_part &= table.keys[at] != TOTAL
    parents = np.flatnonzero(is_total & (table.months == whole))
    children = np.flatnonzero(is_part & (table.months == part))
    children = _without_doubles(table, children, members) if 0 in summed else children
    rows = np.concatenate([parents, children])
    frame = table.start[rows] // max(whole, 1)
    code = key_codes([*(table.keys[at][rows] for at in other), table.measure[rows], frame])
    parent, child = _meet(code[: len(parents)], code[len(parents) :])
    found = parents[parent], children[child]
    return found if TIME not in over else _complete(table, *found, parts=whole // part)


def _meet(parents: Int64s, children: Int64s) -> tuple[Int64s, Int64s]:
    """All pairs of positions with the same code."""
    order = np.argsort(children, kind="stable")
    children = children[order]
    first = np.searchsorted(children, parents, side="left")
    count = np.searchsorted(children, parents, side="right") - first
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(np.arange(len(parents)), count), order[np.repeat(first, count) + step]


def _complete(table: Table, parent: Int64s, child: Int64s, *, parts: int) -> tuple[Int64s, Int64s]:
    """Only parents of which every part of the period is there: a year less nine months is not the tenth."""
    met = (
        np.unique(np.stack([parent, table.start[child]]), axis=1)
        if len(parent)
        else np.empty((2, 0), np.int64)
    )
    whole = np.bincount(met[0], minlength=len(table)) == parts
    return parent[whole[parent]], child[whole[parent]]


def _members(table: Table) -> dict[int, tuple[int, ...]]:
    """Code of a combined area in the first dimension → the codes of its ZIP codes, those that the tables list."""
    if not table.names:
        return {}
    code = {name: at for at, name in enumerate(table.names[0])}
    lists = {at: zips_of(name) for at, name in enumerate(table.names[0])}
    return {
        at: tuple(code[zip_] for zip_ in zips if zip_ in code) for at, zips in lists.items() if len(zips) > 1
    }


def _combined(table: Table, members: dict[int, tuple[int, ...]]) -> Iterator[tuple[Int64s, Int64s]]:
    """Rows of several ZIP codes, each of which has a row of its own for the same period and class."""
    if not members:
        return
    rest = key_codes([*table.keys[1:], table.measure, table.start, table.months])
    row_at = {
        (area, other): row
        for row, (area, other) in enumerate(zip(table.keys[0].tolist(), rest.tolist(), strict=True))
    }
    for area, zips in members.items():
        if len(zips) < len(zips_of(table.names[0][area])):
            continue
        for row in np.flatnonzero(table.keys[0] == area).tolist():
            found = [row_at.get((zip_, int(rest[row]))) for zip_ in zips]
            children = [each for each in found if each is not None]
            if len(children) == len(zips):
                yield np.full(len(zips), row, np.int64), np.array(children, np.int64)


def _without_doubles(table: Table, rows: Int64s, members: dict[int, tuple[int, ...]]) -> Int64s:
    """Of parts of a total over areas: without combined rows whose ZIP codes have rows of their own beside it."""
    if not members:
        return rows
    rest = key_codes([*table.keys[1:], table.measure, table.start, table.months])
    listed = set(zip(table.keys[0][rows].tolist(), rest[rows].tolist(), strict=True))
    kept = [
        not any((zip_, int(rest[row])) in listed for zip_ in members.get(int(table.keys[0][row]), ()))
        for row in rows.tolist()
    ]
    return rows[np.array(kept, np.bool_)]


def nested(table: Table) -> Iterator[tuple[int, int]]:
    """Pairs of rows of periods that follow each other, (earlier, later), one of whose areas is a part of the other's."""
    members = _members(table)
    if not members:
        return
    zips = {at: frozenset(zips_of(name)) for at, name in enumerate(table.names[0])}
    with_zip: dict[str, list[int]] = {}
    for at, each in zips.items():
        for zip_ in each:
            with_zip.setdefault(zip_, []).append(at)
    rest = key_codes([*table.keys[1:], table.measure, table.months])
    row_at = {
        (area, other, start): row
        for row, (area, other, start) in enumerate(
            zip(table.keys[0].tolist(), rest.tolist(), table.start.tolist(), strict=True)
        )
    }
    for area in members:
        related = {other for zip_ in zips[area] for other in with_zip[zip_]} - {area}
        related = {other for other in related if zips[other] < zips[area]}
        for row in np.flatnonzero(table.keys[0] == area).tolist():
            for other in sorted(related):
                for step in (-int(table.months[row]), int(table.months[row])):
                    beside = row_at.get((other, int(rest[row]), int(table.start[row]) + step))
                    if beside is not None and step:
                        yield (beside, row) if step < 0 else (row, beside)
