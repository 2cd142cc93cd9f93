"""The log asks its witnesses, keeps what they say, and tells when the policy is not met or a witness contradicts it."""

from __future__ import annotations

import shutil
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from meterkeep.errors import BadInput
from meterkeep.ledger import Entry, FileSigner, Journal, check_proof, prove, published_checkpoint
from meterkeep.ledger.notes import read_checkpoint
from meterkeep.ledger.verification import verify
from meterkeep.ledger.witness.asking import ask
from meterkeep.ledger.witness.exchange import Answer, size_answer
from meterkeep.ledger.witness.kept import WITNESSED, kept_checkpoint
from meterkeep.ledger.witness.web import post
from meterkeep.ledger.witness.witness import Witness

from .conftest import new_witness

Make = Callable[..., Entry]
Serve = Callable[[Witness], str]


@pytest.fixture
def watched(folder: Path, signer: FileSigner, make: Make, tmp_path: Path, serve: Serve) -> Journal:
    """A log of 300 entries with the policy that two of three witnesses are needed; the third is never reached."""
    witnesses = [new_witness(tmp_path / f"eye{n}", f"witness.example/w{n}", signer) for n in range(3)]
    keys = [witness.public_keys[n % 2] for n, witness in enumerate(witnesses)]
    addresses = [serve(witnesses[0]), serve(witnesses[1]), "http://127.0.0.1:9"]
    journal = Journal.open(folder, signer=signer)
    journal.append([make() for _ in range(300)])
    lines = [f"witness w{n} {keys[n]} {addresses[n]}\n" for n in range(3)]
    (folder / "policy").write_text("".join(lines) + "group most 2 w0 w1 w2\nquorum most\n")
    return journal


def outcomes(folder: Path) -> dict[str, str]:
    return {told.name: told.outcome for told in ask(folder, post=post).witnesses}


def test_a_quorum_is_reached_without_everybody(watched: Journal, folder: Path) -> None:
    result = ask(folder, post=post)
    assert (result.size, result.met, result.contradicted) == (300, True, False)
    assert [told.outcome for told in result.witnesses] == ["cosigned", "cosigned", "not_reached"]
    found = verify(folder)
    assert (found.problems, found.witnessed, found.witnesses) == ([], 300, ["w0", "w1"])


def test_cosignatures_are_in_checkpoint_and_proofs(watched: Journal, folder: Path, make: Make) -> None:
    ask(folder, post=post)
    note = published_checkpoint(folder)
    assert note.count("\n— witness.example/w") == 2
    assert prove(folder, 7).endswith(note)
    watched.append([make()])
    assert published_checkpoint(folder) == watched.checkpoint()
    assert prove(folder, 7).endswith(note), "what was witnessed is worth more than what is newest"
    assert prove(folder, 300).endswith(watched.checkpoint())
    key = (folder / "public-key").read_text()
    assert check_proof(prove(folder, 7), watched.entry_bytes(7), key) == 7


def test_each_next_checkpoint_is_shown_to_continue(watched: Journal, folder: Path, make: Make) -> None:
    asked: list[bytes] = []

    def counted(url: str, body: bytes) -> Answer:
        asked.append(body)
        return post(url, body)

    for size in (301, 340, 600):
        ask(folder, post=post)
        watched.append([make() for _ in range(size - watched.size)])
        asked.clear()
        assert ask(folder, post=counted).met
        assert len(asked) == 3, "nobody has to be asked twice who was seen last time"
    assert verify(folder).witnessed == 600


def test_asked_again_only_those_who_are_missing_are_asked(watched: Journal, folder: Path) -> None:
    ask(folder, post=post)

    def only_the_third(url: str, body: bytes) -> Answer:
        assert url.endswith(":9")
        raise OSError("no")

    assert ask(folder, post=only_the_third).met


def test_a_witness_that_is_ahead_of_our_memory_says_from_where(
    watched: Journal, folder: Path, make: Make
) -> None:
    ask(folder, post=post)
    watched.append([make() for _ in range(5)])
    (folder / "witnessed").unlink()
    assert ask(folder, post=post).met


def test_an_unmet_policy_is_told_and_nothing_is_called_witnessed(watched: Journal, folder: Path) -> None:
    policy = (folder / "policy").read_text()
    (folder / "policy").write_text(policy.replace("group most 2", "group most all"))
    result = ask(folder, post=post)
    assert (result.met, result.needs) == (False, "3 of (w0, w1, w2)")
    assert kept_checkpoint(folder, WITNESSED) is None
    found = verify(folder)
    assert (found.ok, found.witnessed) == (True, 0)
    assert found.notes == ["No checkpoint is witnessed yet; the policy asks for 3 of (w0, w1, w2)."]


def test_a_log_that_was_set_back_is_found_out(
    watched: Journal, folder: Path, make: Make, tmp_path: Path
) -> None:
    """Whoever holds key and files can make a log that is sound by itself; a witness remembers."""
    old = tmp_path / "backup"
    shutil.copytree(folder, old)
    watched.append([make()])
    ask(folder, post=post)
    result = ask(old, post=post)
    assert (result.met, result.contradicted) == (False, True)
    assert result.witnesses[0].says == "has cosigned 301 entries; this log has 300: it was set back"
    assert verify(old).ok


