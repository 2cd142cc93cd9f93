"""Readings and bills that were destroyed because their time was over: a backup from before has them under a key that is gone, and whoever restores
it gets everything but them. All people and readings are synthetic."""

from __future__ import annotations

import json
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from meterkeep.backup.coming import Opened
from meterkeep.vault import FileKeys
from meterkeep.vault.keystore import KeyStore

NEW, OLD = 7_654_321, 5_654_321
"""What everybody used in each hour of July, and of June; each one's own number is added."""
JUNE, JULY = date(2020, 6, 30), date(2020, 7, 1)
PEOPLE = {"ONE": "METER-AGES-1", "TWO": "METER-AGES-2"}
NOBODYS = "METER-AGES-3"

BEGIN = """
import json, shutil, sys
from meterkeep.__main__ import Composition
from meterkeep.faces.cli import run
home, backup, before, commands = *sys.argv[1:4], json.loads(sys.stdin.read())
for command in commands:
    assert not run(command, Composition()), command
assert not run(["backup", backup, "--by", "officer"], Composition())
shutil.copytree(home, before)
"""
DESTROY = """
import json, sys
from meterkeep.__main__ import Composition
from meterkeep.faces.cli import run
if sys.argv[1]:
    from meterkeep.site import composition
    (held,) = composition.open_custodian().gate.vault.find("customer_ref", sys.argv[1])
    assert not run(["retention", "hold", "--customer", held, "--records", "readings", "--why", "a claim", "--by", "officer", "--as-of", "2025-07-02"], Composition())
assert not run(["retention", "apply", "--apply", "--by", "officer", "--as-of", sys.argv[2]], Composition())
"""
NAMES = """
from meterkeep.site import composition
vault = composition.open_custodian().gate.vault
print([vault.known_surrogate(f"METER-AGES-{number}") is not None for number in (1, 2, 3)])
"""


@dataclass(frozen=True)
class Town:
    folder: Path

    @property
    def before(self) -> Path:
        return self.folder / "before"

    @property
    def backup(self) -> Path:
        return self.folder / "backup"


def line(meter: str, day: date, value: int, first: int) -> str:
    """Stamps are interval ends, local, so that the last one of June begins July. first: what the hour of that one has, where it is another month's."""
    after = date.fromordinal(day.toordinal() + 1)
    ends = [f"{day:%Y%m%d}{hour:02d}00" for hour in range(1, 24)] + [f"{after:%Y%m%d}0000"]
    values = ",".join(f"{end},R0,{value}" for end in ends)
    more = f",{after:%Y%m%d}0100,R0,{first}" if first else ""
    return f"MEPMD01,20080501,SYNTHETIC,CEE,CEE,{meter},{day:%Y%m%d}0815,{meter},OK,E,KWH,1.0,00000100,{24 + bool(first)},{values}{more}"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, new_home: Any, run_in: Any) -> Town:
    """Readings of the last day of June, whose last standard hour is July's, and of July; of two customers, and of a usage point that nobody held."""
    folder = tmp_path_factory.mktemp("ages")
    home = new_home(folder / "home", "--provider", "cea", "--zone", "America/Los_Angeles", "--synthetic")
    rows = [f"{name},{meter},92000,2015-01-01" for name, meter in PEOPLE.items()]
    (folder / "customers.csv").write_text("\n".join(["customer_id,meter_number,zip,start", *rows]) + "\n")
    bills = [f"{name},{meter},{month},{amount}" for name, meter in PEOPLE.items() for month, amount in BILLS]
    (folder / "bills.csv").write_text("\n".join(["customer_id,meter_number,month,amount", *bills]) + "\n")
    meters = [*PEOPLE.values(), NOBODYS]
    lines = [line(meter, JUNE, OLD + at, NEW + at) for at, meter in enumerate(meters)]
    lines += [line(meter, date(2020, 7, 15), NEW + at, 0) for at, meter in enumerate(meters)]
    (folder / "in.cmep").write_text("\n".join(lines) + "\n")
    commands = [
        ["customers", "import", str(folder / "customers.csv"), "--by", "officer"],
        ["customers", "bills", str(folder / "bills.csv"), "--by", "officer"],
        ["ingest", str(folder / "in.cmep"), "--by", "officer"],
    ]
    paths = (str(home), str(folder / "backup"), str(folder / "before"))
    ran = run_in(home, BEGIN, *paths, interpreter=("-c",), stdin=json.dumps(commands))
    assert ran.code == 0, ran.err
    return Town(folder)


BILLS = [("2020-06", "777.01"), ("2020-07", "888.02")]


def destroyed(town: Town, run_in: Any, home: Path, held: str, on: str = "2025-07-02") -> Path:
    """The home of before, in which June is destroyed of all who are not held."""
    shutil.copytree(town.before, home)
    ran = run_in(home, DESTROY, held, on, interpreter=("-c",))
    assert ran.code == 0, ran.err + ran.out
    return home


