"""Whenever an intake, a withdrawal or a compaction dies, the store is as before, and what the intake had written is gone after the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime

import pytest

from meterkeep.readings.store import Store
from meterkeep.readings.store.tables.pending import Pending

HOUR = 3600
WITHDRAWN = -1
COMPACTED = -2
"""In place of a usage point: the file is withdrawn, or the store compacted, and nothing is taken in."""
CANCELLED = -3
"""In place of a usage point: a file that cancels what others have told, and tells a little of usage point 5 itself."""
FEBRUARY = 1_738_396_800

INTAKE = """
    import os, signal, sys
    from datetime import UTC, date, datetime
    from pathlib import Path
    import numpy as np
    from meterkeep.readings.model import Block, Channel, Series
    from meterkeep.readings.store import Store
    from meterkeep.readings.store.correcting import turning, withdrawing
    from meterkeep.readings.store.intake import intake as intake_module
    from meterkeep.readings.store.correcting.marks import Mark
    from meterkeep.readings.store.tables.pending import Pending
    from meterkeep.readings.store.tables.table import Table

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    def after(owner, name, times):
        real = getattr(owner, name)
        def wrapped(*args, **kwargs):
            nonlocal times
            result = real(*args, **kwargs)
            times -= 1
            if times == 0:
                die()
            return result
        setattr(owner, name, wrapped)

    folder, digest, usage_point, how = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    if how == "before the move": Pending.move = die
    if how == "in the middle of the move": after(Path, "rename", 1)
    if how == "after the move": after(Pending, "move", 1)
    if how == "between the tables": after(Table, "add", 1)
    if how == "after the commit": after(Table, "replace", 1)
    if how == "after the second commit": after(Table, "replace", 2)
    if how == "before the registry": after(Table, "add", 2)
    if how == "before the end of the transaction":
        after(intake_module, "register", 1)
        after(turning, "register", 1)
    if how == "after the second move": after(Pending, "move", 2)
    if how == "before the second registry": after(Table, "add", 4)
    n = 2000
    block = Block(np.repeat([0, 1], n).astype(np.int32), 1_738_396_800 + 3600 * np.tile(np.arange(n), 2),
                  np.full(2 * n, 3600, np.int32), np.arange(2 * n), None, np.arange(1, 2 * n + 1))
    series = [Series(i, ("synthetic",), c, "Wh") for i, c in enumerate([Channel.DELIVERED, Channel.REGISTER])]
    store = Store.open(folder)
    if how == "between the files": after(Path, "unlink", 2)
    if usage_point == -2:
        store.compact(as_of=date(2026, 1, 1))
        sys.exit()
    if usage_point == -1:
        if how == "before commit": after(withdrawing, "later_than", 1)
        store.withdraw(digest, received=datetime(2026, 2, 1, tzinfo=UTC))
        sys.exit()
    marks = [Mark((b"s" * 16,), (), (1, 2 * n + 1))]
    if usage_point == -3:
        columns = (block.series, block.start, block.duration, block.value + 7, None, block.record)
        usage_point, block = 5, Block(*(None if column is None else column[:3] for column in columns))
        marks = [Mark((), (b"s" * 16,), (1, 1)), Mark((b"t" * 16,), (), (1, 4))]
    with store.intake(digest=digest, received=datetime(2026, 1, 1, tzinfo=UTC), policy="p") as intake:
        intake.named(marks)
        intake.add(block, series=series, usage_points=np.full(2, usage_point, np.int32), qualities=[])
        if how == "before commit": die()
        intake.commit()
