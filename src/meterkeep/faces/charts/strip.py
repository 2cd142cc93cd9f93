"""Named rows × days as SVG text: how many of something each day had. One path per colour class, no script, no inline style."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from meterkeep.faces.charts.heatmap import AMBER, FONT, NOTHING, colours

WIDTH, HEIGHT, LABEL, HEADER = 20, 20, 170, 24
BOUNDS = (1, 3, 10, 30, 100)


def strip(
    counts: npt.NDArray[np.int64],
    *,
    rows: Sequence[str],
    days: Sequence[str],
    title: str,
    description: str,
    name: str,
) -> str:
    """counts: rows × days. name: prefix of the ids inside, unique on the page. Every seventh day is named above."""
    fills = [NOTHING, *colours([*BOUNDS, 0], AMBER)]
    classes = np.where(counts > 0, np.searchsorted(np.array(BOUNDS), counts, side="left") + 1, 0)
    size = f"h{WIDTH - 2}v{HEIGHT - 2}h-{WIDTH - 2}z"
    cells = [
        "".join(
            f"M{LABEL + x * WIDTH} {HEADER + y * HEIGHT}{size}"
            for y, x in np.argwhere(classes == one).tolist()
        )
        for one in range(len(fills))
    ]
    texts = [_text(LABEL - 8, HEADER + 14 + y * HEIGHT, row, "end") for y, row in enumerate(rows)]
    texts += [_text(LABEL + x * WIDTH, HEADER - 9, day, "start") for x, day in enumerate(days) if x % 7 == 0]
    paths = [f'<path fill="{fill}" d="{path}"/>' for fill, path in zip(fills, cells, strict=True) if path]
    width = LABEL + len(days) * WIDTH + 40
    box = f"0 0 {width} {HEADER + len(rows) * HEIGHT}"
    return (
        f'<svg class="mk-heat mk-strip" width="{width}" role="img" aria-labelledby="{name}-title {name}-desc" viewBox="{box}" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>{"".join([*paths, *texts])}</svg>'
    )


def _text(x: int, y: int, words: str, anchor: str) -> str:
    face = f'font-size="12" fill="#3d4551" font-family="{FONT}"'
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" {face}>{escape(words)}</text>'
