"""The layout of a whole entry around a run of readings, so that the entries behind it need no parser.

A feed of daily blocks repeats one entry thousands of times: the same bytes, apart from an id, links, stamps and the readings.
The layout is learned from one entry. The first of a stretch of such entries goes to the parser; the others are that entry
again with other text in a few places where any text without mark-up may stand, so they are well-formed wherever it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from meterkeep.readings.formats.espi_links import Links, Path, add_link, path_of, upto

_TAG = re.compile(
    rb"<(?P<closes>/?)(?P<name>(?:[A-Za-z_][\w.-]{0,30}:)?(?P<local>[A-Za-z]+))"
    rb"(?P<attributes>(?:[ \t\r\n]+[A-Za-z_][\w.:-]{0,60}[ \t\r\n]*=[ \t\r\n]*(?:\"[^\"<\x80-\xff]*\"|'[^'<\x80-\xff]*'))*)"
    rb"[ \t\r\n]*(?P<empty>/?)>(?P<text>[^<]*)"
)
_ATTRIBUTE = re.compile(rb"([\w.:-]+)[ \t\r\n]*=[ \t\r\n]*([\"'])(.*?)\2", re.DOTALL)
_RELATION = re.compile(rb"[A-Za-z]{1,20}")
_FREE = rb"[ !#-%(-;=?-~]{0,400}+"
"""ASCII that means nothing to a parser, in quotation marks of either kind too."""
_IS_FREE = re.compile(_FREE)
_PATHS = {
    ("entry",): 1,
    ("entry", "id"): 1,
    ("entry", "link"): 9,
    ("entry", "title"): 1,
    ("entry", "published"): 1,
    ("entry", "updated"): 1,
    ("entry", "category"): 1,
    ("entry", "content"): 1,
    ("entry", "content", "IntervalBlock"): 1,
    ("entry", "content", "IntervalBlock", "interval"): 1,
    ("entry", "content", "IntervalBlock", "interval", "duration"): 1,
    ("entry", "content", "IntervalBlock", "interval", "start"): 1,
}
"""What may stand in such an entry besides readings, and how often."""
_EMPTY = {("entry", "link"), ("entry", "category")}
_VARIES = {("entry", "id"), ("entry", "title"), ("entry", "published"), ("entry", "updated")}
_BLOCK = ("entry", "content", "IntervalBlock")
_NUMBER_OF_BLOCK = re.compile(rb"[A-Za-z0-9_-]+")
_ENDS = (b"--", b"?>", b"]]>", b"xml:id")
"""What could end a comment and the like within an entry, or may not stand twice in a file."""
ID, IGNORED, RUN = "id", "", "run"


@dataclass(slots=True)
class EntryLayout:
    """pieces: bytes that do not change, one more than there are places between them. opens: the first tag, but for its end.

    places: what stands in each place: ID, the relation of a link, IGNORED, RUN.
    """

    pieces: list[bytes]
    places: list[str]
    opens: bytes

    @property
    def kept(self) -> list[str]:
        """What the parts of a row are."""
        return [place for place in self.places if place != IGNORED]


@dataclass(slots=True, eq=False)
class Stretch:
    """Entries behind one that the parser sees. rows: what each has in the places of the layout that count."""

    layout: EntryLayout
    rows: list[tuple[bytes, ...]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        kept = self.layout.kept
        at = kept.index(ID) if ID in kept else -1
        return [row[at].decode().strip() for row in self.rows] if at >= 0 else [""] * len(self.rows)

    def groups(self, certain: Callable[[Path], bool]) -> Iterator[tuple[Links, list[bytes]]]:
        """Links and runs of the entries, together where the links lead all of them to one MeterReading.

        certain: whether a feed has the MeterReading of a path.
        """
        kept = self.layout.kept
        run = kept.index(RUN)
        own = kept.index("self") if kept.count("self") == 1 else None
        others = [at for at, place in enumerate(kept) if place not in (ID, RUN) and at != own]

        def likeness(row: tuple[bytes, ...]) -> list[bytes]:
            return [row[own or 0].rpartition(b"/")[0], *(row[at] for at in others)]

        for _, like in groupby(self.rows, likeness if own is not None else None):
            rows = list(like)
            if own is not None and _lead_to_one([row[own] for row in rows], certain):
                yield self._links(kept, rows[0]), [row[run] for row in rows]
            else:
                yield from ((self._links(kept, row), [row[run]]) for row in rows)

    @staticmethod
    def _links(kept: list[str], row: tuple[bytes, ...]) -> Links:
        links = Links()
        for place, part in zip(kept, row, strict=True):
            if place == ID:
                links.id = part.decode().strip()
            elif place != RUN:
                add_link(links, place, part.decode())
        return links


def _lead_to_one(hrefs: list[bytes], certain: Callable[[Path], bool]) -> bool:
    """hrefs: of blocks, the same but for what stands behind the last slash."""
    path = path_of(hrefs[0].decode())[:-1]
    named = upto(path, "MeterReading")
    if named is None or path[-1] != "IntervalBlock" or not certain(named):
        return False
    return all(_NUMBER_OF_BLOCK.fullmatch(href, href.rfind(b"/") + 1) for href in hrefs)


@dataclass(slots=True)
class _Draft:
    """A layout while its entry is gone through."""

    path: list[bytes] = field(default_factory=list)
    seen: dict[tuple[str, ...], int] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    at: int = 0

    def vary(self, entry: bytes, begin: int, end: int, place: str) -> None:
        self.pieces.append(entry[self.at : begin])
        self.places.append(place)
        self.at = end


def entry_layout(head: bytes, tail: bytes, prefix: bytes) -> EntryLayout | None:
    """The layout of an entry, if it holds nothing but what every such entry holds.

    head: from a tag `<entry` to its first reading. tail: from behind its last reading to `</entry>`. prefix: of the readings.
    """
    draft = _Draft()
    entry = head + tail
    if any(end in entry for end in _ENDS) or not _take_tags(draft, entry, len(head), prefix):
        return None
    if draft.path or draft.seen.get(_BLOCK) != 1 or draft.places.count(RUN) != 1:
        return None
    first = _TAG.match(entry)
    opens = first[0][: first.end("attributes")] if first else b""
    return EntryLayout([*draft.pieces, entry[draft.at :]], draft.places, opens)


def _take_tags(draft: _Draft, entry: bytes, split: int, prefix: bytes) -> bool:
    end = 0
    for tag in _TAG.finditer(entry):
        if tag.start() != end or (end and not draft.path):
            return False
        if end == split and not _run_fits(draft, prefix):
            return False
        if end == split:
            draft.vary(entry, split, split, RUN)
        end = tag.end()
        if tag["closes"]:
            if tag["attributes"] or tag["empty"] or draft.path.pop() != tag["name"]:
                return False
        elif not _take_opening(draft, entry, tag):
            return False
    return end == len(entry)


def _names(draft: _Draft) -> tuple[str, ...]:
    return tuple(name.rpartition(b":")[2].decode() for name in draft.path)


def _run_fits(draft: _Draft, prefix: bytes) -> bool:
    return _names(draft) == _BLOCK and draft.path[-1] == prefix + b"IntervalBlock"


def _take_opening(draft: _Draft, entry: bytes, tag: re.Match[bytes]) -> bool:
    draft.path.append(tag["name"])
    path = _names(draft)
    draft.seen[path] = draft.seen.get(path, 0) + 1
    if draft.seen[path] > _PATHS.get(path, 0):
        return False
    if path == ("entry", "link") and not _take_link(draft, entry, tag):
        return False
    if tag["empty"]:
        draft.path.pop()
        return path not in (("entry",), ("entry", "id"), _BLOCK)
    if (path in _VARIES or path[3:4] == ("interval",)) and len(path) != 4 and _IS_FREE.fullmatch(tag["text"]):
        draft.vary(entry, tag.start("text"), tag.end("text"), ID if path[-1] == ID else IGNORED)
    return path != ("entry", "id") or draft.at == tag.end("text")


def _take_link(draft: _Draft, entry: bytes, tag: re.Match[bytes]) -> bool:
    found = {each[1]: each for each in _ATTRIBUTE.finditer(entry, *tag.span("attributes"))}
    relation, href = found.get(b"rel"), found.get(b"href")
    if (
        relation is None
        or href is None
        or not _RELATION.fullmatch(relation[3])
        or relation[3] in (b"id", b"run")
    ):
        return False
    if not _IS_FREE.fullmatch(href[3]):
        return False
    draft.vary(entry, *href.span(3), relation[3].decode().lower())
    return True


def pattern(layout: EntryLayout, pieces: Sequence[bytes], run: bytes) -> bytes:
    """pieces: those of the layout, as they stand in the text that is searched. run: the pattern of a run.

    Its groups are the id, the links and the run, in their order, and an empty one at its end.
    """
    found = re.escape(pieces[0])
    for place, piece in zip(layout.places, pieces[1:], strict=True):
        inner = run if place == RUN else _FREE
        found += (inner if place == IGNORED else b"(" + inner + b")") + re.escape(piece)
    return found + rb"()[ \t\r\n]*+"
