"""Entries are appended once, found again, and survive whatever stands around the journal."""

from __future__ import annotations

import os
import resource
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meterkeep.errors import BadInput, Busy
from meterkeep.ledger import Entry, EventName, FileSigner, Journal, Tampered
from meterkeep.ledger.locks import exclusive
from meterkeep.ledger.notes import read_checkpoint
from meterkeep.ledger.verification import verify

Make = Callable[..., Entry]


def checkpoint_size(folder: Path) -> int:
    return read_checkpoint((folder / "checkpoint").read_text()).size


def test_a_new_log_is_empty_signed_and_closed_to_others(journal: Journal, folder: Path) -> None:
    assert journal.size == 0
    assert checkpoint_size(folder) == 0
    assert journal.checkpoint().startswith("log.example/synthetic\n0\n")
    assert verify(folder).ok
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder / "journal", folder / "checkpoint"))


def test_entries_are_numbered_in_order_and_read_back(journal: Journal, make: Make) -> None:
    entries = [make(actor=f"person-{number}") for number in range(5)]
    assert journal.append(entries[:3]) == [0, 1, 2]
    assert journal.append(entries[3:]) == [3, 4]
    assert [journal.entry(index) for index in range(5)] == entries
    assert journal.size == 5


def test_an_event_may_be_given_as_a_member_of_the_vocabulary(journal: Journal, make: Make) -> None:
    journal.append([make(EventName.PARTY_CEASED)])
    assert journal.recent(1, "party.")[0][1].name == "party.ceased"


def test_an_empty_append_changes_nothing(journal: Journal) -> None:
    before = journal.checkpoint()
    assert journal.append([]) == []
    assert journal.checkpoint() == before


def test_a_known_id_keeps_its_index_and_is_not_written_again(journal: Journal, make: Make) -> None:
    first, second, third = make(), make(), make()
    journal.append([first, second])
    assert journal.append([second, third, first, third]) == [1, 2, 0, 2]
    assert journal.size == 3


def test_an_entry_is_found_by_id(journal: Journal, make: Make) -> None:
    entry = make()
    journal.append([make(), entry])
    assert journal.find(entry.id) == 1
    assert journal.find(make().id) is None


@pytest.mark.parametrize("index", [-1, 1])
def test_there_is_no_entry_outside_the_log(journal: Journal, make: Make, index: int) -> None:
    journal.append([make()])
    with pytest.raises(BadInput, match="no entry"):
        journal.entry(index)


def test_one_wrong_entry_stops_its_whole_batch(journal: Journal, make: Make) -> None:
    with pytest.raises(BadInput):
        journal.append([make(), make("no.such_event")])
    assert journal.size == 0


def test_the_newest_come_first_and_by_family(journal: Journal, make: Make) -> None:
    names = ["access.intent", "policy.adopted", "access.delivered", "party.recorded", "access.intent"]
    journal.append([make(name) for name in names])
    assert [index for index, _ in journal.recent(2)] == [4, 3]
    assert [index for index, _ in journal.recent(9, "access.")] == [4, 2, 0]
    assert [entry.name for _, entry in journal.recent(1, "access.intent")] == ["access.intent"]
    assert journal.recent(9, "nothing.") == []


def test_an_intent_without_outcome_is_unresolved_once_its_owner_is_gone(journal: Journal, make: Make) -> None:
    answered, alive, dead = (make("access.intent", lease=lease) for lease in ("dead", "alive", "dead"))
    journal.append([answered, alive, dead, make("access.failed", intent=answered.id, outcome="failed")])
    found = journal.unresolved(lambda lease: lease == "alive")
    assert found == [(2, dead)]
    journal.append([make("access.undetermined", intent=dead.id)])
    assert journal.unresolved(lambda lease: lease == "alive") == []


def test_another_journal_on_the_same_folder_sees_and_continues(
    journal: Journal, folder: Path, signer: FileSigner, make: Make
) -> None:
    other = Journal.open(folder, signer=signer)
    first, second, third = make(), make(), make()
    journal.append([first])
    assert other.find(first.id) == 0
    assert other.append([second, first]) == [1, 0]
    assert journal.append([third]) == [2]
    assert other.entry(2) == third
    assert verify(folder).ok


