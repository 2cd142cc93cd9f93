"""Sparse elimination over the integers modulo a prime, with the combination of original rows that each row has become.

Modulo a prime nothing is rounded and no number grows. A system of full row rank modulo the prime has full row rank over
the rationals, and then its combinations modulo the prime have the same supports as over the rationals; what is dependent
modulo the prime is verified over the integers by `rational`. Source: docs/releases.md, “Arithmetic”.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

PRIME: Final = 2**61 - 1
HALF: Final = 2**29
"""Numerators up to here, with denominators up to 2^30, are found again from their value modulo the prime."""

Sparse = dict[int, int]


class Row:
    """A combination of released rows. entries: atom → value; combination: released row → factor; all modulo PRIME."""

    __slots__ = ("combination", "entries")

    def __init__(self, entries: Sparse, combination: Sparse) -> None:
        self.entries, self.combination = entries, combination

    def subtract(self, other: Row, column: int, prime: int = PRIME) -> None:
        """Makes the entry of `column` zero; `other` must have one there."""
        factor = self.entries[column] * pow(other.entries[column], -1, prime) % prime
        _add(self.entries, other.entries, prime - factor, prime)
        _add(self.combination, other.combination, prime - factor, prime)


def _add(mine: Sparse, theirs: Sparse, factor: int, prime: int = PRIME) -> None:
    for column, value in theirs.items():
        now = (mine.get(column, 0) + factor * value) % prime
        if now:
            mine[column] = now
        else:
            mine.pop(column, None)


class Matrix:
    """Rows and, for each atom, the rows that have it."""

    def __init__(self, rows: Iterable[Row], *, prime: int = PRIME) -> None:
        self.prime = prime
        self.rows: dict[int, Row] = dict(enumerate(rows))
        self.having: dict[int, set[int]] = {}
        for number, row in self.rows.items():
            for column in row.entries:
                self.having.setdefault(column, set()).add(number)

    def retire(self, number: int) -> Row:
        """Takes a row out."""
        row = self.rows.pop(number)
        for column in row.entries:
            self.having[column].discard(number)
        return row

    def clear(self, column: int, pivot: int) -> None:
        """Makes `column` zero in every row but `pivot`."""
        base = self.rows[pivot]
        for number in sorted(self.having[column] - {pivot}):
            row = self.rows[number]
            row.subtract(base, column, self.prime)
            for touched in base.entries:
                if touched in row.entries:
                    self.having[touched].add(number)
                else:
                    self.having[touched].discard(number)

    def sparsest(self, column: int) -> int:
        """Of the rows with this column the one with the fewest entries; the first of equals, so that runs repeat."""
        return min(self.having[column], key=lambda number: (len(self.rows[number].entries), number))

    def eliminate(self, columns: Iterable[int]) -> dict[int, Row]:
        """Uses up a row for each of the columns, until no row has any; gives column → row used, which has none of the columns
        before. What is left is zero on all of them. Columns with few rows come first, which keeps the rows short."""
        waiting = [(len(self.having.get(column, ())), column) for column in columns]
        heapq.heapify(waiting)
        used: dict[int, Row] = {}
        while waiting:
            counted, column = heapq.heappop(waiting)
            count = len(self.having.get(column, ()))
            if count == 0:
                continue
            if count > counted:
                heapq.heappush(waiting, (count, column))
                continue
            pivot = self.sparsest(column)
            self.clear(column, pivot)
            used[column] = self.retire(pivot)
        return used

    def echelon(self, columns: Iterable[int]) -> Echelon:
        """Rows with a pivot each, which is zero in all other rows; of the columns in this order as many are pivots as can be. What is
        left has none of them. Downwards first, and upwards when all pivots are known: rows stay short for longer."""
        rows: dict[int, Row] = {}
        for column in columns:
            if self.having.get(column):
                number = self.sparsest(column)
                self.clear(column, number)
                rows[column] = self.retire(number)
        made = {pivot: row.combination for pivot, row in rows.items()}
        for pivot, row in reversed(rows.items()):
            row.combination = {pivot: 1}
            for column in [column for column in row.entries if column != pivot and column in rows]:
                row.subtract(rows[column], column, self.prime)
        return Echelon(rows, made)


class Echelon:
    """rows: pivot → row, as a combination of `made`: pivot → combination of released rows. Spelt out only for the few rows of
    which it is asked."""

    __slots__ = ("made", "rows")

    def __init__(self, rows: dict[int, Row], made: dict[int, Sparse]) -> None:
        self.rows, self.made = rows, made

    def released(self, combination: Sparse) -> Sparse:
        """A combination of pivots as one of released rows."""
        found: Sparse = {}
        for pivot, factor in combination.items():
            _add(found, self.made[pivot], factor)
        return found


def rational(value: int, *, most: int = HALF, prime: int = PRIME) -> Fraction | None:
    """The fraction that is this value modulo the prime, of a numerator up to `most` and a denominator up to prime / 2 / most
    (Wang's reconstruction; there is one at most), or None."""
    older, newer = (prime, 0), (value % prime, 1)
    while newer[0] > most:
        quotient = older[0] // newer[0]
        older, newer = newer, (older[0] - quotient * newer[0], older[1] - quotient * newer[1])
    if not newer[1] or 2 * abs(newer[1]) * most >= prime:
        return None
    return Fraction(newer[0], newer[1])
