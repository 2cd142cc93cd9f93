"""Checkpoints are signed notes that others' tools read, and no changed character goes unnoticed."""

from __future__ import annotations

from base64 import b64decode
from pathlib import Path

import pytest

from meterkeep.errors import BadInput, Refused
from meterkeep.ledger import FileSigner
from meterkeep.ledger.merkle import EMPTY_ROOT
from meterkeep.ledger.notes import (
    Checkpoint,
    NoteError,
    check_signatures,
    checkpoint_text,
    read_checkpoint,
    read_public_keys,
    unbase64,
)

# The example of Go's golang.org/x/mod/sumdb/note.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="


def signed(signer: FileSigner, size: int = 0) -> Checkpoint:
    text = checkpoint_text(signer.origin, size, EMPTY_ROOT)
    unsigned = Checkpoint(signer.origin, size, EMPTY_ROOT, text)
    return read_checkpoint(f"{text}\n{signer.sign(unsigned)}")


def test_gos_own_example_is_accepted() -> None:
    (key,) = read_public_keys(GO_KEY)
    assert str(key) == GO_KEY
    signature = b64decode(GO_SIGNATURE)
    assert signature[:4] == key.id
    note = Checkpoint("", 0, b"", GO_TEXT)
    assert key.accepts(note, signature[4:])
    assert not key.accepts(Checkpoint("", 0, b"", GO_TEXT + " "), signature[4:])


def test_a_checkpoint_carries_both_signatures(signer: FileSigner) -> None:
    checkpoint = signed(signer)
    check_signatures(checkpoint, signer.public_keys)
    assert [key.kind for key in signer.public_keys] == [1, 6]
    assert checkpoint.note.count("\n— ") == 2


@pytest.mark.parametrize("kept", [0, 1])
def test_a_missing_signature_is_noticed(signer: FileSigner, kept: int) -> None:
    checkpoint = signed(signer)
    lines = checkpoint.note.partition("\n\n")[2].splitlines(keepends=True)
    with pytest.raises(NoteError, match="missing"):
        check_signatures(read_checkpoint(f"{checkpoint.text}\n{lines[kept]}"), signer.public_keys)


def test_a_witness_may_add_its_line(signer: FileSigner) -> None:
    note = signed(signer).note + "— witness.example AAAAAAAA\n"
    check_signatures(read_checkpoint(note), signer.public_keys)


def test_a_signature_is_for_one_checkpoint(signer: FileSigner) -> None:
    lines = signed(signer).note.partition("\n\n")[2]
    forged = read_checkpoint(f"{checkpoint_text(signer.origin, 1, EMPTY_ROOT)}\n{lines}")
    with pytest.raises(NoteError, match="does not fit"):
        check_signatures(forged, signer.public_keys)


def test_no_bit_of_a_checkpoint_can_be_flipped(signer: FileSigner) -> None:
    """Neither in its text nor in either signature; each eleventh bit, which comes to every place of a byte."""
    note, keys = signed(signer, 7).note.encode(), signer.public_keys
    for bit in range(0, len(note) * 8, 11):
        changed = bytearray(note)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises((NoteError, UnicodeDecodeError)):
            check_signatures(read_checkpoint(changed.decode()), keys)


def test_without_a_key_nothing_is_believed(signer: FileSigner) -> None:
    with pytest.raises(NoteError, match="no public key"):
        check_signatures(signed(signer), [])


@pytest.mark.parametrize("text", ["QQ", "QR==", "QQ== ", "Q\nQ=="])
def test_base64_has_one_form_only(text: str) -> None:
    with pytest.raises(NoteError):
        unbase64(text)


@pytest.mark.parametrize("size", ["01", "-1", "+1", "1.0", "", "٣"])
def test_sizes_are_plain_decimals(signer: FileSigner, size: str) -> None:
    note = signed(signer).note.replace("\n0\n", f"\n{size}\n", 1)
    with pytest.raises(NoteError):
        read_checkpoint(note)


@pytest.mark.parametrize("text", ["", "name", "name+00000000+AQ==", GO_KEY.replace("c74f", "c74e")])
def test_what_is_no_key_is_refused(text: str) -> None:
    if not text:
        assert read_public_keys(text) == []
        return
    with pytest.raises(NoteError):
        read_public_keys(text)


def test_the_key_file_is_its_owners_alone(tmp_path: Path) -> None:
    FileSigner.create(tmp_path)
    path = tmp_path / "log.key"
    assert path.stat().st_mode & 0o777 == 0o600
    for mode in (0o604, 0o640, 0o601):
        path.chmod(mode)
        with pytest.raises(Refused, match="can read"):
            FileSigner(tmp_path)


def test_a_key_comes_back_from_its_file(tmp_path: Path) -> None:
    created = FileSigner.create(tmp_path)
    assert FileSigner(tmp_path).public_keys == created.public_keys
    with pytest.raises(Refused, match="already"):
        FileSigner.create(tmp_path)


def test_a_missing_or_foreign_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="missing"):
        FileSigner(tmp_path)
    (tmp_path / "log.key").write_text("something else")
    (tmp_path / "log.key").chmod(0o600)
    with pytest.raises(BadInput, match="no log key"):
        FileSigner(tmp_path)


@pytest.mark.parametrize("origin", ["two words", "a+b", "tab\t", "x" * 256])
def test_a_logs_name_has_no_spaces_or_plus(tmp_path: Path, origin: str) -> None:
    with pytest.raises(BadInput):
        FileSigner.create(tmp_path, origin=origin)


def test_random_names_differ(tmp_path: Path) -> None:
    assert FileSigner.create(tmp_path / "a").origin != FileSigner.create(tmp_path / "b").origin
