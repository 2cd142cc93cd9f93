"""`meterkeep ledger`: what it prints, and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.faces.cli import run
from meterkeep.ledger import Entry, Journal, check_proof

Make = Callable[..., Entry]
Capture = pytest.CaptureFixture[str]


def ledger(*arguments: str | Path) -> int:
    return run(["ledger", *map(str, arguments)], None)


def tamper(folder: Path) -> None:
    data = bytearray((folder / "journal").read_bytes())
    data[60] ^= 1
    (folder / "journal").write_bytes(data)


def test_a_log_that_holds(journal: Journal, folder: Path, make: Make, capsys: Capture) -> None:
    journal.append([make(), make()])
    assert ledger("verify", folder) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("The log holds: 2 entries, root ")
    assert "--key" in printed.err
    assert ledger("verify", folder, "--key", folder / "public-key") == 0
    assert capsys.readouterr().err == ""


def test_by_default_it_is_the_homes_log(
    journal: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("METERKEEP_HOME", str(folder.parent))
    assert ledger("verify", "--json") == 0
    assert json.loads(capsys.readouterr().out)["size"] == 0


def test_a_tampered_log(journal: Journal, folder: Path, make: Make, capsys: Capture) -> None:
    journal.append([make()])
    tamper(folder)
    assert ledger("verify", folder) == 1
    assert "journal: byte 20: is damaged" in capsys.readouterr().out
    assert ledger("verify", folder, "--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    assert document["problems"][0]["where"] == "journal: byte 20"


def test_where_there_is_no_log(tmp_path: Path, capsys: Capture) -> None:
    for command in (["verify"], ["checkpoint"], ["prove", "0"]):
        assert ledger(*command, tmp_path, "--json") == 2
        assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_input"


def test_a_kept_checkpoint_is_held_against_a_later_log(
    journal: Journal, folder: Path, make: Make, tmp_path: Path, capsys: Capture
) -> None:
    journal.append([make()])
    assert ledger("checkpoint", folder) == 0
    kept = tmp_path / "kept"
    kept.write_text(capsys.readouterr().out)
    journal.append([make()])
    assert ledger("verify", folder, "--older", kept) == 0
    kept.write_text(journal.checkpoint())
    assert ledger("verify", folder, "--older", kept) == 0
    kept.write_text("nothing of the kind")
    assert ledger("verify", folder, "--older", kept) == 2


def test_a_proof_by_id_and_by_index(journal: Journal, folder: Path, make: Make, capsys: Capture) -> None:
    entry = make()
    journal.append([make(), entry])
    capsys.readouterr()
    assert ledger("prove", entry.id, folder) == 0
    text = capsys.readouterr().out
    assert check_proof(text, journal.entry_bytes(1), (folder / "public-key").read_text()) == 1
    assert ledger("prove", "1", folder, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document == {"index": 1, "entry": journal.entry_bytes(1).decode(), "proof": text}


def test_an_entry_that_is_not_there(journal: Journal, folder: Path, capsys: Capture) -> None:
    assert ledger("prove", "7", folder) == 2
    assert "no entry 7" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--key", "--older"])
def test_a_file_that_is_no_text_is_said_so(
    journal: Journal, folder: Path, tmp_path: Path, option: str, capsys: Capture
) -> None:
    (tmp_path / "noise").write_bytes(b"\xc8\x00\xff")
    assert ledger("verify", folder, option, tmp_path / "noise", "--json") == 2
    assert "no text" in json.loads(capsys.readouterr().out)["error"]["message"]
