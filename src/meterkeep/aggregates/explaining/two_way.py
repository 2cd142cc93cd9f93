"""The shape of a leak in a two-way table: rows and columns as nodes, withheld cells as lines between them.

A published total of a row tells what the withheld cells of that row come to. Added and taken off, such totals tell about the lines
between two halves of the graph; where these have few customers together, the graph hangs together by a thin bridge, and that is
the leak. Source: docs/releases.md, “As a picture”.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from meterkeep.aggregates.release import TOTAL

Known = Literal["published", "withheld", "asked", "none"]
MOST_NODES = 40
"""A larger graph is no picture any more."""


@dataclass(frozen=True, slots=True)
class Node:
    """total: whether the total of this row or column is known."""

    name: str
    total: Known


@dataclass(frozen=True, slots=True)
class Line:
    """A cell between a row and a column, by number. times: how often it is in the sum; asked: whether the explanation is about it."""

    row: int
    column: int
    customers: int
    times: int
    asked: bool


@dataclass(frozen=True, slots=True)
class TwoWay:
    """dimensions: of the rows and of the columns."""

    dimensions: tuple[str, str]
    rows: tuple[Node, ...]
    columns: tuple[Node, ...]
    lines: tuple[Line, ...]

    @property
    def bridge(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.times)


Cell = Mapping[str, Any]


def two_way(cells: Sequence[Cell], by: Sequence[str], *, asked: int) -> TwoWay | None:
    """cells: of a release, as `plain` gives them; asked: the number of the withheld one. None where its attack takes other releases,
    other periods or a third dimension, or where the picture would be too large."""
    cell = cells[asked]
    crossed = _crossed(cell, cells, by) if cell["attack"] else None
    if crossed is None:
        return None
    slice_ = [other for other in cells if _beside(other, cell, crossed)]
    leaves = [
        other for other in slice_ if TOTAL not in (other["keys"][crossed[0]], other["keys"][crossed[1]])
    ]
    lines = {
        id(other): times
        for other in leaves
        if (times := _times(other, cell["attack"], by)) or other["status"] != "published"
    }
    shown = _connected([other for other in leaves if id(other) in lines], cell, crossed, lines)
    totals = {tuple(other["keys"][at] for at in crossed): other for other in slice_}
    graph = _graph(shown, cell, crossed, lines, totals, by)
    large = len(graph.rows) + len(graph.columns) > MOST_NODES
    return graph if graph.bridge and not large else None


def _crossed(cell: Cell, cells: Sequence[Cell], by: Sequence[str]) -> tuple[int, int] | None:
    """The two dimensions of the table, or of several those that the terms differ in."""
    terms = cell["attack"]
    if any(term["release"] or term["period"] != cell["period"] for term in terms):
        return None
    said = [dict(part.split("=", 1) for part in term["figure"]) for term in terms]
    apart = {at for at, name in enumerate(by) if len({each.get(name, TOTAL) for each in said}) > 1}
    mine = [other["keys"] for other in cells if other["period"] == cell["period"]]
    free = {at for at in range(len(by)) if len({keys[at] for keys in mine}) > 1}
    crossed = sorted(free if len(free) == 2 else apart)
    return (crossed[0], crossed[1]) if len(crossed) == 2 and apart <= free else None


def _beside(other: Cell, cell: Cell, crossed: tuple[int, int]) -> bool:
    return other["period"] == cell["period"] and all(
        at in crossed or key == cell["keys"][at] for at, key in enumerate(other["keys"])
    )


def _times(leaf: Cell, terms: Sequence[Mapping[str, Any]], by: Sequence[str]) -> int:
    """How often the leaf is in the sum: once for each term that it is a part of. Marks on a term's label are no dimensions."""
    keys = dict(zip(by, leaf["keys"], strict=True))
    said = ((term["factor"], dict(part.split("=", 1) for part in term["figure"])) for term in terms)
    return sum(
        factor for factor, known in said if all(known.get(name, key) == key for name, key in keys.items())
    )


def _connected(leaves: Sequence[Cell], cell: Cell, crossed: tuple[int, int], lines: Mapping[int, int]) -> list[Cell]:  # fmt: skip
    """The leaves that hang together with those in the sum, or with the one that is asked about."""
    ends = [{("row", leaf["keys"][crossed[0]]), ("column", leaf["keys"][crossed[1]])} for leaf in leaves]
    reached = {
        end
        for leaf, both in zip(leaves, ends, strict=True)
        if leaf is cell or lines[id(leaf)]
        for end in both
    }
    while grown := {end for both in ends if both & reached for end in both} - reached:
        reached |= grown
    return [leaf for leaf, both in zip(leaves, ends, strict=True) if both & reached]


def _graph(
    leaves: Sequence[Cell], cell: Cell, crossed: tuple[int, int], lines: Mapping[int, int],
    totals: Mapping[tuple[str, ...], Cell], by: Sequence[str],
) -> TwoWay:  # fmt: skip
    rows = _distinct(leaf["keys"][crossed[0]] for leaf in leaves)
    columns = _distinct(leaf["keys"][crossed[1]] for leaf in leaves)
    return TwoWay(
        dimensions=(by[crossed[0]], by[crossed[1]]),
        rows=tuple(Node(name, _known(totals.get((name, TOTAL)), cell)) for name in rows),
        columns=tuple(Node(name, _known(totals.get((TOTAL, name)), cell)) for name in columns),
        lines=tuple(
            Line(
                row=rows.index(leaf["keys"][crossed[0]]),
                column=columns.index(leaf["keys"][crossed[1]]),
                customers=leaf["customers"],
                times=lines[id(leaf)],
                asked=leaf is cell,
            )
            for leaf in leaves
        ),
    )


def _distinct(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _known(total: Cell | None, cell: Cell) -> Known:
    if total is None:
        return "none"
    if total is cell:
        return "asked"
    return "published" if total["status"] == "published" else "withheld"
