"""The world of tests/gate/world.py as fixtures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from gate.world import ON, Agreement, World, build, cmep_line


@pytest.fixture
def world(tmp_path: Path) -> World:
    return build(tmp_path, create=True)


@pytest.fixture
def metered(world: World, cmep_file: Callable[..., Path]) -> World:
    """Two customers, one after the other at one usage point, and a third elsewhere; hourly readings of 1 kWh."""
    path = cmep_file(world.folder / "meters.cmep", meters=("SYN-1", "SYN-2"), first=date(2026, 1, 1), days=59)
    world.gate.take_in(path, by="clerk", on=ON)
    first, second = (int(world.gate.vault.known_surrogate(meter)) for meter in ("SYN-1", "SYN-2"))
    moved = date(2026, 1, 16)
    world.register.agreements = [
        Agreement("a" * 31 + "1", first, date(2025, 1, 1), moved),
        Agreement("b" * 31 + "2", first, moved, date(2030, 1, 1)),
        Agreement("c" * 31 + "3", second, date(2025, 1, 1), date(2030, 1, 1)),
    ]
    return world


@pytest.fixture
def cmep_file() -> Callable[..., Path]:
    """Writes a synthetic MEPMD01 file: one line per meter and local day, 24 hours of 1 kWh (no daylight saving inside)."""

    def write(path: Path, *, meters: Sequence[str], first: date, days: int) -> Path:
        lines = [
            cmep_line(meter, date.fromordinal(first.toordinal() + day))
            for meter in meters
            for day in range(days)
        ]
        path.write_text("\n".join(lines) + "\n")
        return path

    return write
