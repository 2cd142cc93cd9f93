"""What the registry says of series and of named parts of files, taken apart by whom it is about; sums and runs of readings are about somebody.

What is summed up over months goes with the first of them, as in a destruction; a run is cut where a month ends, and is one again afterwards.
"""

from __future__ import annotations

import itertools
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from meterkeep.readings.store.correcting import marks
from meterkeep.readings.store.erasing.registry import end_of, instant
from meterkeep.readings.store.intake.summary import SeriesSummary, Stored
from meterkeep.readings.store.leaving.holders import Holders
from meterkeep.readings.store.tables.registry import as_packed, unpacked

About = tuple[int, int]
"""A code and a usage point, as `Holders` and `Apart` have them; the usage point counts where the code is nobody's."""


class Saying(msgspec.Struct, array_like=True):
    """What one intake says of one. at: the places of the series in its result."""

    at: list[int]
    series: list[SeriesSummary]


def unsaid(packed: bytes) -> bytes:
    """The result of an intake without its series."""
    return as_packed(msgspec.structs.replace(unpacked(packed), series=[]))


def said(packed: bytes, holders: Holders) -> Iterator[tuple[About, bytes]]:
    """The series of a result by whom they are about, each as it is kept."""
    series = unpacked(packed).series
    if not series:
        return
    usage_point = np.array([each.usage_point for each in series], np.int64)
    first = np.array([instant(each.first) for each in series], np.int64)
    last = np.array([end_of(each) for each in series], np.int64) - 1
    code = holders.codes(usage_point, first, last, aged=first)
    groups: dict[About, list[int]] = defaultdict(list)
    for at, about in enumerate(zip(code.tolist(), usage_point.tolist(), strict=True)):
        groups[_about(*about)].append(at)
    for about, places in groups.items():
        yield about, msgspec.msgpack.encode(Saying(places, [series[at] for at in places]))


def said_again(packed: bytes, sayings: Sequence[bytes]) -> bytes:
    """The result with the series that are known, in their order."""
    kept = [msgspec.msgpack.decode(each, type=Saying) for each in sayings]
    series = [pair for each in kept for pair in zip(each.at, each.series, strict=True)]
    ordered = [one for _, one in sorted(series, key=lambda pair: pair[0])]
    result: Stored = unpacked(packed)
    return as_packed(msgspec.structs.replace(result, series=ordered))


class Telling(msgspec.Struct, array_like=True):
    """What one part of a file told of one. at: the places of runs and shares in it."""

    runs_at: list[int]
    runs: list[marks.Run]
    shares_at: list[int]
    shares: list[marks.Share]


def told(packed: bytes, holders: Holders) -> Iterator[tuple[About, bytes]]:
    what = msgspec.json.decode(zlib.decompress(packed), type=marks.Told)
    groups: Mapping[About, Telling] = defaultdict(lambda: Telling([], [], [], []))
    pieces = [(at, piece) for at, run in enumerate(what.runs) for piece in _by_month(run, holders)]
    for about, (at, run) in zip(_of_runs([run for _, run in pieces], holders), pieces, strict=True):
        groups[about].runs_at.append(at)
        groups[about].runs.append(run)
    for at, (about, share) in enumerate(zip(_of_shares(what.shares, holders), what.shares, strict=True)):
        groups[about].shares_at.append(at)
        groups[about].shares.append(share)
    for about, telling in groups.items():
        yield about, msgspec.msgpack.encode(telling)


def told_again(tellings: Sequence[bytes]) -> bytes:
    kept = [msgspec.msgpack.decode(each, type=Telling) for each in tellings]
    pieces = [pair for each in kept for pair in zip(each.runs_at, each.runs, strict=True)]
    runs = _joined(sorted(pieces, key=lambda pair: (pair[0], pair[1].start)))
    shares = sorted(
        (pair for each in kept for pair in zip(each.shares_at, each.shares, strict=True)), key=_place
    )
    whole = marks.Told(runs, [share for _, share in shares])
    return zlib.compress(msgspec.json.encode(whole), 1)


def _by_month(run: marks.Run, holders: Holders) -> list[marks.Run]:
    """The readings of each civil month in which one of them ends."""
    each = max(run.seconds, 1)
    begins = holders.months
    first, last = np.searchsorted(begins, [run.start + each - 1, run.start + each * run.count - 1], "right")
    later = -(-(begins[first:last] - run.start + 1 - each) // each)
    cuts = [0, *later.tolist(), run.count]
    return [
        msgspec.structs.replace(run, start=run.start + each * begin, count=end - begin)
        for begin, end in itertools.pairwise(cuts)
        if begin < end
    ]


def _joined(pieces: Sequence[tuple[int, marks.Run]]) -> list[marks.Run]:
    """pieces: in order, with the places of their runs."""
    whole: list[tuple[int, marks.Run]] = []
    for at, run in pieces:
        if whole and whole[-1][0] == at:
            last = whole[-1][1]
            if last.start + max(last.seconds, 1) * last.count == run.start:
                whole[-1] = at, msgspec.structs.replace(last, count=last.count + run.count)
                continue
        whole.append((at, run))
    return [run for _, run in whole]


def _place(pair: tuple[int, object]) -> int:
    return pair[0]


def _of_runs(runs: Sequence[marks.Run], holders: Holders) -> list[About]:
    start = np.array([run.start for run in runs], np.int64)
    last = start + np.array([max(run.seconds, 1) * run.count for run in runs], np.int64) - 1
    return _abouts(holders, [run.usage_point for run in runs], start, last)


def _of_shares(shares: Sequence[marks.Share], holders: Holders) -> list[About]:
    start = np.array([share.start for share in shares], np.int64)
    last = start + np.array([max(share.seconds, 1) for share in shares], np.int64) - 1
    return _abouts(holders, [share.usage_point for share in shares], start, last)


def _abouts(
    holders: Holders, usage_points: Sequence[int], first: np.ndarray, last: np.ndarray
) -> list[About]:
    own = np.array(usage_points, np.int64)
    code = holders.codes(own, first, last)
    return [_about(*each) for each in zip(code.tolist(), own.tolist(), strict=True)]


def _about(code: int, usage_point: int) -> About:
    return code, usage_point if code < 0 else -1
