"""What the checks are given: every usage point once, as it stands, with what lost its place."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from meterkeep.readings.store.beside.checks import forget, keep, kept
from meterkeep.readings.store.reading import raw

LA = "America/Los_Angeles"
LATER = datetime(2026, 2, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def forty_files(kit):
    return lambda store: fill(store, kit)


@pytest.fixture
def store(request, tmp_path, new_store, filled_store):
    """A copy of the filled one for those that ask for it, else an empty one."""
    if "filled" in request.fixturenames:
        return filled_store(tmp_path / "store", request.getfixturevalue("forty_files"))
    return new_store(tmp_path / "store", zone=LA)


@pytest.fixture
def filled(kit):
    return kit.instant("2025-06-01 00:00", LA)


def fill(store, kit):
    first = kit.instant("2025-06-01 00:00", LA)
    for point in range(40):
        rows = [kit.Row(0, first + i * 3600, 3600, i % 24) for i in range(240)]
        rows.append(kit.Row(1, first, 0, 5))
        series = [(point, "delivered", "Wh", 0), (point, "register", "Wh", 0)]
        kit.take_in(store, kit.File(f"file {point}", series, rows))
    corrected = kit.File("again", [(7, "delivered", "Wh", 0)], [kit.Row(0, first, 3600, 99)], received=LATER)
    kit.take_in(store, corrected)


def given(store, holdings, **options):
    batches = list(raw.rows_in_batches(store, holdings, **options))
    return [pa.concat_tables(tables) for tables in zip(*batches, strict=True)], len(batches)


@pytest.mark.parametrize("most", [1, 500, 3_000_000])
@pytest.mark.parametrize("compacted", [False, True])
def test_every_usage_point_comes_once_however_small_the_pieces(
    store, kit, filled, monkeypatch, most, compacted
):
    monkeypatch.setattr(raw, "MOST_CELLS", most)
    if compacted:
        store.compact(as_of=date(2026, 1, 1))
    spans = kit.holdings(*((point, filled, filled + 240 * 3600) for point in range(38)))
    (days, points, asked), _ = given(store, spans)
    assert sorted(asked["usage_point"].to_pylist()) == [*range(38)]
    counted = days.group_by("usage_point").aggregate([("day", "count")]).to_pylist()
    assert {row["usage_point"] for row in counted} == {*range(38)}
    assert len({row["day_count"] for row in counted}) == 1
    assert points.num_rows == 38


def test_what_stands_and_what_stood(store, kit, filled):
    spans = kit.holdings((7, filled, filled + 240 * 3600))

    def first_value(**options):
        (days, _, _), _ = given(store, spans, **options)
        return next(v for row in days.sort_by("day")["values"].to_pylist() for v in row if v is not None)

    assert (first_value(), first_value(known=datetime(2026, 1, 15, tzinfo=UTC))) == (99, 0)


@pytest.mark.parametrize("compacted", [False, True])
def test_a_contradicted_reading_is_given_as_lost(store, kit, compacted):
    first = kit.instant("2025-06-01 00:00", LA)
    rows = [kit.Row(0, first, 3600, 5), kit.Row(0, first, 3600, 6)]
    kit.take_in(store, kit.File("one", [(5, "delivered", "Wh", 0)], rows))
    if compacted:
        store.compact(as_of=date(2027, 1, 1))
    (_, points, _), _ = given(store, kit.holdings((5, first, first + 86_400)))
    assert [(row["value"], row["lost"]) for row in points.to_pylist()] == [(5, True)]


def test_nothing_is_asked_for(store, kit):
    assert list(raw.rows_in_batches(store, kit.holdings())) == []


def test_the_last_run_is_kept_until_it_is_forgotten(tmp_path):
    assert kept(tmp_path) is None
    keep(tmp_path, pa.table({"a": [1]}), about={"from": "2026-01-01"})
    keep(tmp_path, pa.table({"a": [2]}), about={"from": "2026-02-01"})
    flags, about = kept(tmp_path)
    assert (flags["a"].to_pylist(), about) == ([2], {"from": "2026-02-01"})
    forget(tmp_path)
    assert kept(tmp_path) is None
    assert list((tmp_path / "checks").iterdir()) == []
    forget(tmp_path / "nowhere")
