"""The commands of witnesses and of keys, as an auditor and an officer run them: separate processes, over HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from meterkeep.faces.cli import run
from meterkeep.ledger import Entry, Journal
from meterkeep.ledger.witness.exchange import size_answer

Make = Callable[..., Entry]
Capture = pytest.CaptureFixture[str]


def ledger(*arguments: str | Path) -> int:
    return run(["ledger", *map(str, arguments)], None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(folder: Path, port: int) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "meterkeep",
        "ledger",
        "witness",
        "serve",
        str(folder),
        "--port",
        str(port),
    ]
    # A test run that was started in the background has interrupts ignored, and so would its children.
    hear = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=hear)
    assert process.stderr is not None
    assert f"127.0.0.1:{port}" in process.stderr.readline()
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.02)
    raise AssertionError("the witness does not listen")


def test_from_nothing_to_a_witnessed_log(
    journal: Journal, folder: Path, make: Make, tmp_path: Path, capsys: Capture
) -> None:
    port, eye = free_port(), tmp_path / "eye"
    assert ledger("witness", "new", eye, "auditor.example/w1") == 0
    key = capsys.readouterr().out.splitlines()[0]
    assert ledger("witness", "trust", eye, folder / "public-key") == 0
    assert capsys.readouterr().out == "log.example/synthetic\n"
    (folder / "policy").write_text(f"witness auditor {key} http://127.0.0.1:{port}/\nquorum auditor\n")
    assert ledger("cosign", folder) == 3
    assert "auditor: not reached: it did not answer (Connection refused)" in capsys.readouterr().out
    for signals in (signal.SIGKILL, signal.SIGINT):
        journal.append([make()])
        process = serve(eye, port)
        try:
            assert ledger("cosign", folder) == 0
        finally:
            os.kill(process.pid, signals)
            process.communicate(timeout=60)
    assert (
        capsys.readouterr().out.count("is witnessed; the policy asks for auditor.\n  auditor: cosigned\n")
        == 2
    )
    assert ledger("checkpoint", folder) == 0
    assert "\n— auditor.example/w1 " in capsys.readouterr().out
    assert ledger("verify", folder) == 0
    assert "Witnessed up to 2 entries by auditor." in capsys.readouterr().out
    assert ledger("verify", folder, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["witnessed"], told["witnesses"]) == (2, ["auditor"])


def test_a_contradiction_is_an_alarm(
    journal: Journal, folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ledger("witness", "new", tmp_path / "eye", "w") == 0
    key = capsys.readouterr().out.splitlines()[1]
    (folder / "policy").write_text(f"witness w {key} http://witness.example/\nquorum none\n")
    monkeypatch.setattr("meterkeep.ledger.witness.web.post", lambda url, body: size_answer(9))
    assert ledger("cosign", folder, "--json") == 1
    (told,) = json.loads(capsys.readouterr().out)["witnesses"]
    assert told == {
        "name": "w",
        "outcome": "contradicts",
        "says": "has cosigned 9 entries; this log has 0: it was set back",
    }
    assert ledger("cosign", folder) == 1
    printed = capsys.readouterr()
    assert "CONTRADICTS THIS LOG" in printed.out
    assert "keep all files" in printed.err


def test_without_what_it_needs_it_says_what_to_do(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    for command in (["cosign", tmp_path], ["witness", "serve", tmp_path], ["rotate-key"]):
        assert ledger(*command) == 2
        assert re.search(r"→ \S+", capsys.readouterr().err)


def test_keys_change_in_a_home_that_is_used(tmp_path: Path) -> None:
    """The runbook of docs/log.md, as it stands there."""

    def meterkeep(*arguments: str) -> subprocess.CompletedProcess[str]:
        own = {"METERKEEP_HOME": str(tmp_path / "home"), "METERKEEP_PERSON": "officer"}
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("DJANGO")
        } | own
        command = [sys.executable, "-m", "meterkeep", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert meterkeep("init", "--provider", "cea", "--zone", "UTC", "--synthetic").returncode == 0
    home = tmp_path / "home"
    (tmp_path / "kept").write_text(meterkeep("ledger", "checkpoint").stdout)
    (tmp_path / "old").write_bytes((home / "ledger/public-key").read_bytes())
    held = ["ledger", "verify", "--older", str(tmp_path / "kept"), "--key", str(tmp_path / "old")]
    done = meterkeep("ledger", "rotate-key")
    assert (done.returncode, done.stdout) == (0, (home / "ledger/public-key").read_text())
    assert meterkeep(*held).returncode == 0
    (home / "keys/log.key").unlink()
    assert meterkeep("ledger", "rotate-key").returncode == 2
    assert meterkeep("ledger", "rotate-key", "--lost", "--json").returncode == 0
    assert meterkeep(*held).returncode == 1
    assert meterkeep(*held[:-2]).returncode == 0
    assert meterkeep("doctor").returncode == 0
