"""Readings destroyed by bytes: no file has them, no moment known= shows them, and nobody else's answer changes."""

from __future__ import annotations

import os
import shutil
import sqlite3
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow.parquet as pq
import pytest

from meterkeep.errors import BadInput, Busy
from meterkeep.readings.store import Store

MAY = 1_746_082_800  # 2025-05-01 in Los Angeles
HOUR, DAY = 3600, 86_400
AT = datetime(2026, 2, 1, tzinfo=UTC)
NUMBER = 1_234_567_809
"""A usage point whose number stands out; 25 lies in the same bucket."""
EVER = 2**33
UNUSUAL = 987_654_321_987


def file_of(kit, name, usage_points, *, first=MAY, hours=24 * 40, value=0, day=1, every=1):
    """Delivered hours and a monthly register of each usage point."""
    series = [(u, c, "Wh", 0) for u in usage_points for c in ("delivered", "register")]
    rows = [
        kit.Row(2 * i, first + HOUR * every * hour, HOUR, UNUSUAL * (u == NUMBER) + value + hour, "espi:0")
        for i, u in enumerate(usage_points)
        for hour in range(hours // every)
    ]
    rows += [
        kit.Row(2 * i + 1, first + DAY * n, 0, UNUSUAL + n) for i in range(len(usage_points)) for n in (0, 30)
    ]
    return kit.File(name, series, rows, datetime(2025, 7, day, tzinfo=UTC))


@pytest.fixture(scope="module")
def three_files(kit):
    return lambda store: take_in_three(store, kit)


@pytest.fixture
def written(filled_store, three_files, tmp_path):
    return filled_store(tmp_path / "written", three_files)


def take_in_three(store, kit):
    """Three files on three days that overlap, the second withdrawn."""
    kit.take_in(store, file_of(kit, "one", [NUMBER, 25, 6]), block_size=500)
    kit.take_in(store, file_of(kit, "two", [NUMBER, 25], value=7, day=2, every=5), block_size=500)
    kit.take_in(store, file_of(kit, "three", [NUMBER, 6], value=9, day=3, every=7), block_size=500)
    store.withdraw(file_of(kit, "two", [25], hours=1).digest, received=datetime(2025, 7, 9, tzinfo=UTC))


def answers(store, kit, *spans):
    moments = [None, *(datetime(2025, 7, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in (0, 1, 2, 8))]
    asked = kit.holdings(*spans)
    return [
        [store.read(asked, interval=interval, known=known) for interval in (None, "P1D")]
        + [store.monthly(asked, [date(2025, 5, 1), date(2025, 6, 1)], known=known)]
        for known in moments
    ]


def everything_in(folder):
    """Every row of every Parquet file of readings, named by a table or not."""
    return [
        (path, pq.ParquetFile(path).read())
        for path in folder.rglob("*.parquet")
        if "_delta_log" not in str(path) and "defects" not in path.parts
    ]


def tables_in(folder):
    """Those of the two tables alone, without the defect lists."""
    return [(path, rows) for path, rows in everything_in(folder) if path.parent.name != "defects"]


def raw_traces(folder, usage_points=(NUMBER,)):
    """The plain search: rows in Parquet files, and the number in any of its shapes in all other files."""
    found = [
        path
        for path, rows in everything_in(folder)
        if np.isin(rows["usage_point"].to_numpy(), usage_points).any()
    ]
    for number in usage_points:
        shapes = [
            str(number).encode(),
            number.to_bytes(4, "little"),
            number.to_bytes(4, "big"),
            str(UNUSUAL).encode(),
        ]
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix != ".parquet" and "sqlite3" not in path.name:
                found += [path for shape in shapes if shape in path.read_bytes()]
        for path in folder.glob("registry.sqlite3*"):
            # The tombstone names it, as an integer of the database's own; the lists and summaries must not.
            found += [
                path
                for shape in (str(number).encode(), number.to_bytes(4, "little"))
                if shape in path.read_bytes()
            ]
    return found


def test_nothing_of_an_erased_usage_point_is_left_in_any_file(written, kit):
    assert raw_traces(written.folder)
    done = written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    assert done.applied and not done.findings and done.found.readings > 1000
    assert raw_traces(written.folder) == []
    assert written.prove() == []
    assert done.found.digest != done.after


def test_nobody_else_s_answer_changes_now_or_as_known_then(written, kit):
    others = (25, 0, EVER), (6, 0, EVER)
    before = answers(written, kit, *others)
    written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    assert answers(written, kit, *others) == before
    assert all(not table.num_rows for tables in answers(written, kit, (NUMBER, 0, EVER)) for table in tables)


@pytest.mark.parametrize("compacted", [False, True])
def test_of_two_occupants_only_the_time_of_one_goes(written, kit, compacted):
    moved = MAY + 9 * DAY + 7 * HOUR
    if compacted:
        written.compact(as_of=date(2026, 1, 1))
    after = answers(written, kit, (NUMBER, moved, EVER), (25, 0, EVER))
    written.erase(kit.holdings((NUMBER, 0, moved)), at=AT)
    assert answers(written, kit, (NUMBER, moved, EVER), (25, 0, EVER)) == after
    assert written.read(kit.holdings((NUMBER, 0, EVER)))["start"].to_pylist()[0].timestamp() == moved
    assert written.prove() == []


def test_an_interval_that_reaches_into_the_span_goes_with_it(store, kit):
    rows = [kit.Row(0, MAY + day * 30 * DAY, 30 * DAY, day) for day in range(3)]
    kit.take_in(store, kit.File("bills", [(5, "delivered", "Wh", 0)], rows))
    store.erase(kit.holdings((5, MAY + 31 * DAY, MAY + 32 * DAY)), at=AT)
    assert store.read(kit.holdings((5, 0, EVER)))["value"].to_pylist() == [0, 2]


def test_erasing_twice_is_erasing_once(written, kit):
    first = written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    files = set(written.folder.rglob("*.parquet"))
    again = written.erase(kit.holdings((NUMBER, 0, 5), (NUMBER, 5, EVER)), at=AT + timedelta(days=1))
    assert again.already and (again.at, again.found, again.after) == (first.at, first.found, first.after)
    assert set(written.folder.rglob("*.parquet")) == files


def test_only_files_that_hold_something_are_rewritten(written, kit):
    others = {
        path for path, rows in everything_in(written.folder) if NUMBER not in rows["usage_point"].to_pylist()
    }
    assert others
    written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    assert others <= {path for path, _ in everything_in(written.folder)}


def test_counting_changes_nothing(written, kit):
    before = {path: path.read_bytes() for path in written.folder.rglob("*.parquet")}
    counted = written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT, apply=False)
    assert not counted.applied and counted.found.readings
    assert {path: path.read_bytes() for path in written.folder.rglob("*.parquet")} == before
    assert not len(written.tombstones())
    assert written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT).found == counted.found


