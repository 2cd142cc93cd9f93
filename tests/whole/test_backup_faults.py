"""Backups and restores that are killed, that meet a full disk, that run while files are taken in, and that go from one database to another."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from gate.world import cmep_line
from whole.test_on_postgresql import server  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow
PARTS = [5, 25, 45, 65, 80, 90, 96, 99]
COUNTING = """
import os, signal, sys
at, watched, seen = int(sys.argv.pop(1)), sys.argv.pop(1), 0
def watch(event, told):
    global seen
    if event in ("os.rename", "os.remove", "open", "os.mkdir") and str(told[0]).startswith(watched):
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
from meterkeep.__main__ import Composition
from meterkeep.faces.cli import run
code = run(sys.argv[1:], Composition())
print(seen, file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, new_home: Any, run_in: Any) -> Path:
    """A home with some customers' readings, a backup of it, and a copy of its keys."""
    folder = tmp_path_factory.mktemp("town")
    home = new_home(folder / "home", "--provider", "cea", "--zone", "America/Los_Angeles", "--synthetic")
    rows = [f"C-{number},Person {number},METER-{number},92000,2015-01-01," for number in range(20)]
    (folder / "customers.csv").write_text(
        "\n".join(["customer_id,name,meter_number,zip,start,end", *rows]) + "\n"
    )
    lines = [cmep_line(f"METER-{number}", date(2024, 7, day)) for number in range(20) for day in range(1, 4)]
    (folder / "in.cmep").write_text("\n".join(lines) + "\n")
    for command in (
        ("customers", "import", folder / "customers.csv"),
        ("ingest", folder / "in.cmep"),
        ("backup", folder / "backup"),
    ):
        ran = run_in(home, *command, "--by", "officer")
        assert ran.code == 0, ran.err
    # As they were then: each later backup notes how far the log had come.
    (folder / "then" / "vault").mkdir(parents=True)
    shutil.copy(home / "vault" / "keys.sqlite3", folder / "then" / "vault")
    shutil.copytree(home / "keys", folder / "then" / "keys")
    return folder


