"""Entries, or blocks within one, that follow each other and have known layouts, so that the parser need not see them.

The first of each layout goes to the parser, which sees in what they all stand; the others are that again with other text in a
few places (espi_templates).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from operator import itemgetter

from meterkeep.readings.formats.espi_links import NOUNS, Links, add_link
from meterkeep.readings.formats.espi_templates import EntryLayout

Parts = tuple[bytes, ...]
_PLAIN_TAILS = re.compile(rb"[A-Za-z0-9_-]+(?:\n[A-Za-z0-9_-]+)*+")
_UNPLAIN = re.compile(b"[?#%]")
_NOUNS = frozenset(noun.encode() for noun in NOUNS)


@dataclass(slots=True, eq=False)
class Alike:
    """Entries of a layout that follow each other, and by their links belong to one thing. links: of the first.

    runs: the readings of each, if they have any. hrefs: their `self` links, if these differ.
    """

    layout: EntryLayout
    links: Links
    runs: tuple[bytes, ...]
    hrefs: tuple[bytes, ...]


@dataclass(slots=True, eq=False)
class Stretch:
    """rows: the layout of each entry or block, and what it has in the places that count."""

    rows: list[tuple[EntryLayout, Parts]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        """Of all entries."""
        return ["" if layout.id is None else parts[layout.id].decode().strip() for layout, parts in self.rows]

    def groups(self) -> Iterator[Alike]:
        """In the order of the file."""
        for layout, rows in groupby(self.rows, itemgetter(0)):
            parts = [row[1] for row in rows]
            if layout.run is None or layout.kept.count("self") > 1:
                yield from (_alike(layout, [each]) for each in parts)
                continue
            for _, like in groupby(parts, partial(_likeness, layout)):
                yield from _blocks(layout, list(like))


def _likeness(layout: EntryLayout, parts: Parts) -> list[bytes]:
    own = b"" if layout.own is None else parts[layout.own].rpartition(b"/")[0]
    return [own, *(parts[at] for at in layout.others)]


def _blocks(layout: EntryLayout, rows: list[Parts]) -> Iterator[Alike]:
    """rows: of blocks whose links are the same but for what stands behind the last slash of `self`."""
    if len(rows) == 1 or layout.own is None or _lead_to_one([row[layout.own] for row in rows]):
        yield _alike(layout, rows)
    else:
        yield from (_alike(layout, [row]) for row in rows)


def _lead_to_one(hrefs: list[bytes]) -> bool:
    """Whether links that differ in their last segments only are those of nameless things in one place."""
    before, slash, _ = hrefs[0].rpartition(b"/")
    place = before.rpartition(b"/")[2]
    if _UNPLAIN.search(before) or (place in _NOUNS and place != b"IntervalBlock"):
        return False
    begin = len(before + slash)
    tails = b"\n".join([href[begin:] for href in hrefs])
    return bool(_PLAIN_TAILS.fullmatch(tails)) and _NOUNS.isdisjoint(tails.split(b"\n"))


def _alike(layout: EntryLayout, rows: list[Parts]) -> Alike:
    first = rows[0]
    links = Links()
    for at, relation in layout.links:
        add_link(links, relation, first[at].decode())
    if layout.id is not None:
        links.id = first[layout.id].decode().strip()
    runs = () if layout.run is None else tuple([row[layout.run] for row in rows])
    hrefs = tuple([row[layout.own] for row in rows]) if runs and layout.own is not None else ()
    return Alike(layout, links, runs, hrefs)