def test_no_time_is_no_erasure(written, kit):
    with pytest.raises(BadInput):
        written.erase(kit.holdings((NUMBER, 5, 5)), at=AT)


@pytest.mark.parametrize("again", [False, True])
def test_what_was_erased_does_not_come_back(written, kit, again):
    written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    before = answers(written, kit, (25, 0, EVER), (6, 0, EVER))
    file = file_of(kit, "one" if again else "one, sent anew", [NUMBER, 25])
    result = kit.take_in(written, file, block_size=500, again=again)
    assert result.destroyed == sum(row.series < 2 for row in file.rows)
    assert result.stored + result.duplicate + result.already_stored + result.destroyed == len(file.rows)
    assert result.stored == 0
    assert raw_traces(written.folder) == []
    assert answers(written, kit, (25, 0, EVER), (6, 0, EVER)) == before
    assert written.prove() == []


def test_a_file_of_nothing_else_is_taken_in_empty(written, kit):
    written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    result = kit.take_in(written, file_of(kit, "all of it", [NUMBER]))
    assert (result.stored, result.series) == (0, [])
    assert written.prove() == []


def test_the_next_occupant_s_readings_come_in(written, kit):
    moved = MAY + 90 * DAY
    written.erase(kit.holdings((NUMBER, 0, moved)), at=AT)
    file = file_of(kit, "next", [NUMBER], first=moved)
    assert kit.take_in(written, file, block_size=500).stored == len(file.rows)
    assert written.prove() == []


