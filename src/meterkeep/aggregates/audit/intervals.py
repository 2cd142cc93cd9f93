"""T3, intervals: nobody can work out a withheld figure too closely, even where they cannot work it out exactly.

The attacker knows every released total and that nobody used less than nothing. Of a withheld figure follows that it lies between two
optima of linear programs. These have to be at least p % of the figure apart, and the lower one at most the figure less half of that.
A figure that can be worked out exactly is too close in any case, also where it is 0. Source: docs/releases.md, “Intervals”.

HiGHS finds the optima in floating point and decides nothing. A limit is given only if released rows, times exact factors, add up to it;
a figure is far enough only if two exact solutions are as far apart. What has neither is undecided, and undecided is never good enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from meterkeep.aggregates.audit.programs import NOWHERE, Program
from meterkeep.aggregates.audit.reduction import Part, parts
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.loads import Int64s
from meterkeep.aggregates.rule import MILLION
from meterkeep.errors import BadInput

Verdict = Literal["ok", "too close", "undecided"]
Places = tuple[int, ...]
Left = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Interval:
    """What follows of one withheld figure: at least `lower` and at most `upper`, None where no limit is proven or there is none.

    exact: whether both are reached by a solution, so that nothing closer follows.
    """

    lower: Fraction
    upper: Fraction | None
    exact: bool
    verdict: Verdict


TOGETHER = 100
"""Figures that share a program: each adds rows to it, and a new program begins from nothing."""

UNDECIDED = Interval(Fraction(0), None, exact=False, verdict="undecided")


@dataclass(frozen=True, slots=True)
class _End:
    """No solution lies beyond `proven`, and one lies at `reached`; None where it is not known."""

    proven: Fraction | None
    reached: Fraction | None

    def __add__(self, other: _End) -> _End:
        return _End(_sum(self.proven, other.proven), _sum(self.reached, other.reached))


NOTHING = _End(Fraction(0), Fraction(0))
OPEN = _End(None, None)


def intervals(
    system: System,
    values: Int64s,
    *,
    published: int,
    p_ppm: int,
    left: Left = lambda: float("inf"),
) -> tuple[Interval, ...]:
    """Of each withheld row of a system how closely the published ones tell it.

    The first `published` rows are public, all others withheld, and `values` are what each adds up to: whole numbers of one unit, sums of
    amounts of which none is below zero. p_ppm: how far apart the limits must be, in parts per million of the figure.
    left: seconds left; what is not looked at in time is undecided, everything else is the same in every run.
    Raises BadInput where p is not above 0 % and up to 100 %.
    """
    if not 0 < p_ppm <= MILLION:
        raise BadInput(
            "Limits can be asked to be more than 0 % and up to 100 % of a figure apart.",
            where="interval_percent",
            next="Give a percentage of the withheld figure, for example 15.",
        )
    amounts = values[published:].tolist()
    if any(value < 0 for value in values.tolist()):
        return (UNDECIDED,) * len(amounts)
    public = System(system.rows[:published], system.weight)
    cells = [row.tolist() for row in system.rows[published:]]
    lows, highs = [NOTHING] * len(cells), [NOTHING] * len(cells)
    cells_of = _having(cells)
    for part in parts(public, values[:published]):
        for cell, low, high in _ends(part, _asked(part, cells_of), left):
            lows[cell] += low
            highs[cell] += high
    covered = {atom for row in public.rows for atom in row.tolist()}
    return tuple(
        _judged(amount, low, high, unlimited=not covered.issuperset(cell), p_ppm=p_ppm)
        for amount, low, high, cell in zip(amounts, lows, highs, cells, strict=True)
    )


def _having(cells: Sequence[Sequence[int]]) -> dict[int, list[int]]:
    """Atom → the cells that have it."""
    found: dict[int, list[int]] = {}
    for cell, atoms in enumerate(cells):
        for atom in atoms:
            found.setdefault(atom, []).append(cell)
    return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a cell has of the classes of a part. some: the classes of which it has atoms, so that it may have all of their amounts;
    all: the classes that it has all atoms of, so that it must have them."""

    cell: int
    some: Places
    all: Places


def _asked(part: Part, cells_of: Mapping[int, Sequence[int]]) -> list[_Asked]:
    count: dict[int, Counter[int]] = {}
    for place, atoms in enumerate(part.classes):
        for atom in atoms:
            for cell in cells_of.get(atom, ()):
                count.setdefault(cell, Counter())[place] += 1
    return [
        _Asked(
            cell,
            some=tuple(sorted(has)),
            all=tuple(sorted(place for place in has if has[place] == len(part.classes[place]))),
        )
        for cell, has in sorted(count.items())
    ]


