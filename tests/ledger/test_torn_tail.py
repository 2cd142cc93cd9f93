"""After a crash, an unfinished write at the end is cut off; damage anywhere else stops everything."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.ledger import Entry, FileSigner, Journal, Tampered
from meterkeep.ledger.frames import HEAD_BYTES, frame
from meterkeep.ledger.verification import verify

Make = Callable[..., Entry]
ENTRIES = 3


@pytest.fixture
def written(folder: Path, signer: FileSigner, make: Make) -> Path:
    """The journal file of a closed log of three entries in three frames."""
    journal = Journal.open(folder, signer=signer)
    for _ in range(ENTRIES):
        journal.append([make()])
    journal.close()
    return folder / "journal"


def add(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x40
    path.write_bytes(data)


NEXT = b"".join(frame([b'{"id":"' + b"0" * 32 + b'"}', b"second"]))


@pytest.mark.parametrize("length", range(1, len(NEXT)))
def test_every_beginning_of_a_frame_is_cut_off(
    written: Path, signer: FileSigner, make: Make, length: int
) -> None:
    whole = written.stat().st_size
    add(written, NEXT[:length])
    assert verify(written.parent).notes == [
        "The journal ends in an unfinished write; the next append will cut it off."
    ]
    journal = Journal.open(written.parent, signer=signer)
    assert written.stat().st_size == whole
    assert journal.append([make()]) == [ENTRIES]
    assert verify(written.parent).problems == []


@pytest.mark.parametrize(
    "tail", [bytes(5), bytes(5000), NEXT[:-1] + b"?"], ids=["few zeros", "zeros", "wrong last byte"]
)
def test_what_a_power_failure_leaves_is_cut_off(written: Path, signer: FileSigner, tail: bytes) -> None:
    add(written, tail)
    assert Journal.open(written.parent, signer=signer).size == ENTRIES
    assert verify(written.parent).ok


def test_a_whole_frame_that_was_never_signed_is_kept(folder: Path, signer: FileSigner, make: Make) -> None:
    """Killed between the journal's sync and the checkpoint: nobody was told, and the entry counts."""
    journal = Journal.open(folder, signer=signer)
    journal.append([make()])
    before = (folder / "checkpoint").read_bytes()
    late = make("access.intent", lease="dead")
    journal.append([late])
    journal.close()
    (folder / "checkpoint").write_bytes(before)
    (folder / "index.sqlite3").unlink()
    assert verify(folder).notes == ["1 entries await their checkpoint."]
    reopened = Journal.open(folder, signer=signer)
    assert reopened.unresolved(lambda lease: False) == [(1, late)]
    assert verify(folder).notes == []


@pytest.mark.parametrize(
    "tail", [b"\x00" * 40 + b"x", os.urandom(HEAD_BYTES) + b"x"], ids=["zeros and more", "random"]
)
def test_a_tail_that_no_crash_leaves_is_refused(written: Path, signer: FileSigner, tail: bytes) -> None:
    add(written, tail)
    with pytest.raises(Tampered, match="damaged") as refused:
        Journal.open(written.parent, signer=signer)
    assert refused.value.where == "journal: after 3 entries"
    assert "ledger verify" in refused.value.next


def test_signed_entries_are_never_cut_off(written: Path, signer: FileSigner) -> None:
    os.truncate(written, written.stat().st_size - 1)
    cut = written.stat().st_size
    with pytest.raises(Tampered):
        Journal.open(written.parent, signer=signer)
    assert written.stat().st_size == cut
    assert not verify(written.parent).ok


def test_a_removed_last_frame_is_noticed(folder: Path, signer: FileSigner, make: Make) -> None:
    journal = Journal.open(folder, signer=signer)
    journal.append([make()])
    size = (folder / "journal").stat().st_size
    journal.append([make()])
    journal.close()
    os.truncate(folder / "journal", size)
    with pytest.raises(Tampered, match="not the one"):
        Journal.open(folder, signer=signer)
    assert verify(folder).problems[0].message == "holds 1 entries; the checkpoint signs 2"


@pytest.mark.parametrize("back", [1, 60, 300])
def test_a_flipped_bit_near_the_end_stops_the_opening(written: Path, signer: FileSigner, back: int) -> None:
    flip(written, written.stat().st_size - back)
    with pytest.raises(Tampered):
        Journal.open(written.parent, signer=signer)


def test_a_running_journal_refuses_to_go_on_when_its_file_is_cut(
    folder: Path, signer: FileSigner, make: Make
) -> None:
    journal = Journal.open(folder, signer=signer)
    journal.append([make()])
    os.truncate(folder / "journal", 0)
    with pytest.raises(Tampered):
        journal.append([make()])
