"""Files a day as a row of small bars in SVG. What could not be read stands on top in another colour; its number is in the title."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

CAME, UNREAD, LINE = "#1b68a8", "#a2650c", "#a9aeb1"
BAR, GAP, HEIGHT = 2, 1, 30


def arrivals(files: Sequence[int], unread: Sequence[int], *, title: str, name: str) -> str:
    """files: of each day, the oldest first; unread: how many of them could not be read. name: prefix of the id inside."""
    most = max([*files, 1])
    width = len(files) * (BAR + GAP)
    tops = [_height(number, most) for number in files]
    reads = [_height(number - not_read, most) for number, not_read in zip(files, unread, strict=True)]
    full = "".join(_bar(day, 0, read) for day, read in enumerate(reads))
    hollow = "".join(
        _bar(day, read, top) for day, (read, top) in enumerate(zip(reads, tops, strict=True)) if top > read
    )
    return (
        f'<svg class="mk-arrivals" role="img" aria-labelledby="{name}-title" width="{width}" height="{HEIGHT + 2}" '
        f'viewBox="0 0 {width} {HEIGHT + 2}" xmlns="http://www.w3.org/2000/svg"><title id="{name}-title">{escape(title)}</title>'
        f'<path fill="{CAME}" d="{full}"/><path fill="#fff" stroke="{UNREAD}" d="{hollow}"/>'
        f'<path stroke="{LINE}" d="M0 {HEIGHT + 1.5}h{width}"/></svg>'
    )


def _height(number: int, most: int) -> int:
    """Whatever came is seen: one file among thousands has two units."""
    return max(2, number * HEIGHT // most) if number > 0 else 0


def _bar(day: int, low: int, high: int) -> str:
    x = day * (BAR + GAP)
    return f"M{x} {HEIGHT + 1 - high}h{BAR}v{high - low}h-{BAR}z" if high > low else ""
