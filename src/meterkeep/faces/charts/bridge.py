"""A two-way table's numbers that are left out, as lines between rows and columns, in two halves; the thin bridge is the leak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from meterkeep.faces.charts import fills

ROW, COLUMN, WIDTH, STEP, TOP, RADIUS, BREAK = 210, 510, 720, 46, 44, 9, 34
SHARES = (0.5, 0.35, 0.65, 0.2, 0.8, 0.28, 0.72, 0.42, 0.58, 0.14, 0.86)
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Dot:
    """A row or a column. total: published, withheld, asked or none. half: which of the halves it is in."""

    name: str
    total: str
    half: int


@dataclass(frozen=True, slots=True)
class Tie:
    """A cell: row and column by number, its size, and what is written on it. kind: plain, bridge or asked."""

    row: int
    column: int
    size: int
    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class Graph:
    title: str
    description: str
    heads: tuple[str, str]
    rows: Sequence[Dot]
    columns: Sequence[Dot]
    ties: Sequence[Tie]


def bridge(shown: Graph, *, name: str) -> str:
    """The SVG. name: prefix of the ids inside, unique on the page. Nodes stand half by half, so that the bridge alone crosses."""
    rows, columns = _heights(shown.rows, shown), _heights(shown.columns, shown)
    height = max([*rows, *columns]) + 34
    most = max(tie.size for tie in shown.ties)
    ordered = sorted(shown.ties, key=lambda tie: tie.kind != "plain")
    lines = "".join(_line(tie, rows, columns, most) for tie in ordered)
    places = _places(ordered[::-1], rows, columns)
    tags = "".join(_tag(tie, places[tie]) for tie in ordered)
    dots = "".join(_dot(ROW, y, dot, left=True) for y, dot in zip(rows, shown.rows, strict=True))
    dots += "".join(_dot(COLUMN, y, dot, left=False) for y, dot in zip(columns, shown.columns, strict=True))
    heads = fills.text(ROW, 20, shown.heads[0], anchor="end", colour=fills.SOFT)
    heads += fills.text(COLUMN, 20, shown.heads[1], colour=fills.SOFT)
    return (
        f'<svg class="mk-drawing" role="img" aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {WIDTH} {height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{name}-title">{escape(shown.title)}</title>'
        f'<desc id="{name}-desc">{escape(shown.description)}</desc>{_halves(shown, rows, columns)}{heads}{lines}{dots}{tags}</svg>'
    )


def _heights(dots: Sequence[Dot], shown: Graph) -> list[int]:
    """Half by half from above; a half takes as much room as its longer side."""
    halves = sorted({dot.half for dot in (*shown.rows, *shown.columns)})
    tops, top = {}, TOP
    for half in halves:
        tops[half] = top
        sides = [sum(dot.half == half for dot in side) for side in (shown.rows, shown.columns)]
        top += STEP * max(sides) + BREAK
    seen = dict.fromkeys(halves, 0)
    found = []
    for dot in dots:
        found.append(tops[dot.half] + 24 + STEP * seen[dot.half])
        seen[dot.half] += 1
    return found


def _halves(shown: Graph, rows: Sequence[int], columns: Sequence[int]) -> str:
    places: dict[int, list[int]] = {}
    for dot, y in (*zip(shown.rows, rows, strict=True), *zip(shown.columns, columns, strict=True)):
        places.setdefault(dot.half, []).append(y)
    return "".join(
        f'<rect x="20" y="{min(ys) - 24}" width="{WIDTH - 40}" height="{max(ys) - min(ys) + 48}" rx="8" fill="#f1f3f6"/>'
        for ys in places.values()
    )


def _line(tie: Tie, rows: Sequence[int], columns: Sequence[int], most: int) -> str:
    colour = {"plain": "#8fa8c2", "bridge": fills.ALARM, "asked": fills.NAVY}[tie.kind]
    dashes = ' stroke-dasharray="3 7"' if tie.kind == "asked" else ""
    width = 1.5 + 12 * tie.size / most
    y, z = rows[tie.row], columns[tie.column]
    return f'<path d="M{ROW} {y}L{COLUMN} {z}" fill="none" stroke="{colour}" stroke-width="{width:.1f}"{dashes}/>'


def _places(ties: Sequence[Tie], rows: Sequence[int], columns: Sequence[int]) -> dict[Tie, Place]:
    """Where the tag of each line stands: along its line, as far from all others as it gets."""
    found: dict[Tie, Place] = {}
    for tie in ties:
        y, z = rows[tie.row], columns[tie.column]
        along = [(ROW + share * (COLUMN - ROW), y + share * (z - y)) for share in SHARES]
        found[tie] = max(along, key=lambda place: min([1.0, *(_apart(place, other) for other in found.values())]))  # fmt: skip
    return found


def _apart(one: Place, other: Place) -> float:
    """1 and more where two tags do not touch."""
    return max(abs(one[0] - other[0]) / 44, abs(one[1] - other[1]) / 22)


def _tag(tie: Tie, place: Place) -> str:
    if tie.kind == "bridge":
        return fills.tag(*place, tie.words, colour=fills.ALARM, edge=fills.ALARM)
    return fills.tag(*place, tie.words, edge=fills.NAVY if tie.kind == "asked" else fills.LINE)


def _dot(x: int, y: int, dot: Dot, *, left: bool) -> str:
    full = fills.NAVY if dot.total == "published" else "#fff"
    dashes = ' stroke-dasharray="3 3"' if dot.total == "asked" else ""
    circle = f'<circle cx="{x}" cy="{y}" r="{RADIUS}" fill="{full}" stroke="{fills.NAVY}" stroke-width="2.5"{dashes}/>'
    away = -RADIUS - 8 if left else RADIUS + 8
    words = fills.text(
        x + away, y + 5, fills.short(dot.name, 22), anchor="end" if left else "start", bold=True
    )
    return circle + words
