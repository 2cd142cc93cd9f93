"""Entries, or blocks within one, that follow each other and have known layouts, so that the parser need not see them.

The first of each layout goes to the parser, which sees in what they all stand; the others are that again with other text in a
few places (templates.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, repeat
from operator import itemgetter

from meterkeep.readings.formats.green_button.links import NOUNS, Links, Path, paths_of
from meterkeep.readings.formats.green_button.templates import EntryLayout

Parts = tuple[bytes, ...]
Group = tuple[EntryLayout, list[Parts]]
"""Rows of a layout that belong together."""
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
        found = [b"" if layout.id is None else parts[layout.id] for layout, parts in self.rows]
        return [text.strip() for text in b"\n".join(found).decode().split("\n")]

    def groups(self) -> Iterator[Alike]:
        """In the order of the file."""
        groups: list[Group] = []
        for layout, rows in groupby(self.rows, itemgetter(0)):
            parts = [row[1] for row in rows]
            if len(parts) == 1:
                groups.append((layout, parts))
            elif layout.run is None or layout.kept.count("self") > 1:
                groups += [(layout, [each]) for each in parts]
            else:
                for _, like in groupby(parts, partial(_likeness, layout)):
                    groups += _blocks(layout, list(like))
        firsts: dict[EntryLayout, list[Parts]] = {}
        for layout, parts in groups:
            firsts.setdefault(layout, []).append(parts[0])
        links = {layout: _links(layout, rows) for layout, rows in firsts.items()}
        for layout, parts in groups:
            yield _alike(layout, parts, next(links[layout]))


def _likeness(layout: EntryLayout, parts: Parts) -> list[bytes]:
    own = b"" if layout.own is None else parts[layout.own].rpartition(b"/")[0]
    return [own, *(parts[at] for at in layout.others)]


def _blocks(layout: EntryLayout, rows: list[Parts]) -> list[Group]:
    """rows: of blocks whose links are the same but for what stands behind the last slash of `self`."""
    if len(rows) == 1 or layout.own is None or _lead_to_one([row[layout.own] for row in rows]):
        return [(layout, rows)]
    return [(layout, [row]) for row in rows]


def _lead_to_one(hrefs: list[bytes]) -> bool:
    """Whether links that differ in their last segments only are those of nameless things in one place."""
    before, slash, _ = hrefs[0].rpartition(b"/")
    place = before.rpartition(b"/")[2]
    if _UNPLAIN.search(before) or (place in _NOUNS and place != b"IntervalBlock"):
        return False
    begin = len(before + slash)
    tails = b"\n".join([href[begin:] for href in hrefs])
    return bool(_PLAIN_TAILS.fullmatch(tails)) and _NOUNS.isdisjoint(tails.split(b"\n"))


def _links(layout: EntryLayout, rows: list[Parts]) -> Iterator[Links]:
    """Those of each row, taken out column by column."""
    ids = _texts(rows, layout.id) if layout.id is not None else [""] * len(rows)
    own: tuple[list[str], list[Path]] = [""] * len(rows), [()] * len(rows)
    others: dict[str, list[list[Path]]] = {"up": [], "related": []}
    for at, relation in layout.links:
        hrefs = _texts(rows, at)
        if relation == "self":
            own = hrefs, paths_of(hrefs)
        elif relation in others:
            others[relation].append(paths_of(hrefs))
    up, related = (zip(*paths, strict=True) if paths else repeat(()) for paths in others.values())
    return map(Links, *own, up, related, ids)


def _texts(rows: list[Parts], at: int) -> list[str]:
    """What stands in a place of each row; no place holds the end of a line."""
    return [text.strip() for text in b"\n".join([row[at] for row in rows]).decode().split("\n")]


def _alike(layout: EntryLayout, rows: list[Parts], links: Links) -> Alike:
    if layout.run is None:
        return Alike(layout, links, (), ())
    runs = tuple([row[layout.run] for row in rows])
    return Alike(layout, links, runs, () if layout.own is None else tuple([row[layout.own] for row in rows]))
