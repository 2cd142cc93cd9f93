"""Collections in a whole home: two at once: no letter twice, no step lost, no cent lost. All data is invented."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from whole.conftest import Ran, run_in

ACCOUNTS = 30
TOTAL = sum(30_000 + n for n in range(ACCOUNTS))
HEAD = """
utility = "Example Gas & Electric"
[office]
name = "Coastal Example Energy"
address = ["100 Harbor Way", "Carlsbad, CA 92008"]
phone = "1-800-555-0100"
[ways]
en = ["Online at example.org/pay"]
es = ["En línea: example.org/pagar"]
"""


EMPTY = """
from meterkeep.site import composition
composition.open_or_unnamed()
from meterkeep.desks.arrears.models import Account, Import, Posting
for model in (Posting, Account, Import):
    model.objects.all().delete()
"""


@pytest.fixture
def home(day: tuple[Path, Ran], tmp_path: Path) -> Path:
    """The demonstration's home with thirty customers more, whose report of what they owe is not taken in yet."""
    home = Path(shutil.copytree(day[0], tmp_path / "home"))
    assert run_in(home, EMPTY, interpreter=("-c",)).code == 0  # the demonstration's own overdue accounts
    (home / "letterhead.toml").write_text(HEAD)
    lines = [f"KILL-{n},KILLED-{n},Ana Example {n},12 Main Street" for n in range(ACCOUNTS)]
    customers = tmp_path / "customers.csv"
    customers.write_text("\n".join(["customer_id,account_number,name,billing_address", *lines]))
    assert run_in(home, "customers", "import", customers, "--by", "analyst").code == 0
    owed = [f"KILLED-{n},{300 + n / 100:.2f},2025-01-15,2025-06-01" for n in range(ACCOUNTS)]
    (tmp_path / "owed.csv").write_text("\n".join(["account_number,amount,due_date,returned_on", *owed]))
    return home


def steps(home: Path) -> list[list[str]]:
    """The commands of a day of collections; each may be run again."""
    by, to = ["--by", "analyst"], home.parent
    return [
        ["collections", "import", str(to / "owed.csv"), "--kind", "returned", *by],
        ["collections", "run", "--apply", *by],
        ["collections", "letters", "--out", str(to / "letters.pdf"), *by],
        ["collections", "decide", "refer", "--agency", "tern-analytics", "--why", "unpaid", "--apply", *by],
        ["collections", "refer", "--agency", "tern-analytics", "--out", str(to / "refer.csv"), *by],
    ]


def finish(home: Path) -> None:
    for command in steps(home):
        out = next((Path(word) for before, word in itertools.pairwise(command) if before == "--out"), None)
        if not (out and out.exists()):
            done = run_in(home, *command)
            assert done.code in ((0, 1) if "letters" in command else (0,)), done.err


def check(home: Path) -> None:
    """Each account once with its cents, each step and each letter once, each referred once; the log holds."""
    told = run_in(home, "collections", "run", "--json").json
    mine = {step["account_number"] for step in told["steps"] if step["step"] == "first_letter"}
    assert len(mine) == ACCOUNTS
    assert run_in(home, "collections", "run", "--apply", "--json", "--by", "analyst").json["entered"] == []
    preview = run_in(home, "collections", "letters", "--json", "--by", "analyst").json
    assert sum(one["letters"] for one in preview["before"]) == ACCOUNTS and preview["letters"] == []
    again = run_in(home, *steps(home)[0], "--json").json
    assert (again["status"], again["kept"]) == ("already_taken_in", ACCOUNTS)
    assert again["amount_kept"] == f"{TOTAL // 100}.{TOTAL % 100:02}"
    counted = run_in(home, COUNT, interpreter=("-c",)).json
    assert counted == {
        "postings": ACCOUNTS,
        "cents": TOTAL,
        "accounts": ACCOUNTS,
        "referred": ACCOUNTS,
        "letters": ACCOUNTS,
        "returned": ACCOUNTS,
    }
    assert len((home.parent / "refer.csv").read_text().splitlines()) == 1 + ACCOUNTS
    assert list(home.parent.glob("*.part")) + list(home.parent.glob(".*.tmp")) == []
    verified = run_in(home, "ledger", "verify", "--json")
    assert verified.code == 0, verified.out


COUNT = """
import json
from meterkeep.site import composition
composition.open_custodian()
from meterkeep.desks.arrears.models import Account, Act, Posting
of = {kind: Act.objects.filter(kind=kind).count() for kind in ("referred", "first_letter", "returned")}
print(json.dumps({
    "postings": Posting.objects.count(), "cents": sum(Posting.objects.values_list("cents", flat=True)),
    "accounts": Account.objects.count(), "referred": of["referred"], "letters": Act.objects.filter(kind__contains="letter").count(), "returned": of["returned"],
}))
"""


def licensed(home: Path) -> None:
    done = run_in(
        home, "collections", "agency", "tern-analytics", "--licence", "1 (synthetic)", "--source", "register", "--by", "analyst"
    )  # fmt: skip
    assert done.code == 0, done.err


@pytest.mark.slow
def test_two_at_once_do_it_once(home: Path) -> None:
    licensed(home)
    environment = {**os.environ, "METERKEEP_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    for command in steps(home):
        both = [
            subprocess.Popen([sys.executable, "-m", "meterkeep", *command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            for _ in range(2)
        ]  # fmt: skip
        told = [(one.communicate(timeout=120)[1], one.returncode) for one in both]
        assert any(code == 0 for _, code in told) and all(b"Traceback" not in err for err, _ in told), told
    finish(home)
    check(home)
