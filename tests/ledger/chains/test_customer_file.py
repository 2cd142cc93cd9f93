"""A customer's file: it holds for whom it was made, whole, and for nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ledger.chains.conftest import Town, chain, ended, fill

from meterkeep.ledger import Entry, FileSigner, Journal, check_proof
from meterkeep.ledger.chains.proving import ABOUT, customer_proof
from meterkeep.ledger.chains.publishing import dumped
from meterkeep.ledger.rotation import rotate
from meterkeep.ledger.verify import ABOUT as ABOUT_DIGEST
from meterkeep.ledger.verify import Wrong, sha256, verify_file

ON = "2026-03-03"
SCRIPT = Path(__file__).parents[3] / "src/meterkeep/ledger/verify.py"


def file(town: Town, customer: int) -> str:
    return customer_proof(town.journal, chain(customer), on=ON).text


def changed(text: str, change: Callable[[dict[str, Any]], Any]) -> str:
    """Written in the right form again: what is found then is not the form."""
    document = json.loads(text)
    change(document)
    return dumped(document)


@pytest.mark.parametrize(
    ("customer", "covered", "listed"), [(0, 6, 7), (3, 6, 6), (9, 3, 3), (10, 0, 0), (11, 0, 0)]
)
def test_it_holds(still: Town, customer: int, covered: int, listed: int) -> None:
    epoch = (still.folder / "epoch").read_text()
    told = verify_file(file(still, customer), still.keys, chain=chain(customer), newest=epoch)
    assert (
        told[0]
        == f"log.example/synthetic: {covered} entries about chain {chain(customer)}, which are all up to"
    )
    assert told[1] == "2026-03-02T08:00:00Z: epoch 3, over the log's first 14 entries."
    assert sum(line.startswith("  ") for line in told) == listed
    assert any(line.startswith("1 later: in the log") for line in told) == (listed > covered)


def test_it_stands_alone(still: Town, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(file(still, 0))
    for name in ("public-key", "epoch"):
        (tmp_path / name).write_bytes((still.folder / name).read_bytes())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", str(SCRIPT), *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    done = run("mine.json", "--key", "public-key", "--newest", "epoch", "--chain", chain(0))
    assert (done.returncode, done.stderr, done.stdout[:4]) == (0, "", "OK: ")
    assert "The keys are those in the file itself" in run("mine.json").stdout
    (tmp_path / "mine.json").write_text(file(still, 0).replace("tern", "tarn", 1))
    done = run("mine.json")
    assert done.returncode == 1
    assert done.stdout == (
        "TAMPERED: entry 1 of the list: its proof does not lead to the checkpoint: the log has no such entry\n"
    )


@pytest.mark.parametrize("customer", [0, 10])
def test_no_byte_of_it_can_be_another(still: Town, customer: int) -> None:
    """One bit of each byte; all eight bits in the slow test."""
    data = file(still, customer).encode()
    assert held(data, still, [(at, 1 << at % 8) for at in range(len(data))]) == []


@pytest.mark.slow
def test_no_bit_of_it_can_be_another(still: Town) -> None:
    data = file(still, 4).encode()
    assert held(data, still, [(at, 1 << bit) for at in range(len(data)) for bit in range(8)]) == []


def held(data: bytes, town: Town, flips: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The changes after which the file would still hold; without trusted keys, so that the file's own are tested, too."""
    passed = []
    for at, bit in flips:
        flipped = bytearray(data)
        flipped[at] ^= bit
        try:
            verify_file(flipped.decode(), None)
        except (Wrong, ValueError, LookupError, TypeError, AttributeError):
            continue
        passed.append((at, bit))
    return passed


REMOVED = "the head counts 6 entries of this customer; the file shows 5"


@pytest.mark.parametrize("place", [0, 1, 5])
def test_a_removed_entry_is_missed(still: Town, place: int) -> None:
    def less(document: dict[str, Any]) -> None:
        del document["entries"][place]

    with pytest.raises(Wrong, match=REMOVED):
        verify_file(changed(file(still, 0), less), still.keys)

    def less_and_counted(document: dict[str, Any]) -> None:
        less(document)
        document["head"]["count"] = 5

    with pytest.raises(Wrong, match="one is missing or another's"):
        verify_file(changed(file(still, 0), less_and_counted), still.keys)


