"""Server, two ingests and a command append to one log at once: nothing is lost, nothing forks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import date, timedelta
from pathlib import Path

from gate.world import cmep_line
from whole.conftest import run_in

FILES = 6


def test_four_processes_append_at_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert run_in(home, "init", "--provider", "cea", "--zone", "America/Los_Angeles").code == 0
    server, address = serve(home)
    try:
        ingests = [start(home, "ingest", folder_of_files(tmp_path / name, name)) for name in ("east", "west")]
        asker = start(
            home, "usage", "1", "--from", "2026-01-01", "--to", "2026-02-01", "--purpose", "x", "--by", "me"
        )
        pages = [urllib.request.urlopen(address, timeout=30).status for _ in range(5)]
        codes = [process.wait(timeout=120) for process in (*ingests, asker)]
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert codes[:2] == [0, 0] and set(pages) == {200}
    verified = run_in(home, "ledger", "verify", "--json")
    assert verified.code == 0, verified.out
    again = run_in(home, "ingest", tmp_path / "east", tmp_path / "west", "--json").json
    assert {file["status"] for file in again["files"]} == {"already_stored"}
    assert sum(file["already_stored"] for file in again["files"]) == 2 * FILES * 24


def start(home: Path, *arguments: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "METERKEEP_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "meterkeep", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def serve(home: Path) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = start(home, "serve", "--port", port)
    address = f"http://127.0.0.1:{port}/healthz"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(address, timeout=5)
            return server, address
        except OSError:
            time.sleep(0.2)
    server.kill()
    raise AssertionError("the server did not come up")


def folder_of_files(folder: Path, meter: str) -> Path:
    folder.mkdir()
    for number in range(FILES):
        day = date(2026, 1, 1) + timedelta(days=number)
        (folder / f"{number}.cmep").write_text(cmep_line(f"SYN-{meter}", day) + "\n")
    return folder
