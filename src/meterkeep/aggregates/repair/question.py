"""What a repair is asked: figures over atoms, the rule, and what withholding each figure costs."""

from __future__ import annotations

from dataclasses import dataclass, field

from meterkeep.aggregates.rule import Rule


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """rows: the atoms of each figure; no two rows the same, each with an atom at least. values: of each row, whole numbers.

    weight, largest, totals: of each atom its customers, the largest of them, and all of them. cost: of withholding a row, a
    whole number above zero; rows that are not in it stay: they are out already, or have been promised. The largest customer
    of atoms without any use counts as 1, so that a derived zero is no safe figure.
    """

    rows: tuple[tuple[int, ...], ...]
    values: tuple[int, ...]
    weight: tuple[int, ...]
    largest: tuple[int, ...]
    totals: tuple[int, ...]
    rule: Rule
    cost: dict[int, int] = field(default_factory=dict)
