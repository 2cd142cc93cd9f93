"""Parts of a file that have a name of their own, and what cancels them: an EDI 867 transaction and its cancellation.

Names come as keyed hashes; what they stand for is not known here. Kept in the registry's database, in the transaction that
makes the intake visible: each name, and for each part that has one, which intervals it told of.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS name (
    hash    BLOB NOT NULL,     -- keyed; of a part of a file
    intake  INTEGER NOT NULL,  -- the intake's number
    ordinal INTEGER NOT NULL,  -- of the part in its file, from 0
    cancels INTEGER NOT NULL   -- 0: the part bears the name; 1: it cancels what bears it
) STRICT;
CREATE INDEX IF NOT EXISTS name_hash ON name (hash);
CREATE TABLE IF NOT EXISTS told (
    intake  INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    packed  BLOB NOT NULL,     -- `Told`, compressed JSON
    PRIMARY KEY (intake, ordinal)
) STRICT;
"""

Place = tuple[int, int]
"""The number of an intake, and the ordinal of a part in its file."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One such part. names, cancels: keyed hashes of 16 bytes, any of which will do; records: half-open, from 1."""

    names: tuple[bytes, ...]
    cancels: tuple[bytes, ...]
    records: tuple[int, int]


class Run(msgspec.Struct, array_like=True, frozen=True):
    """`count` intervals of a stream that follow each other. start: epoch seconds."""

    usage_point: int
    channel: str
    unit: str
    seconds: int
    start: int
    count: int


class Share(msgspec.Struct, array_like=True, frozen=True):
    """What one part of a file said of an interval of which another part of it spoke as well. meter: number of the part of
    the stream (see `streams`); power: of ten; code: of quality, "" for none. place: its place among all that the file says of
    the interval, of whichever part.
    """

    usage_point: int
    channel: str
    unit: str
    seconds: int
    start: int
    meter: int
    value: int
    power: int
    code: str
    place: int = 0


class Told(msgspec.Struct, array_like=True, frozen=True):
    """runs: all intervals of the part; shares: what it said of those that it shares with others."""

    runs: list[Run]
    shares: list[Share]


@dataclass(frozen=True, slots=True)
class Name:
    hash: bytes
    place: Place
    cancels: bool


def write(
    db: sqlite3.Connection, number: int, marks: Sequence[Mark], told: Iterable[tuple[int, Told]]
) -> None:
    """db: the registry, held alone; number: of the intake."""
    for statement in SCHEMA.split(";\n"):
        db.execute(statement)
    db.executemany("INSERT INTO name VALUES (?,?,?,?)", _rows(number, marks))
    packed = ((number, ordinal, zlib.compress(msgspec.json.encode(what), 1)) for ordinal, what in told)
    db.executemany("INSERT INTO told VALUES (?,?,?)", packed)


def _rows(number: int, marks: Sequence[Mark]) -> Iterator[tuple[bytes, int, int, int]]:
    for ordinal, mark in enumerate(marks):
        for cancels, hashes in enumerate((mark.names, mark.cancels)):
            yield from ((each, number, ordinal, cancels) for each in hashes)


def names_cancelled(db: sqlite3.Connection, own: Collection[bytes] = ()) -> list[Name]:
    """Everything known of the names that anything cancels, or that `own` gives."""
    if not _kept(db):
        return []
    found = db.execute("SELECT * FROM name WHERE hash IN (SELECT hash FROM name WHERE cancels)").fetchall()
    for each in own:
        found += db.execute("SELECT * FROM name WHERE hash = ?", (each,)).fetchall()
    return [
        Name(hash, (intake, ordinal), bool(cancels))
        for hash, intake, ordinal, cancels in dict.fromkeys(found)
    ]


def names_of(number: int, marks: Sequence[Mark]) -> list[Name]:
    """Those of a file that is not written yet."""
    return [
        Name(hash, (number, ordinal), bool(cancels)) for hash, _, ordinal, cancels in _rows(number, marks)
    ]


def told_by(db: sqlite3.Connection, places: Iterable[Place]) -> dict[Place, Told]:
    found = {}
    for place in places:
        row = db.execute("SELECT packed FROM told WHERE intake = ? AND ordinal = ?", place).fetchone()
        if row:
            found[place] = msgspec.json.decode(zlib.decompress(row[0]), type=Told)
    return found


def shares_of(db: sqlite3.Connection, number: int) -> Iterator[tuple[Place, Told]]:
    """Of all parts of one intake, in the order of the file."""
    rows = db.execute("SELECT ordinal, packed FROM told WHERE intake = ? ORDER BY ordinal", (number,))
    for ordinal, packed in rows:
        yield (number, ordinal), msgspec.json.decode(zlib.decompress(packed), type=Told)


def _kept(db: sqlite3.Connection) -> bool:
    """Only a store that has met such a file has the tables."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'name'").fetchone() is not None


@dataclass(frozen=True)
class Fates:
    """What the cancellations have come to. cancelled: the places that count no more; waiting: cancellations of something
    that never came; of: what each one cancels.
    """

    cancelled: frozenset[Place]
    waiting: frozenset[Place]
    of: Mapping[Place, frozenset[Place]]


def fates(names: Sequence[Name], digests: Mapping[int, str], gone: Collection[int]) -> Fates:
    """digests: of each intake of a file; gone: the numbers of those that were withdrawn, whose cancellations do not count.

    A cancellation holds for what came before it, and for that whenever the same file comes again. One that came before
    what it cancels waits, and holds for the first file that brings it. A name that is used anew later is not touched.
    """
    bearers: dict[bytes, set[Place]] = defaultdict(set)
    cancellers: dict[Place, set[bytes]] = defaultdict(set)
    for name in names:
        if name.cancels:
            cancellers[name.place].add(name.hash)
        else:
            bearers[name.hash].add(name.place)
    of, waiting = {}, set()
    for place, hashes in sorted(cancellers.items()):
        if place[0] in gone:
            continue
        met = sorted(set().union(*(bearers[each] for each in hashes)))
        hit = _hit(place, met, digests)
        of[place] = frozenset(hit)
        if not hit:
            waiting.add(place)
    return Fates(frozenset().union(*of.values()), frozenset(waiting), of)


def _hit(canceller: Place, met: Sequence[Place], digests: Mapping[int, str]) -> list[Place]:
    first = [place for place in met if place < canceller]
    if not first:
        first = [place for place in met if place[0] > canceller[0]][:1]
    files = {digests[number] for number, _ in first}
    return [
        place
        for place in met
        if digests[place[0]] in files and (place[0] != canceller[0] or place < canceller)
    ]
