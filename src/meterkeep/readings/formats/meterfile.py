"""What every reader gives: a file's series and a stream of blocks, in flat memory."""

from __future__ import annotations

import codecs
import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from meterkeep.errors import BadInput
from meterkeep.readings.defects import Numbers
from meterkeep.readings.model import Block, Channel, Findings, Int64s, Series

BLOCK_ROWS = 262_144
MOST_QUALITIES = 2**15
"""A block keeps their numbers in 16 bits with a sign."""
LONGEST_QUALITY = 200
"""Characters: the longest that a utility writes is a short sentence, and it is kept with every reading."""
LONGEST_NAME = 1_000
"""Characters of what a file calls a usage point or a meter; a link may be long."""

_CHUNK = 1 << 18
_NEGATIVE = re.compile(rb',"? ?-[0-9.]')

Mask = npt.NDArray[np.bool_]


class MeterFile(ABC):
    """An inbound file. `series` and `qualities` grow while `blocks()` runs and are final when it has ended.

    sha256: hex digest of the bytes of the file. findings: what was met besides good readings. While the file is read,
    Σ len(block) + Σ findings.rejected == findings.records holds whenever `blocks()` has ended without an error.
    """

    format: str

    def __init__(self, path: Path, *, zone: str) -> None:
        self.path, self.name, self.zone = path, str(path), zone
        self.told_name = path.name
        """What the sender called the file (covered information): a member of an archive is not kept under it."""
        self.sha256 = digest_of(path, self.name)
        self._stamp = _stamp(path)
        self._reset()

    def _reset(self) -> None:
        self.series: list[Series] = []
        self.qualities: list[str] = []
        self.findings = Findings()
        self._quality_index: dict[str, int] = {}

    def blocks(self) -> Iterator[Block]:
        """The readings, in the order of the file. Raises BadInput where the content is malformed."""
        self._reset()
        named = 0
        for block in self._blocks():
            named = self._check_names(named)
            yield block
        self._check_names(0)
        if _stamp(self.path) != self._stamp:
            raise BadInput(
                "The file changed while it was read.",
                where=self.name,
                next="Wait until it is complete, then try again.",
            )

    @property
    @abstractmethod
    def late_series(self) -> bool:
        """Whether what `series` says of a series may still change while later blocks are read."""

    @abstractmethod
    def _blocks(self) -> Iterator[Block]: ...

    def _check_names(self, first: int) -> int:
        """Refuses a file whose usage points or meters have names that are none, from the series `first` on. How many there are."""
        for series in self.series[first:]:
            names = (*series.identifiers, series.meter or "", series.part)
            if max(map(len, names)) > LONGEST_NAME:
                raise BadInput(
                    f"A name of a usage point or meter has more than {LONGEST_NAME:,} characters, so it is none.",
                    where=f"{self.name}: series {series.ordinal + 1}",
                    next="Ask the sender for the file as their system made it; nothing of it was kept.",
                )
        return len(self.series)

    def quality_index(self, code: str) -> int:
        """Where `code` stands in `qualities`, appended when new."""
        if code not in self._quality_index:
            if len(code) > LONGEST_QUALITY:
                raise BadInput(
                    f"A code of quality has more than {LONGEST_QUALITY:,} characters, so it is none.",
                    where=self.name,
                    next="Ask the sender which column holds the quality; nothing of the file was kept.",
                )
            if len(self.qualities) >= MOST_QUALITIES:
                raise BadInput(
                    f"The file has more than {MOST_QUALITIES:,} different codes of quality, so they are none.",
                    where=self.name,
                    next="Ask the sender which column holds the quality.",
                )
            self._quality_index[code] = len(self.qualities)
            self.qualities.append(code)
        return self._quality_index[code]

    def sift(
        self,
        reasons: Mapping[str, Mask],
        record: Int64s,
        position: Int64s,
        *,
        at: str = "line",
        start: Int64s | None = None,
        of: Mask | None = None,
    ) -> Mask:
        """Which readings are good, of those in `of`; each other one is rejected under the first reason that holds."""
        good = np.ones(len(record), np.bool_) if of is None else of.copy()
        for kind, mask in reasons.items():
            bad = mask & good
            if bad.any():
                known = None if start is None else start[bad]
                self.reject(kind, record[bad], position[bad], at=at, start=known)
                good &= ~bad
        return good

    def reject(
        self,
        kind: str,
        record: Numbers,
        position: Numbers | None = None,
        *,
        at: str = "line",
        start: Numbers | None = None,
    ) -> None:
        """Records that are not kept; see `Findings.reject`."""
        self.findings.reject(kind, record, position, at=at, start=start)

    def note(
        self,
        kind: str,
        position: Numbers | None = None,
        *,
        count: int = 1,
        record: Numbers | None = None,
        within: tuple[int, int] | None = None,
        at: str = "line",
    ) -> None:
        """A deviation of what is kept, or of the file; see `Findings.note`."""
        self.findings.note(kind, position, count=count, record=record, within=within, at=at)

    def note_once(self, kind: str, *, record: int | None = None) -> None:
        """A deviation of the file as a whole, however often it is met; record: the first one that shows it."""
        if kind not in self.findings.notes:
            self.note(kind, record=record)

    def see_negatives(self, series: npt.NDArray[np.int32], values: Int64s) -> None:
        """For files that name no direction: what is negative at times can only be net."""
        for ordinal in np.unique(series[values < 0]):
            if self.series[ordinal].channel is Channel.DELIVERED:
                self.series[ordinal] = replace(self.series[ordinal], channel=Channel.NET)
                self.note_once("negative_without_flow_direction")


def has_negatives(path: Path) -> bool:
    """Whether a comma separated file holds a negative number anywhere."""
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if _NEGATIVE.search(tail + chunk):
                return True
            tail = chunk[-4:]
    return False


def digest_of(path: Path, name: str) -> str:
    """SHA-256 of a file's bytes, in hex."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(
            f"The file cannot be read ({error.strerror}).",
            where=name,
            next="Check the path and its permissions.",
        ) from error


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def check_utf8(path: Path, name: str) -> None:
    """Raises BadInput with the line of the first byte that is not UTF-8; one pass, a megabyte at a time."""
    decoder, lines = codecs.getincrementaldecoder("utf-8")(), 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                at = max(error.start - (len(error.object) - len(chunk)), 0)
                raise BadInput(
                    "The file is not in UTF-8.",
                    where=f"{name}: line {lines + chunk.count(10, 0, at)}",
                    next="Ask the sender for UTF-8, or save it in that encoding.",
                ) from None
            if not chunk:
                return
            lines += chunk.count(10)
