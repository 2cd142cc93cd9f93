"""Synthetic files in miniature, and a plain oracle: what a store should say, in Python dictionaries, one reading at a time."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.readings.model import Block, Channel, Series
from meterkeep.readings.store import Store, Stored
from meterkeep.readings.store.correcting.marks import Mark

SUMMABLE = {"delivered", "received", "net"}
COUNTED = (
    "stored",
    "duplicate",
    "already_stored",
    "conflicts",
    "series_added",
    "series_repeated",
    "not_better",
)


@dataclass(frozen=True)
class Row:
    """One reading of a synthetic file. series: index into the file's series."""

    series: int
    start: int
    seconds: int
    value: int
    quality: str = ""


@dataclass
class File:
    """usage_points: of each series, as series are. name stands for the bytes: equal names, equal digest. marks: its named
    parts, each (name or "", what it cancels or "", first row, end row).
    """

    name: str
    series: list[tuple[int, str, str, int]]  # usage point, channel, unit, power of ten
    rows: list[Row]
    received: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    meters: tuple[str, ...] = ()
    marks: tuple[tuple[str, str, int, int], ...] = ()

    @property
    def digest(self) -> str:
        return self.name.encode().hex().ljust(64, "0")

    def meter(self, series: int) -> str | None:
        return self.meters[series] if self.meters else None

    def key(self, row: Row) -> Key:
        return (*self.series[row.series][:3], row.start, row.seconds)

    def amount(self, row: Row) -> Fraction:
        return row.value * Fraction(10) ** self.series[row.series][3]


def repeated_series(file: File) -> set[int]:
    """Those without a meter that say, reading by reading, what an earlier one of their stream says."""
    readings: dict[int, list[tuple[int, int, Fraction]]] = defaultdict(list)
    for row in file.rows:
        readings[row.series].append((row.start, row.seconds, file.amount(row)))
    met, repeated = set(), set()
    for series in sorted(readings):
        mark = (file.series[series][:3], tuple(sorted(readings[series])))
        telling = len(readings[series]) > 2 and any(amount for *_, amount in readings[series])
        if telling and mark in met and not file.meter(series):
            repeated.add(series)
        met.add(mark)
    return repeated


def take_in(store: Store, file: File, *, block_size: int = 7, again: bool = False) -> Stored:
    """As the gate does it: block by block, series and codes growing."""
    series = [
        Series(i, (f"synthetic {i}",), Channel(channel), unit, power, file.meter(i))
        for i, (_, channel, unit, power) in enumerate(file.series)
    ]
    usage_points = np.array([usage_point for usage_point, *_ in file.series], np.int32)
    codes: list[str] = []
    with store.intake(digest=file.digest, received=file.received, policy="a" * 64, again=again) as intake:
        for begin in range(0, len(file.rows), block_size):
            intake.named(marks_of(file, begin + block_size))
            rows = file.rows[begin : begin + block_size]
            codes += sorted({r.quality for r in rows if r.quality} - set(codes))
            known = max(r.series for r in file.rows[: begin + block_size]) + 1
            intake.add(
                block_of(rows, begin, codes),
                series=series[:known],
                usage_points=usage_points[:known],
                qualities=codes,
            )
        intake.named(marks_of(file, len(file.rows)))
        return intake.commit()


def marks_of(file: File, end: int) -> list[Mark]:
    """Those that begin before a row."""

    def hashed(name: str) -> tuple[bytes, ...]:
        return (name.encode().ljust(16, b"."),) if name else ()

    return [
        Mark(hashed(name), hashed(cancels), (first + 1, last + 1))
        for name, cancels, first, last in file.marks
        if first <= end
    ]


def block_of(rows: list[Row], begin: int, codes: list[str]) -> Block:
    quality = np.array([codes.index(r.quality) if r.quality else -1 for r in rows], np.int16)
    return Block(
        series=np.array([r.series for r in rows], np.int32),
        start=np.array([r.start for r in rows], np.int64),
        duration=np.array([r.seconds for r in rows], np.int32),
        value=np.array([r.value for r in rows], np.int64),
        quality=None if (quality < 0).all() else quality,
        record=np.arange(begin + 1, begin + 1 + len(rows), dtype=np.int64),
    )


def holdings(*spans: tuple[int, int, int]) -> pa.Table:
    usage_point, start, end = zip(*spans, strict=True) if spans else ((), (), ())
    return pa.table(
        {
            "usage_point": pa.array(usage_point, pa.int32()),
            "start": pa.array(start, pa.int64()),
            "end": pa.array(end, pa.int64()),
        }
    )


