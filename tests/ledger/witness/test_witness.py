"""A witness answers as C2SP tlog-witness says, forgets nothing, and never cosigns two histories."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.ledger import Entry, FileSigner, Journal, Tampered
from meterkeep.ledger.merkle import EMPTY_ROOT, consistency_path, leaf_hash, root_of
from meterkeep.ledger.notes import Checkpoint, checkpoint_text, read_checkpoint, read_signature
from meterkeep.ledger.witness.exchange import SIZE_TYPE, Submission
from meterkeep.ledger.witness.witness import Witness, trust

NOW = 1_760_000_000
LEAVES = [leaf_hash(bytes([n])) for n in range(40)]
FORKED = [*LEAVES[:20], *(leaf_hash(b"other" + bytes([n])) for n in range(20))]


def checkpoint(signer: FileSigner, size: int, leaves: list[bytes] = LEAVES) -> Checkpoint:
    root = root_of(leaves[:size])
    plain = Checkpoint(signer.origin, size, root, checkpoint_text(signer.origin, size, root))
    return read_checkpoint(f"{plain.text}\n{signer.sign(plain)}")


def request(signer: FileSigner, old: int, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    path = consistency_path(old, size, lambda i, j: root_of(leaves[i:j])) if old <= size else []
    return Submission(old, path, checkpoint(signer, size, leaves)).as_body()


def test_it_cosigns_what_continues_with_both_keys(witness: Witness, signer: FileSigner) -> None:
    for old, size in [(0, 0), (0, 5), (5, 5), (5, 24), (24, 40)]:
        answer = witness.add_checkpoint(request(signer, old, size), now=NOW)
        assert answer.status == 200
        head = checkpoint(signer, size)
        lines = answer.body.decode().splitlines()
        assert [key.kind for key in witness.public_keys] == [4, 6]
        for key, line in zip(witness.public_keys, lines, strict=True):
            name, id, signature = read_signature(line)
            assert (name, id, signature[:8]) == (key.name, key.id, NOW.to_bytes(8))
            assert key.accepts(head, signature)
            assert not key.accepts(checkpoint(signer, 3), signature)
            assert not key.accepts(head, (NOW + 1).to_bytes(8) + signature[8:])


def test_an_unknown_log_is_not_found(witness: Witness, tmp_path: Path) -> None:
    other = FileSigner.create(tmp_path / "other", origin="log.example/other")
    assert witness.add_checkpoint(request(other, 0, 5), now=NOW).status == 404


def test_a_log_without_its_signature_is_forbidden(
    witness: Witness, signer: FileSigner, tmp_path: Path
) -> None:
    stranger = FileSigner.create(tmp_path / "stranger", origin=signer.origin)
    assert witness.add_checkpoint(request(stranger, 0, 5), now=NOW).status == 403
    forged = checkpoint(signer, 5).note.replace("\n5\n", "\n6\n", 1)
    body = f"old 0\n\n{forged}".encode()
    assert witness.add_checkpoint(body, now=NOW).status == 403


def test_one_signature_of_the_log_is_enough(witness: Witness, signer: FileSigner) -> None:
    """Others' lines are passed over, and a log may sign with one of its keys."""
    head = checkpoint(signer, 5)
    ed25519 = head.note.partition("\n\n")[2].splitlines()[0]
    note = f"{head.text}\n{ed25519}\n— somebody.example AAAAAAAA\n"
    assert witness.add_checkpoint(f"old 0\n\n{note}".encode(), now=NOW).status == 200


def test_an_old_size_above_the_new_one_is_a_bad_request(witness: Witness, signer: FileSigner) -> None:
    assert witness.add_checkpoint(request(signer, 6, 5), now=NOW).status == 400


