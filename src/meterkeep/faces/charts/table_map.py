"""A table of a release as a map: what is told, by how much it is, and what is left out and why, with a way to each explanation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from meterkeep.faces.charts import fills
from meterkeep.faces.charts.heatmap import BLUE

WIDTH, HEIGHT, LABEL, GAP = 76, 34, 120, 2
TOTAL_GAP = 6
DARK = 3
"""From this class of BLUE on words are white."""


@dataclass(frozen=True, slots=True)
class Spot:
    """state: told, total (told, a sum of others), rule, beside, merged, or none. level: class of BLUE where told. words: inside,
    short. says: all of it, for whoever does not see it; href: of the explanation."""

    state: str
    level: int = 0
    words: str = ""
    says: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """rows and columns: names; spots: rows × columns. last_row, last_column: whether these are sums of the others."""

    title: str
    description: str
    rows: Sequence[str]
    columns: Sequence[str]
    spots: Sequence[Sequence[Spot]]
    last_row: bool = False
    last_column: bool = False


def table_map(shown: Map, *, name: str) -> str:
    """The SVG. name: prefix of the ids inside, unique on the page. What is told is in the table of the page, too; links are named."""
    header = _header(shown)
    lefts, tops = _lefts(shown), _tops(shown, header)
    width, height = lefts[-1] + WIDTH + 4, tops[-1] + HEIGHT + 4
    places = [
        (lefts[x], tops[y], spot)
        for y, row in enumerate(shown.spots)
        for x, spot in enumerate(row)
        if spot.state != "none"
    ]
    told = "".join(_told(*place) for place in places if place[2].state in ("told", "total"))
    out = "".join(_left_out(*place, name) for place in places if place[2].state not in ("told", "total"))
    return (
        f'<svg class="mk-map" role="group" aria-labelledby="{name}-title {name}-desc" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg"><title id="{name}-title">{escape(shown.title)}</title>'
        f'<desc id="{name}-desc">{escape(shown.description)}</desc>{fills.defs(name)}'
        f'<g aria-hidden="true">{_names(shown, header, lefts, tops)}{told}</g>{out}</svg>'
    )


def _header(shown: Map) -> int:
    return 26 if _flat(shown) else 30 + max(6 * min(len(column), 18) for column in shown.columns)


def _flat(shown: Map) -> bool:
    return all(len(column) <= 10 for column in shown.columns)


def _lefts(shown: Map) -> list[int]:
    last = len(shown.columns) - 1
    return [
        LABEL + x * WIDTH + (TOTAL_GAP if shown.last_column and x == last else 0)
        for x in range(len(shown.columns))
    ]


def _tops(shown: Map, header: int) -> list[int]:
    last = len(shown.rows) - 1
    return [
        header + y * HEIGHT + (TOTAL_GAP if shown.last_row and y == last else 0)
        for y in range(len(shown.rows))
    ]


def _names(shown: Map, header: int, lefts: Sequence[int], tops: Sequence[int]) -> str:
    rows = [
        fills.text(LABEL - 10, top + HEIGHT / 2 + 4, fills.short(row, 16), anchor="end")
        for top, row in zip(tops, shown.rows, strict=True)
    ]
    if _flat(shown):
        columns = [
            fills.text(left + WIDTH / 2, header - 9, column, anchor="middle")
            for left, column in zip(lefts, shown.columns, strict=True)
        ]
    else:
        columns = [
            f'<g transform="translate({left + WIDTH / 2:g} {header - 8}) rotate(-40)">{fills.text(0, 0, fills.short(column, 20))}</g>'
            for left, column in zip(lefts, shown.columns, strict=True)
        ]
    return "".join([*rows, *columns])


def _told(x: int, y: int, spot: Spot) -> str:
    ground = "#fff" if spot.state == "total" else BLUE[spot.level]
    edge = f' stroke="{fills.LINE}"' if spot.state == "total" else ""
    colour = "#fff" if spot.state == "told" and spot.level >= DARK else fills.INK
    words = fills.text(x + (WIDTH - GAP) / 2, y + HEIGHT / 2 + 4, spot.words, anchor="middle", colour=colour)
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH - GAP}" height="{HEIGHT - GAP}" fill="{ground}"{edge}/>{words}'
    )


def _left_out(x: int, y: int, spot: Spot, name: str) -> str:
    square = (
        f'<rect x="{x}" y="{y}" width="{WIDTH - GAP}" height="{HEIGHT - GAP}" fill="{fills.fill(name, spot.state)}" '
        f'stroke="{fills.STROKES[spot.state]}"/>'
    )
    inside = square + fills.tag(
        x + (WIDTH - GAP) / 2, y + (HEIGHT - GAP) / 2, spot.words, edge=fills.STROKES[spot.state]
    )
    if not spot.href:
        return f'<g role="img" aria-label="{escape(spot.says)}">{inside}</g>'
    return f'<a href="{escape(spot.href)}" aria-label="{escape(spot.says)}"><title>{escape(spot.says)}</title>{inside}</a>'