def restored(town: Town, run_in: Any, home: Path, keys: Path) -> Any:
    options = ("--keys", keys / "vault" / "keys.sqlite3", "--key-files", keys / "keys")
    ran = run_in(home, "restore", town.backup, *options, "--by", "officer", "--json")
    assert ran.code == 0, ran.err
    return ran.json


def held_in(home: Path) -> tuple[dict[int, int], list[int]]:
    """How often each value is in the store's files, and the cents of all bills."""
    found: dict[int, int] = {}
    for path in (home / "store").rglob("*.parquet"):
        table = pq.read_table(path, partitioning=None)
        if "values" in table.column_names:
            for value in table["values"].combine_chunks().flatten().to_pylist():
                found[value] = found.get(value, 0) + 1
    found.pop(None, None)  # type: ignore[call-overload]
    rows = sqlite3.connect(home / "database.sqlite3").execute("SELECT cents FROM customers_billedamount")
    return found, sorted(cents for (cents,) in rows)


def opened(town: Town, keys: Path, scratch: Path) -> bytes:
    """All that a backup's blocks hold for these keys."""
    shutil.copytree(keys / "vault", scratch)
    store = KeyStore.open(scratch / "keys.sqlite3", FileKeys.open(keys / "keys"), patience=1.0)
    backup, found = Opened.of(town.backup, store, lambda *_: None), []
    for name in backup.names():
        with backup.part(name) as part:
            found += [block.payload or b"" for block in part.blocks()]
    return b"\n".join(found)


def as_bytes(value: int) -> bytes:
    return value.to_bytes(4, "little")


def test_a_month_that_was_destroyed_opens_in_no_backup(town: Town, run_in: Any, tmp_path: Path) -> None:
    now = destroyed(town, run_in, tmp_path / "now", "")
    old, new = [as_bytes(OLD + at) for at in range(3)], [as_bytes(NEW + at) for at in range(3)]
    then, today = opened(town, town.before, tmp_path / "then"), opened(town, now, tmp_path / "today")
    assert all(value in then for value in [*old, *new])
    assert not any(value in today for value in old) and all(value in today for value in new)
    whole, kept = held_in(town.before), held_in(now)
    assert {value: times for value, times in whole[0].items() if value >= NEW} == kept[0]
    assert kept == ({NEW: 25, NEW + 1: 25, NEW + 2: 25}, [88802, 88802])

    done = restored(town, run_in, tmp_path / "again", now)
    assert held_in(tmp_path / "again") == kept and done["gone"] >= 3 + 2
    assert run_in(now, NAMES, interpreter=("-c",)).out.strip() == "[True, True, True]", (
        "of July they have readings"
    )
    ran = run_in(tmp_path / "again", "store", "prove")
    assert ran.code == 0, ran.out


def test_what_was_destroyed_of_some_only_is_destroyed_again(town: Town, run_in: Any, tmp_path: Path) -> None:
    """A hold keeps the month's key for the one who is held, and for what nobody held; the key store knows of whom it was destroyed."""
    now = destroyed(town, run_in, tmp_path / "now", "ONE")
    kept = held_in(now)
    assert kept == (
        {OLD: 24, NEW: 25, NEW + 1: 25, OLD + 2: 24, NEW + 2: 25},
        [77701, 88802, 88802],
    )
    restored(town, run_in, tmp_path / "again", now)
    assert held_in(tmp_path / "again") == kept


def test_the_names_of_a_usage_point_that_nobody_holds_go_with_its_last_reading(
    town: Town, run_in: Any, tmp_path: Path
) -> None:
    now = destroyed(town, run_in, tmp_path / "now", "", "2025-08-02")
    assert held_in(now)[0] == {}
    assert run_in(now, NAMES, interpreter=("-c",)).out.strip() == "[True, True, False]"


KEEPERS = """
import sys
from datetime import date
from pathlib import Path
from meterkeep.__main__ import Composition
from meterkeep.faces.cli import run
from meterkeep.site import composition
home, taken, new = map(Path, sys.argv[1:])
composition.open_custodian()
from meterkeep.desks.workforce import actions
for person, role in (("keeper", "backup_keeper"), ("clerk", "analyst")):
    actions.record_person(id=person, display=person, role=role, by="officer", on=date(2025, 1, 1))
for target, by in ((new, "clerk"), (new, "nobody-known"), (taken, "keeper"), (home / "inside", "keeper"), (new / "no" / "where", "keeper"), (new, "keeper")):
    print("CODE", run(["backup", str(target), "--by", by], Composition()), (home / "ledger" / "journal").read_bytes().count(b"home.backed_up"))
"""


def test_who_may_not_and_where_it_cannot_be_is_not_told_as_a_backup(
    town: Town, run_in: Any, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(town.before, tmp_path / "home"))
    ran = run_in(home, KEEPERS, home, town.backup, tmp_path / "new", interpreter=("-c",))
    assert ran.code == 0, ran.err
    told = [line.split()[1:] for line in ran.out.splitlines() if line.startswith("CODE ")]
    assert told == [["1", "1"], ["1", "1"], ["2", "1"], ["1", "1"], ["2", "1"], ["0", "2"]], ran.err
    assert "backup_keeper" in ran.err
