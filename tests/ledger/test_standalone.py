"""The stand-alone verifier agrees with the log's own, needs only what is published, and shares no code with it."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.ledger import Entry, FileSigner, Journal

Make = Callable[..., Entry]
SCRIPT = Path(__file__).parents[2] / "src/meterkeep/ledger/verify.py"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Alone: isolated from this project, as if the file had been copied away."""
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, signer: FileSigner, make: Make) -> Path:
    """What the public face serves: checkpoint, key and tiles; with the checkpoint of 40 entries beside them."""
    folder = tmp_path_factory.mktemp("source") / "ledger"
    journal = Journal.open(folder, signer=signer)
    journal.append([make() for _ in range(40)])
    public = tmp_path_factory.mktemp("public")
    (public / "older").write_text(journal.checkpoint())
    journal.append([make() for _ in range(560)])
    for name in ("checkpoint", "public-key"):
        shutil.copy(folder / name, public / name)
    shutil.copytree(folder / "tile", public / "tile")
    return public


def test_it_accepts_what_was_published(published: Path) -> None:
    done = run(published, "--key", published / "public-key", "--older", published / "older")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("OK: log.example/synthetic: 600 entries, root ")


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "meterkeep.ledger.verify", "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "path", ["checkpoint", "tile/0/001", "tile/entries/000", "tile/entries/002.p/88", "tile/1/000.p/2"]
)
@pytest.mark.parametrize("at", [0, 30, -40])
def test_it_finds_a_flipped_byte(published: Path, tmp_path: Path, path: str, at: int) -> None:
    copy = shutil.copytree(published, tmp_path / "copy")
    data = bytearray((copy / path).read_bytes())
    at = (
        30 if path == "checkpoint" else at
    )  # behind its Ed25519 line is the other signature, which it leaves alone
    data[at] ^= 1
    (copy / path).write_bytes(data)
    done = run(copy)
    assert (done.returncode, done.stdout[:10]) == (1, "TAMPERED: ")


def test_it_finds_another_history(published: Path, tmp_path: Path, signer: FileSigner, make: Make) -> None:
    Journal.open(tmp_path / "ledger", signer=signer).append([make() for _ in range(600)])
    done = run(tmp_path / "ledger", "--older", published / "older")
    assert (done.returncode, "no continuation" in done.stdout) == (1, True)


def test_an_empty_log_holds(tmp_path: Path, signer: FileSigner) -> None:
    Journal.open(tmp_path / "ledger", signer=signer).close()
    assert run(tmp_path / "ledger").returncode == 0


def test_without_a_log_it_says_so(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, "no log here" in done.stderr) == (2, True)


def test_it_imports_the_standard_library_and_cryptography_only() -> None:
    tree = ast.parse(SCRIPT.read_text())
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {name.partition(".")[0] for name in modules} - sys.stdlib_module_names == {"cryptography"}
