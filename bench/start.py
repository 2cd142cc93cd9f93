"""Second start of ./run, whichever environment ran last (issue: under 3 seconds)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from measure import wall_seconds

RUN = Path(__file__).resolve().parents[1] / "run"


def main() -> None:
    for name, arguments in (
        ("meterkeep --help", ["--help"]),
        ("test --version", ["test", "--version"]),
        ("decide", ["decide", "-"]),
    ):
        print(f"{name:<22} {wall_seconds(lambda a=arguments: _run(a)):6.2f} s")


def _run(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as home:
        subprocess.run(
            [RUN, *arguments],
            env={**os.environ, "METERKEEP_HOME": home},
            input=b'{"provider":"cea","action":"disclose","on":"2026-01-01","facts":{}}',
            capture_output=True,
            check=False,
        )