def instant(text: str, zone: str = "UTC") -> int:
    """ "2025-03-09 03:00" on the clocks of the zone."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


Key = tuple[int, str, str, int, int]  # usage point, channel, unit, start, seconds
Told = tuple[Fraction, str]  # amount, quality code

RANKS = {"actual": 0, "edited": 0, "estimated": 1, "unknown": 2, "missing": 3}
WORST_FIRST = ("missing", "estimated", "unknown", "edited", "actual")


@dataclass
class Entry:
    """What one intake of a file has said of an interval. whole: what came of it; parts: ordinal of the named part, part of
    the stream, amount and quality of each reading that went in.
    """

    name: str
    number: int
    whole: list[Told]
    parts: list[tuple[int, int | str, Fraction, str]]


@dataclass
class Oracle:
    """told: what the files have said of an interval, apart for grid and points, the last of which stands; kept: every amount
    that the points have for it. names: number of the intake, ordinal, file, name and what it cancels, of each named part.
    """

    zone: ZoneInfo
    classify: Callable[[str], str]
    rank: Callable[[str], int] = lambda quality: RANKS[quality]
    told: dict[tuple[Key, bool], list[Entry]] = field(default_factory=dict)
    names: list[tuple[int, int, str, str, str]] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    number: int = 0
    kept: dict[Key, set[Fraction]] = field(default_factory=lambda: defaultdict(set))

    @property
    def current(self) -> dict[tuple[Key, bool], list[Told]]:
        return {place: told for place, (_, told) in self.standing.items()}

    @property
    def standing(self) -> dict[tuple[Key, bool], tuple[int, list[Told]]]:
        """The number of the intake whose word stands for an interval, and what it is."""
        cancelled = self.cancelled()
        found = {}
        for place, said in self.told.items():
            left = [(entry.number, what) for entry in said if (what := self._left(place, entry, cancelled))]
            if left:
                found[place] = left[-1]
        return found

    def cancelled(self) -> set[tuple[int, int]]:
        out: set[tuple[int, int]] = set()
        for number, _, _, _, cancels in sorted(self.names):
            if cancels and number not in self.gone:
                bearers = sorted(each for each in self.names if each[3] == cancels)
                hit = [each for each in bearers if each[0] < number] or bearers[:1]
                files = {each[2] for each in hit}
                out |= {each[:2] for each in bearers if each[2] in files}
        return out

    def _left(self, place: tuple[Key, bool], entry: Entry, cancelled: set[tuple[int, int]]) -> list[Told]:
        left = [part for part in entry.parts if (entry.number, part[0]) not in cancelled]
        if len(left) == len(entry.parts):
            return entry.whole
        last = {part: (amount, quality) for _, part, amount, quality in left}
        return self._whole(place[0], [*last.values()]) if last else []

    def _whole(self, key: Key, last: list[Told]) -> list[Told]:
        if key[1] not in SUMMABLE:
            return last
        quality = min((q for _, q in last), key=lambda q: WORST_FIRST.index(self.classify(q)))
        return [(sum((a for a, _ in last), Fraction()), quality)]

    def withdraw(self, file: File) -> dict[str, int]:
        before = self.standing
        for place, said in self.told.items():
            self.told[place] = [entry for entry in said if entry.name != file.name]
        self.gone |= {number for number, _, name, *_ in self.names if name == file.name}
        after = self.standing
        self._keep_points()
        ceased = [place for place in before if before[place] != after.get(place)]
        restored = sum(place in after for place in ceased)
        return {"ceased": len(ceased), "restored": restored, "emptied": len(ceased) - restored}

    def _keep_points(self) -> None:
        for (key, point), told in self.current.items():
            if point:
                self.kept[key].update(amount for amount, _ in told)

    def _name(self, file: File, number: int, *, bearing: bool) -> None:
        for ordinal, (name, cancels, *_) in enumerate(file.marks):
            if (name and bearing) or (cancels and not bearing):
                self.names.append((number, ordinal, file.name, name, cancels))
        self._keep_points()

    def take_in(self, file: File) -> dict[str, int]:
        """What it cancels goes before what it tells."""
        self.number += 1
        self._name(file, self.number, bearing=False)
        counts = self._take_in(file)
        self._name(file, self.number, bearing=True)
        return counts

    def _take_in(self, file: File) -> dict[str, int]:
        repeated = repeated_series(file)
        said: dict[Key, dict[int | str, list[Told]]] = defaultdict(lambda: defaultdict(list))
        parts: dict[Key, list[tuple[int, int | str, Fraction, str]]] = defaultdict(list)
        for at, row in enumerate(file.rows):
            if row.series not in repeated:
                part = file.meter(row.series) or row.series
                said[file.key(row)][part].append((file.amount(row), row.quality))
                ordinal = next((i for i, (*_, a, b) in enumerate(file.marks) if a <= at < b), -1)
                parts[file.key(row)].append((ordinal, part, file.amount(row), row.quality))
        counts = Counter(duplicate=sum(row.series in repeated for row in file.rows))
        counts["series_repeated"] = len(repeated)
        for key, each in said.items():
            lost = [amount for told in each.values() for amount in {a for a, _ in told} - {told[-1][0]}]
            counts["duplicate"] += sum(len(told) for told in each.values()) - len(lost) - len(each)
            new = [amount for amount in lost if amount not in self.kept[key]]
            counts += Counter(stored=len(new), conflicts=len(new), already_stored=len(lost) - len(new))
            kept = set(self.kept[key])
            entry = Entry(file.name, self.number, [], parts[key])
            counts += self._stand(entry, key, [told[-1] for told in each.values()], kept)
            self.kept[key].update(lost)
        return {name: counts[name] for name in COUNTED}

    def _stand(self, entry: Entry, key: Key, last: list[Told], kept: set[Fraction]) -> Counter[str]:
        """What each part said last: added up where it may be, kept side by side where not."""
        summed = key[1] in SUMMABLE
        point = self._is_point(key) or (not summed and len(last) > 1)
        before = self.current.get((key, point), [])
        each = len(last) if summed else 1
        last = self._whole(key, last)
        amounts = {amount for amount, _ in before}
        classed = {(amount, self.classify(quality)) for amount, quality in before}
        counts, news = Counter(series_added=each > 1), False
        if before and self._worst(last) > self._worst(before):
            for amount, _ in last:
                counts["already_stored" if amount in amounts | kept else "stored"] += each
            self.kept[key].update(amount for amount, _ in last if amount not in amounts)
            return counts + Counter(not_better=len(last))
        for amount, quality in last:
            known = amount in amounts
            better = (amount, self.classify(quality)) not in classed and len(last) >= len(before)
            fresh = not known or better
            counts["stored" if fresh else "already_stored"] += each
            counts["conflicts"] += bool(before) and not known
            news |= fresh
        if news:
            entry.whole = last
            self.told.setdefault((key, point), []).append(entry)
            if point:
                self.kept[key].update(amount for amount, _ in last)
        return counts

    def _worst(self, told: list[Told]) -> int:
        return max(self.rank(self.classify(quality)) for _, quality in told)

    def _is_point(self, key: Key) -> bool:
        winter = datetime(2024, 1, 1, tzinfo=self.zone)
        offset = winter.utcoffset() - (winter.dst() or timedelta())
        local, seconds = key[3] + int(offset.total_seconds()), key[4]
        return key[1] == "register" or seconds < 60 or bool(86400 % seconds or local % 86400 % seconds)

    def inside(self, spans: Iterable[tuple[int, int, int]]) -> dict[Key, list[tuple[Fraction, str]]]:
        """Amount and class of the readings wholly inside the union of a usage point's spans."""
        spans = list(spans)
        found: dict[Key, list[tuple[Fraction, str]]] = defaultdict(list)
        for (key, _), what in self.current.items():
            own = _union([(a, b) for usage_point, a, b in spans if usage_point == key[0]])
            if any(a <= key[3] and key[3] + max(key[4], 1) <= b for a, b in own):
                found[key] += [(amount, self.classify(quality)) for amount, quality in what]
        return {key: sorted(what) for key, what in found.items()}

    def monthly(
        self, spans: list[tuple[int, int, int]]
    ) -> dict[tuple[int, str, str, str], tuple[Fraction, int]]:
        """(usage point, channel, unit, month) → total and count; readings of one length only are expected."""
        totals: dict[tuple[int, str, str, str], tuple[Fraction, int]] = {}
        for (usage_point, channel, unit, start, seconds), told in self.inside(spans).items():
            first, last = (self._month(t) for t in (start, start + seconds - 1))
            if channel in SUMMABLE and first == last:
                total, count = totals.get((usage_point, channel, unit, first), (Fraction(), 0))
                totals[usage_point, channel, unit, first] = (total + told[0][0], count + 1)
        return totals

    def _month(self, epoch_seconds: int) -> str:
        return datetime.fromtimestamp(epoch_seconds, self.zone).strftime("%Y-%m-01")


