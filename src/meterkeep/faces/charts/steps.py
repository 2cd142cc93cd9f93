"""A sum as bars: what is added, what is taken off, and the little that is left, beside what the rule asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from meterkeep.faces.charts import fills

LABEL, WIDTH, STEP, BAR, TOP, END = 230, 640, 34, 20, 26, 100
LEAST = 3
"""What is there is never too thin to be seen."""


@dataclass(frozen=True, slots=True)
class Bar:
    """kind: added, taken, asked (the number in question; `taken` says which way it goes), left, or whole and few (no parts of a
    sum). words: its size."""

    name: str
    size: int
    words: str
    kind: str
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """part: of the last bar that is marked off (the largest customer), with its words. mark: where the rule's line stands, and its
    words."""

    title: str
    description: str
    bars: Sequence[Bar]
    part: tuple[int, str] | None = None
    mark: tuple[int, str] | None = None


def steps(shown: Steps, *, name: str) -> str:
    """The SVG. name: prefix of the ids inside, unique on the page."""
    spans = _spans(shown.bars)
    most = max([high for _, high in spans] + ([shown.mark[0]] if shown.mark else []) + [1])
    room = WIDTH - LABEL
    height = TOP + STEP * len(shown.bars) + 26
    inside = [_mark(shown.mark, most, room, height)] if shown.mark else []
    inside += [_bar(at, bar, span, most, room, name) for at, (bar, span) in enumerate(zip(shown.bars, spans, strict=True))]  # fmt: skip
    if shown.part:
        inside.append(_part(shown, most, room))
    return (
        f'<svg class="mk-drawing" role="img" aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {WIDTH + END} {height}" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{name}-title">{escape(shown.title)}</title>'
        f'<desc id="{name}-desc">{escape(shown.description)}</desc>{fills.defs(name)}{"".join(inside)}</svg>'
    )


def _spans(bars: Sequence[Bar]) -> list[tuple[int, int]]:
    """From where to where each bar goes: it begins where the last one ended; what is left, and a whole, begin at nothing."""
    spans, now = [], 0
    for bar in bars:
        if bar.kind in ("left", "whole", "few"):
            spans.append((0, bar.size))
            continue
        after = now - bar.size if bar.taken else now + bar.size
        spans.append((min(now, after), max(now, after)))
        now = after
    return spans


def _bar(at: int, bar: Bar, span: tuple[int, int], most: int, room: int, name: str) -> str:
    y = TOP + STEP * at
    low, high = (max(edge, 0) * room / most for edge in span)
    wide = max(high - low, LEAST)
    colours = {
        "added": fills.BLUE,
        "whole": fills.BLUE,
        "taken": "#8fa8c2",
        "left": fills.ALARM,
        "few": fills.ALARM,
    }
    ground = colours.get(bar.kind) or fills.fill(name, "beside")
    edge = f' stroke="{fills.STROKES["beside"]}"' if bar.kind == "asked" else ""
    last = bar.kind in ("left", "few")
    sign = "" if not at or bar.kind in ("whole", "few") else "−" if bar.taken else "=" if last else "+"
    return (
        fills.text(LABEL - 34, y + 15, fills.short(bar.name, 32), anchor="end", bold=last or bar.kind == "asked")
        + fills.text(LABEL - 16, y + 15, sign, anchor="middle", bold=True)
        + f'<rect x="{LABEL + low:.1f}" y="{y}" width="{wide:.1f}" height="{BAR}" fill="{ground}"{edge}/>'
        + fills.text(LABEL + low + wide + 7, y + 15, bar.words, bold=last, colour=fills.ALARM if last else fills.INK, halo=True)
    )  # fmt: skip


def _part(shown: Steps, most: int, room: int) -> str:
    """The largest customer's part of the last bar, under it."""
    size, words = shown.part or (0, "")
    y = TOP + STEP * (len(shown.bars) - 1)
    wide = max(size * room / most, LEAST)
    return (
        f'<rect x="{LABEL}" y="{y + 4}" width="{wide:.1f}" height="{BAR - 8}" fill="#fff" stroke="{fills.INK}"/>'
        + fills.text(LABEL, y + BAR + 17, words, halo=True)
    )


def _mark(mark: tuple[int, str], most: int, room: int, height: int) -> str:
    x = LABEL + mark[0] * room / most
    anchor = "start" if x < LABEL + room / 2 else "end"
    return (
        f'<path d="M{x:.1f} {TOP - 6}V{height - 20}" fill="none" stroke="{fills.INK}" stroke-width="1.5" stroke-dasharray="5 4"/>'
        + fills.text(x + (5 if anchor == "start" else -5), 14, mark[1], anchor=anchor, bold=True)
    )