def test_a_hidden_membership_is_missed(still: Town) -> None:
    """The entries about many customers and the proofs of membership are taken out together."""

    def hide(document: dict[str, Any]) -> None:
        document["entries"] = [item for item in document["entries"] if "subject_set" not in item["entry"]]
        document["sets"] = {}

    with pytest.raises(Wrong, match="the head counts 6 entries of this customer; the file shows 3"):
        verify_file(changed(file(still, 0), hide), still.keys)


def test_an_absent_customer_cannot_be_made_of_a_present_one(still: Town) -> None:
    def empty(document: dict[str, Any]) -> None:
        document["entries"], document["sets"] = [], {}
        document["head"] |= {"count": 0, "link": ""}

    with pytest.raises(Wrong):
        verify_file(changed(file(still, 0), empty), still.keys)
    other = json.loads(file(still, 10))["head"]

    def empty_as_another(document: dict[str, Any]) -> None:
        empty(document)
        document["head"] = other

    with pytest.raises(Wrong, match="the head is not the one that the closed epoch has for this chain"):
        verify_file(changed(file(still, 9), empty_as_another), still.keys)


def test_another_customer_s_list_is_not_mine(still: Town) -> None:
    with pytest.raises(Wrong, match="another chain than yours"):
        verify_file(file(still, 3), still.keys, chain=chain(4))
    with pytest.raises(Wrong, match="entry 1 of the list: the proof that its set holds the customer"):
        verify_file(changed(file(still, 3), lambda document: document.update(chain=chain(4))), still.keys)
    with pytest.raises(Wrong, match="entry 1 of the list is not about this customer"):
        verify_file(changed(file(still, 0), lambda document: document.update(chain=chain(4))), still.keys)


def test_another_member_s_proof_is_not_mine(still: Town) -> None:
    other = json.loads(file(still, 4))["sets"]
    with pytest.raises(Wrong, match="does not lead to the set's root"):
        verify_file(changed(file(still, 3), lambda document: document.update(sets=other)), still.keys)
    with pytest.raises(Wrong, match="does not have exactly these parts"):
        verify_file(changed(file(still, 3), lambda document: document.update(sets={})), still.keys)


def test_an_older_head_is_refused(town: Town) -> None:
    """A file of the second epoch, brought up to the newest checkpoint as far as that can be done."""
    make_older = file(town, 0)
    town.journal.append(
        [Entry(name="use.delivered", at="2026-03-02T09:00:00Z", on="2026-03-02", subjects=[chain(0)])]
    )
    ended(town.journal)
    newer = json.loads(file(town, 0))
    old = json.loads(make_older)
    mixed = changed(file(town, 0), lambda document: document.update(head=old["head"]))
    with pytest.raises(Wrong, match="the head counts 6 entries of this customer; the file shows 8"):
        verify_file(mixed, town.keys)
    count = {"head": old["head"], "entries": newer["entries"][:6]}
    with pytest.raises(Wrong, match="not the one that the closed epoch has"):
        verify_file(changed(file(town, 0), lambda document: document.update(count)), town.keys)
    epoch = (town.folder / "epoch").read_text()
    with pytest.raises(Wrong, match="the file is from before epoch 4: it shows an older head"):
        verify_file(make_older, town.keys, newest=epoch)
    assert verify_file(make_older, town.keys)


def test_a_later_file_continues_the_earlier_one(town: Town) -> None:
    first = file(town, 0)
    town.journal.append(
        [Entry(name="use.delivered", at="2026-03-02T09:00:00Z", on="2026-03-02", subjects=[chain(0)])]
    )
    ended(town.journal)
    second = file(town, 0)
    assert verify_file(second, town.keys, earlier=first)
    with pytest.raises(Wrong, match="longer log"):
        verify_file(first, town.keys, earlier=second)
    with pytest.raises(Wrong, match="another chain"):
        verify_file(second, town.keys, earlier=file(town, 3))


def test_before_an_epoch_is_closed_nothing_is_complete(town: Town, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(file(town, 0))
    fresh = changed(file(town, 0), lambda document: document.update(epoch=None, head=None))
    assert verify_file(fresh, town.keys)[0].endswith("NOT SHOWN TO BE COMPLETE: no epoch has been closed yet")
    (tmp_path / "mine").write_text(fresh)
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(tmp_path / "mine")], capture_output=True, check=False
    )
    assert done.returncode == 3
    with pytest.raises(Wrong, match="before epoch 3"):
        verify_file(fresh, town.keys, newest=(town.folder / "epoch").read_text())


