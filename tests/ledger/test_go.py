"""The Go team's own notes and trees accept what we publish, and refuse each flipped bit of it.

The program is `tests/ledger/go`, on Debian's golang-golang-x-mod-dev: nothing of it is ours but the paths of files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.ledger import Entry, FileSigner, Journal, prove
from meterkeep.ledger.rotation import rotate
from meterkeep.ledger.witness.asking import ask
from meterkeep.ledger.witness.witness import Witness

Make = Callable[..., Entry]
Go = Callable[..., str]
LIBRARY = Path("/usr/share/gocode/src/golang.org/x/mod")
WHEN = {"at": "2026-06-01T09:30:00Z", "on": "2026-06-01", "actor": "person-1"}
SIZES = (0, 1, 255, 256, 257, 600, 66_000)

pytestmark = pytest.mark.skipif(
    not (shutil.which("go") and LIBRARY.exists()) and "CI" not in os.environ, reason="Go is not installed"
)


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Go:
    """Runs the program, built once: its answer, or "REFUSED: …"."""
    program = tmp_path_factory.mktemp("go") / "verify"
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": str(LIBRARY.parents[3]), "GOFLAGS": "", "CGO_ENABLED": "0",
        "GOCACHE": str(program.parent / "cache"),
    }  # fmt: skip
    source = Path(__file__).parent / "go"
    subprocess.run(["go", "build", "-o", str(program), "."], cwd=source, env=environment, check=True)

    def run(*arguments: str | Path) -> str:
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.stderr == ""
        assert done.returncode == (not done.stdout.startswith("OK: "))
        return done.stdout.strip()

    return run


@pytest.fixture
def grown(folder: Path, signer: FileSigner, make: Make) -> Callable[[int], Path]:
    journal = Journal.open(folder, signer=signer)

    def grow(size: int) -> Path:
        journal.append([make() for _ in range(size - journal.size)])
        return folder

    return grow


def test_a_log_of_any_size_is_accepted(grown: Callable[[int], Path], go: Go, tmp_path: Path) -> None:
    """Grown step by step, each checkpoint held against the next; two levels of tiles are full at the last."""
    older: list[Path] = []
    for size in SIZES:
        log = grown(size)
        for past in older[-2:]:
            assert go("log", log, log / "public-key", past).startswith(
                f"OK: log.example/synthetic: {size} entries"
            )
        assert go("log", log, log / "public-key").startswith("OK: ")
        if size:
            older = [*older, tmp_path / str(size)]
            older[-1].write_text((log / "checkpoint").read_text())


def test_a_witnessed_log_and_one_with_new_keys_are_accepted(
    folder: Path, make: Make, tmp_path: Path, go: Go
) -> None:
    keys = tmp_path / "keys"
    journal = Journal.open(folder, signer=FileSigner.create(keys, origin="log.example/go"))
    journal.append([make() for _ in range(3)])
    witness = Witness.create(tmp_path / "w", name="witness.example/w")
    (folder / "policy").write_text(f"witness w {witness.public_keys[0]}\nquorum none\n")
    ask(folder, post=lambda url, body: witness.add_checkpoint(body, now=1))
    rotate(folder, keys, **WHEN)
    journal.append([make()])
    assert go("log", folder, folder / "public-key").startswith("OK: log.example/go: 5 entries")


def test_the_first_key_leads_to_that_of_today_unless_it_was_lost(
    folder: Path, make: Make, tmp_path: Path, go: Go
) -> None:
    keys, first = tmp_path / "keys", tmp_path / "first"
    journal = Journal.open(folder, signer=FileSigner.create(keys, origin="log.example/go"))
    first.write_bytes((folder / "public-key").read_bytes())
    for size in (250, 10, 3):
        journal.append([make() for _ in range(size)])
        rotate(folder, keys, **WHEN)
    journal.append([make()])
    assert go("log", folder, first).startswith("REFUSED: ")
    assert go("follow", folder, first).startswith("OK: log.example/go: 267 entries")
    assert go("follow", folder, folder / "public-key").startswith("OK: log.example/go: 267 entries")
    handover = folder / "handovers/262"
    note = handover.read_text()
    handover.write_text((folder / "handovers/266").read_text())
    assert go("follow", folder, first).startswith("REFUSED: a handover is not signed")
    handover.write_text(note)
    (keys / "log.key").unlink()
    journal.close()
    rotate(folder, keys, lost=True, **WHEN)
    assert go("follow", folder, first).startswith("REFUSED: the keys were lost")
    assert go("follow", folder, folder / "public-key").startswith("OK: log.example/go: 268 entries")


def test_each_flipped_bit_of_a_small_log_is_refused(grown: Callable[[int], Path], go: Go) -> None:
    log = grown(9)
    said = go("flips", log, log / "public-key", "1")
    entries = (log / "tile/entries/000.p/9").stat().st_size
    assert said.endswith(" flips refused")
    assert int(said.split()[1]) > 8 * (entries + 9 * 32)


@pytest.mark.parametrize("step", [997, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "each"])
def test_flipped_bits_of_a_log_with_whole_tiles_are_refused(
    grown: Callable[[int], Path], go: Go, step: int
) -> None:
    log = grown(260)
    shutil.rmtree(log / "tile/0/000.p", ignore_errors=True)
    assert go("flips", log, log / "public-key", str(step)).endswith(" flips refused")


def test_proofs_are_accepted_and_each_flipped_bit_of_one_is_refused(
    grown: Callable[[int], Path], go: Go, tmp_path: Path, folder: Path, signer: FileSigner
) -> None:
    log = grown(600)
    journal = Journal.open(folder, signer=signer)
    proof, entry = tmp_path / "proof", tmp_path / "entry"
    for index in (0, 255, 256, 511, 599):
        proof.write_text(prove(log, index))
        entry.write_bytes(journal.entry_bytes(index))
        assert go("proof", proof, entry, log / "public-key") == f"OK: entry {index} of 600"
    assert go("flips-of-proof", proof, entry, log / "public-key").endswith(" flips refused")
    entry.write_bytes(journal.entry_bytes(7))
    assert go("proof", proof, entry, log / "public-key").startswith("REFUSED: ")


def test_another_history_and_another_key_are_refused(
    grown: Callable[[int], Path], go: Go, tmp_path: Path, make: Make, signer: FileSigner
) -> None:
    log = grown(300)
    fork = Journal.open(tmp_path / "fork", signer=signer)
    fork.append([make() for _ in range(20)])
    assert go("log", log, log / "public-key", tmp_path / "fork/checkpoint").startswith("REFUSED: ")
    FileSigner.create(tmp_path / "stranger", origin=signer.origin)
    stranger = tmp_path / "strange-key"
    stranger.write_text("".join(f"{key}\n" for key in FileSigner(tmp_path / "stranger").public_keys))
    assert go("log", log, stranger).startswith("REFUSED: ")
