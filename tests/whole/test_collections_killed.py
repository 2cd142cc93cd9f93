"""Collections in a whole home, killed anywhere: no letter twice, no step lost, no cent lost, no half file. All data is invented."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from whole.test_collections_at_once import check, finish, home, licensed, steps

__all__ = ["home"]

FORKS = """
import json, os, signal, sys, time
from meterkeep.__main__ import Composition
from meterkeep.faces.cli import run
import django, duckdb, pyarrow, typst
from meterkeep.site import composition
for line in sys.stdin:
    arguments, after = json.loads(line)
    child = os.fork()
    if not child:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1), os.dup2(quiet, 2)
        os._exit(run(arguments, Composition()))
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    print(json.dumps(os.WIFSIGNALED(status)), flush=True)
"""
"""A process that has loaded what takes long, and starts each command in a child of its own that it kills after a while."""


def killed(home: Path, kills: int, seed: int) -> int:
    """How many of the commands a kill did meet."""
    chance = random.Random(seed)
    environment = {**os.environ, "METERKEEP_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    with subprocess.Popen(
        [sys.executable, "-c", FORKS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as forks:
        assert forks.stdin and forks.stdout
        met = 0
        for number in range(kills):
            command = steps(home)[number * 5 // kills]
            forks.stdin.write(json.dumps([command, chance.uniform(0.2, 1.6)]) + "\n")
            forks.stdin.flush()
            met += json.loads(forks.stdout.readline())
        forks.stdin.close()
    return met


@pytest.mark.slow
def test_killed_anywhere_nothing_is_done_twice_or_lost(home: Path) -> None:
    licensed(home)
    assert killed(home, 40, seed=7) >= 10
    finish(home)
    check(home)