def test_an_intake_that_was_under_way_stores_nothing_that_was_erased(written, kit):
    from meterkeep.readings.model import Channel, Series

    rows = [kit.Row(0, MAY, HOUR, UNUSUAL)]
    with written.intake(digest="e" * 64, received=AT, policy="") as intake:
        intake.add(
            kit.block_of(rows, 0, []),
            series=[Series(0, (), Channel.DELIVERED, "Wh")],
            usage_points=np.array([NUMBER], np.int32),
            qualities=[],
        )
        written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
        with pytest.raises(Busy):
            intake.commit()
    assert raw_traces(written.folder) == []
    result = kit.take_in(written, kit.File("late", [(NUMBER, "delivered", "Wh", 0)], rows))
    assert (result.stored, result.destroyed) == (0, 1)


def test_a_compaction_afterwards_changes_nothing(written, kit):
    written.erase(kit.holdings((NUMBER, MAY, MAY + 10 * DAY)), at=AT)
    before = answers(written, kit, (NUMBER, 0, EVER), (25, 0, EVER))
    written.compact(as_of=date(2026, 1, 1))
    assert answers(written, kit, (NUMBER, 0, EVER), (25, 0, EVER)) == before
    assert written.prove() == []


def test_a_withdrawal_after_an_erasure_restores_nothing(written, kit):
    written.compact(as_of=date(2026, 1, 1))
    written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    written.withdraw(file_of(kit, "three", [6]).digest, received=AT)
    assert written.read(kit.holdings((NUMBER, 0, EVER))).num_rows == 0
    assert raw_traces(written.folder) == []


def test_a_withdrawal_of_what_is_left_of_a_day_is_exact(store, kit, new_store, tmp_path):
    """The days are cut apart first, or after: the same readings count."""
    other = new_store(tmp_path / "other", zone="America/Los_Angeles")
    late = file_of(kit, "late", [NUMBER], hours=100, value=3, day=4, every=3)
    span = kit.holdings((NUMBER, MAY + 5 * HOUR, MAY + 31 * HOUR))
    for one in (store, other):
        kit.take_in(one, file_of(kit, "one", [NUMBER], hours=100))
        kit.take_in(one, late)
    store.erase(span, at=AT)
    store.withdraw(late.digest, received=AT)
    other.withdraw(late.digest, received=AT)
    other.erase(span, at=AT)
    assert answers(store, kit, (NUMBER, 0, EVER)) == answers(other, kit, (NUMBER, 0, EVER))


def test_a_process_that_has_the_old_files_in_mind_reads_the_new_ones(written, kit):
    other = Store.open(written.folder)
    before = answers(other, kit, (25, 0, EVER))
    written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    assert answers(other, kit, (25, 0, EVER)) == before
    assert other.read(kit.holdings((NUMBER, 0, EVER))).num_rows == 0


def days_of(rows):
    return zip(rows["day"].to_pylist(), rows["missing"].to_pylist(), strict=True)


