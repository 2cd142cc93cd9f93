"""The periods of a release's figures: months, quarters and years, alone or over one another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.errors import BadInput
from meterkeep.gate import Period

TIMES: Final = ("month", "quarter", "year")
"""From the shortest on."""
LENGTHS: Final = {"month": 1, "quarter": 3, "year": 12}
"""In months; each begins at a multiple of its length in the year."""


def times_of(names: Sequence[str]) -> tuple[str, ...]:
    """Those among the dimensions, from the shortest on."""
    return tuple(name for name in TIMES if name in names)


def check_by(names: Sequence[str], hierarchies: Sequence[Sequence[str]], slots: Sequence[str]) -> None:
    """Figures need a period; a month lies in a quarter, a quarter in a year, and none of them in a ZIP code. A load shape is of months. Raises BadInput."""
    times = times_of(names)
    if not times:
        raise BadInput(
            "Figures are of a month, a quarter or a year.",
            where="by",
            next='Add "month", "quarter" or "year".',
        )
    for levels in hierarchies:
        mine = times_of(levels)
        if mine and tuple(levels) != mine:
            raise BadInput(
                f"{' < '.join(levels)} is no hierarchy of periods.",
                where="by",
                next='Write the shorter one first, and by themselves: "month<quarter<year".',
            )
    if times != ("month",) and set(slots) & set(names):
        raise BadInput(
            "A load shape is of months.", where="by", next="Leave out the quarter and the year, or the slot."
        )


def levels(names: Sequence[str]) -> list[tuple[str, ...]]:
    """What a total may be of: all periods, or only the longer ones."""
    times = times_of(names)
    return [times[at:] for at in range(len(times))]


def whole_level(level: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The level in the order of `names`, a month with the quarter that it lies in where there are quarters, too."""
    shortest = min((TIMES.index(name) for name in times_of(level)), default=len(TIMES))
    meant = {*level, *TIMES[shortest:]}
    return tuple(name for name in names if name in meant)


def check_whole(period: Period, names: Sequence[str]) -> None:
    """A quarter or a year of which a part is left out would say that the rest was nothing. Raises BadInput."""
    longest = times_of(names)[-1]
    length = LENGTHS[longest]
    for where, day in (("from", period.start), ("until", period.end)):
        if (day.month - 1) % length:
            first = date(day.year, (day.month - 1) // length * length + 1, 1)
            raise BadInput(
                f"{named(first, longest)} is not wholly in it: it goes from {period.start:%Y-%m} until {period.end:%Y-%m}.",
                where=where,
                next=f'A {longest} is published as a whole. Write from and until as beginnings of a {longest}, such as "{first:%Y-%m}", or ask for months.',
            )


def named(first: date, time: str) -> str:
    """The month, quarter or year of a day, as the register and the files have it: 2026-01, 2026-Q1, 2026."""
    if time == "month":
        return f"{first:%Y-%m}"
    return f"{first.year}-Q{(first.month + 2) // 3}" if time == "quarter" else str(first.year)


def column(months: pa.ChunkedArray, time: str) -> pa.ChunkedArray:
    """The same of first days of months."""
    if time != "quarter":
        return pc.strftime(months, "%Y-%m" if time == "month" else "%Y")
    quarter = pc.cast(pc.quarter(months), pa.string())
    return pc.binary_join_element_wise(pc.strftime(months, "%Y"), quarter, "-Q")


def months(period: Period) -> Iterator[Period]:
    """Each month of it."""
    start = period.start
    while start < period.end:
        end = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        yield Period(start, end)
        start = end


def check_all_there(found: Sequence[str], period: Period, names: Sequence[str]) -> None:
    """found: months of which anything was measured. Raises BadInput where a quarter or a year would lack one of them."""
    if times_of(names) == ("month",):
        return
    lacking = [name for each in months(period) if (name := named(each.start, "month")) not in found]
    if lacking:
        raise BadInput(
            f"Nothing was measured in {lacking[0]}, so that the {times_of(names)[-1]} with it is not whole.",
            where="from",
            next="Take in the meter files of that month, or ask for months.",
        )
