"""A rotation killed anywhere, while others write, shred, read and rotate: nobody's data is lost, nobody's comes back."""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from meterkeep.errors import Busy
from meterkeep.vault import FileKeys, Vault, keystore

Work = Callable[[Vault, random.Random, Callable[[str], object]], None]


def opened(folder: Path) -> Vault:
    return Vault.open(folder / "vault", FileKeys.open(folder / "keys"), patience=30)


def rotates(vault: Vault, chance: random.Random, tell: Callable[[str], object]) -> None:
    vault.rotate(lambda moved: tell("moving"))


def writes(vault: Vault, chance: random.Random, tell: Callable[[str], object]) -> None:
    """One customer who stays and one who goes; told of when it is done."""
    stays, goes = vault.new_customer(), vault.new_customer()
    vault.write({one: {"name": f"Synthetic {one}"} for one in (stays, goes)})
    tell(f"kept {stays}")
    vault.shred(goes)
    tell(f"gone {goes}")


def at_work(folder: Path, work: Work, seed: int) -> tuple[int, int]:
    """(process, where it tells), over and over until it is killed. Busy is an answer; anything else ends it with a word."""
    told, tell = os.pipe()
    process = os.fork()
    if process:
        os.close(tell)
        return process, told
    try:
        chance, vault = random.Random(seed), opened(folder)
        while True:
            with suppress(Busy):
                work(vault, chance, lambda line: os.write(tell, f"{line}\n".encode()))
    finally:
        os.write(tell, f"failed {sys.exc_info()[1]!r}\n".encode())
        os._exit(1)


def whole_lines(told: int) -> list[list[str]]:
    with os.fdopen(told) as pipe:
        return [line.split(" ", 1) for line in pipe.read().splitlines(keepends=True) if line.endswith("\n")]


@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.slow)])
def test_a_rotation_killed_anywhere_is_resumed_and_loses_nobody(
    tmp_path: Path, keys: FileKeys, vault: Vault, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    """Two rotators at once, of which both are killed, and a writer beside them, killed as well."""
    monkeypatch.setattr(keystore, "_REWRAPPED_AT_ONCE", 20)
    kept = {vault.new_customer() for _ in range(100)}
    vault.write({one: {"name": f"Synthetic {one}"} for one in kept})
    vault.close()
    gone, chance, moved = set[str](), random.Random(kills), 0
    for number in range(kills):
        running = [at_work(tmp_path, work, 3 * number) for work in (rotates, rotates, writes)]
        if number % 2:
            select.select([running[0][1]], [], [], 10)
        time.sleep(chance.uniform(0, 0.05))
        for process, _ in running:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        lines = [line for _, told in running for line in whole_lines(told)]
        assert [what for what in lines if what[0] == "failed"] == []
        kept |= {line[1].strip() for line in lines if line[0] == "kept"}
        gone |= {line[1].strip() for line in lines if line[0] == "gone"}
        moved += sum(line[0].startswith("moving") for line in lines)
        if number % 5 == 0:
            check(tmp_path, kept, gone)
    assert moved, "no rotation came as far as to move a key"
    check(tmp_path, kept, gone)
    last = opened(tmp_path)
    done = last.rotate()
    assert FileKeys.open(tmp_path / "keys").epochs() == [done.epoch]
    assert last._keys.waiting() == 0
    last.close()
    check(tmp_path, kept, gone)


def check(folder: Path, kept: set[str], gone: set[str]) -> None:
    after = opened(folder)
    assert after.read(kept, ["name"]) == {one: {"name": f"Synthetic {one}"} for one in kept}
    assert after.read(gone, ["name"]) == {}
    after.close()
