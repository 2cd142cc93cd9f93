"""Several processes append to one log, and some are killed: nothing acknowledged is lost, no index is given twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meterkeep.ledger import FileSigner, Journal
from meterkeep.ledger.verification import verify

# Appends batches of 1 to 3, and after each prints what it was told: "id index" of every entry.
APPENDER = """
import sys
from pathlib import Path
from meterkeep.ledger import Entry, FileSigner, Journal, current_lease

folder, keys, batches = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
journal = Journal.open(folder, signer=FileSigner(keys))
for number in range(batches):
    batch = [
        Entry(name="access.intent", at="2026-03-01T09:30:00Z", on="2026-03-01", lease=current_lease())
        for _ in range(1 + number % 3)
    ]
    indices = journal.append(batch)
    sys.stdout.write("".join(f"{e.id} {i}\\n" for e, i in zip(batch, indices, strict=True)))
    sys.stdout.flush()
"""


@contextmanager
def appenders(
    count: int, folder: Path, keys: Path, *, batches: int
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Unbuffered: what a line read ahead would hold back, `communicate` would not see, and cut a line in two."""
    command = [sys.executable, "-c", APPENDER, str(folder), str(keys), str(batches)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
        for _ in range(count)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def acknowledged(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """What a process was told; its last line may be cut by its death."""
    output, errors = process.communicate()
    assert errors == b""
    lines = [line.split() for line in output.decode().splitlines(keepends=True) if line.endswith("\n")]
    return {id: int(index) for id, index in lines}


def test_four_processes_append_at_once(folder: Path, keys: Path, signer: FileSigner) -> None:
    with appenders(4, folder, keys, batches=45) as processes:
        told = [acknowledged(process) for process in processes]
    indices = [index for acks in told for index in acks.values()]
    assert sorted(indices) == list(range(4 * 90))
    journal = Journal.open(folder, signer=signer)
    assert journal.size == 360
    assert all(journal.entry(index).id == id for acks in told for id, index in acks.items())
    assert verify(folder).problems == []


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_nothing_acknowledged_is_lost(
    folder: Path, keys: Path, signer: FileSigner, seed: int
) -> None:
    chance, told, checkpoints = random.Random(seed), {}, []
    for _ in range(3):
        with appenders(2, folder, keys, batches=10_000) as processes:
            for process in processes:
                assert process.stdout is not None
                first = process.stdout.readline().decode().split()  # it is at work
                told[first[0]] = int(first[1])
            time.sleep(chance.uniform(0.0, 0.15))
            for process in processes:
                os.kill(process.pid, signal.SIGKILL)
            for process in processes:
                told |= acknowledged(process)
        checkpoints.append((folder / "checkpoint").read_text())
    journal = Journal.open(folder, signer=signer)
    assert len(set(told.values())) == len(told)
    assert all(journal.find(id) == index for id, index in told.items())
    assert len(journal.unresolved(lambda lease: False)) == journal.size
    assert all(verify(folder, older=checkpoint).problems == [] for checkpoint in checkpoints)
