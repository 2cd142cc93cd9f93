"""A whole home, made by the demonstration itself in processes of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from once import made_once

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
Furnish = Callable[..., Path]
UNNAMED = "from meterkeep.site import composition\ncomposition.open_or_unnamed()"


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


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Furnish:
    """Puts at a place the home that `init` makes with these arguments, or without any that which the first ingest makes.

    Copied, because its migrations take three seconds. The tests of `init` itself are not to use it.
    """

    def new(home: Path, *arguments: str) -> Path:
        def make(folder: Path) -> None:
            run = run_in(folder / "home", "init", *arguments) if arguments else begun(folder / "home")
            assert run.code == 0, run.err

        name = re.sub(r"\W+", "-", " ".join(("home", *arguments)))
        return Path(shutil.copytree(made_once(tmp_path_factory, name, make) / "home", home))

    return new


def begun(home: Path) -> Ran:
    return run_in(home, UNNAMED, interpreter=("-c",))


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
