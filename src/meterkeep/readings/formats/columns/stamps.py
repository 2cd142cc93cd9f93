"""Local date and time texts → seconds of the local clock, as columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from meterkeep.readings.model import Int64s

_STAMP = 12  # CCYYMMDDhhmm


def compact_stamps(texts: Sequence[bytes]) -> tuple[Int64s, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """CCYYMMDDhhmm → seconds of the local clock counted as if it were UTC, and which are blank, which unreadable.

    Hour 24 is the next day's midnight. Where blank or unreadable, the value is that of the first readable one.
    """
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    digits = np.array(texts, f"S{_STAMP}").view(np.uint8).reshape(-1, _STAMP).astype(np.int64) - ord("0")
    blank = lengths == 0
    good = (lengths == _STAMP) & ((digits >= 0) & (digits <= 9)).all(axis=1)
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    month, day, hour, minute = (digits[:, at] * 10 + digits[:, at + 1] for at in (4, 6, 8, 10))
    good &= (year >= 1970) & (year < 2100) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= (minute < 60) & ((hour < 24) | ((hour == 24) & (minute == 0)))
    midnight, in_month = _midnights(
        np.where(good, year, 1970), np.where(good, month, 1), np.where(good, day, 1)
    )
    good &= in_month
    local = midnight + hour * 3_600 + minute * 60
    usual = local[np.argmax(good)] if good.any() else np.int64(0)
    return np.where(good, local, usual), blank, ~good & ~blank


def _midnights(year: Int64s, month: Int64s, day: Int64s) -> tuple[Int64s, npt.NDArray[np.bool_]]:
    """Seconds at the start of each day, and whether its month has that many days."""
    first = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    date = first.astype("datetime64[D]") + (day - 1)
    seconds: Int64s = date.astype("datetime64[s]").astype(np.int64)
    return seconds, date.astype("datetime64[M]") == first
