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
from meterkeep.ledger.rotation import rotate
from meterkeep.ledger.sets import leaves_of
from meterkeep.ledger.verification import verify

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


WHEN = {"at": "2026-06-01T09:30:00Z", "on": "2026-06-01", "actor": "person-1"}


@pytest.fixture
def rotated(folder: Path, tmp_path: Path, make: Make) -> tuple[list[Path], list[Path]]:
    """A log whose keys changed twice and were then lost: its keys and its checkpoints of each time."""
    own, keys, olds = tmp_path / "own", list[Path](), list[Path]()
    journal = Journal.open(folder, signer=FileSigner.create(own, origin="log.example/rotating"))
    for number, size in enumerate((250, 10, 3, 2)):
        journal.append([make() for _ in range(size)])
        keys.append(shutil.copy(folder / "public-key", tmp_path / f"key-{number}"))
        olds.append(shutil.copy(folder / "checkpoint", tmp_path / f"old-{number}"))
        if number == 2:
            journal.close()
            (own / "log.key").unlink()
        if number < 3:
            rotate(folder, own, lost=number == 2, **WHEN)
        if number == 2:
            journal = Journal.open(folder, signer=FileSigner(own))
    journal.close()
    return keys, olds


def test_the_first_key_leads_to_todays_and_stops_at_a_loss(
    rotated: tuple[list[Path], list[Path]], folder: Path, tmp_path: Path
) -> None:
    keys, olds = rotated
    for older in olds:
        assert run(folder, "--key", keys[3], "--older", older).stdout.startswith("OK: ")
    for key in keys[:3]:
        assert "the keys were lost before entry 266" in run(folder, "--key", key).stdout
    both = tmp_path / "both"
    both.write_text(keys[0].read_text() + keys[3].read_text())
    assert run(folder, "--key", both, "--older", olds[1]).returncode == 0, "had in another way"


def test_handovers_hold_after_the_derived_files_were_made_again(
    rotated: tuple[list[Path], list[Path]], folder: Path, tmp_path: Path
) -> None:
    """A tile of the width that a handover's checkpoint has is not made again; a wider one holds the same."""
    shutil.rmtree(folder / "tile")
    (folder / "index.sqlite3").unlink()
    Journal.open(folder, signer=FileSigner(tmp_path / "own")).close()
    assert verify(folder, rotated[0][3].read_text(), older=rotated[1][0].read_text()).problems == []
    assert run(folder, "--key", rotated[0][3]).returncode == 0


@pytest.mark.parametrize("how", ["swapped", "missing", "other keys"])
def test_a_handover_that_does_not_hold_is_not_followed(
    folder: Path, tmp_path: Path, make: Make, how: str
) -> None:
    own, first = tmp_path / "own", tmp_path / "first"
    journal = Journal.open(folder, signer=FileSigner.create(own, origin="log.example/rotating"))
    first.write_bytes((folder / "public-key").read_bytes())
    for _ in range(2):
        journal.append([make()])
        rotate(folder, own, **WHEN)
    journal.close()
    assert run(folder, "--key", first).returncode == 0
    given = folder / "handovers/2"
    if how == "swapped":
        shutil.copy(folder / "handovers/4", given)
    elif how == "missing":
        given.unlink()
    else:
        stranger = FileSigner.create(tmp_path / "stranger", origin="log.example/rotating")
        first.write_text("".join(f"{key}\n" for key in stranger.public_keys))
    assert run(folder, "--key", first).returncode == 1


def test_sets_are_checked_by_their_leaves_where_those_were_fetched(
    folder: Path, journal: Journal, make: Make
) -> None:
    crowd = [f"{number:032x}" for number in range(700)]
    root = journal.entry(journal.append([make("release.delivered", subjects=crowd)])[0]).subject_set
    fetched = folder / "set-leaves" / root
    fetched.parent.mkdir()
    assert (run(folder).returncode, run(folder).stdout) == (2, ""), "one is missing"
    fetched.write_bytes(b"".join(leaves_of(folder, root)))
    assert run(folder).returncode == 0
    fetched.write_bytes(fetched.read_bytes()[32:])
    assert f"set {root} is not what" in run(folder).stdout


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
