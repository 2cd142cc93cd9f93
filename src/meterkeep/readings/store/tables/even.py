"""What all rows of a file of day rows have in common, noted in its name: whoever adds up need not look at each row again.

Nothing is ever added to a file. An erasure leaves out rows and keeps the name, so what was noted stays true.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.readings.model import SUMMABLE


class Even(NamedTuple):
    """The one length, in seconds, and the one power of ten at which the file's rows of channels that may be added up tell."""

    seconds: int
    power_of_ten: int


_NOTED: Final = re.compile(r"(.+)-s(\d+)e(-?\d+)")


def even_of(rows: pa.Table) -> Even | None:
    """None where they differ, and where there is nothing to add up. rows: of `days`."""
    rows = rows.select(["channel", "interval_seconds", "power_of_ten"])
    added_up = rows.filter(pc.is_in(rows["channel"], pa.array(sorted(SUMMABLE))))
    (first, last), (low, high) = (
        pc.min_max(added_up[name]).as_py().values() for name in ("interval_seconds", "power_of_ten")
    )
    return Even(first, low) if first is not None and (first, low) == (last, high) else None


def noted(kind: str, even: Even | None) -> str:
    """kind: the end of a file's name, `b` or `c-12-1767225600000000`; gives `b-s900e-3`, or the same."""
    return kind if even is None else f"{kind}-s{even.seconds}e{even.power_of_ten}"


def read_note(kind: str) -> tuple[str, Even | None]:
    """The kind without the note, and what is noted; None where nothing is, as in files of earlier versions."""
    if (found := _NOTED.fullmatch(kind)) is None:
        return kind, None
    return found[1], Even(int(found[2]), int(found[3]))