def _ends(part: Part, asked: Sequence[_Asked], left: Left) -> Iterator[tuple[int, _End, _End]]:
    """The cell, and both ends of what this part adds to it."""
    if any(equation.value < 0 for equation in part.equations):
        yield from ((each.cell, _End(Fraction(0), None), OPEN) for each in asked)
    elif len(part.equations) == 1:
        (equation,) = part.equations
        whole = _End(Fraction(equation.value), Fraction(equation.value))
        everything = len(part.classes)
        yield from ((each.cell, whole if len(each.all) == everything else NOTHING, whole) for each in asked)
    else:
        for start in range(0, len(asked), TOGETHER):
            measured = _Measured(part, asked[start : start + TOGETHER])
            for each in asked[start : start + TOGETHER]:
                yield each.cell, measured.least(each.all, left), measured.most(each.some, left)


class _Measured:
    """A part with a column for whatever is asked: what is left of a limit for some classes, and what they have themselves.

    The limit is one that the part sets anyhow, so that the new columns take nothing from the solutions.
    """

    def __init__(self, part: Part, asked: Sequence[_Asked]) -> None:
        self.columns = [list(places) for places in part.columns]
        self.values = [equation.value for equation in part.equations]
        self.width = len(part.classes)
        self.having: list[set[int]] = [set() for _ in part.classes]
        for at, places in enumerate(part.columns):
            for place in places:
                self.having[place].add(at)
        self._limits: dict[Places, int] = {}
        self._rest: dict[Places, int] = {}
        self._own: dict[Places, int] = {}
        for each in asked:
            self._ask_rest(each.all)
            self._ask_own(each.some)
        self._program = Program(self.columns, self.values, self.width)
        self._found: dict[int, _End] = {}

    def most(self, places: Places, left: Left) -> _End:
        """The most that the classes can have together."""
        end = self._solved(self._own[places], left)
        limit = Fraction(self._limit(places))
        return _End(limit if end.proven is None else min(end.proven, limit), end.reached)

    def least(self, places: Places, left: Left) -> _End:
        """The least: the limit less the most that can be left of it."""
        if not places:
            return NOTHING
        end, limit = self._solved(self._rest[places], left), self._limits[places]
        proven = Fraction(0) if end.proven is None else max(limit - end.proven, Fraction(0))
        return _End(proven, None if end.reached is None else limit - end.reached)

    def _ask_rest(self, places: Places) -> None:
        if places and places not in self._rest:
            self._rest[places] = self._column(places, self._limit(places))

    def _ask_own(self, places: Places) -> None:
        if len(places) == 1:
            self._own[places] = places[0]
        elif places not in self._own:
            self._ask_rest(places)
            self._own[places] = self._column((self._rest[places],), self._limit(places))

    def _column(self, places: Places, value: int) -> int:
        """A new column, which has what the others leave of the value."""
        column, self.width = self.width, self.width + 1
        self.columns.append([*places, column])
        self.values.append(value)
        return column

    def _limit(self, places: Places) -> int:
        if places not in self._limits:
            around = set.intersection(*(self.having[place] for place in places))
            single = sum(min(self.values[at] for at in self.having[place]) for place in places)
            self._limits[places] = min([single, *(self.values[at] for at in around)])
        return self._limits[places]

    def _solved(self, column: int, left: Left) -> _End:
        if column not in self._found:
            if left() <= 0:
                return OPEN
            self._found[column] = _most(self._program, column)
        return self._found[column]


def _most(program: Program, column: int) -> _End:
    point = program.most(column)
    reached = None if point is NOWHERE else Fraction(point.amounts.get(column, 0), point.over)
    proven: Fraction | None = None
    for factors in program.duals():
        bound = sum((factor * program.values[at] for at, factor in factors.items()), Fraction(0))
        proven = bound if proven is None else min(proven, bound)
        if proven == reached:
            break
    return _End(proven, reached)


def _judged(amount: int, low: _End, high: _End, *, unlimited: bool, p_ppm: int) -> Interval:
    lower = low.proven if low.proven is not None else Fraction(0)
    upper = None if unlimited else high.proven
    exact = low.proven == low.reached and (
        unlimited or (high.proven is not None and high.proven == high.reached)
    )
    if amount < lower or (upper is not None and amount > upper):  # contradicts what was published
        return UNDECIDED
    if _close(amount, lower, upper, p_ppm):
        return Interval(lower, upper, exact, "too close")
    reached = unlimited or high.reached is not None
    if low.reached is None or not reached:
        return Interval(lower, upper, exact, "undecided")
    far = not _close(amount, low.reached, None if unlimited else high.reached, p_ppm)
    return Interval(lower, upper, exact, "ok" if far else "undecided")


def _close(amount: int, lower: Fraction, upper: Fraction | None, p_ppm: int) -> bool:
    if 2 * MILLION * lower > (2 * MILLION - p_ppm) * amount:
        return True
    return upper is not None and (upper == lower or MILLION * (upper - lower) < p_ppm * amount)


def _sum(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    return None if one is None or other is None else one + other