def test_another_old_size_than_its_own_is_a_conflict_and_it_says_which(
    witness: Witness, signer: FileSigner
) -> None:
    witness.add_checkpoint(request(signer, 0, 24), now=NOW)
    for old, size in [(0, 24), (23, 30), (0, 5)]:
        answer = witness.add_checkpoint(request(signer, old, size), now=NOW)
        assert (answer.status, answer.body, answer.kind, answer.size) == (409, b"24\n", SIZE_TYPE, 24)


def test_another_tree_of_the_same_size_is_a_conflict(witness: Witness, signer: FileSigner) -> None:
    witness.add_checkpoint(request(signer, 0, 24), now=NOW)
    assert witness.add_checkpoint(request(signer, 24, 24, FORKED), now=NOW).status == 409
    assert witness.add_checkpoint(request(signer, 24, 24), now=NOW).status == 200


def test_an_empty_log_has_one_root(witness: Witness, signer: FileSigner) -> None:
    text = checkpoint_text(signer.origin, 0, b"x" * 32)
    plain = Checkpoint(signer.origin, 0, b"x" * 32, text)
    note = replace(plain, note=f"{text}\n{signer.sign(plain)}")
    assert witness.add_checkpoint(Submission(0, [], note).as_body(), now=NOW).status == 409
    assert checkpoint(signer, 0).root == EMPTY_ROOT


def test_a_fork_is_unprocessable(witness: Witness, signer: FileSigner) -> None:
    witness.add_checkpoint(request(signer, 0, 24), now=NOW)
    assert witness.add_checkpoint(request(signer, 24, 40, FORKED), now=NOW).status == 422
    assert witness.add_checkpoint(request(signer, 24, 40), now=NOW).status == 200


@pytest.mark.parametrize("spoil", ["drop", "add", "change", "from zero"])
def test_a_proof_that_is_not_exact_is_unprocessable(witness: Witness, signer: FileSigner, spoil: str) -> None:
    if spoil != "from zero":
        witness.add_checkpoint(request(signer, 0, 24), now=NOW)
    old = 0 if spoil == "from zero" else 24
    path = consistency_path(old, 40, lambda i, j: root_of(LEAVES[i:j]))
    extra = [bytes(32)]
    spoiled = {"drop": path[:-1], "add": path + extra, "change": path[:-1] + extra, "from zero": extra}[spoil]
    body = Submission(old, spoiled, checkpoint(signer, 40)).as_body()
    assert witness.add_checkpoint(body, now=NOW).status == 422


@pytest.mark.parametrize(
    "change",
    [
        (b"old 0", b"old 00"), (b"old 0", b"old -1"), (b"old 0", b"new 0"), (b"old 0\n", b"old 0\nnot base64\n"),
        (b"old 0\n", b"old 0\nAAAA\n"), (b"old 0\n\n", b"old 0\n"), (b"old 0", b"old 0\r"), (b"log.example", b"\xff"),
        (b"old 0\n", b"old 0\n" + (b64encode(bytes(32)) + b"\n") * 64), (b"old 0", b"old " + b"9" * 5000),
    ],
    ids=range(10),
)  # fmt: skip
def test_what_is_no_request_is_a_bad_request(
    witness: Witness, signer: FileSigner, change: tuple[bytes, bytes]
) -> None:
    body = request(signer, 0, 5).replace(*change, 1)
    assert witness.add_checkpoint(body, now=NOW).status == 400


def known_to(folder: Path, signer: FileSigner) -> Witness:
    Witness.create(folder, name="w").close()
    trust(folder, "".join(f"{key}\n" for key in signer.public_keys))
    return Witness(folder)


def test_it_remembers(signer: FileSigner, tmp_path: Path) -> None:
    first = known_to(tmp_path / "w", signer)
    first.add_checkpoint(request(signer, 0, 24), now=NOW)
    with pytest.raises(Busy):
        Witness(tmp_path / "w")
    first.close()
    again = Witness(tmp_path / "w")
    assert again.add_checkpoint(request(signer, 0, 40), now=NOW).size == 24
    assert again.add_checkpoint(request(signer, 24, 40, FORKED), now=NOW).status == 422
    again.close()


