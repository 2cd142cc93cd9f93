"""Who belongs to whom in an ESPI feed: block → MeterReading → UsagePoint and ReadingType, by links, then by order.

The standard says: each entry has a `self` link, `up` to its collection and `related` to what it refers to. Real files
leave any of them out or get them wrong, in any order of entries, so every step has fall-backs, each with its note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar
from urllib.parse import unquote

from meterkeep.readings.formats.green_button.ids import Ids

Path = tuple[str, ...]
Note = Callable[[str], None]

NOUNS = frozenset(
    [
        "RetailCustomer",
        "User",
        "BillingAccount",
        "Customer",
        "Subscription",
        "UsagePoint",
        "MeterReading",
        "IntervalBlock",
        "ReadingType",
        "LocalTimeParameters",
        "UsageSummary",
        "ElectricPowerUsageSummary",
        "ElectricPowerQualitySummary",
    ]
)
_HOST = re.compile(r"(?:[A-Za-z][\w+.-]*:)?//[^/?#]*")
_FIRST_HOST = re.compile(r"(?m)^(.*?)(?:[A-Za-z][\w+.-]*:)?//[^/?#\n]*")
"""In each line: what stands before the host, and the host."""
_BEHIND_PATH = re.compile("[?#].*")
_UPTO_POINT = re.compile(r".*UsagePoint/[^/]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@lru_cache(maxsize=1024)
def path_of(href: str) -> Path:
    """The segments of a link from its first ESPI collection on, or all of them: host, version and query do not count."""
    path = href.strip()
    if "//" in path or "?" in path or "#" in path:
        path = re.split("[?#]", _HOST.sub("", path, count=1), maxsplit=1)[0]
    segments = list(filter(None, path.split("/")))
    if "%" in path:
        segments = [unquote(part) for part in segments]
    return _from_noun(segments)


def _from_noun(segments: list[str]) -> Path:
    for first, part in enumerate(segments):
        if part in NOUNS:
            return tuple(segments[first:])
    return tuple(segments)


def paths_of(hrefs: list[str]) -> list[Path]:
    """`path_of` each of some links, of which none holds the end of a line."""
    text = "\n".join(hrefs)
    if "%" in text or " " in text or not text.isascii():
        return [path_of(href) for href in hrefs]
    if "//" in text:
        text = _FIRST_HOST.sub(r"\1", text)
    if "?" in text or "#" in text:
        text = _BEHIND_PATH.sub("", text)
    segments = [path.split("/") for path in text.split("\n")]
    return [_from_noun(list(filter(None, each)) if "" in each else each) for each in segments]


def upto(path: Path, noun: str) -> Path | None:
    """The part of a path that names one `noun`, as in …/UsagePoint/7 of …/UsagePoint/7/MeterReading; None if it does not."""
    if noun not in path:
        return None
    end = path.index(noun) + 2
    return path[:end] if end <= len(path) and path[end - 1] not in NOUNS else None


def agree(one: Path, other: Path) -> bool:
    """Whether two paths may lead to the same thing: neither names another customer or usage point than the other."""
    theirs = dict(zip(other[::2], other[1::2], strict=False))
    return all(theirs.get(noun, name) == name for noun, name in zip(one[::2], one[1::2], strict=False))


@dataclass(slots=True)
class Links:
    """What an Atom entry says about where it stands. A bulk feed has a million of them: few and small objects."""

    href: str = ""
    self: Path = ()
    up: tuple[Path, ...] = ()
    related: tuple[Path, ...] = ()
    id: str = ""

    @property
    def any(self) -> bool:
        return bool(self.self or self.up or self.related)

    @property
    def paths(self) -> list[Path]:
        return [path for path in (self.self, *self.up, *self.related) if path]

    def names(self, noun: str) -> Path | None:
        """The first `noun` that any of the links names."""
        return upto(self.self, noun) or next(
            (found for path in (*self.up, *self.related) if (found := upto(path, noun))), None
        )


def add_link(found: Links, relation: str, href: str) -> None:
    """relation: in lower case."""
    if relation == "self":
        found.href, found.self = href.strip(), path_of(href)
    elif relation == "up":
        found.up = (*found.up, path_of(href))
    elif relation == "related":
        found.related = (*found.related, path_of(href))


@dataclass(slots=True, eq=False)
class UsagePoint:
    """number: which one of the feed it is, from 1."""

    links: Links
    number: int


@dataclass(slots=True, eq=False)
class ReadingType:
    """The codes that decide about a series; None where the file leaves one out.

    again: those that stand under the same link, further down in the feed.
    """

    links: Links
    codes: dict[str, int]
    again: list[ReadingType] | None = None

    def code(self, name: str) -> int | None:
        return self.codes.get(name)


@dataclass(slots=True, eq=False)
class MeterReading:
    """A series of a feed. `path` is its own, or what its blocks call it where the feed has no entry for it.

    place: which MeterReading entry of the feed it is, from 0; None where the feed has no entry for it.
    """

    path: Path
    links: Links
    place: int | None = None
    usage_point: UsagePoint | None = None
    before: UsagePoint | None = None
    reading_type: ReadingType | None = None
    inline: ReadingType | None = None


T = TypeVar("T")


class Directory(Generic[T]):
    """Entries by path. A path with another beginning (User/… for BillingAccount/…) is found if its ending is unique."""

    def __init__(self) -> None:
        self.all: list[T] = []
        self._whole: dict[Path, T] = {}
        self._endings: dict[Path, list[Path]] = {}
        self._unlisted: list[Path] = []

    def add(self, path: Path, entry: T) -> None:
        self.all.append(entry)
        if not path:
            return
        if path not in self._whole:
            self._unlisted.append(path)
        self._whole[path] = entry

    def exact(self, path: Path) -> T | None:
        return self._whole.get(path)

    def find(self, path: Path | None) -> T | None:
        if not path:
            return None
        if path in self._whole:
            return self._whole[path]
        self._list_endings()
        known = upto(path, "UsagePoint")
        shortest = path.index("UsagePoint") if known else len(path) - 2
        for start in range(1, shortest + 1):
            found = self._endings.get(path[start:], [])
            if len(found) == 1 and agree(found[0], path):
                return self._whole[found[0]]
        return None

    def _list_endings(self) -> None:
        """Not before one is asked for: most feeds call everything by its whole path."""
        for path in self._unlisted:
            for start in range(0, len(path) - 1, 2):
                self._endings.setdefault(path[start:], []).append(path)
        self._unlisted.clear()


@dataclass(slots=True, eq=False)
class Origin:
    """The entry that a block stands in, and what came last before it."""

    links: Links
    after: MeterReading | None = None
    after_point: UsagePoint | None = None
    after_type: ReadingType | None = None
    inline: ReadingType | None = None
    meter_reading: MeterReading | None = None


class Feed:
    """The entries of a feed that are not readings, and the answers to whom a block belongs."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self.usage_points: Directory[UsagePoint] = Directory()
        self.meter_readings: Directory[MeterReading] = Directory()
        self.reading_types: Directory[ReadingType] = Directory()
        self._children: dict[Path, MeterReading] = {}
        self._declared: list[MeterReading] = []
        self._namers: dict[Path, dict[MeterReading, int]] = {}
        self._implied: dict[tuple[object, ...], MeterReading] = {}
        self._points_by_link: dict[Path, UsagePoint] = {}
        self._types_by_link: dict[Path, ReadingType] = {}
        self._types_differ = False
        self.lists_blocks = False
        """Whether a MeterReading lists blocks one by one."""
        self._latest_reading: MeterReading | None = None
        self._latest_point: UsagePoint | None = None
        self._latest_type: ReadingType | None = None
        self._ids = Ids()

    def see_ids(self, ids: Iterable[str]) -> None:
        """Remembers the ids of entries or of the feed, to tell those that name one thing from those that name all."""
        self._ids.see(ids)

    def add_usage_point(self, links: Links) -> None:
        self._latest_point = UsagePoint(links, len(self.usage_points.all) + 1)
        self.usage_points.add(links.self, self._latest_point)
        for path in filter(None, links.related):
            self._points_by_link.setdefault(path, self._latest_point)

    def add_reading_type(self, links: Links, codes: dict[str, int], *, listed: bool) -> ReadingType:
        """listed: it has an entry of its own, and is not written into that of a block or a MeterReading."""
        kind = ReadingType(links, codes)
        if not listed:
            return kind
        known = self.reading_types.exact(links.self) if links.self else None
        if known is None:
            self._latest_type = self._list_type(kind)
            return kind
        if known.codes != codes:
            self._note("reading_type_repeated_differently")
        known.again = known.again or []
        known.again.append(kind)
        self._latest_type = known if known.codes == codes else kind
        return self._latest_type

    def _list_type(self, kind: ReadingType) -> ReadingType:
        self.reading_types.add(kind.links.self, kind)
        for path in kind.links.paths:
            self._types_by_link.setdefault(path, kind)
        self._types_differ |= kind.codes != self.reading_types.all[0].codes
        return kind

    def add_meter_reading(self, links: Links, inline: ReadingType | None) -> None:
        known = self.meter_readings.exact(links.self) if links.self else None
        if known and known.place is not None and self._types_named(known.links) != self._types_named(links):
            self._note("meter_reading_repeated")
            known = None
        if known is None:
            known = MeterReading(links.self, links)
            self.meter_readings.add(links.self, known)
        if known.place is None:
            known.place = len(self._declared)
            self._declared.append(known)
        known.links, known.before = links, self._latest_point
        for path in self._types_named(links):
            namers = self._namers.setdefault(path, {})
            namers.setdefault(known, len(namers))
        known.inline = inline or known.inline
        for path in links.related:
            if "IntervalBlock" in path or NOUNS.isdisjoint(path):
                self._children[path] = known
                self.lists_blocks |= path[-1:] != ("IntervalBlock",)
        self._latest_reading = known

    def origin(self, links: Links, codes: dict[str, int]) -> Origin:
        """codes: those that are written into the block itself."""
        inline = ReadingType(links, codes) if codes else None
        return Origin(links, self._latest_reading, self._latest_point, self._latest_type, inline)

    def place(self, origin: Origin, inline: ReadingType | None) -> Origin:
        """Tells a block's origin what stands in the same entry as the block."""
        origin.after, origin.after_point = self._latest_reading, self._latest_point
        origin.inline = inline or origin.inline
        return origin

    @staticmethod
    def _types_named(links: Links) -> set[Path]:
        return {path for path in links.related if "ReadingType" in path}

    def meter_reading_of(self, origin: Origin, *, final: bool) -> MeterReading | None:
        """Whose block it is. Before `final`, only what the links say outright; then the fall-backs too."""
        if origin.meter_reading is None:
            found = self._by_links(origin.links) or (self._by_order(origin) if final else None)
            if found is not None and origin.inline is not None:
                found.inline = found.inline or origin.inline
            origin.meter_reading = found
        return origin.meter_reading

    def tells_blocks_apart(self, origin: Origin) -> bool:
        """Whether other blocks of the same collection could belong elsewhere: MeterReadings may list theirs one by one."""
        if origin.meter_reading is not None or not self.lists_blocks:
            return False
        named = origin.links.names("MeterReading")
        return named is None or self.meter_readings.exact(named) is None

    def _by_links(self, links: Links) -> MeterReading | None:
        named = links.names("MeterReading")
        exact = self.meter_readings.exact(named) if named else None
        if exact is not None:
            return exact
        for path in (links.self, *links.up, *links.related):
            if path in self._children:
                return self._children[path]
        return self.meter_readings.find(named)

    def _by_order(self, origin: Origin) -> MeterReading:
        named = origin.links.names("MeterReading")
        self._note("block_without_link" if named is None else "block_of_undeclared_meter_reading")
        if len(self._declared) == 1 and self._same_point(named or (), self._declared[0].path):
            return self._declared[0]
        if named is None and origin.after is not None:
            return origin.after
        inline = origin.inline
        if named is None and inline is None and len(self.reading_types.all) > 1:
            inline = origin.after_type
        return self._once(MeterReading(named or (), origin.links, before=origin.after_point, inline=inline))

    def _once(self, implied: MeterReading) -> MeterReading:
        """One series for all blocks that name no MeterReading, follow the same usage point and have the same type."""
        codes = tuple(sorted(implied.inline.codes.items())) if implied.inline else ()
        mark = (implied.path, id(implied.before), frozenset(self._types_named(implied.links)), codes)
        known = self._implied.setdefault(mark, implied)
        if known is implied:
            self.meter_readings.add(implied.path, implied)
        return known

    @staticmethod
    def _same_point(one: Path, other: Path) -> bool:
        return agree(upto(one, "UsagePoint") or (), upto(other, "UsagePoint") or ())

    def usage_point_of(self, reading: MeterReading) -> UsagePoint | None:
        if reading.usage_point is None:
            reading.usage_point = self._usage_point_of(reading)
        return reading.usage_point

    def _usage_point_of(self, reading: MeterReading) -> UsagePoint | None:
        named = reading.links.names("UsagePoint") or upto(reading.path, "UsagePoint")
        found = self.usage_points.find(named) if named else None
        if found is not None:
            return found
        related = self._points_by_link.get(reading.path) or self._points_by_link.get(reading.path[:-1])
        if related is not None:
            return related
        if named is not None:
            return None
        return self.usage_points.all[0] if len(self.usage_points.all) == 1 else reading.before

    def shares_id(self, point: UsagePoint | None) -> bool:
        """Whether something else in the feed has the id of a usage point."""
        return point is not None and self._ids.repeated(point.links.id)

    def identifiers(self, reading: MeterReading, *, fallback: str) -> tuple[str, ...]:
        """What the file calls the usage point, the most persistent name first.

        A short path (RetailCustomer/1/UsagePoint/1) is every utility's first customer: it counts only with its host, and
        only where the entry has no uuid of its own. `fallback` is taken where the file names no usage point at all.
        """
        point = self.usage_point_of(reading)
        path = (point and upto(point.links.self, "UsagePoint")) or upto(reading.path, "UsagePoint") or ()
        names = ["/".join(path)] if any(_telling(part) for part in path) else []
        uuid = _UUID.search(point.links.id) if point else None
        if uuid and point and not self.shares_id(point):
            names.append(uuid.group().lower())
        if path and _telling(path[-1]):
            names.append(path[-1])
        if not names and path:
            whole = _UPTO_POINT.match(point.links.href if point else reading.links.href)
            names.append(whole.group() if whole else "/".join(path))
        return tuple(dict.fromkeys(names)) or (fallback,)

    def reading_type_of(self, reading: MeterReading, *, final: bool) -> ReadingType | None:
        if reading.reading_type is None:
            reading.reading_type = self._type_by_links(reading) or (
                self._type_by_order(reading) if final else None
            )
        return reading.reading_type

    def _type_by_links(self, reading: MeterReading) -> ReadingType | None:
        for path in reading.links.related + reading.links.up:
            found = self.reading_types.find(upto(path, "ReadingType"))
            if found is not None:
                return self._of_one_link(found, reading)
        if reading.inline is not None:
            return reading.inline
        return self._types_by_link.get(reading.path) if reading.path else None

    def _of_one_link(self, first: ReadingType, reading: MeterReading) -> ReadingType:
        """Of several types under one link: they go to the MeterReadings that name it in their order, if there are as many.

        Otherwise the first counts: a bulk feed was seen to put its register's type, of which it has no readings, behind
        that of its intervals.
        """
        namers = self._namers.get(first.links.self, {})
        if not first.again or len(namers) != len(first.again) + 1:
            return first
        place = namers.get(reading, 0)
        return first.again[place - 1] if place else first

    def _type_by_order(self, reading: MeterReading) -> ReadingType | None:
        kinds = self.reading_types.all
        if not kinds:
            return None
        self._note("meter_reading_without_reading_type_link")
        if len(kinds) == len(self._declared) and reading.place is not None:
            return kinds[reading.place]
        return None if self._types_differ else kinds[0]


def _telling(part: str) -> bool:
    """Long enough to name one usage point among a utility's, and not a word."""
    return len(part) >= 6 and not part.isalpha() and any(map(str.isdigit, part))
