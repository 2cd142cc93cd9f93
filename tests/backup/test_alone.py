"""A block holds its holder's rows and not one byte of those that lay behind them."""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.backup.readings import alone

OTHERS = 7_654_321


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("kind", [pa.int32(), pa.int64()])
def test_nothing_of_the_neighbours_is_in_it(at: int, kind: pa.DataType) -> None:
    counts = np.random.default_rng(at).integers(0, 30, 7)
    values = [[3 if row == at else OTHERS] * count for row, count in enumerate(counts.tolist())]
    single = [3 if row == at else OTHERS for row in range(7)]
    rows = pa.record_batch({"slots": pa.array(values, pa.list_(kind)), "first": pa.array(single, kind)})
    assert struct.pack("<i", OTHERS) in bytes(rows.serialize())
    assert struct.pack("<i", OTHERS) not in alone(rows, at, at + 1)


def test_the_rows_are_those_asked_for() -> None:
    rows = pa.record_batch({"slots": pa.array([[1], [2, 3], None, [4]])})
    read = pa.ipc.read_record_batch(pa.py_buffer(alone(rows, 1, 3)), rows.schema)
    assert read.to_pydict() == {"slots": [[2, 3], None]}
