"""Synthetic files in miniature, and a plain oracle: what a store should say, in Python dictionaries, one reading at a time."""

from __future__ import annotations

import shutil
from collections import defaultdict
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

SUMMABLE = {"delivered", "received", "net"}


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
    """usage_points: of each series, as series are. name stands for the bytes: equal names, equal digest."""

    name: str
    series: list[tuple[int, str, str, int]]  # usage point, channel, unit, power of ten
    rows: list[Row]
    received: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    @property
    def digest(self) -> str:
        return self.name.encode().hex().ljust(64, "0")


def take_in(store: Store, file: File, *, block_size: int = 7) -> Stored:
    """As the gate does it: block by block, series and codes growing."""
    series = [
        Series(i, (f"synthetic {i}",), Channel(channel), unit, power)
        for i, (_, channel, unit, power) in enumerate(file.series)
    ]
    usage_points = np.array([usage_point for usage_point, *_ in file.series], np.int32)
    codes: list[str] = []
    with store.intake(digest=file.digest, received=file.received, policy="a" * 64) as intake:
        for begin in range(0, len(file.rows), block_size):
            rows = file.rows[begin : begin + block_size]
            codes += sorted({r.quality for r in rows if r.quality} - set(codes))
            known = max(r.series for r in file.rows[: begin + block_size]) + 1
            intake.add(
                block_of(rows, begin, codes),
                series=series[:known],
                usage_points=usage_points[:known],
                qualities=codes,
            )
        return intake.commit()


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


@dataclass
class Oracle:
    """current: what stands for an interval; lost: what a file said about it and then said otherwise."""

    zone: ZoneInfo
    current: dict[Key, tuple[Fraction, str]] = field(default_factory=dict)
    lost: dict[Key, set[Fraction]] = field(default_factory=lambda: defaultdict(set))

    def take_in(self, file: File, classify: Callable[[str], str]) -> dict[str, int]:
        said: dict[Key, list[tuple[Fraction, str]]] = defaultdict(list)
        for row in file.rows:
            usage_point, channel, unit, power = file.series[row.series]
            amount = row.value * Fraction(10) ** power
            said[usage_point, channel, unit, row.start, row.seconds].append((amount, row.quality))
        counts = dict.fromkeys(("stored", "duplicate", "already_stored", "conflicts"), 0)
        for key, amounts in said.items():
            distinct = {amount for amount, _ in amounts}
            counts["duplicate"] += len(amounts) - len(distinct)
            winner, quality = amounts[-1]
            for loser in distinct - {winner}:
                known = loser in self.lost[key] or (
                    key in self.current and self._is_point(key) and self.current[key][0] == loser
                )
                counts["already_stored" if known else "stored"] += 1
                counts["conflicts"] += not known
                self.lost[key].add(loser)
            before = self.current.get(key)
            if before and before[0] == winner and classify(before[1]) == classify(quality):
                counts["already_stored"] += 1
                continue
            counts["stored"] += 1
            counts["conflicts"] += bool(before and before[0] != winner)
            self.current[key] = (winner, quality)
        return counts

    def _is_point(self, key: Key) -> bool:
        winter = datetime(2024, 1, 1, tzinfo=self.zone)
        offset = winter.utcoffset() - (winter.dst() or timedelta())
        local, seconds = key[3] + int(offset.total_seconds()), key[4]
        return key[1] == "register" or seconds < 60 or bool(86400 % seconds or local % 86400 % seconds)

    def inside(self, spans: Iterable[tuple[int, int, int]]) -> dict[Key, tuple[Fraction, str]]:
        """The readings wholly inside the union of a usage point's spans."""
        spans = list(spans)
        found = {}
        for key, what in self.current.items():
            own = _union([(a, b) for usage_point, a, b in spans if usage_point == key[0]])
            if any(a <= key[3] and key[3] + max(key[4], 1) <= b for a, b in own):
                found[key] = what
        return found

    def monthly(
        self, spans: list[tuple[int, int, int]]
    ) -> dict[tuple[int, str, str, str], tuple[Fraction, int]]:
        """(usage point, channel, unit, month) → total and count; readings of one length only are expected."""
        totals: dict[tuple[int, str, str, str], tuple[Fraction, int]] = {}
        for (usage_point, channel, unit, start, seconds), (amount, _) in self.inside(spans).items():
            first, last = (self._month(t) for t in (start, start + seconds - 1))
            if channel in SUMMABLE and first == last:
                total, count = totals.get((usage_point, channel, unit, first), (Fraction(), 0))
                totals[usage_point, channel, unit, first] = (total + amount, count + 1)
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
    take_in, holdings, instant, block_of = (
        staticmethod(take_in),
        staticmethod(holdings),
        staticmethod(instant),
        staticmethod(block_of),
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


@pytest.fixture
def store(tmp_path: Path, new_store: Callable[..., Store]) -> Store:
    return new_store(tmp_path / "store", zone="America/Los_Angeles")
