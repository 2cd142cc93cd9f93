"""Killed at a thousand random points, and on a disk that is full: nothing acknowledged is lost, and there is one history."""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from meterkeep.errors import Busy
from meterkeep.ledger import Entry, FileSigner, Journal
from meterkeep.ledger.verification import verify

Make = Callable[..., Entry]


def fork_appender(folder: Path, keys: Path, seed: int) -> tuple[int, int]:
    """(process, where it tells "id index" of what was acknowledged). A fork, because a thousand interpreters would take an hour."""
    told, tell = os.pipe()
    process = os.fork()
    if process:
        os.close(tell)
        return process, told
    try:
        chance = random.Random(seed)
        journal = Journal.open(folder, signer=FileSigner(keys))
        while True:
            batch = [
                Entry(name="access.intent", at="2026-03-01T09:30:00Z", on="2026-03-01")
                for _ in range(chance.choice((1, 2, 30, 300)))
            ]
            lines = [
                f"{entry.id} {index}\n" for entry, index in zip(batch, journal.append(batch), strict=True)
            ]
            for first in range(0, len(lines), 50):  # less than what a pipe takes whole
                os.write(tell, "".join(lines[first : first + 50]).encode())
    finally:
        os._exit(1)


def what_was_told(descriptor: int) -> dict[str, int]:
    with os.fdopen(descriptor, "rb") as pipe:
        lines = [
            line.split() for line in pipe.read().decode().splitlines(keepends=True) if line.endswith("\n")
        ]
    return {id: int(index) for id, index in lines}


def kill_at_random(folder: Path, keys: Path, *, kills: int) -> None:
    chance, told, checkpoints = random.Random(kills), dict[str, int](), list[str]()
    for number in range(kills // 2):
        running = [fork_appender(folder, keys, 2 * number + one) for one in range(2)]
        for process, pipe in running:
            if number % 2:  # at work, however busy the machine is; otherwise still opening, perhaps
                select.select([pipe], [], [], 10)
            time.sleep(chance.uniform(0.0, 0.04))
            os.kill(process, signal.SIGKILL)
        for process, pipe in running:
            told |= what_was_told(pipe)
            os.waitpid(process, 0)
        if number % (kills // 20) == 0:
            journal = Journal.open(folder, signer=FileSigner(keys))
            checkpoints.append(journal.checkpoint())
            journal.close()
    journal = Journal.open(folder, signer=FileSigner(keys))
    assert len(told) >= kills // 4
    assert len(set(told.values())) == len(told), "an index was given twice"
    assert all(journal.find(id) == index for id, index in told.items()), "an acknowledged entry is lost"
    journal.close()
    assert all(verify(folder, older=checkpoint).problems == [] for checkpoint in checkpoints), "a fork"


@pytest.mark.parametrize("kills", [40, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("late", [False, True], ids=["indexed at once", "indexed later"])
def test_killed_anywhere(
    folder: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, kills: int, late: bool
) -> None:
    monkeypatch.setattr("meterkeep.ledger.journal._LARGE", 10 if late else 1_000)
    kill_at_random(folder, keys, kills=kills)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.getuid() == 0 and shutil.which("mount")
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if not mounted or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root mounts a disk")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_stops_the_log_and_loses_nothing(
    small_disk: Path, signer: FileSigner, make: Make
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(200_000))
    folder, told = small_disk / "ledger", dict[str, int]()
    journal = Journal.open(folder, signer=signer)
    refused = 0
    for number in range(4_000):
        batch = [make() for _ in range(1 + number % 7)]
        try:
            told |= dict(zip([entry.id for entry in batch], journal.append(batch), strict=True))
        except Busy as error:
            refused += 1
            assert "disk" in error.next
            if refused == 5:
                break
    assert refused == 5, "the disk did not fill"
    kept = journal_file(folder)
    ballast.unlink()
    late = make()
    told[late.id] = journal.append([late])[0]
    assert journal_file(folder) >= kept
    assert all(journal.find(id) == index for id, index in told.items())
    journal.close()
    again = Journal.open(folder, signer=signer)
    assert all(again.find(id) == index for id, index in told.items())
    assert again.append([make()]) == [again.size - 1]
    again.close()
    assert verify(folder).problems == []


def journal_file(folder: Path) -> int:
    return (folder / "journal").stat().st_size


def test_a_disk_that_is_full_from_the_start_begins_no_log(
    small_disk: Path, signer: FileSigner, make: Make
) -> None:
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    with pytest.raises(Busy):
        Journal.open(small_disk / "ledger", signer=signer)
    ballast.unlink(missing_ok=True)
    journal = Journal.open(small_disk / "ledger", signer=signer)
    assert journal.append([make()]) == [0]
    journal.close()
    assert verify(small_disk / "ledger").problems == []