def test_a_purged_month_is_gone_and_the_others_are_whole(written, kit):
    june = int(datetime(2025, 6, 1, 7, tzinfo=UTC).timestamp())
    spans = [(u, june, EVER) for u in (NUMBER, 25, 6)]
    before = answers(written, kit, *spans)
    done = written.purge(date(2025, 5, 1), date(2025, 6, 1), at=AT)
    assert done.named == 0 and not done.findings
    assert answers(written, kit, *spans) == before
    assert written.read(kit.holdings(*((u, 0, june) for u in (NUMBER, 25, 6)))).num_rows == 0
    for _, rows in tables_in(written.folder):
        if "start" in rows.column_names:
            assert min(rows["start"].to_pylist()).timestamp() >= june
        else:
            assert all(day >= date(2025, 5, 31) for day, missing in days_of(rows) if missing < 24)
    assert written.prove() == []


def test_a_purged_month_does_not_come_back(written, kit):
    written.purge(date(2025, 5, 1), date(2025, 6, 1), at=AT)
    file = file_of(kit, "again", [NUMBER, 77])
    result = kit.take_in(written, file, block_size=500)
    june = int(datetime(2025, 6, 1, 7, tzinfo=UTC).timestamp())
    assert result.destroyed == sum(row.start + max(row.seconds, 1) <= june for row in file.rows)
    assert result.stored + result.already_stored + result.duplicate + result.destroyed == len(file.rows)
    assert written.prove() == []


def test_a_reading_goes_with_the_month_in_which_it_ends(store, kit):
    rows = [kit.Row(0, MAY + (day * 30 - 15) * DAY, 30 * DAY, day) for day in range(3)]
    kit.take_in(store, kit.File("bills", [(5, "delivered", "Wh", 0)], rows))
    store.purge(date(2025, 5, 1), date(2025, 6, 1), at=AT)
    assert store.read(kit.holdings((5, 0, EVER)))["value"].to_pylist() == [1, 2]


def test_purging_month_by_month_is_purging_the_whole(written, kit, tmp_path):
    shutil.copytree(written.folder, tmp_path / "copy")
    copy = Store.open(tmp_path / "copy")
    written.purge(date(2025, 5, 1), date(2025, 7, 1), at=AT)
    for month in (5, 6):
        copy.purge(date(2025, month, 1), date(2025, month + 1, 1), at=AT)
    spans = [(u, 0, EVER) for u in (NUMBER, 25, 6)]
    assert answers(written, kit, *spans) == answers(copy, kit, *spans)


def test_copies_that_lie_about_are_found_and_gone_with_the_next_erasure(written, kit):
    part = next(
        path for path, rows in everything_in(written.folder) if NUMBER in rows["usage_point"].to_pylist()
    )
    beside = part.parent / "copy.parquet"
    shutil.copy(part, beside)
    stray = written.folder / "days" / "notes.txt"
    stray.write_text("synthetic")
    done = written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    assert not beside.exists()
    assert [(finding.kind, finding.where) for finding in done.findings] == [("orphan", "days/notes.txt")]
    assert [finding.kind for finding in written.prove()] == ["orphan", "unfinished"]
    stray.unlink()
    assert written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT).findings == []
    assert written.prove() == []


def test_what_is_planted_after_an_erasure_is_found(written, kit, tmp_path):
    part, _ = next((p, r) for p, r in everything_in(written.folder) if NUMBER in r["usage_point"].to_pylist())
    kept = tmp_path / "kept.parquet"
    shutil.copy(part, kept)
    written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    shutil.copy(kept, written.folder / "days" / "kept.parquet")
    assert [finding.kind for finding in written.prove()] == ["orphan", "present"]
    (written.folder / "days" / "kept.parquet").unlink()
    assert written.prove() == []
    beyond = written.prove(beyond=tmp_path)
    assert [(finding.kind, finding.where) for finding in beyond] == [("present", "kept.parquet")]


def test_files_that_are_missing_or_spoilt_are_found(written, kit):
    paths = sorted(written.folder.glob("days/month=*/bucket=*/*.parquet"))
    paths[0].unlink()
    paths[1].write_bytes(b"PAR1 spoilt PAR1")
    assert sorted(finding.kind for finding in written.prove()) == ["missing", "unreadable"]


