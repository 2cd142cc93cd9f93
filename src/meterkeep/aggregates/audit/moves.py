"""How much more a class can have used than it did, shown by moving as little as possible: a witness that few rows can break.

What the customers used is one solution of the released equations; a move adds to one class and takes from others so that
every equation stays. HiGHS proposes the least move, whole numbers verify it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import highspy
import numpy as np

from meterkeep.aggregates.audit.programs import quiet

NEARBY = 48
"""Equations of a small program."""

TRIPS = 8
"""Ways looked for to hand an amount round."""

State = tuple[int, int]
"""An equation, and whether it has too much (1) or too little (-1)."""

Came = dict[State, "tuple[State, int] | None"]
"""From which state, through which class."""


class Moves:
    """Moves within one part. columns: the classes of each equation. have: what each class used, which is all that it can lose."""

    def __init__(self, columns: Sequence[Sequence[int]], have: Sequence[int]) -> None:
        self.columns, self.have = columns, have
        self.scale = max(*have, 1) / 1e6
        self.having: list[list[int]] = [[] for _ in have]
        for at, row in enumerate(columns):
            for place in row:
                self.having[place].append(at)
        self.of = [frozenset(rows) for rows in self.having]
        self.named = {rows: place for place, rows in enumerate(self.of)}
        self._solver: highspy.Highs | None = None

    def gain(self, place: int, amount: int) -> dict[int, int] | None:
        """class → change, whole numbers, so that `place` gains the amount at least; None if there is none or it is not exact."""
        return self._round_trips(place, amount) or self._nearby(place, amount) or self._least(place, amount)

    def _nearby(self, place: int, amount: int) -> dict[int, int] | None:
        """Among the classes that are only in equations near by, which is a small program."""
        if len(self.columns) < 2 * NEARBY:
            return None
        near = dict.fromkeys(self.having[place])
        for at in near_first(near, self.columns, self.having):
            near[at] = None
            if len(near) >= NEARBY:
                break
        inside = sorted(
            {each for at in near for each in self.columns[at] if near.keys() >= set(self.having[each])}
        )
        number = {each: at for at, each in enumerate(inside)}
        rows = [[number[each] for each in self.columns[at] if each in number] for at in near]
        local = Moves(rows, [self.have[each] for each in inside])
        found = local._least(number[place], amount)
        return found and {inside[at]: change for at, change in found.items()}

    def _round_trips(self, place: int, amount: int) -> dict[int, int] | None:
        """The amount handed from class to class, in as many pieces as it takes: each as large as some way allows, of half the
        size where none does."""
        look = self._round_trip if len(self.having[place]) < 3 else self._swap
        moved: dict[int, int] = {}
        piece = amount
        for _ in range(TRIPS):
            way = look(place, piece, moved)
            if way:
                for at, change in way.items():
                    moved[at] = moved.get(at, 0) + change
                piece = amount - moved[place]
                if not piece:
                    return moved if self._holds(moved, place, amount) else None
            else:
                piece = -(-piece // 2)
        return None

    def _round_trip(self, place: int, amount: int, moved: Mapping[int, int]) -> dict[int, int] | None:
        """Each step goes through an equation that the one before has unsettled, and the way ends at a class of one equation,
        or settles the other equation of `place`. Found breadth first. moved: already."""
        first, *last = self.having[place]
        wanted = (last[0], -1) if last else None
        came: Came = {(first, 1): None}
        edge = [(first, 1)]
        while edge:
            following = []
            for state in edge:
                at, sign = state
                for other in self.columns[at]:
                    having = self.having[other]
                    if other == place or len(having) > 2:
                        continue
                    if sign > 0 and self.have[other] + moved.get(other, 0) < amount:
                        continue
                    if len(having) == 1:
                        if wanted is None:
                            return self._way(came, state, other, place, amount)
                        continue
                    after = (having[having[0] == at], -sign)
                    if after == wanted:
                        return self._way(came, state, other, place, amount)
                    if after not in came:
                        came[after] = (state, other)
                        following.append(after)
            edge = following
        return None

    def _swap(self, place: int, amount: int, moved: Mapping[int, int]) -> dict[int, int] | None:
        """The amount taken from a class of the same equations but for one (`open_` in place of `at`), and from a class of `at`
        that passes what it had on to its like in `open_`."""
        mine = self.of[place]
        spare = {
            each
            for row in mine
            for each in self.columns[row]
            if self.have[each] + moved.get(each, 0) >= amount
        }
        spare.discard(place)
        for at in sorted(mine):
            rest = mine - {at}
            for other in sorted(spare):
                if len(self.of[other]) != len(mine) or not rest <= self.of[other]:
                    continue
                (open_,) = self.of[other] - rest
                for last in self.columns[at]:
                    like = self.named.get(self.of[last] - {at} | {open_}) if last in spare else None
                    if like is not None and len({place, other, last, like}) == 4:
                        return {place: amount, other: -amount, last: -amount, like: amount}
        return None

    def _way(self, came: Came, state: State, last: int, place: int, amount: int) -> dict[int, int]:
        moved = {place: amount}
        step: tuple[State, int] | None = (state, last)
        while step is not None:
            state, other = step
            moved[other] = moved.get(other, 0) - state[1] * amount
            step = came[state]
        return moved

    def _least(self, place: int, amount: int) -> dict[int, int] | None:
        solver = self._started()
        width = len(self.have)
        solver.changeColBounds(place, amount / self.scale, highspy.kHighsInf)
        solver.changeColBounds(width + place, 0.0, 0.0)
        solver.run()
        optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        near = np.array(solver.getSolution().col_value) if optimal else np.empty(0)
        solver.changeColBounds(place, 0.0, highspy.kHighsInf)
        solver.changeColBounds(width + place, 0.0, self.have[place] / self.scale)
        if not optimal:
            return None
        net = (near[:width] - near[width:]) * self.scale
        moved = {int(at): whole for at in np.flatnonzero(abs(net) > 0.5) if (whole := round(net[at]))}
        return moved if self._holds(moved, place, amount) else None

    def _holds(self, moved: dict[int, int], place: int, amount: int) -> bool:
        sums: dict[int, int] = {}
        for at, change in moved.items():
            for row in self.having[at]:
                sums[row] = sums.get(row, 0) + change
        return (
            not any(sums.values())
            and all(self.have[at] + change >= 0 for at, change in moved.items())
            and moved.get(place, 0) >= amount
        )

    def _started(self) -> highspy.Highs:
        if self._solver is None:
            self._solver = quiet()
            self._solver.passModel(self._model())
        return self._solver

    def _model(self) -> highspy.HighsLp:
        """The least sum of gains and losses, none so far; the gains' columns first."""
        width, rows = len(self.have), self.columns
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = 2 * width, len(rows)
        model.col_cost_ = np.ones(2 * width)
        model.col_lower_ = np.zeros(2 * width)
        most = np.array([each / self.scale for each in self.have])
        model.col_upper_ = np.concatenate([np.full(width, highspy.kHighsInf), most])
        model.row_lower_ = model.row_upper_ = np.zeros(len(rows))
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.cumsum([0, *(2 * len(row) for row in rows)])
        model.a_matrix_.index_ = np.array([at for row in rows for at in (*row, *(p + width for p in row))])
        model.a_matrix_.value_ = np.concatenate([np.repeat([1.0, -1.0], len(row)) for row in rows])
        return model


def near_first(
    start: Iterable[int], columns: Sequence[Sequence[int]], having: Sequence[Sequence[int]]
) -> Iterator[int]:
    """The equations that share a class with these, then those that share one with them, and so on."""
    seen = set(start)
    edge = list(seen)
    while edge:
        following = dict.fromkeys(
            other for at in edge for each in columns[at] for other in having[each] if other not in seen
        )
        yield from following
        seen |= following.keys()
        edge = list(following)