def test_a_log_that_was_forked_is_found_out(
    watched: Journal, folder: Path, signer: FileSigner, make: Make, tmp_path: Path
) -> None:
    other = tmp_path / "fork"
    shutil.copytree(folder, other)
    watched.append([make() for _ in range(9)])
    ask(folder, post=post)
    fork = Journal.open(other, signer=signer)
    for more in (9, 1):
        fork.append([make() for _ in range(more)])
        result = ask(other, post=post)
        assert [told.outcome for told in result.witnesses] == ["contradicts", "contradicts", "not_reached"]


@pytest.mark.parametrize(
    ("answer", "outcome", "says"),
    [
        (Answer(404), "refused", "does not know this log"),
        (Answer(403), "refused", "does not accept the log's key"),
        (Answer(500), "refused", "answered 500"),
        (Answer(422), "contradicts", "has cosigned another history of this log"),
        (Answer(409), "contradicts", "has cosigned another history of this log"),
        (size_answer(12), "refused", "was asked by somebody else meanwhile; ask again"),
        (Answer(200, b""), "refused", "answered with a cosignature that does not fit its key"),
        (Answer(200, b"nothing\n"), "refused", "answered with a cosignature that does not fit its key"),
        (Answer(200, b"\xff"), "refused", "answered with a cosignature that does not fit its key"),
    ],
    ids=range(9),
)  # fmt: skip
def test_every_answer_is_told(
    watched: Journal, folder: Path, answer: Answer, outcome: str, says: str
) -> None:
    told = ask(folder, post=lambda url, body: answer).witnesses[0]
    assert (told.outcome, told.says) == (outcome, says)


def test_a_cosignature_for_another_checkpoint_is_not_taken(
    watched: Journal, folder: Path, make: Make
) -> None:
    answers: list[Answer] = []
    ask(folder, post=lambda url, body: answers.append(post(url, body)) or answers[-1])  # type: ignore[func-returns-value]
    watched.append([make()])
    result = ask(folder, post=lambda url, body: answers[0])
    assert [told.outcome for told in result.witnesses] == ["refused"] * 3


def test_a_witnessed_checkpoint_that_was_changed_is_found(watched: Journal, folder: Path) -> None:
    ask(folder, post=post)
    note = (folder / "witnessed").read_text()
    for changed in (note.replace("\n300\n", "\n301\n"), note[:-900] + "AAAA" + note[-896:], "nothing"):
        (folder / "witnessed").write_text(changed)
        assert not verify(folder).ok


def test_without_policy_or_log_there_is_nobody_to_ask(journal: Journal, folder: Path, tmp_path: Path) -> None:
    for place in (folder, tmp_path):
        with pytest.raises(BadInput, match="no policy"):
            ask(place, post=post)
    assert verify(folder).witnessed is None
    (tmp_path / "policy").write_text("quorum none\n")
    with pytest.raises(BadInput, match="no log"):
        ask(tmp_path, post=post)


def test_http_that_is_no_submission_is_turned_away(witness: Witness, serve: Serve) -> None:
    from http.client import HTTPConnection

    host = serve(witness).removeprefix("http://")
    for method, path, headers, status in [
        ("GET", "/add-checkpoint", {}, 405),
        ("POST", "/other", {}, 404),
        ("POST", "/add-checkpoint", {"Content-Length": "9999999"}, 413),
        ("POST", "/add-checkpoint", {"Content-Length": "9" * 5000}, 413),
        ("POST", "/add-checkpoint", {"Content-Length": "-1"}, 411),
    ]:
        connection = HTTPConnection(host, timeout=10)
        connection.request(method, path, headers=headers)
        assert connection.getresponse().status == status
        connection.close()
    assert post(f"http://{host}/", b"nothing").status == 400


def test_one_connection_serves_many_requests(
    witness: Witness, serve: Serve, watched: Journal, folder: Path
) -> None:
    from http.client import HTTPConnection

    connection = HTTPConnection(serve(witness).removeprefix("http://"), timeout=10)
    note = read_checkpoint(watched.checkpoint()).note
    for _ in range(3):
        connection.request("POST", "/add-checkpoint", body=f"old 0\n\n{note}".encode())
        reply = connection.getresponse()
        reply.read()
        assert reply.status in (200, 409)
    connection.close()


def test_too_many_at_once_are_closed_and_later_ones_served(
    witness: Witness, serve: Serve, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever opens connections and says nothing, or hangs up, neither fills the machine nor its error output."""
    monkeypatch.setattr("meterkeep.ledger.witness.web._MOST_AT_ONCE", 3)
    address = serve(witness)
    host, port = address.removeprefix("http://").split(":")
    idle = [socket.create_connection((host, int(port)), timeout=10) for _ in range(3)]
    with pytest.raises(OSError):
        while True:  # the three may still be on their way
            post(address, b"nothing")
    for one in idle:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # hang up without a word
        one.close()
    for _ in range(200):
        with suppress(OSError):
            assert post(address, b"nothing").status == 400
            break
        time.sleep(0.02)
    else:
        raise AssertionError("the witness does not answer any more")
    assert capfd.readouterr().err == ""