def test_a_torn_line_was_never_answered_for(tmp_path: Path, signer: FileSigner) -> None:
    folder = tmp_path / "torn"
    first = known_to(folder, signer)
    first.add_checkpoint(request(signer, 0, 5), now=NOW)
    first.close()
    whole = (folder / "seen").read_bytes()
    for length in range(1, 60):
        (folder / "seen").write_bytes(whole + b"24 " + b"ab" * 32 + b" log.exa"[: length % 9])
        again = Witness(folder)
        assert again.add_checkpoint(request(signer, 0, 5), now=NOW).size == 5
        again.close()
        assert (folder / "seen").read_bytes() == whole


@pytest.mark.parametrize(
    "line", [b"nothing\n", b"4 00 log\n", b"x " + b"00" * 32 + b" log\n", b"\n"], ids=range(4)
)
def test_a_witness_that_cannot_read_what_it_saw_does_not_go_on(tmp_path: Path, line: bytes) -> None:
    Witness.create(tmp_path / "w", name="w").close()
    (tmp_path / "w/seen").write_bytes(line)
    with pytest.raises(Tampered, match="cannot be read"):
        Witness(tmp_path / "w")


def test_a_disk_that_fails_gives_no_cosignature(
    witness: Witness, signer: FileSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: int) -> None:
        raise OSError("no")

    monkeypatch.setattr("meterkeep.ledger.witness.seen._sync", fails)
    with pytest.raises(OSError, match="no"):
        witness.add_checkpoint(request(signer, 0, 30), now=NOW)
    monkeypatch.undo()
    assert witness.add_checkpoint(request(signer, 0, 5, FORKED), now=NOW).status == 200
    assert witness.add_checkpoint(request(signer, 5, 5), now=NOW).status == 200


def test_it_never_goes_back(tmp_path: Path, signer: FileSigner) -> None:
    Witness.create(tmp_path / "w", name="w").close()
    (tmp_path / "w/seen").write_text(f"9 {'ab' * 32} log\n3 {'ab' * 32} log\n")
    with pytest.raises(Tampered):
        Witness(tmp_path / "w")


def test_a_new_witness_needs_a_folder_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no witness here"):
        Witness(tmp_path)
    Witness.create(tmp_path / "w", name="w").close()
    with pytest.raises(Refused, match="not empty"):
        Witness.create(tmp_path / "w", name="w")
    with pytest.raises(BadInput, match="no spaces"):
        Witness.create(tmp_path / "v", name="two words")
    for keys in ("", "nothing"):
        with pytest.raises(BadInput):
            trust(tmp_path / "w", keys)


def test_its_key_is_its_owners_alone(tmp_path: Path) -> None:
    Witness.create(tmp_path / "w", name="w").close()
    assert (tmp_path / "w/witness.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "w/witness.key").chmod(0o644)
    with pytest.raises(Refused, match="can read"):
        Witness(tmp_path / "w")


def test_two_trees_at_once_are_never_both_cosigned(witness: Witness, signer: FileSigner) -> None:
    asked = [request(signer, 0, 30), request(signer, 0, 30, FORKED)] * 4
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: witness.add_checkpoint(body, now=NOW).status, asked))
    assert answers.count(200) == 1
    assert set(answers) == {200, 409}


def test_a_logs_real_checkpoints_are_cosigned(
    witness: Witness, signer: FileSigner, folder: Path, make: Callable[..., Entry]
) -> None:
    journal = Journal.open(folder, signer=signer)
    head = read_checkpoint(journal.checkpoint())
    assert witness.add_checkpoint(Submission(0, [], head).as_body(), now=NOW).status == 200
    journal.append([make()])
    head = read_checkpoint(journal.checkpoint())
    assert witness.add_checkpoint(Submission(0, [], head).as_body(), now=NOW).status == 200
