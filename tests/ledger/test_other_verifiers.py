"""Three programs that are not ours accept what we publish, and refuse it changed: pymerkle for roots and proofs, OpenSSL for Ed25519,
dilithium-py for ML-DSA-44. What stands between them is what C2SP says of notes, of tlog-proof and of cosignatures, written out here."""

from __future__ import annotations

import base64
import struct
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pymerkle
import pytest
from dilithium_py.ml_dsa import ML_DSA_44

from meterkeep.ledger import Entry, FileSigner, Journal, prove

Make = Callable[..., Entry]
SIZE = 300
ED25519_HEAD = bytes.fromhex("302a300506032b6570032100")
"""Of a SubjectPublicKeyInfo with an Ed25519 key: RFC 8410 section 4."""


@pytest.fixture
def log(folder: Path, signer: FileSigner, make: Make) -> Path:
    journal = Journal.open(folder, signer=signer)
    journal.append([make() for _ in range(SIZE)])
    journal.close()
    return folder


@pytest.fixture
def tree(log: Path) -> pymerkle.InmemoryTree:
    """Of the entries as the bundles have them: each behind its length in two bytes."""
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in entries(log, "000") + entries(log, f"001.p/{SIZE - 256}"):
        tree.append_entry(entry)
    return tree


def entries(log: Path, bundle: str) -> list[bytes]:
    data, found = (log / "tile/entries" / bundle).read_bytes(), []
    while data:
        end = 2 + int.from_bytes(data[:2])
        found.append(data[2:end])
        data = data[end:]
    return found


def note(log: Path) -> tuple[str, int, bytes, list[bytes]]:
    """(signed text, size, root, the signatures without their key ids)"""
    text, _, lines = (log / "checkpoint").read_text().partition("\n\n")
    _, size, root = text.split("\n")
    signatures = [base64.b64decode(line.rsplit(" ", 1)[1])[4:] for line in lines.splitlines()]
    return text + "\n", int(size), base64.b64decode(root), signatures


def public(log: Path) -> list[bytes]:
    """The raw keys without their kind, Ed25519 first."""
    lines = (log / "public-key").read_text().splitlines()
    return [base64.b64decode(line.split("+", 2)[2])[1:] for line in lines]


def test_the_published_root_is_that_of_the_published_entries(log: Path, tree: pymerkle.InmemoryTree) -> None:
    _, size, root, _ = note(log)
    assert size == tree.get_size() == SIZE
    assert tree.get_root() == root


def test_a_proof_is_taken_and_no_longer_once_a_bit_of_it_changed(
    log: Path, tree: pymerkle.InmemoryTree
) -> None:
    root = note(log)[2]
    for index in (0, 1, 255, 256, 299):
        lines = prove(log, index).partition("\n\n")[0].splitlines()
        path = [base64.b64decode(line) for line in lines[2:]]
        number = index + 1
        proof = tree.prove_inclusion(number)
        proof.path[1:] = path
        pymerkle.verify_inclusion(tree.get_leaf(number), root, proof, index=number, size=SIZE)
        for at in range(len(path)):
            proof.path[1 + at] = bytes([path[at][0] ^ 1]) + path[at][1:]
            with pytest.raises(pymerkle.InvalidProof):
                pymerkle.verify_inclusion(tree.get_leaf(number), root, proof, index=number, size=SIZE)
            proof.path[1 + at] = path[at]


def test_two_checkpoints_are_of_one_log(
    log: Path, tree: pymerkle.InmemoryTree, signer: FileSigner, make: Make
) -> None:
    before = note(log)
    journal = Journal.open(log, signer=signer)
    journal.append([make() for _ in range(50)])
    journal.close()
    after = note(log)
    for entry in entries(log, f"001.p/{after[1] - 256}")[SIZE - 256 :]:
        tree.append_entry(entry)
    assert (after[1], tree.get_root()) == (SIZE + 50, after[2])
    proof = tree.prove_consistency(SIZE)
    pymerkle.verify_consistency(before[2], after[2], proof, prior_size=SIZE, later_size=after[1])
    with pytest.raises(pymerkle.InvalidProof):
        pymerkle.verify_consistency(after[2], after[2], proof, prior_size=SIZE, later_size=after[1])


def test_openssl_takes_the_ed25519_signature_and_no_other_text(log: Path, tmp_path: Path) -> None:
    text, _, _, (signature, _) = note(log)
    key, signed, data = tmp_path / "key.der", tmp_path / "signature", tmp_path / "text"
    key.write_bytes(ED25519_HEAD + public(log)[0])
    signed.write_bytes(signature)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", key]
    for change, accepted in ((("", ""), True), ((f"\n{SIZE}\n", f"\n{SIZE + 1}\n"), False)):
        data.write_text(text.replace(*change))
        files = ["-rawin", "-in", data, "-sigfile", signed]
        done = subprocess.run([*command, *files], capture_output=True, check=False)
        assert (done.returncode == 0) == accepted


def test_dilithium_takes_the_ml_dsa_signature_and_no_other_size(log: Path) -> None:
    text, size, root, (_, signature) = note(log)
    name, key = text.split("\n")[0].encode(), public(log)[1]
    own = bytes([len(name)]) + name

    def message(size: int) -> bytes:
        return b"subtree/v1\n\x00" + own + signature[:8] + own + struct.pack(">QQ", 0, size) + root

    assert ML_DSA_44.verify(key, message(size), signature[8:])
    assert not ML_DSA_44.verify(key, message(size + 1), signature[8:])
    turned = signature[8:40] + bytes([signature[40] ^ 1]) + signature[41:]
    assert not ML_DSA_44.verify(key, message(size), turned)


def test_a_key_is_named_by_its_digest(log: Path) -> None:
    for line in (log / "public-key").read_text().splitlines():
        name, id, key = line.split("+", 2)
        assert sha256(name.encode() + b"\n" + base64.b64decode(key)).hexdigest()[:8] == id
