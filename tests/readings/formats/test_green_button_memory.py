"""A file four times as long takes no more memory: its readings leave in blocks, and what is kept of an entry is eight bytes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.memory import TELL_PEAK
from tests.readings.formats.test_green_button_stretches import (
    ENTRIES,
    HEAD,
    METER_READING,
    POINT,
    READING,
    READING_TYPE,
)

_READ = """
import sys
from pathlib import Path
from meterkeep.readings.formats import open_file
print(sum(len(block) for block in open_file(Path(sys.argv[1])).blocks()))
"""
_ALLOWED = 40  # MB, of 300 more that are read


def write(path, entries, per_block):
    """Blocks that overlap: a file of any length, without instants beyond what a file may hold."""
    rows = "".join(
        READING.format(seconds=3600, start=1_600_000_000 + 3600 * n, value=n) for n in range(per_block)
    )
    entry = (
        ENTRIES[0]
        .format(n=7, m=1, start=0, readings=rows)
        .replace("0000-7", "%032d")
        .replace("IntervalBlock/7", "IntervalBlock/%d")
    )
    with path.open("w") as file:
        file.write(HEAD + POINT + METER_READING.format(m=1) + READING_TYPE.format(m=1, length=3600))
        file.writelines(entry % (n, n) for n in range(entries))
        file.write("</feed>")
    return path.stat().st_size / 1e6


def peak(path):
    told = subprocess.run(
        [sys.executable, "-c", _READ + TELL_PEAK, str(path)], check=True, capture_output=True, text=True
    ).stdout.split()
    return int(told[0]), int(told[1]) // 1024


@pytest.mark.slow
@pytest.mark.parametrize("per_block", [24, 1])
def test_memory_stays_flat(tmp_path, per_block):
    path, peaks = tmp_path / "long.xml", {}
    size = write(path, 1_000, per_block) / 1_000
    for megabytes in (100, 400):
        entries = int(megabytes / size)
        write(path, entries, per_block)
        readings, peaks[megabytes] = peak(path)
        assert readings == entries * per_block
    assert peaks[400] - peaks[100] < _ALLOWED
    assert peaks[400] < 300