def test_threads_share_a_journal(journal: Journal, folder: Path, make: Make) -> None:
    batches = [[make() for _ in range(5)] for _ in range(8)]
    threads = [threading.Thread(target=journal.append, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {journal.find(entry.id) for batch in batches for entry in batch} == set(range(40))
    assert verify(folder).ok


def test_a_forked_child_and_its_parent_both_append(journal: Journal, folder: Path, make: Make) -> None:
    journal.append([make()])
    child_entry, parent_entry = make(), make()
    child = os.fork()
    if child == 0:
        os._exit(0 if journal.append([child_entry]) else 1)
    journal.append([parent_entry])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert {journal.find(child_entry.id), journal.find(parent_entry.id)} == {1, 2}
    assert verify(folder).ok


def test_whoever_waits_too_long_for_the_lock_is_told(folder: Path, journal: Journal) -> None:
    with (
        exclusive(folder / "lock"),
        pytest.raises(Busy, match="holds the log"),
        exclusive(folder / "lock", patience=0.05),
    ):
        pass


@pytest.mark.parametrize("size", [3, 256, 300, 520])
@pytest.mark.parametrize("lost", ["index.sqlite3", "tile", "checkpoint", "index and tile"])
def test_what_is_derived_is_made_again(
    folder: Path, signer: FileSigner, make: Make, size: int, lost: str
) -> None:
    journal = Journal.open(folder, signer=signer)
    entries = [make(subjects=[f"{number:032x}"]) for number in range(size)]
    journal.append(entries[:1])
    early = (folder / "checkpoint").read_text()
    journal.append(entries[1:])
    late = (folder / "checkpoint").read_text()
    journal.close()
    if "tile" in lost:
        shutil.rmtree(folder / "tile")
    if "index" in lost:
        (folder / "index.sqlite3").unlink()
    if lost == "checkpoint":  # as if killed after the journal was written
        (folder / "checkpoint").write_text(early)
    reopened = Journal.open(folder, signer=signer)
    assert reopened.size == size
    assert read_checkpoint(reopened.checkpoint()).root == read_checkpoint(late).root
    assert reopened.for_subject(f"{size - 1:032x}") == [(size - 1, entries[-1])]
    assert reopened.append([make()]) == [size]
    assert verify(folder, older=early).ok


def test_an_index_that_is_no_database_is_made_again(folder: Path, signer: FileSigner, make: Make) -> None:
    entry = make()
    journal = Journal.open(folder, signer=signer)
    journal.append([entry])
    journal.close()
    (folder / "index.sqlite3").write_bytes(b"not a database, whatever its name says" * 200)
    assert Journal.open(folder, signer=signer).find(entry.id) == 0


def test_an_index_of_a_longer_journal_is_made_again(folder: Path, signer: FileSigner, make: Make) -> None:
    """As after a restore whose files were copied one after the other."""
    journal = Journal.open(folder, signer=signer)
    journal.append([make()])
    shutil.copytree(folder, folder.with_name("backup"))
    journal.append([make(), make()])
    journal.close()
    for name in ("journal", "checkpoint"):
        shutil.copy(folder.with_name("backup") / name, folder / name)
    restored = Journal.open(folder, signer=signer)
    assert restored.size == 1
    assert restored.append([make()]) == [1]
    assert verify(folder).ok


@contextmanager
def no_file_beyond(size: int) -> Iterator[None]:
    """The kernel fails writes beyond this size, as a full disk does: part of the bytes, then an error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_acknowledges_nothing_and_the_next_append_goes_on(
    folder: Path, signer: FileSigner, make: Make
) -> None:
    journal = Journal.open(folder, signer=signer)
    journal.append([make(recipient="x" * 60_000) for _ in range(5)])
    before, size = journal.checkpoint(), (folder / "journal").stat().st_size
    lost = make(recipient="y" * 60_000)
    with no_file_beyond(size + 1000), pytest.raises(Busy, match="cannot be written"):
        journal.append([lost])
    assert (folder / "journal").stat().st_size == size
    assert journal.checkpoint() == before
    assert journal.find(lost.id) is None
    assert journal.append([lost]) == [5]
    assert verify(folder).ok


def test_a_failure_after_the_journal_was_written_is_made_good_by_the_next_append(
    folder: Path, signer: FileSigner, make: Make
) -> None:
    journal = Journal.open(folder, signer=signer)
    journal.append([make()])
    (folder / "tile").rename(folder / "aside")
    (folder / "tile").write_text("in the way of the folder")
    entry = make()
    with pytest.raises(Busy):
        journal.append([entry])
    assert checkpoint_size(folder) == 1
    (folder / "tile").unlink()
    (folder / "aside").rename(folder / "tile")
    assert journal.append([entry]) == [1]
    assert checkpoint_size(folder) == 2
    assert verify(folder).ok


def test_a_log_signed_by_another_key_is_refused(journal: Journal, folder: Path, tmp_path: Path) -> None:
    stranger = FileSigner.create(tmp_path / "other", origin="log.example/synthetic")
    with pytest.raises(Tampered, match="checkpoint does not hold"):
        Journal.open(folder, signer=stranger)


@pytest.mark.parametrize("more", [0, 1], ids=["shorter", "of the same size"])
def test_an_open_journal_never_signs_a_second_history(
    folder: Path, signer: FileSigner, make: Make, more: int
) -> None:
    """A backup is put back under a running process, and perhaps another one goes on from there."""
    journal = Journal.open(folder, signer=signer)
    journal.append([make()])
    shutil.copytree(folder, folder.with_name("backup"))
    journal.append([make()])
    folder.rename(folder.with_name("aside"))
    folder.with_name("backup").rename(folder)
    other = Journal.open(folder, signer=signer)
    other.append([make()] * more)
    with pytest.raises(Tampered, match="set back"):
        journal.append([make()])


@pytest.mark.parametrize("lost", ["checkpoint", "journal"])
def test_a_log_without_checkpoint_or_journal_is_refused(
    journal: Journal, folder: Path, signer: FileSigner, make: Make, lost: str
) -> None:
    journal.append([make()])
    (folder / lost).unlink()
    with pytest.raises(Tampered, match="missing"):
        Journal.open(folder, signer=signer)


def test_a_beginning_that_was_interrupted_is_begun_again(
    folder: Path, signer: FileSigner, make: Make
) -> None:
    Journal.open(folder, signer=signer).close()
    (folder / "checkpoint").unlink()
    assert Journal.open(folder, signer=signer).append([make()]) == [0]
    assert verify(folder).ok
