"""Overdue accounts: the console's page of 20,000 of them, after something was entered and once more, by page, choice and order, and `collections run`.

The ledger is synthetic: monthly bills of up to a year, some paid, a third of the accounts returned, some of these referred, some in dispute. Its peer
is the ledger alone: the same rows fetched from the same database as plain tuples, without saying anything of any account.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from measure import cpu_seconds

ACCOUNTS = 20_000
ON = date(2026, 3, 2)
PAGES = {
    "first after an entry": "",
    "a later page": "page=200",
    "one bucket": "bucket=120",
    "one step": "next=referral_candidate",
    "by amount, upwards": "by=amount&way=up",
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        custodian = _home(home)
        _fill()
        _say_pages(custodian)
        _say_run(home)


def _home(folder: Path) -> Any:
    os.environ["METERKEEP_HOME"] = str(folder)
    from meterkeep.site.composition import create_custodian

    return create_custodian(
        folder=folder, provider="cea", zone="America/Los_Angeles", name="Bench", synthetic=True
    )


def _fill() -> None:
    from meterkeep.desks.arrears.models import Account, Act, Posting

    chance = random.Random(1)
    Account.objects.bulk_create(
        [
            Account(reference=f"A-{n:010x}", customer=f"{n:032x}", digest=f"{n:032x}", since=date(2025, 1, 1))
            for n in range(ACCOUNTS)
        ],
        batch_size=5_000,
    )
    keys = list(Account.objects.values_list("pk", flat=True))
    postings = [Posting(account_id=key, by="bench", **said) for key in keys for said in _amounts(chance)]
    Posting.objects.bulk_create(postings, batch_size=5_000)
    acts = [Act(account_id=key, by="bench", **said) for key in keys for said in _acts(chance)]
    for number, act in enumerate(acts):
        act.reference = f"C-{number:010x}"
    Act.objects.bulk_create(acts, batch_size=5_000)
    print(f"{len(keys):,} accounts, {len(postings):,} postings, {len(acts):,} acts")


def _amounts(chance: random.Random) -> Iterator[dict[str, Any]]:
    first = ON - timedelta(days=chance.randrange(20, 400))
    for due in (first + timedelta(days=30 * n) for n in range(chance.randrange(1, 5))):
        yield {"kind": "billed", "on": due - timedelta(days=20), "due": due, "cents": chance.randrange(500, 90_000)}  # fmt: skip
        if chance.random() < 0.3:
            yield {"kind": "paid", "on": due + timedelta(days=9), "cents": -chance.randrange(100, 20_000)}


def _acts(chance: random.Random) -> Iterator[dict[str, Any]]:
    day, drawn = ON - timedelta(days=chance.randrange(1, 200)), chance.random()
    if drawn < 0.33:
        yield {"kind": "returned", "on": day}
    if drawn < 0.1:
        yield {"kind": "referred", "on": day, "why": "unpaid", "party": "tern", "cents": 1}
    if drawn > 0.95:
        yield {"kind": "dispute_opened", "on": day, "why": "disputed"}


def _say_pages(custodian: Any) -> None:
    client = _signed_in(custodian)
    _open(client, "/console/collections?on=2025-01-01")  # what a server has done before anybody looks
    rows = cpu_seconds(_plain_rows)
    print(f"{'the rows alone':<24} {rows:6.2f} CPU s")
    for name, query in PAGES.items():
        address = f"/console/collections?on={ON}&{query}"
        spent = cpu_seconds(lambda address=address: _open(client, address), runs=1)
        print(f"{name:<24} {spent:6.2f} CPU s   {spent / rows:5.1f} × the rows alone")


def _plain_rows() -> None:
    from meterkeep.desks.arrears.models import Account, Act, Posting

    list(Account.objects.values_list("pk", "reference"))
    list(Posting.objects.values_list("account", "kind", "on", "cents", "due", "file"))
    list(Act.objects.values_list("pk", "account", "kind", "on", "answers"))


def _signed_in(custodian: Any) -> Any:
    from django.test import Client

    from meterkeep.desks.accounts import actions as accounts
    from meterkeep.desks.workforce import actions as workforce

    today = custodian.today()
    member = workforce.record_person(id="analyst", display="Analyst", role="analyst", by="bench", on=today)
    workforce.assign(person=member, purposes=("power_or_billing",), by="bench", on=today)
    user = accounts.open_account(
        username="analyst", password=None, kind="staff", person="analyst", by="bench", on=today
    )
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    return client


def _open(client: Any, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code


def _say_run(home: Path) -> None:
    command = [sys.executable, "-m", "meterkeep", "collections", "run", "--as-of", str(ON)]
    start = cpu_seconds(
        lambda: _child(
            [sys.executable, "-m", "meterkeep", "collections", "show", "A-0000000000", "--as-of", str(ON)],
            home,
        ),
        runs=1,
    )
    spent = cpu_seconds(lambda: _child(command, home), runs=1)
    print(
        f"{'collections run':<24} {spent:6.2f} CPU s, of which opening the home takes {start:.2f}   {ACCOUNTS / (spent - start):,.0f} accounts/CPU s"
    )


def _child(command: list[str], home: Path) -> None:
    subprocess.run(
        command, check=True, env={**os.environ, "METERKEEP_HOME": str(home)}, stdout=subprocess.DEVNULL
    )


if __name__ == "__main__":
    main()
