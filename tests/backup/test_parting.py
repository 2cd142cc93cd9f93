"""Rows come apart by whom they are about, and are the same rows when they are put together again."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.readings.store.leaving.holders import Holders
from meterkeep.readings.store.leaving.narrow import narrowed, widened
from meterkeep.readings.store.leaving.parting import joined_days, parted_days, parted_points
from meterkeep.readings.store.rows import days, points

DAY, HOUR = 86_400, 3_600


def holders(*spans: tuple[int, int, int, int]) -> Holders:
    columns = np.array(spans, np.int64).reshape(-1, 4).T
    return Holders.of(*columns)


def day_rows(*rows: tuple[int, int, int, int], width: int = 24, version: int = 1) -> pa.Table:
    """(usage point, day, first value, empty positions at the end)."""
    values = [[*range(first, first + width - gap), *[None] * gap] for _, _, first, gap in rows]
    told = [[value for value in one if value is not None] for one in values]
    size = len(rows)
    quality = [[None if value is None else ("E" if value % 2 else "R0") for value in one] for one in values]
    quality[0] = None  # type: ignore[call-overload]
    columns = {
        "usage_point": [row[0] for row in rows],
        "channel": ["delivered"] * size,
        "interval_seconds": [DAY // width] * size,
        "day": pa.array([row[1] for row in rows], pa.int32()).cast(pa.date32()),
        "unit": ["Wh"] * size,
        "power_of_ten": [0] * size,
        "values": values,
        "total": [sum(one) for one in told],
        "quality": quality,
        "estimated": [0] * size,
        "missing": [row[3] for row in rows],
        "received": pa.array([10**15] * size, pa.timestamp("us", "UTC")),
        "file": ["f"] * size,
        "policy": ["p"] * size,
        "version": [version] * size,
    }
    return pa.table(columns, schema=days.SCHEMA)


def test_a_day_that_changes_hands_comes_apart_and_together() -> None:
    rows = day_rows((5, 0, 100, 0), (5, 1, 200, 3), (5, 2, 300, 0), (9, 1, 400, 0))
    noon = DAY + 12 * HOUR
    held = holders((5, 0, noon, 1), (5, noon, 3 * DAY, 2))
    apart = parted_days(rows, held, offset=0)
    whose = {(held.whose(code), tuple(apart.at[begin:end].tolist())) for begin, end, code, _ in apart.runs()}
    assert whose == {((1,), (0, 1)), ((2,), (1, 2)), ((), (3,))}
    assert joined_days([apart.rows.slice(i, 1) for i in range(len(apart.rows))], apart.at).equals(
        joined_days([apart.rows], apart.at)
    )
    assert (
        joined_days([apart.rows], apart.at)
        .drop_columns(["estimated"])
        .equals(rows.drop_columns(["estimated"]))
    )


def test_nobody_sees_the_other_ones_hours() -> None:
    rows = day_rows((5, 1, 200, 0))
    noon = DAY + 12 * HOUR
    apart = parted_days(rows, holders((5, 0, noon, 1), (5, noon, 3 * DAY, 2)), offset=0)
    first, second = apart.rows["values"].to_pylist()
    assert first == [*range(200, 212), *[None] * 12] and second == [*[None] * 12, *range(212, 224)]


def test_an_interval_that_reaches_over_is_about_both() -> None:
    rows = day_rows((5, 1, 200, 0))
    half = DAY + 12 * HOUR + HOUR // 2
    held = holders((5, 0, half, 1), (5, half, 3 * DAY, 2))
    apart = parted_days(rows, held, offset=0)
    found = {held.whose(code): apart.rows["values"][begin].as_py() for begin, _, code, _ in apart.runs()}
    assert [value for value in found[1, 2] if value is not None] == [212]
    assert set(found) == {(1,), (2,), (1, 2)}


def test_a_later_version_stays_in_all_its_pieces() -> None:
    """An empty one says that what an earlier version holds counts no longer."""
    rows = day_rows((5, 1, 200, 20), version=2)
    noon = DAY + 12 * HOUR
    apart = parted_days(rows, holders((5, 0, noon, 1), (5, noon, 3 * DAY, 2)), offset=0)
    assert len(apart.rows) == 2


@pytest.mark.parametrize("span", [(0, 50), (50, 100), (100, 150)])
def test_points_are_about_whoever_they_touch(span: tuple[int, int]) -> None:
    held = holders((5, 0, 60, 1), (5, 60, 110, 2))
    start, end = span
    row = {name: [None] for name in points.SCHEMA.names}
    row |= {"usage_point": [5], "start": [start * 1_000_000], "seconds": [end - start], "lost": [False]}
    rows = pa.table({name: pa.array(row[name], points.SCHEMA.field(name).type) for name in row})
    apart = parted_points(rows, held)
    assert held.whose(int(apart.code[0])) == {(0, 50): (1,), (50, 100): (1, 2), (100, 150): (2,)}[span]


def test_whoever_is_unknown_is_nobody() -> None:
    held = holders((5, 10, 20, 1))
    code = held.codes(np.array([4, 5, 5, 6]), np.array([12, 0, 20, 12]), np.array([13, 9, 30, 13]))
    assert [held.whose(one) for one in code.tolist()] == [()] * 4
    (alone,) = holders().codes(np.array([5]), np.array([1]), np.array([2])).tolist()
    assert holders().whose(alone) == ()


def test_narrow_rows_widen_to_what_they_were() -> None:
    rows = day_rows((5, 0, 100, 0), (9, 1, 2**40, 3))
    batch, notes = narrowed(rows)
    assert widened(pa.Table.from_batches([batch]), notes, rows.schema).equals(rows)
    empty = rows.slice(0, 0)
    batch, notes = narrowed(empty)
    assert widened(pa.Table.from_batches([batch]), notes, rows.schema).equals(empty)
