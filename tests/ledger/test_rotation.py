"""New keys for the log: the old one introduces the next, old checkpoints still hold, and a crash at any step is mended."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.errors import BadInput, Refused
from meterkeep.ledger import Entry, FileSigner, Journal, Tampered
from meterkeep.ledger.rotation import rotate
from meterkeep.ledger.verification import verify
from meterkeep.ledger.witness.asking import ask
from meterkeep.ledger.witness.witness import Witness, trust

Make = Callable[..., Entry]
WHEN = {"at": "2026-06-01T09:30:00Z", "on": "2026-06-01", "actor": "person-1"}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A keys folder for this test alone."""
    FileSigner.create(tmp_path / "keys", origin="log.example/rotating")
    return tmp_path / "keys"


@pytest.fixture
def running(folder: Path, own: Path, make: Make) -> Journal:
    """A process that has the log open, with 300 entries."""
    journal = Journal.open(folder, signer=FileSigner(own))
    journal.append([make() for _ in range(300)])
    return journal


def test_the_new_keys_sign_from_now_on(running: Journal, folder: Path, own: Path, make: Make) -> None:
    old_keys, old = (folder / "public-key").read_text(), running.checkpoint()
    new = rotate(folder, own, **WHEN)
    assert (folder / "public-key").read_text() != old_keys
    assert running.append([make()]) == [301], "a process that runs takes the new keys"
    for key in (None, old_keys, (folder / "public-key").read_text()):
        found = verify(folder, key, older=old)
        assert (found.problems, found.size) == ([], 302)
    introduction = running.entry(300)
    assert (introduction.name, introduction.actor, introduction.outcome) == ("key.rotated", "person-1", "")
    assert introduction.detail["after"] == [str(key) for key in new.public_keys]
    assert sorted(path.name for path in own.iterdir()) == ["log.key"]


def test_many_rotations_make_a_chain(running: Journal, folder: Path, own: Path, make: Make) -> None:
    keys, olds = [(folder / "public-key").read_text()], [running.checkpoint()]
    for _ in range(3):
        rotate(folder, own, **WHEN)
        running.append([make() for _ in range(7)])
        keys.append((folder / "public-key").read_text())
        olds.append(running.checkpoint())
    for key in keys:
        for old in olds:
            assert verify(folder, key, older=old).problems == []


def test_keys_that_nobody_introduced_are_not_believed(
    running: Journal, folder: Path, own: Path, make: Make, tmp_path: Path
) -> None:
    old_keys = (folder / "public-key").read_text()
    rotate(folder, own, **WHEN)
    running.append([make()])
    shutil.rmtree(folder / "handovers")
    assert "missing" in verify(folder, old_keys).problems[0].message
    assert verify(folder).ok
    thief = FileSigner.create(tmp_path / "thief", origin="log.example/rotating")
    strange = "".join(f"{key}\n" for key in thief.public_keys)
    assert not verify(folder, strange).ok


@pytest.mark.parametrize("spoil", ["root", "signature", "entry"])
def test_a_handover_that_was_changed_is_found(
    running: Journal, folder: Path, own: Path, make: Make, spoil: str
) -> None:
    old_keys = (folder / "public-key").read_text()
    rotate(folder, own, **WHEN)
    path = folder / "handovers/301"
    note = path.read_text()
    if spoil == "entry":
        path.write_text(note.replace("\n301\n", "\n300\n", 1))
    else:
        at = note.index("\n", note.index("\n301\n") + 2) + 5 if spoil == "root" else len(note) - 900
        path.write_text(note[:at] + ("A" if note[at] != "A" else "B") + note[at + 1 :])
    for key in (None, old_keys):
        assert not verify(folder, key).ok


