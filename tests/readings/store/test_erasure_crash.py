"""Whenever an erasure dies, each month is as it was or as it is to be; asked for again, it is carried to its end."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import textwrap
import time
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meterkeep.readings.store import Store

HOUR, DAY = 3600, 86_400
MARCH = 1_740_816_000
ERASED, OTHER = 1_234_567_809, 17
EVER = 2**33
AT = datetime(2026, 2, 1, tzinfo=UTC)

WORK = """
    import os, signal, sys
    from datetime import UTC, date, datetime
    from pathlib import Path
    import numpy as np
    import pyarrow as pa
    from meterkeep.readings.model import Block, Channel, Series
    from meterkeep.readings.store import Store
    from meterkeep.readings.store.erasing import acts as erasing_acts, destroying as erasing
    from meterkeep.readings.store.tables.pending import Pending
    from meterkeep.readings.store.tables.registry import Registry
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

    folder, what, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    store = Store.open(folder)
    if how == "with the tombstone": after(erasing_acts, "begin", 1)
    if how == "after the tombstone": erasing.switch = die
    if how == "after the first file": after(erasing, "rewrite", 1)
    if how == "before the move": Pending.move = die
    if how == "in the middle of the move": after(Path, "rename", 1)
    if how == "after the move": after(Pending, "move", 1)
    if how == "after the commit": after(Table, "replace", 1)
    if how == "between the files": after(Path, "unlink", 1)
    if how == "after the second commit": after(Table, "replace", 2)
    if how == "after the last commit": erasing.remove_orphans = die
    if how == "before the registry is clean": after(erasing, "scrub", 1)
    if how == "before the vacuum": Registry.scour = die
    if how == "after the vacuum": after(Registry, "scour", 1)
    if how == "before the end": after(erasing_acts, "finish", 1)
    at = datetime(2026, 2, 1, tzinfo=UTC)
    if what == "erase":
        span = {"usage_point": pa.array([1_234_567_809], pa.int32()), "start": [0], "end": [2**33]}
        store.erase(pa.table(span), at=at)
    elif what == "purge":
        store.purge(date(2025, 3, 1), date(2025, 4, 1), at=at)
    elif what == "compact":
        store.compact(as_of=date(2026, 1, 1))
    else:
        n, number = 2000, int(what)
        numbers = np.array([number] * 2 + [1_234_567_809] * 2, np.int32)
        block = Block(np.repeat(np.arange(4), n).astype(np.int32), 1_740_816_000 + 3600 * np.tile(np.arange(n), 4),
                      np.full(4 * n, 3600, np.int32), np.arange(4 * n), None, np.arange(1, 4 * n + 1))
        kinds = [Channel.DELIVERED, Channel.REGISTER] * 2
        series = [Series(i, ("synthetic",), c, "Wh") for i, c in enumerate(kinds)]
        with store.intake(digest=f"{number:064d}", received=at, policy="p") as intake:
            intake.add(block, series=series, usage_points=numbers, qualities=[])
            intake.commit()
