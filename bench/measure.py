"""CPU seconds of this process and its children, the best of a few runs: wall time means little on a shared machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object], *, runs: int = 3) -> float:
    return min(_once(work) for _ in range(runs))


def wall_seconds(work: Callable[[], object], *, runs: int = 3) -> float:
    best = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - began)
    return best


def _once(work: Callable[[], object]) -> float:
    before = _spent()
    work()
    return _spent() - before


def _spent() -> float:
    children = os.times()
    return time.process_time() + children.children_user + children.children_system
