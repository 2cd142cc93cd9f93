"""What the format tests share: how a file is read whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from meterkeep.readings.formats import MeterFile, open_file
from meterkeep.readings.model import Findings, Series


@dataclass
class SeriesSum:
    """One series of a file, as TRUTH.md states it."""

    series: Series
    records: int
    total: Decimal
    durations: list[int]
    first: datetime
    last: datetime
    rows: list[tuple[int, int, int]] = field(repr=False)


@dataclass
class Whole:
    """A file read to its end."""

    file: MeterFile
    sums: list[SeriesSum]
    readings: int

    @property
    def findings(self) -> Findings:
        return self.file.findings


def _sum(series: Series, columns: np.ndarray) -> SeriesSum:
    start, duration, value = columns
    return SeriesSum(
        series,
        len(start),
        Decimal(int(value.sum())).scaleb(series.power_of_ten),
        sorted(set(duration.tolist())),
        datetime.fromtimestamp(int(start.min()), UTC),
        datetime.fromtimestamp(int(start.max()), UTC),
        list(zip(start.tolist(), duration.tolist(), value.tolist(), strict=True)),
    )


@pytest.fixture
def read() -> Callable[..., Whole]:
    def read_whole(path: Path, **options: str) -> Whole:
        file = open_file(path, **options)
        blocks = list(file.blocks())
        names = np.concatenate([block.series for block in blocks]) if blocks else np.zeros(0)
        parts = [np.stack([b.start, b.duration.astype(np.int64), b.value]) for b in blocks]
        columns = np.concatenate(parts, axis=1) if parts else np.zeros((3, 0))
        told = [series for series in file.series if (names == series.ordinal).any()]
        sums = [_sum(series, columns[:, names == series.ordinal]) for series in told]
        total = sum(map(len, blocks))
        assert total + sum(file.findings.rejected.values()) == file.findings.records
        return Whole(file, sums, total)

    return read_whole