"""

MOMENTS = [
    "with the tombstone",
    "after the tombstone",
    "after the first file",
    "before the move",
    "in the middle of the move",
    "after the move",
    "after the commit",
    "between the files",
    "after the second commit",
    "after the last commit",
    "before the registry is clean",
    "before the vacuum",
    "after the vacuum",
    "before the end",
]


def start(store, what, how="to the end", **options):
    command = [sys.executable, "-c", textwrap.dedent(WORK), str(store.folder), str(what), how]
    return subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE,
        **options,
    )


def ended(process):
    process.communicate()
    return process.returncode


@pytest.fixture
def written(filled_store, tmp_path):
    return filled_store(tmp_path / "written", two_files)


def two_files(store):
    for number in (OTHER, 33):
        assert ended(start(store, number)) == 0


def told(store, kit, *usage_points):
    return store.read(kit.holdings(*((u, 0, EVER) for u in usage_points)))


def holds(store, usage_point):
    """Whether any file on the disk does."""
    tables = [path for path in store.folder.rglob("*.parquet") if "_delta_log" not in path.parts]
    return any(usage_point in pq.read_table(path, columns=["usage_point"])[0].to_pylist() for path in tables)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_erasure_is_carried_to_its_end(written, kit, moment):
    others, whole = told(written, kit, OTHER, 33), told(written, kit, ERASED).num_rows
    assert ended(start(written, "erase", moment)) == -signal.SIGKILL
    assert told(written, kit, OTHER, 33) == others
    assert told(written, kit, ERASED).num_rows <= whole
    again = Store.open(written.folder)
    if moment != "with the tombstone":
        assert "unfinished" in [finding.kind for finding in again.prove()]
    assert told(again, kit, OTHER, 33) == others
    done = again.erase(kit.holdings((ERASED, 0, EVER)), at=AT)
    assert (done.found.readings, done.findings) == (4000, [])
    assert told(again, kit, OTHER, 33) == others == told(written, kit, OTHER, 33)
    assert again.prove() == []
    assert not holds(again, ERASED)
    assert not list((again.folder / "pending").iterdir())


def test_killed_at_random_and_asked_for_again_until_it_is_done(written, kit):
    others = told(written, kit, OTHER, 33)
    chance = random.Random(20)
    for _ in range(6):
        process = start(written, chance.choice(["erase", "purge"]))
        time.sleep(chance.uniform(0.3, 1.5))
        process.kill()
        process.communicate()
        everyone = told(Store.open(written.folder), kit, OTHER, 33)
        assert everyone.num_rows in range(others.num_rows + 1)
    store = Store.open(written.folder)
    assert store.erase(kit.holdings((ERASED, 0, EVER)), at=AT).findings == []
    assert store.purge(date(2025, 3, 1), date(2025, 4, 1), at=AT).findings == []
    assert store.prove() == []
    april = int(datetime(2025, 4, 1, 7, tzinfo=UTC).timestamp())
    left = [row for row in others.to_pylist() if row["start"].timestamp() + row["seconds"] > april]
    assert told(store, kit, OTHER, 33).to_pylist() == left


def test_an_erasure_beside_intakes_and_a_compaction_leaves_nothing_and_loses_nothing(written, kit):
    others = told(written, kit, OTHER, 33)
    processes = {n: start(written, 65 + 16 * n) for n in range(2)}
    processes |= {what: start(written, what) for what in ("erase", "compact")}
    codes = {n: ended(process) for n, process in processes.items()}
    assert codes["erase"] == codes["compact"] == 0
    for n in (n for n in range(2) if codes[n]):
        assert ended(start(written, 65 + 16 * n)) == 0, "busy at first: the erasure came in between"
    store = Store.open(written.folder)
    assert told(store, kit, OTHER, 33) == others
    assert [told(store, kit, 65 + 16 * n).num_rows for n in range(2)] == [4000, 4000]
    assert told(store, kit, ERASED).num_rows == 0
    assert store.prove() == []
    assert not holds(store, ERASED)


def test_where_a_file_cannot_be_written_nothing_changes(written, kit):
    """A limit on the size of a file stands for a disk that is full."""
    limit = max(path.stat().st_size for path in written.folder.rglob("*.parquet")) // 3

    def little_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    everyone = told(written, kit, ERASED, OTHER, 33)
    files = {path: path.read_bytes() for path in written.folder.rglob("*.parquet")}
    assert ended(start(written, "erase", preexec_fn=little_room)) == 1
    store = Store.open(written.folder)
    assert told(store, kit, ERASED, OTHER, 33) == everyone
    assert {path: path.read_bytes() for path in written.folder.rglob("*.parquet")} == files
    assert store.erase(kit.holdings((ERASED, 0, EVER)), at=AT).findings == []
    own = everyone["usage_point"].to_numpy() == OTHER
    assert told(store, kit, OTHER) == everyone.filter(pa.array(own))