def _union(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(s for s in spans if s[0] < s[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


class Kit:
    """What the tests of the store share."""

    Row, File, Oracle = Row, File, Oracle
    take_in, holdings, instant, block_of, repeated_series = (
        staticmethod(take_in),
        staticmethod(holdings),
        staticmethod(instant),
        staticmethod(block_of),
        staticmethod(repeated_series),
    )


@pytest.fixture(scope="session")
def kit() -> type[Kit]:
    return Kit


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Store]:
    """An empty store; copied, because creating one takes a quarter of a second."""
    templates = tmp_path_factory.mktemp("templates")

    def copy(folder: Path, *, zone: str) -> Store:
        template = templates / zone
        if not template.exists():
            Store.create(template, zone=zone)
        shutil.copytree(template, folder)
        return Store.open(folder)

    return copy


@pytest.fixture(scope="session")
def filled_store(
    tmp_path_factory: pytest.TempPathFactory, new_store: Callable[..., Store]
) -> Callable[..., Store]:
    """A store in Los Angeles as fill(store) leaves it: filled once for each `fill`, and copied."""
    made: dict[Callable[[Store], object], Path] = {}

    def copy(folder: Path, fill: Callable[[Store], object]) -> Store:
        if fill not in made:
            template = tmp_path_factory.mktemp("filled") / "store"
            fill(new_store(template, zone="America/Los_Angeles"))
            made[fill] = template
        shutil.copytree(made[fill], folder)
        return Store.open(folder)

    return copy


@pytest.fixture
def store(tmp_path: Path, new_store: Callable[..., Store]) -> Store:
    return new_store(tmp_path / "store", zone="America/Los_Angeles")
