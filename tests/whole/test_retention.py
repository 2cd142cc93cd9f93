"""A customer's time is over: afterwards no file of the home holds anything of them, the log's old proofs verify, and everyone else is whole.
A process killed anywhere on the way is carried on by the next."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from gate.world import cmep_line

LEFT, STAYS = "CANARY-LEFT-77", "CANARY-STAYS-78"
IDENTITY = {
    "name": "Quillfeather Canary",
    "account_number": "ACCT-00-4711-CANARY",
    "phone": "+1 (805) 555-0142",
    "email": "quill.canary@example.com",
    "service_address": "17 Invented Street",
}
BY = ("--by", "officer")
TODAY = ("--as-of", "2026-03-02")
COUNTING = """
import os, signal, sys
at, seen = int(sys.argv.pop(1)), 0
home = os.environ["METERKEEP_HOME"]
def watch(event, told):
    global seen
    if event in ("os.rename", "os.remove", "open") and str(told[0]).startswith(home):
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
def furnished(tmp_path_factory: pytest.TempPathFactory, new_home: Any, run_in: Any) -> Path:
    """Two customers with readings, one of whom left long ago; a sign-in, an export and a folder that files came in."""
    folder = tmp_path_factory.mktemp("town")
    home = new_home(folder / "home", "--provider", "cea", "--zone", "America/Los_Angeles", "--synthetic")

    def do(*arguments: object, **options: Any) -> Any:
        ran = run_in(home, *arguments, **options)
        assert ran.code == 0, ran.err
        return ran

    head = ["customer_id", *IDENTITY, "meter_number", "zip", "start", "end"]
    rows = [
        [LEFT, *IDENTITY.values(), "METER-CANARY-1", "92000", "2015-01-01", "2021-01-01"],
        [STAYS, *(f"{value}9" for value in IDENTITY.values()), "METER-CANARY-2", "92000", "2015-01-01", ""],
    ]
    (folder / "customers.csv").write_text("\n".join(",".join(row) for row in [head, *rows]) + "\n")
    do("customers", "import", folder / "customers.csv", *BY)
    days = [date(2020, 7, 1), date(2024, 7, 1)]
    lines = [cmep_line(f"METER-CANARY-{number}", day) for number in (1, 2) for day in days]
    (home / "incoming.cmep").write_text("\n".join(lines) + "\n")
    do("ingest", home / "incoming.cmep", *BY)
    signed = f"from meterkeep.faces.cli import run\nfrom meterkeep.site import composition\n{SIGN_IN}"
    do(signed, interpreter=("-c",))
    return home


SIGN_IN = """
from datetime import date
custodian = composition.open_custodian()
from meterkeep.desks.accounts import actions
gone = custodian.gate.vault.find("customer_ref", "CANARY-LEFT-77")[0]
actions.open_account(username="quill.canary", password="a long enough one", kind="customer", customer_id=gone, by="officer", on=date(2026, 3, 1))
"""


def traces(home: Path) -> dict[str, bytes]:
    """What lies on the disk of the customer: words, and the very bytes of ciphertexts, index and keys."""
    vault, keys = (sqlite3.connect(home / "vault" / f"{name}.sqlite3") for name in ("vault", "keys"))
    desks = sqlite3.connect(home / "database.sqlite3")
    (gone,) = desks.execute(
        "SELECT customer_id FROM accounts_user WHERE username = 'quill.canary'"
    ).fetchone()
    found = {f"field {name}": value.encode() for name, value in IDENTITY.items()}
    found |= {
        "reference": LEFT.encode(),
        "meter": b"METER-CANARY-1",
        "id": gone.encode(),
        "raw id": bytes.fromhex(gone),
    }
    found["sign-in"] = b"quill.canary"
    rows = vault.execute(
        "SELECT field, sealed, digest FROM fields WHERE customer = ?", (bytes.fromhex(gone),)
    )
    for name, sealed, digest in rows:
        found[f"sealed {name}"] = sealed
        if digest:
            found[f"index of {name}"] = digest
    (number,) = desks.execute(
        "SELECT usage_point FROM customers_serviceagreement WHERE customer_id = ?", (gone,)
    ).fetchone()
    for digest, sealed in vault.execute("SELECT digest, sealed FROM identifiers WHERE number = ?", (number,)):
        found["index of the meter"], found["sealed meter"] = digest, sealed
    for subject in (gone, f"usage_point:{number}"):
        (found[f"key of {subject}"],) = keys.execute(
            "SELECT wrapped FROM keys WHERE subject = ?", (subject,)
        ).fetchone()
    return found


