"""Who owns an unfinished act, in a form that another process can check after a crash.

A lease is "host:pid:start". The start makes a reused process number somebody else. On Linux the host is the kernel's boot
id, so that a restart of the machine ends every lease, and the start is in clock ticks since boot; elsewhere the host is
the machine's name and the start is the time that `ps` gives. A lease of another host counts as dead: the log of a home is
written on one machine at a time, so its owner ran before a restart or a move.
"""

from __future__ import annotations

import os
import platform
import subprocess
from functools import lru_cache
from pathlib import Path

_PROC = Path("/proc")


@lru_cache(maxsize=1)
def _host() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return platform.node().replace(":", "-") or "localhost"


def _start_from_proc(pid: int) -> str:
    """Field 22 of /proc/PID/stat, counted after the command's closing bracket; "" for nobody or a zombie."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _start_from_ps(pid: int) -> str:
    """For systems without /proc; "" for nobody."""
    answer = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
    )
    return "".join(filter(str.isalnum, answer.stdout))


def _start(pid: int) -> str:
    return _start_from_proc(pid) if (_PROC / "self/stat").exists() else _start_from_ps(pid)


def current_lease() -> str:
    """The lease of this process. After a fork the child's is its own."""
    return f"{_host()}:{os.getpid()}:{_start(os.getpid())}"


def lease_alive(lease: str) -> bool:
    """Does the process that wrote this lease still run? A text that is no lease belongs to nobody."""
    host, _, rest = lease.partition(":")
    pid, _, start = rest.partition(":")
    if host != _host() or not pid.isdecimal() or not start:
        return False
    return _start(int(pid)) == start
