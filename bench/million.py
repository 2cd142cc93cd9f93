"""A million meters and a hundred million readings through the front door, on this machine: files in, months added up, one day
corrected, months compacted, one customer erased, the month purged. Each act is a process of its own, as an operator's would be.

The readings are invented. Takes some five CPU minutes and 1 GB of disk; METERS=100000 makes it a tenth.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from meterkeep.readings.formats.writing.wide_csv import write_wide_csv

METERS = int(os.environ.get("METERS", "1000000"))
FILES = 10
CORRECTED = 100
"""One meter in so many sends its day again."""
ZONE = "America/Los_Angeles"
FIRST = int(datetime(2025, 3, 3, 8, tzinfo=UTC).timestamp())
START = FIRST + 900 * np.arange(96, dtype=np.int64)
STORE = "import sys; from pathlib import Path; from meterkeep.readings.store import Store; store = Store.open(Path(sys.argv[1]))\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        _meterkeep(home, "init", "--provider", "cea", "--zone", ZONE, "--synthetic")
        total = 0
        for number in range(FILES):
            total += _ingest(home, Path(folder), number, range(number, METERS, FILES), seed=number)
        _say_size(home, total)
        _months(home)
        total += _ingest(home, Path(folder), FILES, range(0, METERS, CORRECTED), seed=99)
        _months(home)
        _act(home, "compact", "store", "compact", "--as-of", "2025-05-01", "--by", "operator")
        _months(home)
        _erase(home)
        _act(home, "prove", "store", "prove")
        _purge(home)
        _act(home, "prove", "store", "prove")


def _ingest(home: Path, folder: Path, number: int, meters: range, *, seed: int) -> int:
    """A day of quarter hours of these meters as one wide CSV."""
    path = folder / f"day-{number}.csv"
    values = np.random.default_rng(seed).integers(20, 900, (len(meters), 96))
    with path.open("wb") as file:
        names = [f"SYN{meter:08d}" for meter in meters]
        write_wide_csv(file, names, START, values, seconds=900, zone=ZONE)
    size = path.stat().st_size
    report = json.loads(_act(home, f"ingest {size / 1e6:.0f} MB", "ingest", str(path), "--json"))
    stored = report["stored"] + report["files"][0]["already_stored"]
    assert report["records"] == stored == values.size, report["files"][0]["notes"]
    path.unlink()
    return values.size


def _say_size(home: Path, total: int) -> None:
    size = sum(path.stat().st_size for path in (home / "store").rglob("*.parquet"))
    whole = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    print(f"{total / 1e6:.0f} M readings: {size / total:.2f} bytes each; the home {whole / 1e6:.0f} MB")


def _months(home: Path) -> None:
    """The month of everybody: the input of a release."""
    code = (
        STORE
        + """
import pyarrow as pa, pyarrow.parquet as pq, pyarrow.compute as pc
from datetime import date
numbers = pc.unique(pa.concat_tables(pq.read_table(path, columns=["usage_point"]) for path in Path(sys.argv[1]).rglob("days/**/*.parquet"))["usage_point"])
held = pa.table({"usage_point": numbers, "start": pa.array([0] * len(numbers)), "end": pa.array([2**33] * len(numbers))})
found = store.monthly(held, [date(2025, 3, 1)])
print(len(found), pc.sum(found["total"]).as_py())
"""
    )
    print(
        "  ", _run(f"months of {METERS:,}", [sys.executable, "-c", code, str(home / "store")], home).strip()
    )


def _erase(home: Path) -> None:
    code = (
        STORE
        + """
import pyarrow as pa, pyarrow.parquet as pq
from datetime import UTC, datetime
number = pq.read_table(next(Path(sys.argv[1]).rglob("days/**/*.parquet")), columns=["usage_point"])["usage_point"][0].as_py()
span = pa.table({"usage_point": pa.array([number], pa.int32()), "start": [0], "end": [2**33]})
assert not store.erase(span, at=datetime(2026, 1, 1, tzinfo=UTC)).findings
"""
    )
    _run("erase one", [sys.executable, "-c", code, str(home / "store")], home)


def _purge(home: Path) -> None:
    code = (
        STORE
        + """
from datetime import UTC, date, datetime
assert not store.purge(date(2025, 3, 1), date(2025, 4, 1), at=datetime(2026, 1, 2, tzinfo=UTC)).findings
"""
    )
    _run("purge the month", [sys.executable, "-c", code, str(home / "store")], home)


def _act(home: Path, what: str, *words: str) -> str:
    return _run(what, [sys.executable, "-m", "meterkeep", *words], home)


def _meterkeep(home: Path, *words: str) -> None:
    _act(home, words[0], *words)


def _run(what: str, command: list[str], home: Path) -> str:
    """Prints the CPU seconds, the wall seconds and the largest memory of a process and its children."""
    env = {**os.environ, "METERKEEP_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[1] / "src")}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{what:<24} {cpu:7.1f} CPU s {time.perf_counter() - began:7.1f} s  {after.ru_maxrss // 1024:6,} MB at most so far",
        flush=True,
    )
    if done.returncode:
        raise SystemExit(f"{what} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout
