"""A witness that is killed at any moment, between judging, storing and answering, never cosigns two histories."""

from __future__ import annotations

import os
import random
import select
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from ledger.witness.conftest import NOW, new_witness
from ledger.witness.test_witness import LEAVES, request

from meterkeep.ledger import FileSigner
from meterkeep.ledger.merkle import leaf_hash
from meterkeep.ledger.witness.witness import Witness

COMMON = 2
FORKED = [*LEAVES[:COMMON], *(leaf_hash(b"other" + bytes([number])) for number in range(38))]
HISTORIES = {"one": LEAVES, "other": FORKED}
LONGEST = 40


def requests_of(signer: FileSigner) -> dict[tuple[str, int, int], bytes]:
    """(history, old size, size) → request, each of one entry more."""
    return {
        (name, size - 1, size): request(signer, size - 1, size, leaves)
        for name, leaves in HISTORIES.items()
        for size in range(1, LONGEST + 1)
    }


def fork_witness(folder: Path, asked: dict[tuple[str, int, int], bytes], seed: int) -> tuple[int, int]:
    """(process, where "history size" comes out of each checkpoint that it answered for)."""
    told, tell = os.pipe()
    process = os.fork()
    if process:
        os.close(tell)
        return process, told
    try:
        chance, witness, size = random.Random(seed), Witness(folder), 0
        while size < LONGEST:
            name = chance.choice(list(HISTORIES))
            answer = witness.add_checkpoint(asked[name, size, size + 1], now=NOW)
            if answer.status == 200:
                size += 1
                os.write(tell, f"{name} {size}\n".encode())
            elif answer.size is not None:
                size = answer.size
        time.sleep(10)
    finally:
        os._exit(1)


def cosigned(folder: Path, asked: dict[tuple[str, int, int], bytes], *, kills: int, seed: int) -> list[str]:
    """What witness processes answered for, of which each was killed."""
    lines, chance = list[str](), random.Random(seed)
    for number in range(kills):
        process, told = fork_witness(folder, asked, 100 * seed + number)
        if number % 2:
            select.select([told], [], [], 10)
        time.sleep(chance.uniform(0, 0.01))
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        with os.fdopen(told) as pipe:
            lines += [line.strip() for line in pipe.read().splitlines(keepends=True) if line.endswith("\n")]
    return lines


def histories(lines: Sequence[str]) -> set[str]:
    """Those of which anything was cosigned that the other does not have."""
    return {name for name, _, size in (line.partition(" ") for line in lines) if int(size) > COMMON}


@pytest.mark.parametrize("witnesses", [3, pytest.param(25, marks=pytest.mark.slow)], ids=["some", "many"])
def test_killed_anywhere_it_never_cosigns_two_histories(
    tmp_path: Path, signer: FileSigner, witnesses: int
) -> None:
    """Eight kills each, while both histories are offered at every size."""
    asked, forked = requests_of(signer), 0
    for seed in range(witnesses):
        folder = tmp_path / str(seed)
        new_witness(folder, "witness.example/killed", signer).close()
        lines = cosigned(folder, asked, kills=8, seed=seed)
        found = histories(lines)
        assert len(found) <= 1, lines
        forked += len(found)
        again = Witness(folder)
        size, _ = again._seen.newest(signer.origin)
        assert size >= max((int(line.split()[1]) for line in lines), default=0), "it forgot what it cosigned"
        again.close()
    assert forked, "none came as far as the fork"