def left_in(home: Path, sought: dict[str, bytes]) -> list[tuple[str, str]]:
    """Whoever was destroyed stays on the vault's list of random ids, so that a restored backup is shredded again: that is allowed."""
    files = {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}
    return sorted(
        (name, path)
        for path, content in files.items()
        for name, value in sought.items()
        if value in content and not (name == "id" and path.startswith("vault/keys.sqlite3"))
    )


def check_gone(home: Path, run_in: Any, sought: dict[str, bytes], older: Path) -> None:
    assert left_in(home, sought) == []
    verified = run_in(home, "ledger", "verify", "--older", older)
    assert verified.code == 0, verified.out + verified.err
    plan = run_in(home, "retention", "plan", *BY, *TODAY, "--json")
    assert plan.json["due"] == [] and plan.json["under_way"] == 0
    lots = run_in(home, "retention", "certificates", "--json").json["lots"]
    assert {(lot["records"], lot["state"]) for lot in lots} == {("customer", "done"), ("readings", "done")}
    assert run_in(home, "store", "prove").code == 0
    assert run_in(home, "doctor").code == 0
    whole = run_in(home, WHOLE, interpreter=("-c",))
    assert json.loads(whole.out) == {"fields": 7, "readings": 24}, whole.err


WHOLE = """
import json
from datetime import date
from meterkeep.site import composition
gate = composition.open_custodian().gate
(stays,) = gate.vault.find("customer_ref", "CANARY-STAYS-78")
import pyarrow as pa
number = gate.vault.known_surrogate("METER-CANARY-2")
table = gate.store.read(pa.table({"usage_point": pa.array([number], pa.int32()), "start": [0], "end": [2**33]}))
print(json.dumps({"fields": len(gate.vault.read([stays], sorted(gate.vault.fields))[stays]), "readings": table.num_rows}))
"""


def test_no_file_holds_anything_of_them_and_old_proofs_verify(
    furnished: Path, tmp_path: Path, run_in: Any
) -> None:
    home = tmp_path / "home"
    shutil.copytree(furnished, home)
    sought = traces(home)
    assert {name for name, _ in left_in(home, sought)} >= {
        "id",
        "sealed name",
        "index of email",
        "sign-in",
        "meter",
    }
    shutil.copy(home / "ledger" / "checkpoint", tmp_path / "older")
    done = run_in(home, "retention", "apply", "--apply", *BY, *TODAY)
    assert done.code == 0, done.err
    check_gone(home, run_in, sought, tmp_path / "older")
    assert not (home / "incoming.cmep").exists()


@pytest.mark.slow
@pytest.mark.parametrize("part", [30, 50, 65, 75, 82, 88, 94, 98])
def test_killed_anywhere_the_next_one_carries_on(
    furnished: Path, tmp_path: Path, run_in: Any, part: int
) -> None:
    command = ("retention", "apply", "--apply", *BY, *TODAY)
    shutil.copytree(furnished, tmp_path / "rehearsal")
    rehearsed = run_in(tmp_path / "rehearsal", COUNTING, "0", *command, interpreter=("-c",))
    assert rehearsed.code == 0, rehearsed.err
    steps = int(rehearsed.err.strip().splitlines()[-1])
    home = tmp_path / "home"
    shutil.copytree(furnished, home)
    sought = traces(home)
    shutil.copy(home / "ledger" / "checkpoint", tmp_path / "older")
    killed = run_in(home, COUNTING, steps * part // 100, *command, interpreter=("-c",))
    assert killed.code == -9
    assert run_in(home, *command).code == 0
    check_gone(home, run_in, sought, tmp_path / "older")