@pytest.mark.parametrize("crash", ["next key", "entry", "replace", "replaced", "handover", "public key"])
def test_a_rotation_that_was_cut_off_is_ended_by_the_next_call(
    running: Journal, folder: Path, own: Path, make: Make, monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    """At every step the log opens, holds and goes on; the same command ends the work, with one introduction."""
    old_keys, old = (folder / "public-key").read_text(), running.checkpoint()
    target = {
        "next key": "Journal.open", "entry": "_put_in_place", "replaced": "sync_folder", "handover": "complete",
        "public key": "public_lines",
    }.get(crash)  # fmt: skip

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    if target:
        monkeypatch.setattr(f"meterkeep.ledger.rotation.{target}", dies)
    else:
        move = Path.replace
        monkeypatch.setattr(
            Path, "replace", lambda self, to: dies() if to.name == "log.key" else move(self, to)
        )
    with pytest.raises(KeyboardInterrupt):
        rotate(folder, own, **WHEN)
    monkeypatch.undo()
    again = Journal.open(folder, signer=FileSigner(own))
    again.append([make()])
    running.append([make()])
    assert verify(folder, older=old).problems == []
    if (own / "log.key.next").exists():
        rotate(folder, own, **WHEN)
    running.append([make()])
    for key in (None, old_keys):
        assert verify(folder, key, older=old).problems == []
    assert len(running.recent(10, "key.rotated")) == 1
    assert not (own / "log.key.next").exists()


def test_a_lost_key_is_replaced_and_the_loss_shows(
    running: Journal, folder: Path, own: Path, make: Make
) -> None:
    old_keys, old = (folder / "public-key").read_text(), running.checkpoint()
    running.close()
    with pytest.raises(Refused, match="not lost"):
        rotate(folder, own, lost=True, **WHEN)
    (own / "log.key").unlink()
    with pytest.raises(BadInput, match="missing"):
        rotate(folder, own, **WHEN)
    rotate(folder, own, lost=True, **WHEN)
    journal = Journal.open(folder, signer=FileSigner(own))
    journal.append([make()])
    assert verify(folder, older=old).problems == [], "who is given the new keys sees the same history"
    assert "missing" in verify(folder, old_keys).problems[0].message, (
        "who has the old ones alone does not believe it"
    )
    assert journal.recent(1, "key.rotated")[0][1].outcome == "lost"


def test_a_loss_is_mended_after_a_crash_too(
    running: Journal, folder: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.close()
    (own / "log.key").unlink()
    monkeypatch.setattr("meterkeep.ledger.rotation._put_in_place", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rotate(folder, own, lost=True, **WHEN)
    monkeypatch.undo()
    rotate(folder, own, lost=True, **WHEN)
    assert verify(folder).problems == []
    assert Journal.open(folder, signer=FileSigner(own)).size == 301


def test_a_witness_carries_the_history_over_a_loss(
    running: Journal, folder: Path, own: Path, make: Make, tmp_path: Path
) -> None:
    """It knows what it cosigned under the old key, so it takes the new one only for the same history."""
    Witness.create(tmp_path / "w", name="w").close()
    trust(tmp_path / "w", (folder / "public-key").read_text())
    (folder / "policy").write_text(f"witness w {key_of_witness(tmp_path)} http://unused\nquorum w\n")
    assert ask_directly(folder, tmp_path) == ["cosigned"]
    running.close()
    (own / "log.key").unlink()
    rotate(folder, own, lost=True, **WHEN)
    assert ask_directly(folder, tmp_path) == ["refused"], "nobody has told the witness of the new key"
    trust(tmp_path / "w", (folder / "public-key").read_text())
    assert ask_directly(folder, tmp_path) == ["cosigned"]
    found = verify(folder)
    assert (found.problems, found.witnessed) == ([], 301)


def key_of_witness(tmp_path: Path) -> str:
    return (tmp_path / "w/public-key").read_text().splitlines()[0]


def ask_directly(folder: Path, tmp_path: Path) -> list[str]:
    witness = Witness(tmp_path / "w")
    try:
        told = ask(folder, post=lambda _, body: witness.add_checkpoint(body, now=1_760_000_000)).witnesses
    finally:
        witness.close()
    return [one.outcome for one in told]


def test_a_log_signed_by_a_stranger_is_not_opened(running: Journal, folder: Path, tmp_path: Path) -> None:
    stranger = FileSigner.create(tmp_path / "stranger", origin="log.example/rotating")
    with pytest.raises(Tampered):
        Journal.open(folder, signer=stranger)