def keys_of(home: Path) -> list[str]:
    return ["--keys", str(home / "vault" / "keys.sqlite3"), "--key-files", str(home / "keys")]


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_backup_is_none_and_the_next_begins_anew(
    town: Path, tmp_path: Path, run_in: Any, part: int
) -> None:
    home, target = town / "home", tmp_path / "backup"
    command = ("backup", target, "--by", "officer")
    rehearsed = run_in(home, COUNTING, 0, target, *command, interpreter=("-c",))
    assert rehearsed.code == 0, rehearsed.err
    shutil.rmtree(target)
    steps = int(rehearsed.err.strip().splitlines()[-1])
    killed = run_in(home, COUNTING, max(steps * part // 100, 1), target, *command, interpreter=("-c",))
    assert killed.code == -9
    left = run_in(tmp_path / "again", "restore", target, *keys_of(home), "--by", "officer")
    whole = (target / "manifest").exists()  # then only its mark was still there
    if whole:
        assert left.code == 0, left.err
    else:
        assert left.code == 2 and ("never finished" in left.err or "no backup here" in left.err)
    next_one = run_in(home, *command)
    assert next_one.code == (2 if whole else 0), next_one.err  # a whole one is not written over
    assert run_in(home, "restore", target, *keys_of(home), "--check").code == 0


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_restore_leaves_no_home_and_the_next_begins_anew(
    town: Path, tmp_path: Path, run_in: Any, part: int
) -> None:
    home = tmp_path / "home"
    command = ("restore", town / "backup", *keys_of(town / "then"), "--by", "officer")
    rehearsed = run_in(home, COUNTING, 0, home, *command, interpreter=("-c",))
    assert rehearsed.code == 0, rehearsed.err
    shutil.rmtree(home)
    steps = int(rehearsed.err.strip().splitlines()[-1])
    killed = run_in(home, COUNTING, max(steps * part // 100, 1), home, *command, interpreter=("-c",))
    assert killed.code == -9
    assert run_in(home, "doctor").code == 2
    again = run_in(home, *command)
    assert again.code == 0, again.err
    assert run_in(home, "ledger", "verify").code == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=False)
    if mounted.returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_is_said_and_leaves_nothing(town: Path, small_disk: Path, run_in: Any) -> None:
    ran = run_in(town / "home", "backup", small_disk / "backup", "--by", "officer")
    assert ran.code == 75 and "disk is full" in ran.err, ran.err
    assert list(small_disk.iterdir()) == []
    ran = run_in(small_disk / "home", "restore", town / "backup", *keys_of(town / "then"), "--by", "officer")
    assert ran.code == 75 and "disk is full" in ran.err, ran.err
    assert not (small_disk / "home" / "home.toml").exists()


def test_what_is_taken_in_meanwhile_is_in_it_whole_or_not_at_all(
    town: Path, tmp_path: Path, run_in: Any
) -> None:
    home = tmp_path / "home"
    shutil.copytree(town / "home", home)
    lines = [
        cmep_line(f"METER-{number}", date(2025, month, 5)) for month in range(1, 13) for number in range(20)
    ]
    for number, at in enumerate(range(0, len(lines), 20)):
        (tmp_path / f"{number}.cmep").write_text("\n".join(lines[at : at + 20]) + "\n")
    files = [str(path) for path in sorted(tmp_path.glob("*.cmep"))]
    environment = {**os.environ, "METERKEEP_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    taking = subprocess.Popen(
        [sys.executable, "-m", "meterkeep", "ingest", *files, "--by", "officer"],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    made = 0
    while taking.poll() is None or not made:
        ran = run_in(home, "backup", tmp_path / f"backup-{made}", "--by", "officer")
        assert ran.code == 0, ran.err
        made += 1
    assert taking.returncode == 0
    for number in range(made):
        again = tmp_path / f"again-{number}"
        ran = run_in(
            again,
            "restore",
            tmp_path / f"backup-{number}",
            *keys_of(home),
            "--by",
            "officer",
            "--accept-rollback",
            "A drill.",
        )
        assert ran.code == 0, ran.err
        # A file that was under way is an intent without an outcome, as after a crash: `doctor` says so.
        assert run_in(again, "doctor", "--json").json["waiting_for_log"] == 0
        for command in (("store", "prove"), ("ledger", "verify")):
            ran = run_in(again, *command)
            assert ran.code == 0, ran.out
        counted = run_in(again, WHOLE, interpreter=("-c",))
        readings, filed = json.loads(counted.out)
        assert readings == 24 * 20 * 3 + 24 * 20 * (filed - 1), counted.err


WHOLE = """
import json
from meterkeep.site import composition
gate = composition.open_custodian().gate
import pyarrow as pa
numbers = [gate.vault.known_surrogate(f"METER-{number}") for number in range(20)]
table = gate.store.read(pa.table({"usage_point": pa.array(numbers, pa.int32()), "start": [0] * 20, "end": [2**33] * 20}))
print(json.dumps([table.num_rows, len(gate.store.registry.rows())]))
"""


@pytest.mark.postgres
def test_from_one_database_to_the_other_and_back(
    town: Path,
    tmp_path: Path,
    run_in: Any,
    server: str,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def restored(name: str, backup: Path, home: Path) -> None:
        ran = run_in(tmp_path / name, "restore", backup, *keys_of(home), "--by", "officer")
        assert ran.code == 0, ran.err
        assert run_in(tmp_path / name, "doctor").code == 0

    monkeypatch.setenv("METERKEEP_DATABASE_URL", server)
    restored("there", town / "backup", town / "then")
    ran = run_in(tmp_path / "more", "restore", town / "backup", *keys_of(town / "then"), "--by", "officer")
    assert ran.code == 2 and "not empty" in ran.err
    ran = run_in(tmp_path / "there", "backup", tmp_path / "backup", "--by", "officer")
    assert ran.code == 0, ran.err
    monkeypatch.delenv("METERKEEP_DATABASE_URL")
    restored("back", tmp_path / "backup", tmp_path / "there")
    counted = run_in(tmp_path / "back", WHOLE, interpreter=("-c",))
    assert json.loads(counted.out) == [24 * 20 * 3, 1]
