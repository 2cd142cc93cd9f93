"""One bar of parts that add up to a whole, as SVG without styles or scripts; numbers and names stand beside it as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from meterkeep.faces.shares import tenths

COLOURS = {
    "stored": "#0a3a6b",
    "duplicate": "#8fa8c2",
    "already_stored": "#c9d3de",
    "rejected": "#b50909",
    "actual": "#2e8540",
    "edited": "#5d92ba",
    "estimated": "#d8931a",
    "unknown": "#a9aeb1",
    "missing": "#b50909",
}
WIDTH, LEAST = 1000, 8
"""A part that is there is never too thin to be seen."""


class Part(NamedTuple):
    """kind: a key of COLOURS. name: as people call it. share: of the whole, in words."""

    kind: str
    name: str
    count: int
    share: str

    @property
    def colour(self) -> str:
        return COLOURS[self.kind]


def parts(counts: Sequence[tuple[str, str, int]]) -> tuple[Part, ...]:
    """counts: kind, name, how many. Parts of nothing are left out; 100 % means all."""
    whole = sum(count for _, _, count in counts)
    return tuple(Part(kind, name, count, share(count, whole)) for kind, name, count in counts if count)


def share(count: int, whole: int) -> str:
    """In tenths of a percent; what is there is never 0 %, and less than the whole never 100 %."""
    if not whole:
        return ""
    shown = tenths(count, whole)
    if shown is None:
        return "< 0.1 %"
    return f"{shown // 10} %" if shown % 10 == 0 else f"{shown // 10}.{shown % 10} %"


def bar(shown: Sequence[Part], *, label: str, height: int = 14) -> SafeString:
    """label: what the bar says, for whoever does not see it."""
    widths = _widths([part.count for part in shown])
    begins = [sum(widths[:index]) for index in range(len(widths))]
    rects = format_html_join(
        "",
        '<rect x="{}" width="{}" height="{}" fill="{}"><title>{}: {}</title></rect>',
        (
            (begin, width, height, part.colour, part.name, f"{part.count:,}")
            for begin, width, part in zip(begins, widths, shown, strict=True)
        ),
    )
    return format_html(
        '<svg class="mk-bar" role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">'
        '<rect width="{}" height="{}" fill="#edeff2"/>{}</svg>',
        label,
        WIDTH,
        height,
        WIDTH,
        height,
        rects,
    )


def _widths(counts: Sequence[int]) -> list[int]:
    """Whole units that add up to WIDTH; what the thin ones need is taken from the widest."""
    whole = sum(counts)
    widths = [max(LEAST, WIDTH * count // whole) for count in counts]
    if widths:
        widths[widths.index(max(widths))] += WIDTH - sum(widths)
    return widths