def test_other_keys_than_those_i_trust_are_refused(still: Town, tmp_path: Path) -> None:
    from meterkeep.ledger import FileSigner

    others = "\n".join(map(str, FileSigner.create(tmp_path, origin="log.example/synthetic").public_keys))
    with pytest.raises(Wrong, match="other keys than those you trust"):
        verify_file(file(still, 0), others)


def test_one_of_the_two_signatures_is_not_enough(still: Town) -> None:
    def strip(document: dict[str, Any]) -> None:
        document["keys"] = document["keys"][:1]
        document["checkpoint"] = "\n".join(document["checkpoint"].split("\n")[:5]) + "\n"

    for keys in (still.keys, None):
        with pytest.raises(Wrong, match="an Ed25519 key and an ML-DSA-44 key"):
            verify_file(changed(file(still, 0), strip), keys)


@pytest.mark.parametrize(
    "text",
    ['{"a":' * 9_999 + "1" + "}" * 9_999, '{"format": ' + "[" * 9_999 + "]" * 9_999 + "}"],
    ids=["objects", "lists"],
)
def test_what_cannot_be_read_is_wrong_usage(still: Town, tmp_path: Path, text: str) -> None:
    (tmp_path / "deep").write_text(text)
    (tmp_path / "mine").write_text(file(still, 0))
    for arguments in (("deep",), ("mine", "--key", "nowhere"), ("mine", "--newest", "nowhere")):
        command = [sys.executable, "-I", str(SCRIPT), *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (2, "") and done.stderr.startswith("This cannot be read")


def test_each_part_is_a_tlog_proof_with_its_checkpoint(still: Town) -> None:
    document = json.loads(file(still, 0))
    for item in document["entries"]:
        whole = f"{item['proof']}\n{document['checkpoint']}"
        assert check_proof(whole, item["entry"].encode(), still.keys) in range(16)


def test_it_names_nobody_else(still: Town) -> None:
    text = file(still, 0)
    assert not [number for number in range(1, 12) if chain(number) in text]


def test_it_says_of_itself_what_the_verifier_knows() -> None:
    assert sha256("\n".join(ABOUT).encode()).hex() == ABOUT_DIGEST
    assert any("ask for a new file then" in line for line in ABOUT)


def test_a_file_made_after_a_rotation_is_believed_from_the_first_key(
    tmp_path: Path, make: Callable[..., Entry]
) -> None:
    own, when = tmp_path / "own", {"at": "2026-03-02T09:00:00Z", "on": "2026-03-02", "actor": "clerk"}
    journal = Journal.open(tmp_path / "ledger", signer=FileSigner.create(own, origin="log.example/rotating"))
    first = (journal.folder / "public-key").read_text()
    fill(journal, make)
    before = customer_proof(journal, chain(0), on=ON).text
    for _ in range(2):
        rotate(journal.folder, own, **when)
    ended(journal)
    after = customer_proof(journal, chain(0), on=ON).text
    newest = (journal.folder / "epoch").read_text()
    assert verify_file(after, first, earlier=before, newest=newest, chain=chain(0))
    rotate(
        journal.folder, own, **when
    )  # the public epoch is now one of keys that are neither the first nor today's
    assert verify_file(customer_proof(journal, chain(0), on=ON).text, first, newest=newest)
    with pytest.raises(Wrong, match="compare with: the file is signed by other keys"):
        verify_file(before, first, newest=newest)
    for less in (0, 1):
        with pytest.raises(Wrong, match="other keys"):
            verify_file(changed(after, lambda document, at=less: document["handovers"].pop(at)), first)
    with pytest.raises(Wrong, match="signature"):
        verify_file(changed(after, unsigned), first)
    with pytest.raises(Wrong, match=r"not the last|no such entry"):
        verify_file(changed(after, elsewhere), first)
    journal.close()


def unsigned(document: dict[str, Any]) -> None:
    """By the keys before: the first two of the four lines."""
    note = document["handovers"][0]["checkpoint"]
    text, _, lines = note.partition("\n\n")
    document["handovers"][0]["checkpoint"] = f"{text}\n\n{''.join(lines.splitlines(keepends=True)[2:])}"


def elsewhere(document: dict[str, Any]) -> None:
    one, other = document["handovers"]
    one["proof"] = other["proof"]
