"""Nothing in the log can be changed, removed or hidden without being found, and the place is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.ledger import Entry, FileSigner, Journal
from meterkeep.ledger.frames import FIRST_LINE
from meterkeep.ledger.verification import verify

Make = Callable[..., Entry]


def fill(folder: Path, signer: FileSigner, batches: list[list[Entry]]) -> list[str]:
    """Makes a log and gives the checkpoint after each batch."""
    journal, checkpoints = Journal.open(folder, signer=signer), []
    for batch in batches:
        journal.append(batch)
        checkpoints.append((folder / "checkpoint").read_text())
    journal.close()
    return checkpoints


@dataclass
class Log:
    folder: Path
    checkpoints: list[str]

    def files(self) -> list[Path]:
        named = [self.folder / name for name in ("journal", "checkpoint", "public-key")]
        return named + sorted(path for path in (self.folder / "tile").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, signer: FileSigner, make: Make) -> Log:
    folder = tmp_path_factory.mktemp("small") / "ledger"
    return Log(folder, fill(folder, signer, [[make(), make()], [make()]]))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, signer: FileSigner, make: Make) -> Log:
    folder = tmp_path_factory.mktemp("large") / "ledger"
    sizes = (100, 150, 6, 1, 350)
    return Log(folder, fill(folder, signer, [[make() for _ in range(size)] for size in sizes]))


def with_flipped_byte(path: Path, at: int, check: Callable[[], None]) -> None:
    original = path.read_bytes()
    changed = bytearray(original)
    changed[at] ^= 1
    path.write_bytes(changed)
    try:
        check()
    finally:
        path.write_bytes(original)


def test_an_untouched_log_holds(small: Log, large: Log) -> None:
    assert verify(small.folder).size == 3
    found = verify(large.folder)
    assert (found.ok, found.size, found.notes) == (True, 607, [])


def test_every_flipped_byte_of_a_small_log_is_found(small: Log) -> None:
    """Each byte of the journal; of the longer files, which repeat or sign it, every few."""
    for path in small.files():
        step = 1 if path.name == "journal" else 1 + path.stat().st_size // 100
        for at in range(0, path.stat().st_size, step):
            with_flipped_byte(path, at, lambda: not_ok(small.folder))


def not_ok(folder: Path) -> None:
    assert not verify(folder).ok


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_flipped_byte_of_a_large_log_is_found(large: Log, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(large.files()))
    at = data.draw(st.integers(0, path.stat().st_size - 1))
    with_flipped_byte(path, at, lambda: not_ok(large.folder))


def test_the_first_problem_names_the_place(large: Log) -> None:
    def places(path: Path, at: int) -> str:
        found: list[str] = []
        with_flipped_byte(path, at, lambda: found.append(verify(large.folder).problems[0].where))
        return found[0]

    assert places(large.folder / "tile/0/001", 99) == "tile/0/001"
    assert places(large.folder / "tile/entries/000", 5000) == "tile/entries/000"
    assert places(large.folder / "tile/1/000.p/2", 40) == "tile/1/000.p/2"
    assert places(large.folder / "checkpoint", 3) == "checkpoint"
    assert places(large.folder / "journal", len(FIRST_LINE) + 30) == f"journal: byte {len(FIRST_LINE)}"


@pytest.mark.parametrize("lost", ["tile/0/000", "tile/entries/001", "tile/0/002.p/95", "tile/1/000.p/2"])
def test_a_missing_tile_is_found(large: Log, lost: str) -> None:
    path = large.folder / lost
    aside = path.rename(path.with_name("aside"))
    try:
        assert (verify(large.folder).problems[0].where, verify(large.folder).problems[0].message) == (
            lost,
            "is missing",
        )
    finally:
        aside.rename(path)


def test_every_older_checkpoint_is_continued(large: Log) -> None:
    assert [verify(large.folder, older=note).problems for note in large.checkpoints] == [[]] * 5


def test_a_history_rewritten_by_the_holder_of_the_key_is_found_with_an_older_checkpoint(
    tmp_path: Path, signer: FileSigner, make: Make
) -> None:
    kept, dropped, later = make(), make(), make()
    (older,) = fill(tmp_path / "true", signer, [[kept, dropped]])
    fill(tmp_path / "rewritten", signer, [[kept, later]])
    assert verify(tmp_path / "rewritten").ok
    problem = verify(tmp_path / "rewritten", older=older).problems[0]
    assert problem.where == "older checkpoint"
    assert "first 2 entries" in problem.message


def test_a_log_that_was_set_back_is_found_with_an_older_checkpoint(
    tmp_path: Path, signer: FileSigner, make: Make
) -> None:
    folder = tmp_path / "ledger"
    fill(folder, signer, [[make()]])
    shutil.copytree(folder, tmp_path / "backup")
    (older,) = fill(folder, signer, [[make()]])
    assert "set back" in verify(tmp_path / "backup", older=older).problems[0].message


def test_a_log_signed_anew_with_another_key_is_found_with_the_true_key_or_an_older_checkpoint(
    tmp_path: Path, signer: FileSigner, make: Make
) -> None:
    entry = make()
    (older,) = fill(tmp_path / "true", signer, [[entry]])
    forger = FileSigner.create(tmp_path / "keys", origin=signer.origin)
    fill(tmp_path / "forged", forger, [[entry]])
    assert verify(tmp_path / "forged").ok
    assert not verify(tmp_path / "forged", (tmp_path / "true" / "public-key").read_text()).ok
    assert "not signed by this log" in verify(tmp_path / "forged", older=older).problems[0].message


def test_another_logs_checkpoint_is_no_older_one(
    tmp_path: Path, signer: FileSigner, make: Make, small: Log
) -> None:
    other = FileSigner.create(tmp_path / "keys", origin="log.example/other")
    (note,) = fill(tmp_path / "other", other, [[make()]])
    assert "another name" in verify(small.folder, older=note).problems[0].message


def test_an_older_checkpoint_that_is_none_is_bad_input(small: Log) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        verify(small.folder, older="yesterday\n")


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_where_there_is_no_log_nothing_is_verified(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="no log here"):
        verify(tmp_path / name)


@pytest.mark.parametrize("lost", ["journal", "checkpoint", "public-key"])
def test_a_missing_file_is_a_problem(tmp_path: Path, small: Log, lost: str) -> None:
    copy = shutil.copytree(small.folder, tmp_path / "copy")
    (copy / lost).unlink()
    assert [problem.where for problem in verify(copy).problems] == [
        "checkpoint" if lost == "public-key" else lost
    ]


def test_verifying_changes_nothing(tmp_path: Path, small: Log) -> None:
    copy = shutil.copytree(small.folder, tmp_path / "copy")
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    verify(copy)
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_what_a_later_append_has_replaced_is_served_by_the_whole_tile(
    tmp_path: Path, signer: FileSigner, make: Make
) -> None:
    """A reader with yesterday's checkpoint verifies today's files."""
    folder = tmp_path / "ledger"
    old, _ = fill(folder, signer, [[make() for _ in range(200)], [make() for _ in range(100)]])
    assert not (folder / "tile/0/000.p").exists()
    (folder / "checkpoint").write_text(old)
    found = verify(folder)
    assert (found.problems, found.notes) == ([], ["100 entries await their checkpoint."])
