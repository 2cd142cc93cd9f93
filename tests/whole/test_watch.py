"""`ingest --watch`: whatever comes into a folder, and whatever happens to the process, every reading is in once.

Real processes. What a disk, a memory or a reader may do to them is done by an audit hook that Python loads at its start
(`sitecustomize`): no line of the product knows of it.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from gate.world import cmep_line
from whole.conftest import Furnish, run_in

FAULTS = """
import errno, json, os, signal, sys, time
wanted = json.loads(os.environ.get("METERKEEP_TEST_FAULTS", "{}"))
reader = "meterkeep.site.reader" in " ".join(sys.orig_argv)
renamed = 0

def hook(event, args):
    global renamed
    if event == "open" and isinstance(args[0], str) and wanted.get("file", "?") in args[0]:
        if reader and wanted.get("reader") == "dies":
            os.kill(os.getpid(), signal.SIGSEGV)
        if reader and wanted.get("reader") == "hangs":
            while True:
                time.sleep(1)
        if reader and wanted.get("reader") == "errs":
            raise ValueError(args[0])
        if not reader and wanted.get("open") == "denied":
            raise PermissionError(errno.EACCES, "denied", args[0])
    if event == "os.rename" and not reader:
        if wanted.get("full") and "/done/" in str(args[1]):
            raise OSError(errno.ENOSPC, "No space left on device")
        renamed += 1
        if renamed == wanted.get("killed_at_rename"):
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(hook)
"""
NEM = "100,NEM12,202601021200,SYNMDP,SYNRET\n200,{nmi},E1,1,E1,N1,SYNMET,kWh,30,\n{days}900\n"


class House:
    """A home, a folder that is watched, and processes of its own over them."""

    def __init__(self, tmp_path: Path) -> None:
        self.home, self.folder, self.hooks = (tmp_path / name for name in ("home", "in", "hooks"))
        for made in (self.folder, self.hooks):
            made.mkdir()
        (self.hooks / "sitecustomize.py").write_text(FAULTS)

    def start(self, *options: object, **faults: Any) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "METERKEEP_HOME": str(self.home),
            "PYTHONPATH": f"{self.hooks}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
            "METERKEEP_TEST_FAULTS": json.dumps(faults),
        }
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        told = ("ingest", "--watch", self.folder, "--settle", "0.3", "--every", "0.3", *options)
        command = [sys.executable, "-m", "meterkeep", *map(str, told)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True)

    def once(self, *options: object, **faults: Any) -> tuple[int, dict[str, Any], str]:
        process = self.start("--once", "--json", *options, **faults)
        out, err = process.communicate(timeout=180)
        return process.returncode, json.loads(out) if out else {}, err

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def files(self, where: str) -> list[str]:
        found = (self.folder / where).rglob("*") if (self.folder / where).exists() else ()
        return sorted(path.name for path in found if path.is_file())

    def left(self) -> list[str]:
        return sorted(
            p.name for p in self.folder.iterdir() if p.name not in ("done", "quarantine", ".meterkeep")
        )

    def rows(self) -> list[dict[str, Any]]:
        with sqlite3.connect(self.home / "database.sqlite3") as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute("SELECT * FROM intake_inboundfile ORDER BY id")]

    def why(self) -> dict[str, Any]:
        (path,) = (self.folder / "quarantine").rglob("*.why.json")
        return dict(json.loads(path.read_text()))


@pytest.fixture
def house(tmp_path: Path, new_home: Furnish) -> House:
    """The home is there already, so that what a fault counts are the steps of the watch."""
    new_home(tmp_path / "home", "--provider", "cea", "--zone", "America/Los_Angeles")
    return House(tmp_path)


def cmep(meter: str, days: int = 3) -> str:
    return "".join(cmep_line(meter, date(2026, 1, 1) + timedelta(days=day)) + "\n" for day in range(days))


def nem(number: int, days: int = 3) -> str:
    values = ",".join("1" for _ in range(48))
    lines = "".join(f"300,2026010{day + 1},{values},A,,,20260105000000,\n" for day in range(days))
    return NEM.format(nmi=f"SYN{number:07d}", days=lines)


def zipped(path: Path, **members: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    content = path.read_bytes()
    path.unlink()
    return content


def forty(house: House, tmp_path: Path) -> int:
    """Some forty files of four kinds, and how many readings they hold."""
    for number in range(16):
        house.put(f"sce/{number}.cmep", cmep(f"SYN-C{number}"))
        house.put(f"agent/{number}.csv", nem(number))
    for number in range(5):
        house.put(f"{number}.cmep.gz", gzip.compress(cmep(f"SYN-G{number}").encode()))
        members = {f"{part}.cmep": cmep(f"SYN-Z{number}-{part}") for part in range(2)}
        house.put(f"{number}.zip", zipped(tmp_path / "made.zip", **members))
    return 16 * 3 * 24 + 16 * 3 * 48 + 5 * 3 * 24 + 5 * 2 * 3 * 24


def check_sums(house: House, expected: int) -> None:
    """The store has each reading once, the register each file once, the log is whole."""
    rows = house.rows()
    assert Counter(row["status"] for row in rows) == {"stored": 47}
    assert len({row["sha256"] for row in rows}) == 47
    assert sum(json.loads(row["counts"])["stored"] for row in rows) == expected
    again = run_in(house.home, "ingest", house.folder / "done", "--json").json
    assert sum(file["already_stored"] for file in again["files"]) == expected and again["stored"] == 0
    assert run_in(house.home, "ledger", "verify").code == 0


@pytest.mark.parametrize("kills", [6, pytest.param(60, marks=pytest.mark.slow)])
def test_killed_again_and_again_every_reading_is_in_once(house: House, tmp_path: Path, kills: int) -> None:
    expected, chance = forty(house, tmp_path), random.Random(4)
    for _ in range(kills):
        process = house.start()
        time.sleep(chance.uniform(2.5, 5.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    code, told, err = house.once()
    while code == 75:  # The reader of the last one killed may still be at its file.
        code, told, err = house.once()
    assert (code, told["quarantined"], told["waiting"]) == (0, 0, {}), err
    assert len(house.files("done")) == 42 and house.left() == ["agent", "sce"]
    check_sums(house, expected)


@pytest.mark.parametrize("rename", [1, 2, 3, 4])
def test_killed_between_any_two_steps_a_file_is_in_once(house: House, rename: int) -> None:
    """The steps of one file: its attempt is written, it is moved, its attempt is forgotten; then those of the next."""
    for number in range(2):
        house.put(f"{number}.cmep", cmep(f"SYN-{number}", days=1))
    assert house.once(killed_at_rename=rename)[0] == -signal.SIGKILL
    code, _, err = house.once()
    while code == 75:
        code, _, err = house.once()
    assert code == 0, err
    assert house.files("done") == ["0.cmep", "1.cmep"] and house.left() == []
    assert [json.loads(row["counts"])["stored"] for row in house.rows()] == [24, 24]


@pytest.mark.parametrize(
    ("how", "code"), [("dies", "reader_died"), ("hangs", "reader_too_slow"), ("errs", "our_fault")]
)
def test_a_file_that_ends_its_reader_goes_to_the_quarantine_and_the_others_in(
    house: House, how: str, code: str
) -> None:
    house.put("Jane Doe killer.cmep", cmep("SYN-K"))
    for number in range(2):
        house.put(f"{number}.cmep", cmep(f"SYN-{number}"))
    ended, told, err = house.once("--time-limit", 8, file="killer", reader=how)
    assert (ended, told["done"], told["quarantined"]) == (2, 2, 1), err
    why = house.why()
    assert (
        why["attempts"] == 3 and why["files"][0]["error"]["code"] == code and why["files"][0]["error"]["next"]
    )
    assert "Jane" not in err and "Jane" not in json.dumps([why, *house.rows()], default=str)
    assert {row["error"] for row in house.rows()} == {"", code}


def test_what_is_not_complete_is_waited_for(house: House) -> None:
    house.put("a.cmep.part", cmep("SYN-A"))
    empty = house.put("b.cmep", "")
    open_one = house.put("c.cmep", cmep("SYN-C"))
    with open_one.open("a"):
        code, told, _ = house.once()
    assert (code, told["done"], told["waiting"]) == (0, 0, {"not_complete": 3})
    (house.folder / "a.cmep.part").rename(house.folder / "a.cmep")
    empty.write_text(cmep("SYN-B"))
    code, told, _ = house.once()
    assert (code, told["done"], told["stored"], told["waiting"]) == (0, 3, 3 * 72, {})


def test_a_file_that_grows_is_taken_in_whole(house: House) -> None:
    process = house.start("--source", "sce")
    path = house.folder / "slow.cmep"
    for day in range(12):
        with path.open("a") as file:
            file.write(cmep_line("SYN-S", date(2026, 1, 1) + timedelta(days=day)) + "\n")
        time.sleep(0.25)
    wait_until(lambda: house.files("done") == ["slow.cmep"])
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "stored; 288 records, 288 stored" in out and "slow" not in out + err
    assert [row["source_id"] for row in house.rows()] == ["sce"]


def test_an_interrupt_ends_after_the_current_file(house: House) -> None:
    process = house.start()
    house.put("a.cmep", cmep("SYN-A"))
    wait_until(lambda: house.files("done") == ["a.cmep"])
    process.send_signal(signal.SIGINT)
    assert "1 file taken in" in process.communicate(timeout=60)[0]
    assert process.returncode == 130


def test_a_second_watch_of_the_folder_is_told_to_come_again(house: House) -> None:
    first = house.start()
    house.put("a.cmep", cmep("SYN-A"))
    wait_until(lambda: house.files("done") == ["a.cmep"])
    code, told, _ = house.once()
    assert code == 75 and told["error"]["code"] == "busy"
    first.terminate()
    first.communicate(timeout=60)


def test_links_pipes_and_closed_files_stop_nothing(house: House) -> None:
    (house.folder / "loop").symlink_to(house.folder)
    os.mkfifo(house.folder / "pipe.cmep")
    house.put("closed.cmep", cmep("SYN-X"))
    house.put("a.cmep", cmep("SYN-A"))
    code, told, err = house.once(file="closed.cmep", open="denied")
    assert (code, told["done"], told["waiting"]) == (2, 1, {"no_file": 2, "not_readable": 1})
    assert "check its permissions" in err and "closed.cmep" not in err
    assert house.left() == ["closed.cmep", "loop", "pipe.cmep"]


def test_a_full_disk_puts_off_and_loses_nothing(house: House) -> None:
    house.put("a.cmep", cmep("SYN-A"))
    code, told, err = house.once(full=True)
    assert (code, told["done"], told["waiting"]) == (75, 0, {"folder": 1})
    assert "No space left" in err and house.left() == ["a.cmep"]
    assert house.once()[1]["done"] == 1
    assert [json.loads(row["counts"])["stored"] for row in house.rows()] == [72]


def test_an_archive_with_one_bad_member_goes_to_the_quarantine_with_the_others_in(
    house: House, tmp_path: Path
) -> None:
    house.put("sce/all.zip", zipped(tmp_path / "made.zip", good=cmep("SYN-A"), bad="Jane Doe, 12 Elm Street"))
    code, told, _ = house.once()
    assert (code, told["stored"], told["quarantined"]) == (2, 72, 1)
    files = house.why()["files"]
    assert [(file["file"], file["status"]) for file in files] == [
        ("member 1", "stored"),
        ("member 2", "refused"),
    ]
    assert "Jane" not in json.dumps(files)


def test_the_same_file_again_is_counted_and_kept_apart(house: House) -> None:
    for _ in range(2):
        house.put("a.cmep", cmep("SYN-A"))
        house.once()
    assert house.files("done") == ["a.cmep", "a~2.cmep"]
    assert [row["status"] for row in house.rows()] == ["stored", "already_stored"]


def test_a_mapping_that_is_wrong_stops_the_watch_and_moves_nothing(house: House) -> None:
    house.put("a.csv", "x,y\n1,2\n")
    mapping = house.put("../wrong.toml", "nonsense = 1\n")
    code, told, _ = house.once("--mapping", mapping)
    assert code == 2 and told["error"]["message"] and house.left() == ["a.csv"]


def test_the_home_is_not_watched(house: House) -> None:
    house.put("a.cmep", cmep("SYN-A"))
    house.once()
    for folder in (house.home, house.home / "store", house.home.parent):
        assert run_in(house.home, "ingest", "--watch", folder, "--once").code == 2


def wait_until(holds: Any) -> None:
    until = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < until, "nothing came of it"
        time.sleep(0.1)
