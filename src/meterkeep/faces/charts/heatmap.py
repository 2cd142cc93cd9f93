"""A day × hour heat map as SVG text: one path per colour class, no script, no inline style.

Colour never stands alone: an estimated hour carries a dot, a missing one is struck through, and the page puts the same
numbers in a table. Presentation attributes only, so that it passes `style-src 'self'` and prints in a letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from html import escape

import numpy as np
import numpy.typing as npt

BLUE = ("#e3f0fa", "#b9d9ef", "#82bbe2", "#4593cd", "#1b68a8", "#0a3a6b")
AMBER = ("#fdf1d0", "#f9dc94", "#f2bd48", "#d8931a", "#a2650c", "#663c05")
NOTHING = "#f1f3f6"
INK, FAINT = "#1b1b1b", "#71767a"
FONT = "Source Sans Pro Web, Helvetica Neue, Helvetica, Arial, sans-serif"
CELL_WIDTH, CELL_HEIGHT, LABEL_WIDTH, END_WIDTH, HEADER, GROUP_GAP = 28, 17, 58, 60, 24, 5


class State(IntEnum):
    """What is known of one hour. `OUTSIDE` has no cell: the day has no such hour, or it lies beyond the period."""

    ACTUAL = 0
    ESTIMATED = 1
    PARTIAL = 2
    MISSING = 3
    OUTSIDE = 4


@dataclass(frozen=True)
class Hours:
    """Rows of days, columns of clock hours. values: int64, any unit; state: int8 of `State`, the same shape."""

    values: npt.NDArray[np.int64]
    state: npt.NDArray[np.int8]

    @property
    def shown(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.state <= State.PARTIAL)


@dataclass(frozen=True)
class Labels:
    """The words around the cells. ends: what stands after each row; groups: rows with a little space above (weeks)."""

    title: str
    description: str
    rows: Sequence[str]
    columns: Sequence[str]
    ends: Sequence[str] = ()
    end_title: str = ""
    groups: frozenset[int] = frozenset()


def class_bounds(hours: Hours, classes: int = 6) -> list[int]:
    """Upper bounds of the colour classes, rising: quantiles of what is above zero, rounded up to two digits."""
    positive = hours.values[hours.shown & (hours.values > 0)]
    if not len(positive):
        return []
    steps = np.quantile(positive, np.arange(1, classes + 1) / classes, method="higher")
    return sorted({_round_up(int(step)) for step in steps})


def class_of(hours: Hours, bounds: Sequence[int]) -> npt.NDArray[np.int64]:
    """-1 where no value is shown, 0 for zero and below, 1… for the class whose upper bound holds the value."""
    classes = np.searchsorted(np.asarray(bounds, np.int64), hours.values, side="left") + 1
    classes[hours.values <= 0] = 0
    return np.where(hours.shown, classes, -1)


def colours(bounds: Sequence[int], palette: Sequence[str] = BLUE) -> list[str]:
    """One colour per class of `class_bounds`, spread over the whole palette, from light to dark."""
    if len(bounds) == 1:
        return [palette[len(palette) // 2]]
    places = np.linspace(0, len(palette) - 1, len(bounds)).round().astype(int)
    return [palette[place] for place in places]


def heatmap(hours: Hours, labels: Labels, *, name: str, palette: Sequence[str] = BLUE) -> str:
    """The SVG. name: prefix of the ids inside, unique on the page; labels.rows and .columns as long as the axes."""
    bounds = class_bounds(hours)
    fills = [NOTHING, *colours(bounds, palette)]
    classes = class_of(hours, bounds)
    tops = _row_tops(labels)
    width = LABEL_WIDTH + len(labels.columns) * CELL_WIDTH + (END_WIDTH if labels.ends else 0)
    height = (tops[-1] if tops else HEADER) + CELL_HEIGHT
    inside = [
        f'<title id="{name}-title">{escape(labels.title)}</title>',
        f'<desc id="{name}-desc">{escape(labels.description)}</desc>',
        *_texts(labels, tops),
        *(_cells(classes == one, tops, fill) for one, fill in enumerate(fills)),
        _strokes((hours.state == State.PARTIAL) | (hours.state == State.MISSING), tops),
        _dots(hours.state == State.ESTIMATED, tops),
    ]
    return (
        f'<svg class="mk-heat" role="img" aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {width} {height}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(inside)}</svg>'
    )


def geometry(labels: Labels) -> dict[str, object]:
    """Where the cells lie, in the units of the view box, for a script that names the hour under the pointer."""
    return {"left": LABEL_WIDTH, "width": CELL_WIDTH, "height": CELL_HEIGHT, "tops": _row_tops(labels)}


def _round_up(value: int) -> int:
    step: int = 10 ** max(0, len(str(value)) - 2)
    return -(-value // step) * step


def _row_tops(labels: Labels) -> list[int]:
    gaps = np.cumsum([row in labels.groups and row > 0 for row in range(len(labels.rows))])
    return [HEADER + row * CELL_HEIGHT + int(gap) * GROUP_GAP for row, gap in enumerate(gaps)]


def _corners(mask: npt.NDArray[np.bool_], tops: Sequence[int]) -> list[tuple[int, int]]:
    return [(LABEL_WIDTH + int(column) * CELL_WIDTH, tops[row]) for row, column in np.argwhere(mask)]


def _cells(mask: npt.NDArray[np.bool_], tops: Sequence[int], fill: str) -> str:
    size = f"h{CELL_WIDTH - 2}v{CELL_HEIGHT - 2}h-{CELL_WIDTH - 2}z"
    path = "".join(f"M{x} {y}{size}" for x, y in _corners(mask, tops))
    return f'<path fill="{fill}" d="{path}"/>' if path else ""


def _strokes(mask: npt.NDArray[np.bool_], tops: Sequence[int]) -> str:
    line = f"l{CELL_WIDTH - 8} -{CELL_HEIGHT - 8}"
    path = "".join(f"M{x + 3} {y + CELL_HEIGHT - 5}{line}" for x, y in _corners(mask, tops))
    return f'<path fill="none" stroke="{FAINT}" stroke-width="1.5" d="{path}"/>' if path else ""


def _dots(mask: npt.NDArray[np.bool_], tops: Sequence[int]) -> str:
    dot = "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z"
    middles = ((x + CELL_WIDTH // 2 - 1, y + CELL_HEIGHT // 2 - 1) for x, y in _corners(mask, tops))
    path = "".join(f"M{x} {y}{dot}" for x, y in middles)
    return f'<path fill="{INK}" stroke="#fff" stroke-width="1.5" d="{path}"/>' if path else ""


def _texts(labels: Labels, tops: Sequence[int]) -> list[str]:
    """Every third hour above, every day at the left, what it adds up to at the right."""
    right = LABEL_WIDTH + len(labels.columns) * CELL_WIDTH + END_WIDTH
    hours = [
        _text(LABEL_WIDTH + column * CELL_WIDTH, HEADER - 9, label, "start")
        for column, label in enumerate(labels.columns)
        if column % 3 == 0
    ]
    days = [
        _text(LABEL_WIDTH - 8, top + 12, label, "end") for label, top in zip(labels.rows, tops, strict=True)
    ]
    ends = [_text(right, top + 12, end, "end") for end, top in zip(labels.ends, tops, strict=False)]
    return [*hours, *days, *ends, _text(right, HEADER - 9, labels.end_title, "end")]


def _text(x: int, y: int, words: str, anchor: str) -> str:
    face = f'font-size="12" fill="#3d4551" font-family="{FONT}"'
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" {face}>{escape(words)}</text>' if words else ""
