"""Every system call that writes fails in turn: what was acknowledged is there, the log holds, and the next append goes on.

After the fault test of Trillian Tessera: strace makes the n-th call fail, for every n.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.ledger import Entry, FileSigner, Journal
from meterkeep.ledger.verification import verify

Make = Callable[..., Entry]

# Three batches with a set each; prints "id index" of what was acknowledged and the name of each refusal.
APPENDER = """
import sys
from pathlib import Path
from meterkeep.errors import MeterkeepError
from meterkeep.ledger import Entry, FileSigner, Journal

try:
    journal = Journal.open(Path(sys.argv[1]), signer=FileSigner(Path(sys.argv[2])))
    for _ in range(3):
        crowd = [f"{number:032x}" for number in range(100)]
        batch = [
            Entry(name="access.intent", at="2026-03-01T09:30:00Z", on="2026-03-01", subjects=crowd) for _ in range(90)
        ]
        try:
            indices = journal.append(batch)
        except MeterkeepError as error:
            print(type(error).__name__)
        else:
            print("\\n".join(f"{entry.id} {index}" for entry, index in zip(batch, indices)))
except MeterkeepError as error:
    print(type(error).__name__)
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
@pytest.mark.parametrize("begun", [True, False], ids=["begun", "new"])
@pytest.mark.parametrize(
    ("call", "error"),
    [("fdatasync", "EIO"), ("fsync", "EIO"), ("pwrite64", "ENOSPC"), ("rename", "EIO"), ("ftruncate", "EIO")],
)
def test_a_failing_call_loses_nothing(
    tmp_path: Path, keys: Path, signer: FileSigner, make: Make, call: str, error: str, begun: bool
) -> None:
    for count in [*range(1, 20), *range(20, 200, 9)]:  # SQLite alone writes a hundred times
        folder = tmp_path / str(count)
        if begun:
            journal = Journal.open(folder, signer=signer)
            journal.append([make() for _ in range(100)])
            journal.close()
        trace = tmp_path / "trace"
        strace = ["strace", "-f", "-qq", "-o", str(trace), "-e", f"inject={call}:error={error}:when={count}"]
        python = [sys.executable, "-c", APPENDER, str(folder), str(keys)]
        done = subprocess.run(
            [*strace, "-e", f"trace={call}", *python], capture_output=True, text=True, check=False
        )
        if "INJECTED" not in trace.read_text():
            return
        assert done.stderr == ""
        told = [line.split() for line in done.stdout.splitlines()]
        assert {line[0] for line in told if len(line) == 1} <= {"Busy"}
        reopened = Journal.open(folder, signer=signer)
        assert all(reopened.find(line[0]) == int(line[1]) for line in told if len(line) == 2)
        reopened.append([make()])
        assert (verify(folder).problems, verify(folder).notes) == ([], [])
        reopened.close()
    raise AssertionError("the calls do not end")
