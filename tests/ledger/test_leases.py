"""A lease tells whether the process that wrote it still runs, and is not fooled by a reused process number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from meterkeep.ledger import current_lease, lease_alive
from meterkeep.ledger.leases import _start_from_proc, _start_from_ps

SAY_AND_WAIT = "import sys; from meterkeep.ledger import current_lease; print(current_lease(), flush=True); sys.stdin.read()"


def test_this_process_is_alive() -> None:
    assert lease_alive(current_lease())
    assert current_lease() == current_lease()


def test_a_killed_owner_is_dead_even_before_its_parent_has_noticed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SAY_AND_WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        lease = owner.stdout.readline().strip()
        assert lease_alive(lease)
        os.kill(owner.pid, signal.SIGKILL)
        os.waitid(os.P_PID, owner.pid, os.WEXITED | os.WNOWAIT)  # it has ended and is not yet reaped
        assert not lease_alive(lease)
    assert not lease_alive(lease)


def test_the_same_number_with_another_start_is_somebody_else() -> None:
    host, pid, start = current_lease().split(":")
    assert not lease_alive(f"{host}:{pid}:{start}0")


def test_another_machine_or_an_earlier_boot_is_dead() -> None:
    assert not lease_alive(f"elsewhere:{current_lease().partition(':')[2]}")


@pytest.mark.parametrize("text", ["", "::", "host:1", "host:x:5", "host:-1:5"])
def test_what_is_no_lease_belongs_to_nobody(text: str) -> None:
    assert not lease_alive(text)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system has no /proc")
def test_proc_knows_who_runs() -> None:
    assert _start_from_proc(os.getpid()).isdecimal()
    assert _start_from_proc(2**22 + 1) == ""


@pytest.mark.skipif(
    not any(os.access(f"{folder}/ps", os.X_OK) for folder in os.get_exec_path()), reason="there is no ps"
)
def test_where_there_is_no_proc_ps_tells() -> None:
    assert _start_from_ps(os.getpid()) == _start_from_ps(os.getpid()) != ""
    assert _start_from_ps(2**22 + 1) == ""
