"""The cheapest set of rows that takes one at least out of every attack known so far: a hitting set, part by part, by HiGHS."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from dataclasses import dataclass

import highspy
import numpy as np

Cut = frozenset[int]
SLACK = 0.4
"""What all likes and dislikes together weigh: less than a whole price, so that they decide only between equals."""


@dataclass(frozen=True, slots=True)
class Hit:
    """rows: hit every cut. lower: nothing cheaper than this does; equal to their price where the search went to the end."""

    rows: frozenset[int]
    lower: int


class Cuts:
    """Cuts without those that contain another one, and the cheapest hitting sets of their parts."""

    def __init__(self, cost: Mapping[int, int]) -> None:
        self.cost = cost
        self.cuts: set[Cut] = set()
        self._having: dict[int, set[Cut]] = {}
        self._solved: dict[frozenset[Cut], Hit] = {}

    def add(self, cut: Cut) -> bool:
        """Whether the cut is new. It must not be empty."""
        near = set[Cut]().union(*(self._having.get(row, ()) for row in cut))
        if any(other <= cut for other in near):
            return False
        for other in near:
            if cut < other:
                self._drop(other)
        self.cuts.add(cut)
        for row in cut:
            self._having.setdefault(row, set()).add(cut)
        return True

    def _drop(self, cut: Cut) -> None:
        self.cuts.discard(cut)
        for row in cut:
            self._having[row].discard(cut)

    def degree(self, row: int) -> int:
        return len(self._having.get(row, ()))

    def needs(self, row: int, chosen: Collection[int]) -> bool:
        """Whether some cut is hit by this one of the chosen only."""
        return any(sum(each in chosen for each in cut) == 1 for cut in self._having.get(row, ()))

    def cheapest(self, *, seconds: float, left: Callable[[], float], like: Container[int] = ()) -> Hit:
        """seconds: at most this for each part, and no more than are left; then what is not known is picked greedily. like: of rows
        that cost the same these are taken first, so that one answer is much like the next."""
        rows: set[int] = set()
        lower = 0
        solved: dict[frozenset[Cut], Hit] = {}
        for part in self._parts():
            hit = self._solved.get(part) or self._solve(part, min(seconds, left()), like)
            if hit.lower == _price(hit.rows, self.cost):
                solved[part] = hit
            rows |= hit.rows
            lower += hit.lower
        self._solved = solved
        return Hit(frozenset(rows), lower)

    def _parts(self) -> Iterator[frozenset[Cut]]:
        seen: set[Cut] = set()
        for start in sorted(self.cuts, key=sorted):
            if start in seen:
                continue
            part, edge = {start}, [start]
            while edge:
                new = set[Cut]().union(*(self._having[row] for row in edge.pop())) - part
                part |= new
                edge += new
            seen |= part
            yield frozenset(part)

    def _solve(self, part: frozenset[Cut], seconds: float, like: Container[int]) -> Hit:
        cuts = sorted(part, key=sorted)
        if len(cuts) == 1:
            best = min(cuts[0], key=lambda row: (self.cost[row], row not in like, -self.degree(row), row))
            return Hit(frozenset((best,)), self.cost[best])
        greedy = greedily(cuts, self.cost)
        if seconds <= 0:
            return Hit(greedy, _disjoint(cuts, self.cost))
        return self._by_highs(cuts, greedy, seconds, like)

    def _by_highs(self, cuts: list[Cut], greedy: frozenset[int], seconds: float, like: Container[int]) -> Hit:
        rows = sorted(frozenset().union(*cuts))
        dislike = SLACK / len(rows)
        prices = [self.cost[row] + (0.0 if row in like else dislike) for row in rows]
        solver = _solver(cuts, rows, prices, seconds)
        solver.run()
        info = solver.getInfo()
        bound = info.mip_dual_bound if abs(info.mip_dual_bound) < 1e15 else 0.0  # There may be none yet.
        lower = max(math.ceil(bound - SLACK - 1e-6), 0)
        values = solver.getSolution().col_value
        found = frozenset(row for row, value in zip(rows, values, strict=False) if value > 0.5)
        if not all(found & cut for cut in cuts) or _price(found, self.cost) > _price(greedy, self.cost):
            found = greedy
        return Hit(found, min(max(lower, _disjoint(cuts, self.cost)), _price(found, self.cost)))


def greedily(cuts: Collection[Cut], cost: Mapping[int, int]) -> frozenset[int]:
    """Again and again the row that hits most for its price, and at last without those that others make needless."""
    left = sorted(cuts, key=sorted)
    chosen: list[int] = []
    while left:
        hits: dict[int, int] = {}
        for cut in left:
            for row in cut:
                hits[row] = hits.get(row, 0) + 1
        best = min(hits, key=lambda row: (-hits[row] / cost[row], cost[row], row))
        chosen.append(best)
        left = [cut for cut in left if best not in cut]
    for row in sorted(chosen, key=lambda row: (-cost[row], row)):
        others = set(chosen) - {row}
        if all(cut & others for cut in cuts):
            chosen.remove(row)
    return frozenset(chosen)


def _disjoint(cuts: Collection[Cut], cost: Mapping[int, int]) -> int:
    """A lower bound that needs no solver: cuts that share nothing each cost their cheapest row."""
    taken: set[int] = set()
    total = 0
    for cut in sorted(cuts, key=lambda cut: (len(cut), sorted(cut))):
        if not cut & taken:
            taken |= cut
            total += min(cost[row] for row in cut)
    return total


def _price(rows: Collection[int], cost: Mapping[int, int]) -> int:
    return sum(cost[row] for row in rows)


def _solver(cuts: list[Cut], rows: list[int], prices: list[float], seconds: float) -> highspy.Highs:
    place = {row: at for at, row in enumerate(rows)}
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(rows), len(cuts)
    model.col_cost_ = np.array(prices)
    model.col_lower_, model.col_upper_ = np.zeros(len(rows)), np.ones(len(rows))
    model.row_lower_, model.row_upper_ = np.ones(len(cuts)), np.full(len(cuts), highspy.kHighsInf)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.cumsum([0, *map(len, cuts)])
    model.a_matrix_.index_ = np.array([place[row] for cut in cuts for row in sorted(cut)])
    model.a_matrix_.value_ = np.ones(sum(map(len, cuts)))
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(rows)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    options = {"output_flag": False, "threads": 1, "time_limit": seconds, "mip_rel_gap": 0.0, "mip_abs_gap": 0.9 - SLACK, "random_seed": 0}  # fmt: skip
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    return solver
