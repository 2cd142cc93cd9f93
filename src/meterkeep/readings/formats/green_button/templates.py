"""The layout of a whole entry, or of a block within one, learned from one that a utility wrote.

A feed repeats a few entries thousands of times: the same bytes, apart from an id, links, stamps, texts and readings. What is
like a known entry but for other text in a few places where any text without mark-up may stand is well-formed wherever that is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import methodcaller

from meterkeep.readings.formats.green_button.codes import CODES
from meterkeep.readings.formats.green_button.entries import OBJECTS, OTHER_OBJECTS, code_value

_TAG = re.compile(
    rb"<(?P<closes>/?)(?P<name>(?:[A-Za-z_][\w.-]{0,30}:)?(?P<local>[A-Za-z][A-Za-z0-9]*))"
    rb"(?P<attributes>(?:[ \t\r\n]+[A-Za-z_][\w.:-]{0,60}[ \t\r\n]*=[ \t\r\n]*(?:\"[^\"<\x80-\xff]*\"|'[^'<\x80-\xff]*'))*)"
    rb"[ \t\r\n]*(?P<empty>/?)>(?P<text>[^<]*)"
)
_ATTRIBUTE = re.compile(rb"([\w.:-]+)[ \t\r\n]*=[ \t\r\n]*([\"'])(.*?)\2", re.DOTALL)
_RELATION = re.compile(rb"[A-Za-z]{1,20}")
_FREE = rb"[ !#-%(-;=?-~]{0,400}+"
"""ASCII that means nothing to a parser, in quotation marks of either kind too."""
_IS_FREE = re.compile(_FREE)
_BLOCK = "IntervalBlock"
_MAY_STAND = {
    ("entry",): 1,
    ("entry", "id"): 1,
    ("entry", "link"): 16,
    ("entry", "title"): 1,
    ("entry", "summary"): 1,
    ("entry", "rights"): 1,
    ("entry", "author"): 1,
    ("entry", "author", "name"): 1,
    ("entry", "published"): 1,
    ("entry", "updated"): 1,
    ("entry", "category"): 1,
    ("entry", "content"): 1,
}
"""What may stand in an entry besides its one ESPI object, and how often."""
_OF_BLOCK = {(), ("interval",), ("interval", "duration"), ("interval", "start")}
"""What may stand in a block besides readings."""
_CONSTANT = {"ReadingType", "LocalTimeParameters"}
"""Objects whose texts count."""
_NEVER_WITHIN = {"entry", "IntervalBlock", "IntervalReading", "ReadingType"}
_DEEPEST = 12
_ENDS = (b"--", b"?>", b"]]>", b"xml:id")
"""What could end a comment and the like within an entry, or may not stand twice in a file."""
_ENTRY = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?entry[ \t\r\n>]")
_ENTRY_END = re.compile(rb"</(?:[A-Za-z_][\w.-]{0,30}:)?entry>")
_WHOLE_ENTRY = re.compile(
    rb"<((?:[A-Za-z_][\w.-]{0,30}:)?)entry(?:[ \t\r\n][^<>]{0,400})?>.{0,6000}?</\1entry>", re.DOTALL
)
_REACH = 4_000
"""Bytes before the readings of an entry, or behind them, in which its layout is looked for."""
_MOST = 12
"""Layouts that are kept."""
_ATTEMPTS = 24
"""Entries around readings that are looked at before a file counts as one without a layout."""
_OTHERS, _OTHERS_AT_ONCE = 96, 24
"""The same for entries without readings: in all, and in one piece of the file."""
_COMMON = 3
"""How often an entry without readings must have come to count as one of many."""

ID, IGNORED, RUN = "id", "", "run"


@dataclass(slots=True, eq=False)
class EntryLayout:
    """pieces: bytes that do not change, one more than there are places between them. opens: the first tag, but for its end.

    places: what stands in each place: ID, the relation of a link, IGNORED, RUN. kind: the ESPI object. codes: of a ReadingType.
    kept: the places whose text counts; of these, id: that of the entry; run: the readings; links: the relation of each; own: the
    `self` link, if there is just one; others: the links besides.
    """

    pieces: list[bytes]
    places: list[str]
    opens: bytes
    is_entry: bool
    kind: str
    codes: dict[str, int] = field(default_factory=dict)
    kept: list[str] = field(init=False)
    id: int | None = field(init=False)
    run: int | None = field(init=False)
    links: list[tuple[int, str]] = field(init=False)
    own: int | None = field(init=False)
    others: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.kept = [place for place in self.places if place != IGNORED]
        self.id = self.kept.index(ID) if ID in self.kept else None
        self.run = self.kept.index(RUN) if RUN in self.kept else None
        self.links = [(at, place) for at, place in enumerate(self.kept) if place not in (ID, RUN)]
        self.own = self.kept.index("self") if self.kept.count("self") == 1 else None
        self.others = [at for at, _ in self.links if at != self.own]

    def pattern(self, pieces: Sequence[bytes], run: bytes) -> bytes:
        """pieces: those of the layout, as they stand in the text that is searched. run: the pattern of a run.

        Its groups are the places that count, in their order, and an empty one at its end.
        """
        found = re.escape(pieces[0])
        for place, piece in zip(self.places, pieces[1:], strict=True):
            inner = run if place == RUN else _FREE
            found += (inner if place == IGNORED else b"(" + inner + b")") + re.escape(piece)
        return found + rb"()[ \t\r\n]*+"


@dataclass(slots=True)
class _Draft:
    """A layout while what it is learned from is gone through. prefix: of the readings."""

    text: bytes
    prefix: bytes
    path: list[bytes] = field(default_factory=list)
    names: tuple[str, ...] = ()
    seen: Counter[tuple[str, ...]] = field(default_factory=Counter)
    pieces: list[bytes] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    kind: str = ""
    at: int = 0

    def vary(self, begin: int, end: int, place: str) -> None:
        self.pieces.append(self.text[self.at : begin])
        self.places.append(place)
        self.at = end

    def open(self, name: bytes) -> tuple[str, ...]:
        self.path.append(name)
        self.names = (*self.names, name.rpartition(b":")[2].decode())
        self.seen[self.names] += 1
        return self.names

    def close(self, name: bytes) -> bool:
        self.names = self.names[:-1]
        return self.path.pop() == name

    @property
    def within(self) -> tuple[str, ...]:
        """The path from the block on."""
        return self.names[self.names.index(_BLOCK) + 1 :]

    def layout(self) -> EntryLayout:
        first = _TAG.match(self.text)
        assert first is not None  # noqa: S101  the tags were gone through
        opens, is_entry = first[0][: first.end("attributes")], first["local"] == b"entry"
        pieces = [*self.pieces, self.text[self.at :]]
        return EntryLayout(pieces, self.places, opens, is_entry, self.kind, self.codes)


def layout_around(head: bytes, tail: bytes, prefix: bytes) -> EntryLayout | None:
    """The layout of an entry, or a block, if it holds nothing but what every such one holds.

    head: from its first tag to its first reading. tail: from behind its last reading to its end. prefix: of the readings.
    """
    draft = _Draft(head + tail, prefix)
    if not _take_tags(draft, len(head)) or draft.places.count(RUN) != 1:
        return None
    return draft.layout()


def layout_without_readings(entry: bytes) -> EntryLayout | None:
    """The layout of an entry around an ESPI object that holds no readings."""
    draft = _Draft(entry, b"")
    return draft.layout() if _take_tags(draft, -1) and draft.kind not in ("", _BLOCK) else None


def _take_tags(draft: _Draft, split: int) -> bool:
    end = 0
    if any(each in draft.text for each in _ENDS):
        return False
    for tag in _TAG.finditer(draft.text):
        if tag.start() != end or (end and not draft.path):
            return False
        if end == split:
            if draft.names[-1:] != (_BLOCK,) or draft.path[-1] != draft.prefix + _BLOCK.encode():
                return False
            draft.vary(split, split, RUN)
        end = tag.end()
        if tag["closes"]:
            if tag["attributes"] or tag["empty"] or not draft.close(tag["name"]):
                return False
        elif not _take_opening(draft, tag):
            return False
    return end == len(draft.text) and not draft.path


def _take_opening(draft: _Draft, tag: re.Match[bytes]) -> bool:
    path = draft.open(tag["name"])
    if not _fits(draft, path, tag["text"]):
        return False
    if path == ("entry", "link") and not _take_link(draft, tag):
        return False
    if tag["empty"]:
        return draft.close(tag["name"]) and path not in (("entry",), ("entry", "id")) and path[-1] != _BLOCK
    if _varies(draft, path, tag["text"]) and _IS_FREE.fullmatch(tag["text"]):
        draft.vary(tag.start("text"), tag.end("text"), ID if path == ("entry", "id") else IGNORED)
    return path != ("entry", "id") or draft.at == tag.end("text")


def _fits(draft: _Draft, path: tuple[str, ...], text: bytes) -> bool:
    """Whether an element may stand where it does; its text, if it is a code, is taken."""
    if _BLOCK in path:
        known = draft.kind in ("", _BLOCK) and path[: path.index(_BLOCK)] in ((), ("entry", "content"))
        draft.kind = _BLOCK
        return known and draft.seen[path] == 1 and draft.within in _OF_BLOCK
    if path in _MAY_STAND:
        return draft.seen[path] <= _MAY_STAND[path]
    if path[:2] != ("entry", "content") or len(path) > _DEEPEST:
        return False
    if len(path) == 3:
        known = draft.kind == "" and (path[-1] in OBJECTS or path[-1] in OTHER_OBJECTS)
        draft.kind = path[-1]
        return known
    if draft.kind == "ReadingType" and path[3] in CODES:
        return len(path) == 4 and _take_code(draft, path[3], text)
    return path[-1] not in _NEVER_WITHIN


def _take_code(draft: _Draft, name: str, text: bytes) -> bool:
    if b"&" in text or not text.isascii():
        return False
    if draft.seen[draft.names] == 1:
        value = code_value(name, text.decode().strip())
        draft.codes.update({name: value} if value is not None else {})
    return True


def _varies(draft: _Draft, path: tuple[str, ...], text: bytes) -> bool:
    if _BLOCK in path:
        return len(draft.within) == 2
    if len(path) > 3:
        return draft.kind not in _CONSTANT and bool(text.strip())
    return path in _MAY_STAND and path[-1] not in ("entry", "content", "link", "author", "category")


def _take_link(draft: _Draft, tag: re.Match[bytes]) -> bool:
    found = {each[1]: each for each in _ATTRIBUTE.finditer(draft.text, *tag.span("attributes"))}
    relation, href = found.get(b"rel"), found.get(b"href")
    if relation is None or href is None:
        return False
    if not _RELATION.fullmatch(relation[3]) or relation[3].decode().lower() in (ID, RUN):
        return False
    if not _IS_FREE.fullmatch(href[3]):
        return False
    draft.vary(*href.span(3), relation[3].decode().lower())
    return True


class Templates:
    """The layouts of a file's entries and blocks, as they are learned.

    entry_end: the closing tag of an entry, once one is known. by_group: layouts by the last group of their pattern; rows: what
    gives the text of a match in the places that count, by the same.
    """

    def __init__(self) -> None:
        self.entry_end: bytes | None = None
        self.by_group: dict[int, EntryLayout] = {}
        self.rows: dict[int, Callable[[re.Match[bytes]], tuple[bytes, ...]]] = {}
        self._layouts: list[EntryLayout] = []
        self._attempts, self._others = _ATTEMPTS, _OTHERS
        self._candidates: Counter[tuple[object, ...]] = Counter()

    def patterns(self, shorten: Callable[[bytes], bytes], run: bytes) -> list[bytes]:
        self.by_group, self.rows = {}, {}
        found, group = [], 0
        for layout in self._layouts:
            found.append(layout.pattern([shorten(piece) for piece in layout.pieces], run))
            first, group = group + 1, group + len(layout.kept) + 1
            self.by_group[group] = layout
            self.rows[group] = methodcaller("group", *range(first, group + 1))
        return found

    def run_span(self, match: re.Match[bytes]) -> tuple[int, int]:
        """Where the readings of an entry or a block are."""
        last = match.lastindex or 0
        layout = self.by_group[last]
        return match.span(last - len(layout.kept) + (layout.run or 0))

    @property
    def wants_blocks(self) -> bool:
        return self._attempts > 0 and len(self._layouts) < _MOST

    @property
    def wants_others(self) -> bool:
        return self._others > 0 and len(self._layouts) < _MOST

    def learn_around(self, heads: bytes, tails: bytes, prefix: bytes) -> bool:
        """Whether what stands before and behind a run showed a new layout."""
        head, tail = heads[-_REACH:], tails[:_REACH]
        begins, ends = list(_ENTRY.finditer(head)), _ENTRY_END.search(tail)
        if begins and ends and self._try_around(head[begins[-1].start() :], tail[: ends.end()], prefix):
            return True
        begin, end = head.rfind(b"<" + prefix + b"IntervalBlock"), b"</" + prefix + b"IntervalBlock>"
        if begin >= 0 and tail.lstrip(b" \t\r\n").startswith(end):
            return self._try_around(head[begin:], tail[: tail.index(end) + len(end)], prefix)
        return False

    def _try_around(self, head: bytes, tail: bytes, prefix: bytes) -> bool:
        layout = layout_around(head, tail, prefix)
        if layout is None or not self._add(layout):
            self._attempts -= 1
            return False
        return True

    def _add(self, layout: EntryLayout) -> bool:
        if len(self._layouts) >= _MOST or any(known.pieces == layout.pieces for known in self._layouts):
            return False
        self._layouts.append(layout)
        if layout.is_entry:
            self.entry_end = layout.pieces[-1][layout.pieces[-1].rindex(b"</") :]
        return True

    def learn_between(self, text: bytes) -> bool:
        """Whether entries without readings are so frequent in a text between runs that their layouts are worth knowing."""
        learned = False
        for number, entry in enumerate(_WHOLE_ENTRY.finditer(text)):
            if number >= _OTHERS_AT_ONCE or self._others <= 0:
                break
            self._others -= 1
            layout = layout_without_readings(entry[0])
            if layout is None:
                continue
            mark = (*layout.pieces, *layout.places)
            self._candidates[mark] += 1
            learned |= self._candidates[mark] == _COMMON and self._add(layout)
        return learned