"""

MOMENTS = [
    "before commit",
    "before the move",
    "in the middle of the move",
    "after the move",
    "between the tables",
    "before the registry",
    "before the end of the transaction",
]


def parquet_of(store):
    """Those of the two tables. A list of defects is there before its readings count, and is written anew with them."""
    return {path for path in store.folder.rglob("*.parquet") if path.parent.name != "defects"}


def start(store, digest, usage_point, how="to the end"):
    command = [
        sys.executable,
        "-c",
        textwrap.dedent(INTAKE),
        str(store.folder),
        digest,
        str(usage_point),
        how,
    ]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})


def count(store, kit, usage_point):
    return store.read(kit.holdings((usage_point, 0, 2**40))).num_rows


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_intake_leaves_nothing(store, kit, moment):
    kit.take_in(store, kit.File("before", [(1, "delivered", "Wh", 0)], [kit.Row(0, FEBRUARY, HOUR, 1)]))
    files = parquet_of(store)
    assert start(store, "d" * 64, 5, moment).wait() == -signal.SIGKILL
    assert (count(store, kit, 5), count(store, kit, 1)) == (0, 1)
    again = Store.open(store.folder)
    assert not again.has_file("d" * 64)
    assert parquet_of(store) == files
    assert not list((store.folder / "pending").iterdir())
    assert start(store, "d" * 64, 5).wait() == 0
    assert (count(again, kit, 5), count(again, kit, 1)) == (4000, 1)


@pytest.fixture(scope="module")
def one_file(new_store, tmp_path_factory):
    """The folder of a store with the file d, which took a process of its own to come in."""
    store = new_store(tmp_path_factory.mktemp("made") / "store", zone="America/Los_Angeles")
    assert start(store, "d" * 64, 5).wait() == 0
    return store.folder


@pytest.fixture
def told(one_file, tmp_path):
    """A copy of it for each test."""
    shutil.copytree(one_file, tmp_path / "told")
    return Store.open(tmp_path / "told")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_withdrawal_changes_nothing(told, kit, moment):
    files = parquet_of(told)
    assert start(told, "d" * 64, WITHDRAWN, moment).wait() == -signal.SIGKILL
    assert count(told, kit, 5) == 4000
    again = Store.open(told.folder)
    assert (again.has_file("d" * 64), count(again, kit, 5)) == (True, 4000)
    assert parquet_of(told) == files
    assert start(told, "d" * 64, WITHDRAWN).wait() == 0
    assert (again.has_file("d" * 64), count(again, kit, 5)) == (False, 0)


@pytest.mark.parametrize("moment", [*MOMENTS, "after the second move", "before the second registry"])
def test_a_killed_intake_that_cancels_changes_nothing(told, kit, moment):
    files = parquet_of(told)
    assert start(told, "e" * 64, CANCELLED, moment).wait() == -signal.SIGKILL
    assert count(told, kit, 5) == 4000
    again = Store.open(told.folder)
    assert (again.has_file("e" * 64), count(again, kit, 5)) == (False, 4000)
    assert parquet_of(told) == files
    assert not list((told.folder / "pending").iterdir())
    assert start(told, "e" * 64, CANCELLED).wait() == 0
    assert (again.has_file("e" * 64), count(again, kit, 5)) == (True, 3)


def test_a_withdrawal_beside_intakes_takes_its_own_readings_alone(store, kit):
    assert start(store, "d" * 64, 10).wait() == 0
    processes = [start(store, f"{n:064d}", 11 + n) for n in range(2)] + [start(store, "d" * 64, WITHDRAWN)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert [count(store, kit, usage_point) for usage_point in (10, 11, 12)] == [0, 4000, 4000]


@pytest.mark.parametrize(
    "moment",
    [
        "before the move",
        "in the middle of the move",
        "after the move",
        "after the commit",
        "between the files",
        "after the second commit",
    ],
)
def test_a_killed_compaction_loses_and_doubles_nothing(told, kit, moment):
    assert start(told, "e" * 64, 21).wait() == 0
    before = everything(told, kit)
    assert start(told, "", COMPACTED, moment).wait() == -signal.SIGKILL
    assert everything(told, kit) == before
    again = Store.open(told.folder)
    assert everything(again, kit) == before
    assert parquet_of(told) == named(again)
    assert not list((told.folder / "pending").iterdir())
    again.compact(as_of=date(2026, 1, 1))
    assert everything(again, kit) == everything(told, kit) == before
    assert parquet_of(told) == named(again)


def everything(store, kit):
    return store.read(kit.holdings((5, 0, 2**40), (21, 0, 2**40)))


def named(store):
    """The files that the tables name."""
    return {table.folder / part.path for table in (store.days, store.points) for part in table.parts()}


def test_compactions_beside_intakes_of_the_same_months_lose_nothing(store, kit):
    processes = [start(store, f"{n:064d}", 10 + 16 * n) for n in range(3)]
    processes += [start(store, "", COMPACTED) for _ in range(2)]
    while any(process.poll() is None for process in processes):
        assert {count(store, kit, 10 + 16 * n) for n in range(3)} <= {0, 4000}
    assert [process.wait() for process in processes] == [0] * 5
    store.compact(as_of=date(2026, 1, 1))
    assert [count(store, kit, 10 + 16 * n) for n in range(3)] == [4000] * 3


def test_intakes_of_several_processes_all_succeed(store, kit):
    processes = [start(store, f"{n:064d}", 10 + n % 2) for n in range(4)]
    assert [process.wait() for process in processes] == [0, 0, 0, 0]
    assert [count(store, kit, usage_point) for usage_point in (10, 11)] == [4000, 4000]
    assert all(store.has_file(f"{n:064d}") for n in range(4))


def test_opening_the_store_leaves_a_living_intake_alone(store, kit):
    with store.intake(digest="e" * 64, received=datetime(2026, 1, 1, tzinfo=UTC), policy="p") as intake:
        Store.open(store.folder)
        assert len(list((store.folder / "pending").iterdir())) == 1
        intake.commit()
    assert store.has_file("e" * 64)


def test_a_folder_swept_away_before_it_is_taken_is_made_anew(tmp_path, monkeypatch):
    real, swept = Pending.take.__func__, []

    def take(cls, folder):
        if not swept:
            swept.append(folder)
            folder.rmdir()
        return real(cls, folder)

    monkeypatch.setattr(Pending, "take", classmethod(take))
    pending = Pending.start(tmp_path)
    assert pending.folder.is_dir() and pending.folder != swept[0]


def test_a_lock_on_a_folder_that_is_gone_is_no_ownership(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    real = fcntl.flock

    def flock(lock, how):
        folder.rmdir()
        real(lock, how)

    monkeypatch.setattr(fcntl, "flock", flock)
    assert Pending.take(folder) is None
