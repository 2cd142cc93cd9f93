"""A backup and a restore of a whole home beside `tar` of the same home, which seals nothing, checks nothing and can spare nobody. CPU seconds
and bytes. BACKUP_CUSTOMERS says how many customers with a year of hours, where it should not be 10,000.
"""

from __future__ import annotations

import os
import resource
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from measure import cpu_seconds

from meterkeep.gate import Gate
from meterkeep.readings.model import Block, Channel, Series

CUSTOMERS = int(os.environ.get("BACKUP_CUSTOMERS", "10000"))
FILES, AT_ONCE, HOURS = 4, 50, 365 * 24
FIRST = int(datetime(2025, 1, 1, 8, tzinfo=UTC).timestamp())
MADE = date(2026, 2, 1)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _furnish(folder / "home")
        plain = cpu_seconds(lambda: _run("tar", "-C", name, "-cf", f"{name}/plain.tar", "home"), runs=1)
        size = (folder / "plain.tar").stat().st_size
        _say("tar", plain, size, plain, size)
        made = cpu_seconds(
            lambda: _meterkeep(folder / "home", "backup", f"{name}/backup", "--by", "it"), runs=1
        )
        ours = sum(path.stat().st_size for path in (folder / "backup").iterdir())
        _say("backup", made, ours, plain, size)
        keys = ("--keys", f"{name}/home/vault/keys.sqlite3", "--key-files", f"{name}/home/keys")
        checked = cpu_seconds(
            lambda: _meterkeep(folder / "again", "restore", f"{name}/backup", *keys, "--check"), runs=1
        )
        _say("restore --check", checked, ours, plain, size)
        back = cpu_seconds(
            lambda: _meterkeep(folder / "again", "restore", f"{name}/backup", *keys, "--by", "it"), runs=1
        )
        _say("restore", back, ours, plain, size)
        print(f"{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024} MB at most")


def _say(what: str, seconds: float, size: int, plain: float, plain_size: int) -> None:
    print(
        f"{what:<16} {seconds:7.2f} CPU s  {seconds / plain:6.1f} × tar   {size / 1e6:8.1f} MB  {size / plain_size:5.2f} × tar"
    )


def _run(*command: str, home: Path | None = None) -> None:
    environment = {**os.environ, "METERKEEP_HOME": str(home or "")}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def _meterkeep(home: Path, *arguments: str) -> None:
    _run(sys.executable, "-m", "meterkeep", *arguments, home=home)


def _furnish(home: Path) -> None:
    from meterkeep.site.composition import create_custodian

    gate = create_custodian(provider=None, zone="America/Los_Angeles", synthetic=True, folder=home).gate
    numbers = gate.vault.surrogates([(f"METER-{number}",) for number in range(CUSTOMERS)])
    _enrol(gate, numbers.tolist())
    for number, usage_points in enumerate(np.split(numbers, FILES)):
        series = [Series(i, (), Channel.DELIVERED, "Wh") for i in range(len(usage_points))]
        with gate.store.intake(
            digest=f"{number:064d}", received=datetime(2026, 2, 1, tzinfo=UTC), policy=""
        ) as intake:
            for block in _blocks(len(usage_points)):
                intake.add(block, series=series, usage_points=usage_points, qualities=[])
            intake.commit()


def _enrol(gate: Gate, numbers: list[int]) -> None:
    from meterkeep.desks.customers.models import Customer, ServiceAgreement

    ids = [gate.vault.new_customer() for _ in numbers]
    fields = ("name", "account_number", "phone", "email", "service_address", "customer_ref")
    gate.vault.write({one: dict.fromkeys(fields, f"{at} invented {at}") for at, one in enumerate(ids)})
    Customer.objects.bulk_create(Customer(id=one, chain=secrets.token_hex(16), taken_in=MADE) for one in ids)
    ServiceAgreement.objects.bulk_create(
        ServiceAgreement(customer_id=one, usage_point=number, start=date(2020, 1, 1), zip="92000")
        for one, number in zip(ids, numbers, strict=True)
    )


def _blocks(customers: int) -> Iterator[Block]:
    noise = np.random.default_rng(1).lognormal(6.5, 0.6, AT_ONCE * HOURS).astype(np.int64)
    for first in range(0, customers, AT_ONCE):
        these = np.arange(first, min(first + AT_ONCE, customers))
        size = len(these) * HOURS
        yield Block(
            series=np.repeat(these, HOURS).astype(np.int32),
            start=np.tile(FIRST + 3600 * np.arange(HOURS), len(these)),
            duration=np.full(size, 3600, np.int32),
            value=np.roll(noise, first)[:size],
            quality=None,
            record=np.arange(1, size + 1),
        )