def test_statistics_in_a_table_s_log_are_found(written):
    log = max((written.folder / "days" / "_delta_log").glob("*.json"))
    log.write_text(
        log.read_text().replace(
            '{\\"numRecords\\"', '{\\"minValues\\":{\\"usage_point\\":1},\\"numRecords\\"'
        )
    )
    assert [finding.kind for finding in written.prove()] == ["statistics"]


def test_the_registry_s_files_hold_no_page_of_what_was_erased(written, kit):
    written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    with sqlite3.connect(written.folder / "registry.sqlite3") as db:
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,)
    wal = written.folder / "registry.sqlite3-wal"
    assert not wal.exists() or NUMBER.to_bytes(4, "little") not in wal.read_bytes()


@pytest.mark.skipif(os.name != "posix", reason="limits of a process")
def test_on_a_full_disk_everything_stays_as_it_was(written, kit, monkeypatch):
    from meterkeep.readings.store.erasing import files as erasing_files

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    before = {path: path.read_bytes() for path in written.folder.rglob("*.parquet")}
    told = answers(written, kit, (NUMBER, 0, EVER), (25, 0, EVER))
    monkeypatch.setattr(erasing_files, "write_parquet", full)
    with pytest.raises(OSError, match="No space"):
        written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT)
    assert {path: path.read_bytes() for path in written.folder.rglob("*.parquet")} == before
    assert answers(written, kit, (NUMBER, 0, EVER), (25, 0, EVER)) == told
    assert not len(written.tombstones())
    monkeypatch.undo()
    assert written.erase(kit.holdings((NUMBER, 0, EVER)), at=AT).findings == []


def test_what_is_left_of_a_file_keeps_its_order_and_its_columns(written, kit):
    def by_place():
        return {str(path).partition(".")[0]: rows for path, rows in tables_in(written.folder)}

    span = kit.holdings((NUMBER, MAY + 5 * HOUR, MAY + 31 * HOUR))
    before = by_place()
    written.erase(span, at=AT)
    key = ["usage_point", "channel", "received", "version"]
    for place, rows in by_place().items():
        at = "day" if "day" in rows.column_names else "start"
        old = before[place].select([*key, at]).to_pylist()
        left = rows.select([*key, at]).to_pylist()
        assert rows.schema.equals(before[place].schema)
        assert left == [row for row in old if row in left]


def test_a_file_that_comes_later_and_lies_around_it_does_not_spoil_the_proof(written, kit):
    """Its readings of the days before and after are new; of those between, nothing has come back."""
    written.erase(kit.holdings((NUMBER, MAY + 2 * DAY, MAY + 3 * DAY)), at=AT)
    assert written.prove() == []
    later = kit.take_in(written, file_of(kit, "four", [NUMBER, 25], value=99, hours=24 * 5, day=20))
    assert later.destroyed == 24
    assert written.prove() == []


def test_a_purge_of_the_rest_takes_the_usage_point_off_the_lists(written, kit):
    written.erase(kit.holdings((NUMBER, MAY + 2 * DAY, MAY + 3 * DAY)), at=AT)
    written.purge(date(2025, 4, 1), date(2025, 8, 1), at=AT + timedelta(days=1))
    assert written.prove() == []
    assert raw_traces(written.folder) == []


def test_a_destruction_ends_with_a_larger_one_that_holds_it(written, kit, monkeypatch):
    """Asked for up to today, and carried on a day later: the end has moved."""
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr("meterkeep.readings.store.erasing.destroying._clean", interrupt)
        written.erase(kit.holdings((NUMBER, 0, MAY + 50 * DAY)), at=AT)
    assert [finding.kind for finding in written.prove() if finding.kind == "unfinished"] == ["unfinished"]
    done = written.erase(kit.holdings((NUMBER, 0, MAY + 51 * DAY)), at=AT + timedelta(days=1))
    assert len(done.also) == 1 and not done.findings
    assert written.prove() == []


def interrupt(*_):
    raise KeyboardInterrupt
