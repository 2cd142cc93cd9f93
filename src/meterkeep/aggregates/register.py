"""What was released before: the rows of the register, and which of them a new figure meets.

A row keeps who was counted, as anonymous atoms that outlive the customers, and what each of them used, until they are
forgotten. Whether a new figure may stand beside the rows is for `history` to find out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from meterkeep.aggregates.loads import Group, Int64s, Period, UInt64s
from meterkeep.errors import BadInput

_FIRST = b"meterkeep release row 1\n"
_MAGIC = b"meterkeep release row 2\n"
FORGOTTEN: Final = -1
"""The load of a member that is not known any more."""

Absent = tuple[tuple[Period, tuple[int, ...]], ...]
_COLUMNS = ("members", "parts", "loads")


def _no_parts() -> UInt64s:
    return np.empty(0, np.uint64)


def _no_loads() -> Int64s:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class PastRow:
    """One sum that the public knows: a published cell.

    release: the release's id. family: measures that tell about each other (kWh and the bill for it) share one. label: the cell's
    keys, as `dimension=value` in order of the dimensions; () in rows of older registers. members: sorted anonymous atoms,
    which outlive the customers. parts: which part of a customer that stands in several cells, 0 for the whole; empty if all
    are whole. loads: what each used, FORGOTTEN where nobody knows; empty where none is known. classes: how many of the customers were of
    each class then; () where it was not known. absent: of members whose loads are forgotten, as `keyed` numbers them, who used nothing in
    which part of the period.
    A withdrawn release stays: it cannot be unread.
    """

    release: str
    family: str
    measure: str
    period: Period
    members: UInt64s
    value: int
    status: Literal["published", "derivable"] = "published"
    label: tuple[str, ...] = ()
    parts: UInt64s = field(default_factory=_no_parts)
    loads: Int64s = field(default_factory=_no_loads)
    classes: tuple[tuple[str, int], ...] = ()
    absent: Absent = ()

    def to_bytes(self) -> bytes:
        """A JSON line, then members, parts and loads as little-endian numbers."""
        width = _width(self.loads)
        head = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _COLUMNS}
        head |= {
            "count": len(self.members),
            "parted": len(self.parts) > 0,
            "loads": width * (len(self.loads) > 0),
        }
        if not self.absent:
            del head["absent"]
        body = self.members.astype("<u8").tobytes() + self.parts.astype("<u8").tobytes()
        return (
            _MAGIC
            + json.dumps(head, default=str).encode()
            + b"\n"
            + body
            + self.loads.astype(f"<i{width}").tobytes()
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> PastRow:
        """Raises BadInput where the bytes are not whole: an audit over half a register would prove nothing."""
        if data.startswith(_FIRST):
            return _of_first(data)
        head, line_end, body = data.removeprefix(_MAGIC).partition(b"\n")
        try:
            said = json.loads(head)
            count, parted, width = said.pop("count"), said.pop("parted"), said.pop("loads")
            sizes = (8 * count, 8 * count * bool(parted), width * count)
            if not data.startswith(_MAGIC) or not line_end or len(body) != sum(sizes):
                raise _damaged()
            row = _row(said, body, sizes, width)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            raise _damaged() from None
        return _in_order(row)


def _width(loads: Int64s) -> int:
    most = int(loads.max(initial=0))
    return next(width for width in (1, 2, 4, 8) if most < 2 ** (8 * width - 1))


def _row(said: dict[str, Any], body: bytes, sizes: Sequence[int], width: int) -> PastRow:
    period, label, classes = said.pop("period"), said.pop("label"), said.pop("classes", ())
    absent = said.pop("absent", ())
    ends = np.cumsum(sizes).tolist()
    return PastRow(
        **said,
        period=_period(period),
        label=tuple(label),
        classes=tuple((str(name), int(count)) for name, count in classes),
        absent=tuple((_period(when), tuple(map(int, keys))) for when, keys in absent),
        members=np.frombuffer(body[: ends[0]], "<u8").astype(np.uint64),
        parts=np.frombuffer(body[ends[0] : ends[1]], "<u8").astype(np.uint64),
        loads=np.frombuffer(body[ends[1] :], f"<i{width or 8}").astype(np.int64),
    )


def _period(said: Sequence[str]) -> Period:
    start, end = map(date.fromisoformat, said)
    return start, end


def _of_first(data: bytes) -> PastRow:
    """A row of a register from before customers could stand in several cells, and without loads."""
    head, line_end, body = data.removeprefix(_FIRST).partition(b"\n")
    try:
        said = json.loads(head)
        size = 8 * said.pop("count")
        if not line_end or len(body) != size:
            raise _damaged()
        return _in_order(_row(said | {"label": ()}, body, (size, 0, 0), 0))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise _damaged() from None


def _in_order(row: PastRow) -> PastRow:
    """A member stands once, or once for each part."""
    members, parts = row.members, parts_of(row)
    after = (members[1:] > members[:-1]) | ((members[1:] == members[:-1]) & (parts[1:] > parts[:-1]))
    if not np.all(after):
        raise _damaged()
    return row


def _damaged() -> BadInput:
    return BadInput(
        "A row of the release register is damaged, so nothing can be audited against it.",
        next="Restore the register from a backup; until then no release can be planned.",
    )


def parts_of(row: PastRow) -> UInt64s:
    return row.parts if len(row.parts) else np.zeros(len(row.members), np.uint64)


def loads_of(row: PastRow) -> Int64s:
    return row.loads if len(row.loads) else np.full(len(row.members), FORGOTTEN, np.int64)


def row_of(group: Group, *, release: str, family: str, measure: str, label: tuple[str, ...]) -> PastRow:
    """A group as the register keeps it."""
    return PastRow(
        release=release,
        family=family,
        measure=measure,
        period=group.period,
        members=group.members,
        value=group.value,
        label=label,
        parts=group.parts if group.parts.any() else _no_parts(),
        loads=group.loads,
    )


def keyed(row: PastRow) -> UInt64s:
    """One number for a member and its part, which for the whole is the member's own. Where two share one by chance, more
    has to agree, and so less goes out."""
    mixed: UInt64s = row.members ^ (parts_of(row) * np.uint64(0x9E3779B97F4A7C15))
    return mixed


def same(one: PastRow, other: PastRow) -> bool:
    """Whether the two count the same parts of the same customers in the same period."""
    return (
        one.period == other.period
        and np.array_equal(one.members, other.members)
        and np.array_equal(parts_of(one), parts_of(other))
    )


SLOT_SIGN: Final = "@"
"""Between a measure and the slot of the day that it is told for."""
_APART: Final = frozenset({"delivered", "received"})


def tells_about(measure: str, other: str) -> bool:
    """Whether figures of the one measure of a family say anything about the other. What somebody took from the grid and what they
    sent to it are two quantities, of which neither follows from the other; net energy tells about both. A combination of all three
    is, for each of the two, one of the rows that tell about it, so audits of these leave nothing out."""
    bases = {each.partition(SLOT_SIGN)[0] for each in (measure, other)}
    return bases != _APART


def overlap(one: Period, other: Period) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def meetings(
    left: Sequence[npt.NDArray[Any]], right: Sequence[npt.NDArray[Any]]
) -> Iterator[tuple[int, int, int]]:
    """(i, j, n) for each pair of sets left[i], right[j] that have n > 0 members in common."""
    if not left or not right:
        return
    atoms, owner = _flat(right)
    order = np.argsort(atoms, kind="stable")
    atoms, owner = atoms[order], owner[order]
    mine, row = _flat(left)
    first = np.searchsorted(atoms, mine, side="left")
    count = np.searchsorted(atoms, mine, side="right") - first
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    pair = np.repeat(row, count) * len(right) + owner[np.repeat(first, count) + step]
    for code, shared in zip(
        *(column.tolist() for column in np.unique(pair, return_counts=True)), strict=True
    ):
        yield code // len(right), code % len(right), shared


def _flat(sets: Sequence[npt.NDArray[Any]]) -> tuple[npt.NDArray[Any], Int64s]:
    return np.concatenate(sets), np.repeat(np.arange(len(sets)), [len(one) for one in sets])
