"""A whole home, made by the demonstration itself in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CUSTOMERS = 150
"""The fewest of whom anything can be published."""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


def run_in(
    home: Path,
    *arguments: object,
    stdin: str | None = None,
    interpreter: tuple[str, ...] = ("-m", "meterkeep"),
) -> Ran:
    environment = {**os.environ, "METERKEEP_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    environment.pop("METERKEEP_PERSON", None)
    done = subprocess.run(
        [sys.executable, *interpreter, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        input=stdin,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The demonstration's home, and what it printed."""
    home = tmp_path_factory.mktemp("coastal") / "home"
    return home, run_in(home, "demo", "--no-serve", "--customers", CUSTOMERS)


@pytest.fixture(scope="session", name="run_in")
def run_in_any() -> Run:
    """Runs a command in the home that is named."""
    return run_in


@pytest.fixture
def meterkeep(tmp_path: Path) -> Run:
    """Runs a command in a home of its own, which does not exist yet."""
    return lambda *arguments, **options: run_in(tmp_path / "home", *arguments, **options)


@pytest.fixture
def python(tmp_path: Path) -> Run:
    """Runs a script for the same home."""
    return lambda script: run_in(tmp_path / "home", script, interpreter=("-c",))
