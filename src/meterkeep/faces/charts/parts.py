"""One bar of what is told, left out and merged, in the colours, patterns and letters of the other pictures of a release."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from meterkeep.faces.charts import fills

WIDTH, HEIGHT, LEAST, ROOM = 1000, 30, 4, 26


class Part(NamedTuple):
    """state: told, rule, beside or merged. letter: written in it, where there is room."""

    state: str
    size: int
    letter: str


def stack(parts: Sequence[Part], *, label: str, name: str) -> str:
    """label: what the bar says, for whoever does not see it. name: prefix of the ids inside, unique on the page."""
    shown = [part for part in parts if part.size > 0]
    whole = sum(part.size for part in shown) or 1
    x, inside = 0, []
    for part in shown:
        last = part is shown[-1]
        wide = WIDTH - x if last else max(LEAST, WIDTH * part.size // whole)
        inside.append(_part(part, x, wide, name))
        x += wide
    return (
        f'<svg class="mk-parts" role="img" aria-label="{escape(label)}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'xmlns="http://www.w3.org/2000/svg">{fills.defs(name)}{"".join(inside)}</svg>'
    )


def _part(part: Part, x: int, wide: int, name: str) -> str:
    ground = fills.BLUE if part.state == "told" else fills.fill(name, part.state)
    square = f'<rect x="{x}" width="{wide}" height="{HEIGHT}" fill="{ground}" stroke="#fff"/>'
    if part.letter and wide >= ROOM:
        square += fills.tag(x + wide / 2, HEIGHT / 2, part.letter, edge=fills.STROKES[part.state])
    return square
