"""ASC X12 envelopes: an interchange (ISA/IEA) of groups (GS/GE) of transactions (ST/SE), one transaction at a time.

Separators are those that the ISA itself shows. Control numbers and counts have to agree, or the file is refused: a segment
that was lost on the way is a reading that nobody will miss. Source: ASC X12.5 and X12.6, version 004010.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from meterkeep.errors import BadInput

_CHUNK = 1 << 20
_ISA_LENGTH = 106
_ISA_ELEMENTS = 17
_LONGEST_SEGMENT = 1 << 16
_MOST_SEGMENTS = 500_000  # a year of five minutes, at two segments a reading, is less than half of it
_ENVELOPES = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA"})
_BLANK = b" \t\r\n\0\x1a\xef\xbb\xbf"


@dataclass(slots=True)
class Segment:
    number: int
    elements: list[str]

    def __getitem__(self, index: int) -> str:
        """Element `index` as the guides count them (01 is the first behind the name); "" where it is left out."""
        return self.elements[index] if index < len(self.elements) else ""


@dataclass(slots=True)
class Transaction:
    """What stands between ST and SE. kind: ST01, as 867."""

    kind: str
    control: str
    segments: list[Segment] = field(default_factory=list)


def broken(name: str, segment: int, what: str) -> BadInput:
    return BadInput(
        f"{what}.",
        where=f"{name}: segment {segment}",
        next="Ask the sender for the interchange again; nothing of it was kept.",
    )


def segments(path: Path, name: str) -> Iterator[Segment]:
    """The segments of all interchanges of the file, numbered through."""
    kept, number, terminator, separator = b"", 0, b"", b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            kept, at = kept + chunk, 0
            while True:
                if not terminator:
                    at = len(kept) - len(kept[at:].lstrip(_BLANK))
                    if len(kept) - at < _ISA_LENGTH:
                        break
                    separator, terminator = _separators(kept[at : at + _ISA_LENGTH], name, number + 1)
                end = kept.find(terminator, at)
                if end < 0:
                    break
                number += 1
                text = kept[at:end].strip(_BLANK).decode("latin-1")
                elements = text.split(separator.decode("latin-1"))
                yield Segment(number, [each.strip() for each in elements] if " " in text else elements)
                at = end + 1
                if text.startswith("IEA"):
                    terminator = b""
            kept = kept[at:]
            if len(kept) > _LONGEST_SEGMENT:
                raise broken(name, number + 1, "The segment does not end")
    if kept.strip(_BLANK):
        raise broken(name, number + 1, "The file ends inside a segment")


def _separators(header: bytes, name: str, number: int) -> tuple[bytes, bytes]:
    separator, terminator = header[3:4], header[105:106]
    whole = header.startswith(b"ISA") and len(header[:105].split(separator)) == _ISA_ELEMENTS
    if not whole or separator.isalnum() or terminator.isalnum() or separator == terminator:
        raise broken(name, number, "The interchange does not begin with a whole header (ISA)")
    return separator, terminator


def transactions(path: Path, name: str) -> Iterator[Transaction]:
    """Raises BadInput where envelopes are not closed, control numbers differ, or counts are wrong."""
    reader = _Envelope(name)
    for segment in segments(path, name):
        if done := reader.take(segment):
            yield done
    reader.end()


class _Envelope:
    """interchange, group: the control number while one is open, and how many groups and transactions it has so far."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._interchange: str | None = None
        self._group: str | None = None
        self._groups = self._transactions = self._last = 0
        self._open: Transaction | None = None

    def take(self, segment: Segment) -> Transaction | None:
        """The transaction that this segment closes."""
        self._last = segment.number
        if segment.elements[0] not in _ENVELOPES:
            self._keep(segment)
            return None
        match segment.elements[0]:
            case "ISA":
                self._require(self._interchange is None, "An interchange begins inside another one")
                self._interchange, self._groups = segment[13], 0
            case "GS":
                self._require(
                    self._interchange is not None and self._group is None, "A group is out of place"
                )
                self._group, self._transactions = segment[6], 0
                self._groups += 1
            case "ST":
                self._require(self._group is not None and self._open is None, "A transaction is out of place")
                self._transactions += 1
                self._open = Transaction(segment[1], segment[2])
            case "SE":
                return self._close_transaction(segment)
            case "GE":
                self._close("group", segment, self._open is None, self._group, self._transactions)
                self._group = None
            case "IEA":
                self._close("interchange", segment, self._group is None, self._interchange, self._groups)
                self._interchange = None
        return None

    def _keep(self, segment: Segment) -> None:
        if self._open is None or len(self._open.segments) >= _MOST_SEGMENTS:
            self._require(self._open is not None, "A segment stands outside any transaction")
            self._require(False, "The transaction does not end")
        else:
            self._open.segments.append(segment)

    def _close_transaction(self, segment: Segment) -> Transaction | None:
        done, self._open = self._open, None
        control, count = (done.control, len(done.segments) + 2) if done else (None, 0)
        self._close("transaction", segment, True, control, count)
        return done

    def _close(self, what: str, segment: Segment, inside: bool, control: str | None, count: int) -> None:
        self._require(inside and control is not None, f"The trailer {segment[0]} closes no {what}")
        self._require(segment[2] == control, f"The trailer of the {what} has another control number")
        told = segment[1]
        self._require(
            told.isascii() and told.isdigit() and int(told[:9]) == count,
            f"The trailer of the {what} counts other than what it closes",
        )

    def _require(self, holds: bool, otherwise: str) -> None:
        if not holds:
            raise broken(self._name, self._last, otherwise)

    def end(self) -> None:
        self._require(self._interchange is None, "The file is cut off: its interchange is not closed")
