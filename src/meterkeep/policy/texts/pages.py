"""The pages of a file that has lost its page breaks, told by printed page numbers, running heads and header blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from meterkeep.policy.texts.headers import find_headers
from meterkeep.policy.texts.scan import BARE_PAGE, PAGE_OF, POLICY_LINE, SECTION_NUMBER
from meterkeep.policy.texts.source import Line

_RESOLUTION_HEAD = re.compile(r"^[A-Z]{2,6} (?i:resolution) ?# ?\d")


def paged(lines: Sequence[Line]) -> list[Line]:
    """The lines with their pages; as they are where the file tells its pages itself.

    A page number ends a page. A running head or a header block begins one, unless the page before it has just ended.
    """
    if any(line.page > 1 for line in lines):
        return list(lines)
    begins, ends = _page_starts(lines), _page_ends(lines)
    page, fresh = 1, True  # fresh: nothing of the page has been seen but a number set apart
    turned = []
    for line in lines:
        text = line.text.strip()
        if line.number in begins and not fresh:
            page, fresh = page + 1, True
        turned.append(replace(line, page=page))
        bare = not text or bool(SECTION_NUMBER.fullmatch(text))
        page, fresh = (page + 1, True) if line.number in ends else (page, fresh and bare)
    return turned


def _page_starts(lines: Sequence[Line]) -> frozenset[int]:
    blocks = {lines[header.first].number for header in find_headers(lines)}
    heads = {
        line.number
        for line in lines
        if POLICY_LINE.match(line.text.strip()) or _RESOLUTION_HEAD.match(line.text.strip())
    }
    return frozenset(blocks | heads)


def _page_ends(lines: Sequence[Line]) -> frozenset[int]:
    """Numbers of the lines that print a page number; where two series run (of 2, of 21), the longer is the file's."""
    series = {line.number: int(match[1]) for line in lines if (match := PAGE_OF.search(line.text))}
    longest = max(series.values(), default=0)
    bare = {line.number for line in lines if BARE_PAGE.match(line.text)}
    return frozenset(bare | {number for number, pages in series.items() if pages == longest})
