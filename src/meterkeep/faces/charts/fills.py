"""How a number that is told, left out or merged looks in every picture of a release: a colour, a pattern and a letter, so that none
of them stands alone."""

from __future__ import annotations

from html import escape

from meterkeep.faces.charts.heatmap import FONT

INK, SOFT, LINE, ALARM, NAVY, BLUE = "#1b1b1b", "#565c65", "#a9aeb1", "#b50909", "#0a3a6b", "#1b68a8"
GROUNDS = {"rule": "#eceef1", "beside": "#fdf1d0", "merged": "#e7f4e4"}
STROKES = {"rule": "#5c5c5c", "beside": "#8a5600", "merged": "#2e8540"}
_LINES = {"rule": "M0 8L8 0", "beside": "M0 8L8 0M0 0L8 8", "merged": "M0 4h8"}


def defs(name: str) -> str:
    """The patterns, once for a picture. name: prefix of the ids inside, unique on the page."""
    patterns = "".join(
        f'<pattern id="{name}-{state}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect width="8" height="8" fill="{GROUNDS[state]}"/><path d="{line}" fill="none" stroke="{STROKES[state]}" stroke-width="1"/></pattern>'
        for state, line in _LINES.items()
    )
    return f"<defs>{patterns}</defs>"


def fill(name: str, state: str) -> str:
    return f"url(#{name}-{state})"


def text(
    x: float, y: float, words: str, *, anchor: str = "start", size: int = 13, bold: bool = False, colour: str = "#3d4551", halo: bool = False
) -> str:  # fmt: skip
    """halo: white around the letters, where they may stand on a line."""
    around = ' paint-order="stroke" stroke="#fff" stroke-width="4" stroke-linejoin="round"' if halo else ""
    weight = ' font-weight="700"' if bold else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}"{weight} fill="{colour}"{around} font-family="{FONT}">'
        f"{escape(words)}</text>"
    )


def tag(x: float, y: float, words: str, *, colour: str = INK, edge: str = LINE) -> str:
    """Words in a white box, in the middle of a place."""
    width = 7.5 * len(words) + 9
    return (
        f'<rect x="{x - width / 2:g}" y="{y - 10:g}" width="{width:g}" height="19" rx="3" fill="#fff" stroke="{edge}"/>'
        + text(x, y + 4, words, anchor="middle", bold=True, colour=colour)
    )


def short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
