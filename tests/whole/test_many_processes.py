"""Server, two ingests and a command append to one log at once: nothing is lost, nothing forks."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from gate.world import cmep_line
from whole.conftest import Furnish, Ran, run_in

from meterkeep.ledger import published_entry

FILES, PAGES, CUSTOMERS = 6, 8, 40


@pytest.mark.slow
def test_four_processes_append_at_once(day: tuple[Path, Ran], tmp_path: Path) -> None:
    """Each of them writes entries of its own, and all of these stand in the log."""
    home = tmp_path / "home"
    shutil.copytree(day[0], home)
    password = re.search(r"demo-customer +(\S+)", run_in(home, "demo", "--no-serve").out)
    assert password is not None
    before = told(home, since=0)
    server, address = serve(home)
    try:
        browser = sign_in(address, "demo-customer", password[1])
        ingests = [start(home, "ingest", folder_of_files(tmp_path / name, name)) for name in ("east", "west")]
        importer = start(home, "customers", "import", customers_file(tmp_path / "more.csv"))
        pages = [browser.open(f"{address}/portal/usage", timeout=60).status for _ in range(PAGES)]
        codes = [process.wait(timeout=180) for process in (*ingests, importer)]
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert codes == [0, 0, 0] and pages == [200] * PAGES
    verified = run_in(home, "ledger", "verify", "--json")
    assert verified.code == 0, verified.out
    after = told(home, since=before.total())
    assert after["disclosure.intent"] == after["disclosure.delivered"] == PAGES
    assert after["intake.intent"] == after["intake.delivered"] == 2 * FILES + 1
    assert after["readings.taken_in"] == 2 * FILES
    assert verified.json["size"] == before.total() + after.total()


def test_server_and_two_ingests_append_at_once(new_home: Furnish, tmp_path: Path) -> None:
    home = new_home(tmp_path / "home", "--provider", "cea", "--zone", "America/Los_Angeles")
    server, address = serve(home)
    try:
        ingests = [start(home, "ingest", folder_of_files(tmp_path / name, name)) for name in ("east", "west")]
        pages = [urllib.request.urlopen(f"{address}/healthz", timeout=30).status for _ in range(5)]
        codes = [process.wait(timeout=120) for process in ingests]
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert codes == [0, 0] and set(pages) == {200}
    after = told(home, since=0)
    assert after["intake.intent"] == after["intake.delivered"] == after["readings.taken_in"] == 2 * FILES
    again = run_in(home, "ingest", tmp_path / "east", tmp_path / "west", "--json").json
    assert {file["status"] for file in again["files"]} == {"already_stored"}
    assert sum(file["already_stored"] for file in again["files"]) == 2 * FILES * 24


def told(home: Path, *, since: int) -> Counter[str]:
    """The names of the log's entries, how often each, from a position on."""
    size = run_in(home, "ledger", "verify", "--json").json["size"]
    entries = (published_entry(home / "ledger", index) for index in range(since, size))
    return Counter(json.loads(entry)["name"] for _, entry in entries)


def sign_in(address: str, username: str, password: str) -> urllib.request.OpenerDirector:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = browser.open(f"{address}/sign-in", timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "login": username, "password": password}
    answer = browser.open(f"{address}/sign-in", urllib.parse.urlencode(form).encode(), timeout=30)
    assert "/portal/" in answer.url
    return browser


def customers_file(path: Path) -> Path:
    path.write_text("customer_id\n" + "".join(f"SYN-C-{number}\n" for number in range(CUSTOMERS)))
    return path


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
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=30)
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
