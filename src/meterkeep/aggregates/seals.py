"""A digest of a release's rows, for the log: whoever changes, removes or adds one in the register is found out.

Two digests, since the loads of customers whose data is destroyed are taken out of the rows and everything else stays for good. That of
the loads is salted, and the salt is drawn anew whenever loads are taken out: else somebody could try out what fits the old one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

from meterkeep.aggregates.register import PastRow, loads_of, parts_of

_HEAD: Final = ("release", "family", "measure", "value", "status")


@dataclass(frozen=True, slots=True)
class Seal:
    """rows: how many. rows_sha256: of what never changes: cell, period, figure, members and their parts. loads_sha256: of what each
    of them used."""

    rows: int
    rows_sha256: str
    loads_sha256: str

    def told(self) -> dict[str, str | int]:
        return asdict(self)


def seal_of(rows: Iterable[PastRow], *, salt: bytes) -> Seal:
    """The same whatever the order of the rows, so that a restored register has the same."""
    kept, loads = [], []
    for row in rows:
        kept.append(_digest(_kept(row)))
        loads.append(_digest(salt + kept[-1] + loads_of(row).astype("<i8").tobytes() + _marks(row)))
    return Seal(len(kept), _all(kept), _all(loads))


def _kept(row: PastRow) -> bytes:
    head = {name: getattr(row, name) for name in _HEAD}
    head |= {"period": [str(day) for day in row.period], "label": list(row.label), "count": len(row.members)}
    if row.classes:  # rows from before they were counted have the digest that they had
        head["classes"] = row.classes
    line = json.dumps(head, sort_keys=True, separators=(",", ":")).encode()
    return line + b"\n" + row.members.astype("<u8").tobytes() + parts_of(row).astype("<u8").tobytes()


def _marks(row: PastRow) -> bytes:
    """Of what stays where loads are forgotten; nothing where nothing does, as in rows from before."""
    return json.dumps(row.absent, default=str).encode() if row.absent else b""


def _all(digests: list[bytes]) -> str:
    return hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
