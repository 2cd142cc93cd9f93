"""The table of a release as maps, one for each period: its largest dimension downwards, the others across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext

from meterkeep.aggregates.reasons import BY_ITSELF
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.times import TIMES
from meterkeep.faces.charts.heatmap import BLUE
from meterkeep.faces.charts.table_map import Map, Spot, table_map
from meterkeep.faces.console.releases.cost import letters
from meterkeep.faces.console.releases.reasons import headline
from meterkeep.faces.figures import BETWEEN, TOTAL, Figures, decimal, people, said

MOST_ROWS, MOST_COLUMNS = 120, 40
Cell = Mapping[str, Any]
When = tuple[str, str]


@dataclass(frozen=True)
class ShownMap:
    name: str
    svg: str


def maps(release: Release, figures: Figures) -> list[ShownMap]:
    """None where the table is too large to be looked at."""
    periods = dict.fromkeys(_when(cell, figures) for cell in release.cells)
    shown = [_map(release, figures, when) for when in periods]
    if any(len(one.rows) > MOST_ROWS or len(one.columns) > MOST_COLUMNS for one in shown):
        return []
    return [
        ShownMap(_named(when, release), table_map(one, name=f"map-{at}"))
        for at, (when, one) in enumerate(zip(periods, shown, strict=True))
    ]


def _when(cell: Cell, figures: Figures) -> When:
    """The period of a cell, by its column and its name there."""
    time = figures.time(cell["keys"])
    return time, cell["keys"][figures.by.index(time)] if time else ""


def _named(when: When, release: Release) -> str:
    return said(*when) or release.title


def _map(release: Release, figures: Figures, when: When) -> Map:
    mine = [(at, cell) for at, cell in enumerate(release.cells) if _when(cell, figures) == when]
    down, across = _axes([cell for _, cell in mine], figures)
    rows, columns = (_sorted(_distinct(axis, [cell for _, cell in mine])) for axis in (down, across))
    spots = _spots(mine, down, across, figures, release)
    return Map(
        title=gettext("The table of %(month)s as a map") % {"month": _named(when, release)},
        description=gettext("Blue where a number is published, darker the more it is. The letters say what is left out; each leads to its explanation."),
        rows=[_words(row, down, figures) for row in rows],
        columns=[_words(column, across, figures) or figures.unit for column in columns],
        spots=[[spots.get((row, column), Spot("none")) for column in columns] for row in rows],
        last_row=TOTAL in rows[-1],
        last_column=TOTAL in columns[-1],
    )  # fmt: skip


def _axes(cells: Sequence[Cell], figures: Figures) -> tuple[list[int], list[int]]:
    """The dimension with the most values, and the others; without the periods."""
    others = [at for at, name in enumerate(figures.by) if name not in TIMES]
    if not others:
        return list(range(len(figures.by))), []
    down = max(others, key=lambda at: len({cell["keys"][at] for cell in cells}))
    return [down], [at for at in others if at != down]


def _distinct(axis: Sequence[int], cells: Sequence[Cell]) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(tuple(cell["keys"][at] for at in axis) for cell in cells))


def _sorted(values: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Sums after what they are sums of."""
    return sorted(values, key=lambda keys: [(key == TOTAL, key) for key in keys])


def _words(keys: Sequence[str], axis: Sequence[int], figures: Figures) -> str:
    return BETWEEN.join(said(figures.by[at], key) for at, key in zip(axis, keys, strict=True))


def _spots(
    mine: Sequence[tuple[int, Cell]], down: Sequence[int], across: Sequence[int], figures: Figures, release: Release
) -> dict[tuple[tuple[str, ...], tuple[str, ...]], Spot]:  # fmt: skip
    bounds = _bounds([cell["value"] for _, cell in mine if _told(cell) and not _is_sum(cell, figures)])
    return {
        (tuple(cell["keys"][at] for at in down), tuple(cell["keys"][at] for at in across)): _spot(
            number, cell, bounds, figures, release
        )
        for number, cell in mine
    }


def _spot(number: int, cell: Cell, bounds: Sequence[int], figures: Figures, release: Release) -> Spot:
    if _told(cell) and (merged := figures.merged(cell["keys"])):
        number_of = {
            "name": figures.name(cell["keys"]),
            "people": people(cell["customers"]),
            "parts": ", ".join(merged),
        }
        says = gettext("%(name)s, merged of %(parts)s: %(people)s") % number_of
        return Spot("merged", words=f"{letters()['merged']} {decimal(cell['customers'])}", says=says)
    if _told(cell):
        total = _is_sum(cell, figures)
        level = int(np.searchsorted(bounds, cell["value"], side="left"))
        return Spot("total" if total else "told", min(level, len(BLUE) - 1), decimal(cell["customers"]))
    state = state_of(cell)
    name = {"name": figures.name(cell["keys"]), "why": headline(cell)}
    return Spot(
        state,
        words=letters()[state],
        says=gettext("%(name)s, left out: %(why)s") % name,
        href=reverse("console_withheld", args=[release.reference, number]),
    )


def _is_sum(cell: Cell, figures: Figures) -> bool:
    """Over one of the other dimensions: each period has its own map."""
    return any(key == TOTAL for name, key in zip(figures.by, cell["keys"], strict=True) if name not in TIMES)


def state_of(cell: Cell) -> str:
    """As the pictures show what is left out."""
    if cell["status"] == "merged":
        return "merged"
    return "rule" if cell["code"] in BY_ITSELF else "beside"


def _told(cell: Cell) -> bool:
    return bool(cell["status"] == "published")


def _bounds(values: Sequence[int]) -> list[int]:
    """Upper bounds of the colour classes: equally many numbers in each."""
    if not values:
        return []
    steps = np.quantile(np.array(values), np.arange(1, len(BLUE)) / len(BLUE), method="higher")
    return sorted({int(step) for step in steps})
