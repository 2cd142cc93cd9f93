"""What was published and what was withheld of a table, as a field of small squares in SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

PUBLISHED, WITHHELD_INK, WITHHELD_GROUND = "#1b68a8", "#5c5c5c", "#eceef1"
TILE, GAP, PER_ROW = 15, 3, 40


@dataclass(frozen=True)
class Tile:
    """One cell of a release. withheld cells are drawn hollow and struck through, not only in another colour."""

    withheld: bool


def tiles(cells: Sequence[Tile], *, title: str, name: str) -> str:
    """One small square per cell of the table, in its order, forty to a row."""
    rows = -(-len(cells) // PER_ROW)
    width, height = min(len(cells), PER_ROW) * (TILE + GAP), rows * (TILE + GAP)
    places = [((i % PER_ROW) * (TILE + GAP), (i // PER_ROW) * (TILE + GAP)) for i in range(len(cells))]
    full = _squares(places, [not cell.withheld for cell in cells])
    hollow = _squares(places, [cell.withheld for cell in cells])
    strokes = "".join(
        f"M{x + 3} {y + TILE - 3}l{TILE - 6} -{TILE - 6}"
        for (x, y), cell in zip(places, cells, strict=True)
        if cell.withheld
    )
    return (
        f'<svg class="mk-tiles" role="img" aria-labelledby="{name}-title" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<path fill="{PUBLISHED}" d="{full}"/><path fill="{WITHHELD_GROUND}" d="{hollow}"/>'
        f'<path fill="none" stroke="{WITHHELD_INK}" stroke-width="1.5" d="{strokes}"/></svg>'
    )


def _squares(places: Sequence[tuple[int, int]], wanted: Sequence[bool]) -> str:
    return "".join(
        f"M{x} {y}h{TILE}v{TILE}h-{TILE}z" for (x, y), want in zip(places, wanted, strict=True) if want
    )
