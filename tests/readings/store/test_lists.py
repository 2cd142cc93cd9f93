"""What the store meets has its line in the defect list, and what is destroyed has its place there no longer."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings.store.test_oracle import some, split_files

from meterkeep.readings.defects import HELD, DefectList, in_words, kept
from meterkeep.readings.store.beside.lists import path_of, unplace

HOUR, DAY = 3600, 86_400
MAY = 1_746_082_800
NUMBER = 1_234_567
EVER = 2**33
AT = datetime(2026, 1, 1, tzinfo=UTC)
DELIVERED = [(NUMBER, "delivered", "Wh", 0), (6, "delivered", "Wh", 0), (6, "register", "Wh", 0)]


def lines_of(store, file):
    return [row for batch in kept(path_of(store.folder, file.digest)) for row in batch.to_pylist()]


def counted(lines):
    found = Counter()
    for line in lines:
        found[line["kind"]] += line["count"]
    return dict(found)


def intervals(line):
    """Every interval that a line speaks of."""
    length, start = line["seconds"] // line["count"], int(line["start"].timestamp())
    return [(line["usage_point"], line["channel"], start + n * length, length) for n in range(line["count"])]


def hours(kit, name, series, value, *, day=1, quality=("espi:0", "espi:0"), n=60):
    """The first readings have the first quality. Each series tells of the same hours."""
    rows = [
        kit.Row(s, MAY + HOUR * h, HOUR, value + h, quality[h >= 10])
        for s in range(len(series))
        for h in range(n)
    ]
    return kit.File(name, series, rows, datetime(2025, 7, day, tzinfo=UTC))


@pytest.fixture
def told(store, kit):
    """A second file contradicts the first, is worse, and says some things twice."""
    first = hours(kit, "one", DELIVERED, 100)
    second = hours(kit, "two", DELIVERED, 101, day=2, quality=("espi:8", "espi:0"))
    second.rows += second.rows[20:23] * 2
    kit.take_in(store, first)
    return second, kit.take_in(store, second)


def test_every_note_and_every_duplicate_has_its_usage_point_channel_and_time(store, told):
    file, result = told
    lines = lines_of(store, file)
    assert counted(lines) == {**result.notes, "duplicate": result.duplicate}
    assert result.duplicate == 6 and result.notes == {"conflict": 150, "not_better": 30}
    said = {(*file.series[row.series][:2], row.start, row.seconds) for row in file.rows}
    for line in lines:
        assert not line["rejected"] and {*intervals(line)} <= said
        assert in_words(line) == f"usage point {line['usage_point']}, {line['channel']}"
    conflicts = {each for line in lines if line["kind"] == "conflict" for each in intervals(line)}
    assert conflicts == {each for each in said if each[2] >= MAY + 10 * HOUR}
    assert len(lines) < 20, "intervals that follow each other share a line"


@pytest.mark.parametrize("examples", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_the_lines_of_a_kind_count_what_the_intake_counts(kit, new_store, examples):
    @some(examples)
    @given(st.data())
    def check(data):
        with tempfile.TemporaryDirectory() as folder:
            store = new_store(Path(folder) / "s", zone="America/Los_Angeles")
            for file in data.draw(split_files(kit)):
                result = kit.take_in(store, file)
                duplicates = {"duplicate": result.duplicate} if result.duplicate else {}
                lines = lines_of(store, file)
                assert counted(lines) == {**result.notes, **duplicates}
                said = {(*file.series[row.series][:2], row.start) for row in file.rows}
                assert {
                    (line["usage_point"], line["channel"], int(line["start"].timestamp())) for line in lines
                } <= said

    check()


def test_what_a_cancellation_takes_back_is_listed_with_the_file_that_cancels(store, kit):
    rows = [kit.Row(s, MAY + HOUR * h, HOUR, h) for s in range(2) for h in range(3)]
    series = [(6, "delivered", "Wh", 0), (7, "register", "Wh", 0)]
    kit.take_in(store, kit.File("original", series, rows, marks=(("A", "", 0, 6),)))
    marks = (("", "A", 0, 0), ("", "B", 0, 0))
    file = kit.File("cancel", [(9, "delivered", "Wh", 0)], [kit.Row(0, MAY, HOUR, 1)], AT, marks=marks)
    assert kit.take_in(store, file).notes == {"readings_cancelled": 6, "cancels_unknown": 1}
    lines = lines_of(store, file)
    assert counted(lines) == {"readings_cancelled": 6, "cancels_unknown": 1}
    found = [each for line in lines if line["start"] for each in intervals(line)]
    assert sorted(found) == sorted((*series[row.series][:2], row.start, row.seconds) for row in rows)


def raw_traces(store):
    """Lists that name the usage point, read by hand."""
    return [
        path
        for path in (store.folder / "defects").iterdir()
        if NUMBER in pq.read_table(path)["usage_point"].to_pylist()
        or str(NUMBER).encode() in path.read_bytes()
    ]


def test_an_erased_usage_point_is_in_no_list_and_the_counts_stay(store, kit, told):
    file, _ = told
    before = lines_of(store, file)
    assert raw_traces(store)
    done = store.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    assert done.findings == [] and store.prove() == [] and raw_traces(store) == []
    after = lines_of(store, file)
    assert counted(after) == counted(before)
    assert [line for line in after if line["usage_point"]] == [
        line for line in before if line["usage_point"] != NUMBER
    ]
    blank = [line for line in after if not line["usage_point"]]
    assert all(line[name] is None for line in blank for name in ("channel", "start", "seconds"))


def test_of_a_line_only_the_erased_hours_lose_their_place(store, kit, told):
    file, _ = told
    before = {each for line in lines_of(store, file) for each in intervals(line)}
    store.erase(kit.holdings((NUMBER, MAY + 20 * HOUR, MAY + 22 * HOUR)), at=AT)
    lines = lines_of(store, file)
    after = {each for line in lines if line["start"] for each in intervals(line)}
    assert before - after == {(NUMBER, "delivered", MAY + h * HOUR, HOUR) for h in (20, 21)}
    assert counted(lines)["conflict"] == 150 and store.prove() == []


def test_a_purged_day_is_in_no_list_whoever_it_is_about(store, kit, told):
    file, _ = told
    lost = DefectList()
    lost.add(
        "no_value", rejected=True, record=np.array([4, 5]), start=np.array([MAY + HOUR, MAY + 40 * HOUR])
    )
    store.keep_list("c" * 64, lost)
    store.purge(date(2025, 5, 1), date(2025, 5, 2), at=AT)
    assert store.prove() == []
    starts = {line["start"].timestamp() for line in lines_of(store, file) if line["start"]}
    assert min(starts) == MAY + 24 * HOUR
    (path,) = (path for path in (store.folder / "defects").iterdir() if path.stem == "c" * 64)
    rejected = [row for batch in kept(path) for row in batch.to_pylist()]
    assert sorted((line["record"], line["start"] is None) for line in rejected) == [(4, True), (5, False)]
    store.keep_list("d" * 64, lost)
    assert store.prove() == [], "a list that comes later keeps no such place either"


def test_the_proof_finds_a_list_that_tells_and_one_that_was_left_half_written(store, kit, told):
    file, _ = told
    path = path_of(store.folder, file.digest)
    telling = path.read_bytes()
    store.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    path.write_bytes(telling)
    (path.parent / "tmpleft.new").write_bytes(telling)
    found = {(finding.kind, finding.where) for finding in store.prove()}
    assert found == {("present", f"defects/{path.name}"), ("orphan", "defects/tmpleft.new")}
    again = store.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    assert again.findings == [] and store.prove() == []


def test_a_list_of_the_time_before_lengths_were_kept_is_read_and_rewritten(store, kit, told):
    file, _ = told
    path = path_of(store.folder, file.digest)
    pq.write_table(pq.read_table(path).drop_columns(["seconds"]), path)
    assert {line["seconds"] for line in lines_of(store, file)} == {None}
    with store.registry.alone():
        unplace(store, [])
    store.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    assert raw_traces(store) == []


def test_what_was_destroyed_and_comes_again_is_listed_by_its_record_alone(store, kit):
    store.erase(kit.holdings((NUMBER, 0, MAY + 5 * HOUR)), at=AT)
    file = hours(kit, "late", DELIVERED, 1)
    result = kit.take_in(store, file)
    lines = lines_of(store, file)
    assert result.destroyed == 5 and counted(lines) == {"destroyed": 5}
    assert [line["record"] for line in lines] == [1, 2, 3, 4, 5]
    assert all(line["rejected"] and line["start"] is None and line["usage_point"] is None for line in lines)


def test_a_line_each_for_more_than_is_held_at_once_comes_back_in_order():
    many = DefectList()
    first = many.streams(np.array([7, 8]), ["delivered", "net"])
    start = np.arange(3 * HELD + 5, dtype=np.int64)
    many.add("conflict", rejected=False, stream=first + start % 2, start=start, seconds=1)
    batches = list(many.batches())
    assert max(batch.num_rows for batch in batches) <= 2 * HELD
    assert (
        np.concatenate([batch["usage_point"].to_numpy() for batch in batches]).tolist()
        == (7 + start % 2).tolist()
    )
    assert (
        np.concatenate([batch["start"].cast("int64").to_numpy() for batch in batches]).tolist()
        == start.tolist()
    )
