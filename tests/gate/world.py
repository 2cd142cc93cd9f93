"""A gate on real engines in a temporary folder, with facts from dictionaries: no Django anywhere."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from meterkeep.gate import CustomerFacts, Facts, Gate, Period, Request, Sources, Subjects
from meterkeep.ledger import FileSigner, Journal
from meterkeep.policy import load_pack
from meterkeep.readings.store import Store
from meterkeep.vault import FileKeys, Vault

ZONE = ZoneInfo("America/Los_Angeles")
ON = date(2026, 3, 2)
STAFF: Facts = {
    "person.need_to_know": True,
    "person.training_current": True,
    "person.acknowledged": True,
    "recipient.kind": "staff",
}


@dataclass
class Agreement:
    customer: str
    usage_point: int
    start: date
    end: date
    zip: str = "92000"


@dataclass
class Register:
    """CustomerSource over a list of agreements; a customer's chain is its id turned round."""

    agreements: list[Agreement] = field(default_factory=list)

    def select(self, subjects: Subjects, *, on: date) -> Sequence[str]:
        everyone = list(dict.fromkeys(agreement.customer for agreement in self.agreements))
        return everyone if subjects.customers is None else [c for c in everyone if c in subjects.customers]

    def chains(self, customers: Sequence[str]) -> list[str]:
        return [customer[::-1] for customer in customers]

    def holdings(self, customers: Sequence[str], period: Period) -> pa.Table:
        mine = [a for a in self.agreements if a.customer in customers]
        rows = [(a, max(a.start, period.start), min(a.end, period.end)) for a in mine]
        rows = [row for row in rows if row[1] < row[2]]
        return pa.table(
            {
                "customer": pa.array([a.customer for a, _, _ in rows], pa.string()),
                "usage_point": pa.array([a.usage_point for a, _, _ in rows], pa.int32()),
                "start": pa.array([_instant(start) for _, start, _ in rows], pa.int64()),
                "end": pa.array([_instant(end) for _, _, end in rows], pa.int64()),
            }
        )

    def billed(self, customers: Sequence[str], period: Period) -> pa.Table:
        mine = [a for a in self.agreements if a.customer in customers]
        return pa.table(
            {
                "customer": pa.array([a.customer for a in mine], pa.string()),
                "usage_point": pa.array([a.usage_point for a in mine], pa.int32()),
                "month": pa.array([period.start for _ in mine], pa.date32()),
                "cents": pa.array([4_200 for _ in mine], pa.int64()),
            }
        )

    def attributes(self, customers: Sequence[str], *, on: date) -> pa.Table:
        zips = {a.customer: a.zip for a in self.agreements}
        return pa.table({"customer": list(customers), "zip": [zips[c] for c in customers]})


def _instant(day: date) -> int:
    return int(datetime.combine(day, time(), ZONE).timestamp())


@dataclass
class Adopted:
    """PolicySource: the shipped pack and the purposes it registers."""

    pack_id: str | None = "cea"

    def pack(self, on: date):
        return load_pack(self.pack_id) if self.pack_id else None

    def purpose(self, code: str, on: date):
        return load_pack(self.pack_id).purposes.get(code) if self.pack_id else None


@dataclass
class Told:
    """FactSource that says what the test says."""

    told: Facts = field(default_factory=lambda: STAFF)
    name: str = "register"

    def facts(self, request: Request, *, by: str, on: date) -> Facts:
        return self.told


@dataclass
class ToldOfCustomers:
    """CustomerFactSource that says what the test says."""

    told: CustomerFacts = field(default_factory=CustomerFacts)
    name: str = "choices"

    def facts(self, request: Request, customers: Sequence[str], *, by: str, on: date) -> CustomerFacts:
        return self.told


@dataclass
class World:
    gate: Gate
    register: Register
    policy: Adopted
    facts: Told
    choices: ToldOfCustomers
    folder: Path

    def ask(self, **changes: object) -> Request:
        usual: dict[str, object] = {
            "action": "use",
            "purpose": "power_or_billing",
            "elements": ("interval_usage",),
            "subjects": Subjects.everyone(),
            "period": Period(date(2026, 1, 1), date(2026, 3, 1)),
            "reason": "to make the bill",
        }
        return Request(**{**usual, **changes})  # type: ignore[arg-type]

    def names(self) -> list[str]:
        return [entry.name for _, entry in self.gate.journal.recent(1000)][::-1]


def build(folder: Path, *, create: bool) -> World:
    """The same world on the same folder, also from another process."""
    register, policy, facts, choices = Register(), Adopted(), Told(), ToldOfCustomers()
    keys = folder / "keys"
    if create:
        shutil.copytree(_engines(), folder, dirs_exist_ok=True)
    gate = Gate(
        clock=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC),
        journal=Journal.open(folder / "ledger", signer=FileSigner(keys)),
        store=Store.open(folder / "store"),
        vault=Vault.open(folder / "vault", FileKeys(keys)),
        sources=Sources(policy=policy, customers=register, facts=(facts,), customer_facts=(choices,)),
    )
    return World(gate, register, policy, facts, choices, folder)


@cache
def _engines() -> Path:
    """Empty engines and their keys, to be copied; they go when the process does."""
    folder = Path(tempfile.mkdtemp(prefix="meterkeep-world-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Store.create(folder / "store", zone=ZONE.key)
    Vault.create(folder / "vault", FileKeys.create(folder / "keys"))
    FileSigner.create(folder / "keys")
    return folder


def cmep_line(meter: str, day: date) -> str:
    """Stamps are interval ends, local; the last one of a day is midnight of the next."""
    after = date.fromordinal(day.toordinal() + 1)
    ends = [f"{day:%Y%m%d}{hour:02d}00" for hour in range(1, 24)] + [f"{after:%Y%m%d}0000"]
    values = ",".join(f"{end},R0,1" for end in ends)
    return f"MEPMD01,20080501,SYNTHETIC,CEE,CEE,{meter},{day:%Y%m%d}0815,{meter},OK,E,KWH,1.0,00000100,24,{values}"
