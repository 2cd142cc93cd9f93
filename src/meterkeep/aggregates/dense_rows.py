"""The rows of the dense checker: figures inside others are taken off them, which leaves short rows with the same sums, in parts.

Rows that share no atom are about different customers, so each part is looked at by itself. A row is a whole number with a bit for each atom.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

WORK: Final = 6_000_000_000
"""Numbers that may be touched, for each of the two questions: some two minutes."""


class TooLarge(Exception):
    """The limit was reached before the end. group: customers of the smallest group found till then, which is a leak all the same."""

    def __init__(self, group: int | None = None) -> None:
        super().__init__("the check was too large to be ended")
        self.group = group


class Limit:
    """Counts down what may still be done. group: the smallest found so far."""

    def __init__(self, work: int) -> None:
        self.left = work
        self.group: int | None = None

    def spend(self, work: int) -> None:
        self.left -= work
        if self.left < 0:
            raise TooLarge(self.group)


@dataclass(frozen=True, slots=True)
class Short:
    """A row. atoms: a bit for each. value: what they come to."""

    atoms: int
    value: int


def bits_of(atoms: Iterable[int]) -> int:
    """The atoms, each as a bit."""
    return sum(1 << atom for atom in set(atoms))


def atoms_of(bits: int) -> list[int]:
    """The atoms of these bits, in order."""
    return [at for at, bit in enumerate(reversed(f"{bits:b}")) if bit == "1"]


def shortened(rows: Sequence[Sequence[int]], values: Sequence[int], limit: Limit) -> list[Short]:
    """Each row less shorter ones inside it, the largest first. Of rows that nothing is left of, only those stay that contradict."""
    found: list[Short] = []
    for row, value in sorted(zip(rows, values, strict=True), key=lambda each: len(each[0])):
        left = bits_of(row)
        limit.spend(1 + len(found) * (1 + left.bit_length() // 64))
        for part in found:
            if part.atoms & left == part.atoms:
                left, value = left ^ part.atoms, value - part.value
        if left or value:
            found.append(Short(left, value))
            found.sort(key=lambda each: -each.atoms.bit_count())
    return found


def parts_of(rows: Iterable[Short]) -> list[list[Short]]:
    """Rows that hang together by common atoms, the smallest parts first."""
    parts: list[tuple[int, list[Short]]] = []
    for row in rows:
        near = [part for part in parts if part[0] & row.atoms]
        parts = [part for part in parts if not part[0] & row.atoms]
        together, own = row.atoms, [row]
        for atoms, more in near:
            together, own = together | atoms, own + more
        parts.append((together, own))
    return sorted((own for _, own in parts), key=len)


def placed(rows: Iterable[Short]) -> tuple[list[int], dict[int, int]]:
    """The atoms of a part, and the place of each among them."""
    columns = sorted({atom for row in rows for atom in atoms_of(row.atoms)})
    return columns, {atom: at for at, atom in enumerate(columns)}
