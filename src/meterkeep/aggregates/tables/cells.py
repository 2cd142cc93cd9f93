"""All cells of a table: every level of each dimension with every level of the others, summed up from the leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from meterkeep.aggregates.loads import Int64s
from meterkeep.aggregates.tables.dimensions import TOTAL
from meterkeep.aggregates.tables.leaves import Leaves


@dataclass(frozen=True, slots=True)
class Cell:
    """keys and levels: one for each dimension, "Total" where it is summed up. leaves: ascending. contributors: the customers
    of leaves that are not zero. negatives: leaves below zero."""

    keys: tuple[str, ...]
    levels: tuple[str, ...]
    leaves: tuple[int, ...]
    customers: int
    contributors: int
    value: int
    largest: int
    negatives: int


def cells_of(leaves: Leaves) -> Iterator[Cell]:
    """The finest cells first; a cell without a leaf is none. Categories stand in the order of the file."""
    coded = [
        [*((level, *_coded(names)) for level, names in zip(dimension.levels, columns, strict=True)), _top(leaves)]
        for dimension, columns in zip(leaves.dimensions, leaves.names, strict=True)
    ]  # fmt: skip
    for chosen in product(*coded):
        levels = tuple(level for level, _, _ in chosen)
        codes = np.stack([code for _, code, _ in chosen])
        kinds, of = np.unique(codes, axis=1, return_inverse=True)
        order = np.argsort(of.ravel(), kind="stable")
        ends = np.cumsum(np.bincount(of.ravel()))
        for number, members in enumerate(np.split(order, ends[:-1])):
            keys = tuple(names[kinds[at, number]] for at, (_, _, names) in enumerate(chosen))
            yield _cell(keys, levels, members.tolist(), leaves)


def _coded(names: tuple[str, ...]) -> tuple[Int64s, tuple[str, ...]]:
    """Each name as its number in the order of the file."""
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(name, len(numbers)) for name in names]
    return np.array(codes, np.int64), tuple(numbers)


def _top(leaves: Leaves) -> tuple[str, Int64s, tuple[str, ...]]:
    return TOTAL, np.zeros(len(leaves.values), np.int64), (TOTAL,)


def _cell(keys: tuple[str, ...], levels: tuple[str, ...], members: list[int], leaves: Leaves) -> Cell:
    return Cell(
        keys=keys,
        levels=levels,
        leaves=tuple(members),
        customers=sum(leaves.customers[at] for at in members),
        contributors=sum(leaves.customers[at] for at in members if leaves.values[at]),
        value=sum(leaves.values[at] for at in members),
        largest=max(leaves.largest[at] for at in members),
        negatives=sum(leaves.values[at] < 0 for at in members),
    )
