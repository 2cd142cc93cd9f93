"""What is destroyed through the gate: customers' readings, those of usage points, or a period of everyone's.

The seam for the retention desk: it says what is due (`Disposal`), answers for the facts `record.*` as a source of its own,
and makes its certificate of a `Destruction`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.errors import BadInput
from meterkeep.gate.request import Facts, Period, Request, Subjects
from meterkeep.gate.ruling import Ruling
from meterkeep.gate.sources import CustomerSource
from meterkeep.ledger import Entry, Journal
from meterkeep.ledger.leases import lease_alive
from meterkeep.ledger.names import EventName
from meterkeep.readings.store import Destroyed, Finding, Store
from meterkeep.readings.store.rows.civil import midnight
from meterkeep.vault import Vault
from meterkeep.vault.ages import BILLS, READINGS, months

LONGEST_WHY = 300
EVER = date(1970, 1, 1)
_NEVER = date(2200, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Disposal:
    """customers: their usage points' readings, as long as they held them; or usage_points: whoever held them; or neither: of
    everyone. period: civil days; up to and with today where it is left out, which a disposal of everyone's must not.

    declared: facts that no register answers for yet (`record.still_needed`, `record.hold` …); a source's own word wins.
    """

    customers: tuple[str, ...] = ()
    usage_points: tuple[int, ...] = ()
    period: Period | None = None
    declared: Facts = field(default_factory=dict)

    @property
    def request(self) -> Request:
        return Request(
            action="destroy",
            purpose="retention",
            elements=("interval_usage",),
            subjects=Subjects.of(*self.customers) if self.customers else Subjects.everyone(),
            period=self.period,
            reason="What is no longer needed is not kept.",
            declared=self.declared,
        )


@dataclass(frozen=True)
class Lot:
    """customers: whom the decision is about. holdings: of named customers or usage points; None for a period of everyone's."""

    store: Store
    customers: Sequence[str]
    period: Period
    holdings: pa.Table | None

    def act(self, at: datetime, *, apply: bool) -> Destroyed:
        if self.holdings is not None:
            return self.store.erase(self.holdings, at=at, apply=apply)
        return self.store.purge(self.period.start, self.period.end, at=at, apply=apply)

    def take_from_backups(self, vault: Vault) -> None:
        """Whole months of everyone's lose the key that opens them in backups; of all else the key store keeps what it was."""
        if self.holdings is None:
            vault.destroy_months(READINGS, months(self.period.start, self.period.end))
        note_destroyed(self.store, vault)


def clear_up(lot: Lot, vault: Vault, customers: CustomerSource, journal: Journal) -> int:
    """What goes with the readings: the keys of their months, and what senders called usage points that nobody holds. How many of these there were."""
    lot.take_from_backups(vault)
    return 0 if lot.holdings is not None else _forget_strangers(lot.store, vault, customers, journal)


def _forget_strangers(store: Store, vault: Vault, customers: CustomerSource, journal: Journal) -> int:
    """Usage points that nobody held, or whose holders are all destroyed, and of which no reading is left. None while something comes in: what was
    numbered a moment ago has neither yet; the next destruction sees to it."""
    named = vault.identified_usage_points()
    if any(entry.name == EventName.INTAKE_INTENT for _, entry in journal.unresolved(_is_over)):
        return 0
    everyone = customers.select(Subjects.everyone(), on=EVER)
    held = customers.holdings(everyone, Period(EVER, _NEVER))["usage_point"].to_numpy()
    gone = store.without_readings(np.setdiff1d(named, held))
    if len(gone):
        vault.shred_usage_points(*gone.tolist())
    return len(gone)


def _is_over(lease: str) -> bool:
    """Turned round, since what is asked for is whose process lives."""
    return not lease_alive(lease)


def note_destroyed(store: Store, vault: Vault) -> None:
    """Tells the key store what of the store was destroyed, so that a restore from an older backup does not bring it back."""
    vault.record.note_readings(store.destroyed_spans())


def take_bills_from_backups(vault: Vault, customers: Sequence[str], before: date) -> None:
    """Of the months before the one of the day. customers: none for everyone."""
    if not customers:
        vault.destroy_months(BILLS, months(EVER, before))
    vault.record.note_bills(customers or [""], before)


class Destruction(msgspec.Struct, frozen=True):
    """For a certificate: what was destroyed, when, by whom, why, under which clauses, and the digests before and after.

    what: "customers", "usage_points" or "period". extent: SHA-256 of usage points and spans. first, end: epoch seconds,
    half-open. at: RFC 3339. files, rows, readings, bytes: found before, those of every version. before, after: SHA-256 over
    the files concerned. findings: what stands against the proof. intent: the entry in the log.
    """

    what: str
    why: str
    by: str
    on: date
    at: datetime
    outcome: str
    clauses: list[str]
    missing: list[str]
    pack_digest: str
    extent: str
    customers: int
    refused: int
    undecided: int
    usage_points: int
    first: int
    end: int
    files: int
    rows: int
    readings: int
    bytes: int
    before: str
    after: str
    applied: bool
    already: bool
    findings: list[Finding]
    intent: str

    def told(self) -> dict[str, str | int]:
        """Its detail in the log."""
        names = ("extent", "files", "rows", "readings", "bytes", "before", "after")
        return {**{name: getattr(self, name) for name in names}, "findings": len(self.findings)}


def check_why(why: str) -> None:
    if not 0 < len(why.strip()) <= LONGEST_WHY:
        raise BadInput("A destruction needs a reason.", next=f"Say why, in at most {LONGEST_WHY} characters.")


def doomed(disposal: Disposal, *, store: Store, customers: CustomerSource, on: date) -> Lot:
    """Who and what it is about. Raises BadInput where it names nobody that is known, or no time."""
    if disposal.customers and disposal.usage_points:
        raise BadInput("Name customers or usage points, not both.", next="Ask twice.")
    period = disposal.period or Period(EVER, on + timedelta(days=1))
    everyone = customers.select(disposal.request.subjects, on=on)
    if disposal.customers:
        if set(disposal.customers) - set(everyone):
            raise BadInput("There is no such customer.", next="Give the customer's id.")
        return Lot(store, everyone, period, _held(customers.holdings(everyone, period)))
    if not disposal.usage_points:
        if disposal.period is None:
            raise BadInput("This names neither whose readings nor which.", next="Give a period.")
        return Lot(store, everyone, period, None)
    span = midnight(period.start, store.zone), midnight(period.end, store.zone)
    held = customers.holdings(everyone, period)
    theirs = held.filter(pc.is_in(held["usage_point"], pa.array(disposal.usage_points, pa.int32())))
    size = len(disposal.usage_points)
    spans = pa.table(
        {
            "usage_point": pa.array(disposal.usage_points, pa.int32()),
            "start": np.full(size, span[0]),
            "end": np.full(size, span[1]),
        }
    )
    return Lot(store, theirs["customer"].unique().to_pylist(), period, spans)


def left_open(unresolved: Iterable[tuple[int, Entry]], extent: str) -> Entry | None:
    """The intent of a destruction of the same extent whose process has died."""
    for _, entry in unresolved:
        if entry.name == EventName.DESTRUCTION_INTENT and entry.detail.get("extent") == extent:
            return entry
    return None


def _held(holdings: pa.Table) -> pa.Table:
    if not holdings.num_rows:
        raise BadInput(
            "These customers held no usage point in that time.", next="There is nothing of theirs to destroy."
        )
    return holdings.select(["usage_point", "start", "end"])


@dataclass(frozen=True)
class Hindrance:
    """Of how many customers the destruction is refused or cannot be decided, so that it does not happen at all."""

    refused: int
    undecided: int
    customers: int

    @property
    def whom(self) -> str:
        """Those of the outcome that counts, "" where it is the same for all."""
        number = self.refused or self.undecided
        return f"for {number:,} of {self.customers:,} customers" if 0 < number < self.customers else ""

    def told(self) -> dict[str, str | int]:
        """In the log, by number: whoever else was asked about is in no way named."""
        return {"refused": self.refused, "undecided": self.undecided}


def for_all(ruling: Ruling) -> tuple[Ruling, Hindrance]:
    """The ruling for everybody or nobody: a period cannot spare those under a hold."""
    found = Counter[str]()
    for left in ruling.left_out:
        found[left.decision.outcome] += len(left.customers)
    hindrance = Hindrance(found["refuse"], found["undetermined"], len(ruling.customers))
    if not ruling.left_out:
        return ruling, hindrance
    decision = ruling.left_out[0].decision
    return replace(ruling, decision=decision, permitted=ruling.customers, left_out=()), hindrance


def destruction_of(
    ruling: Ruling,
    done: Destroyed,
    *,
    hindered: Hindrance,
    why: str,
    by: str,
    on: date,
    intent: str = "",
) -> Destruction:
    decision, request = ruling.decision, ruling.request
    named = "customers" if request.subjects.customers else "usage_points" if done.named else "period"
    return Destruction(
        what=named,
        why=why.strip(),
        by=by,
        on=on,
        at=datetime.fromtimestamp(done.at // 1_000_000, tz=UTC),
        outcome=decision.outcome,
        clauses=list(dict.fromkeys(clause.id for clause in decision.clauses)),
        missing=list(decision.missing),
        pack_digest=decision.pack_digest,
        extent=done.extent,
        customers=len(ruling.customers),
        refused=hindered.refused,
        undecided=hindered.undecided,
        usage_points=done.named,
        first=done.first,
        end=done.end,
        files=done.found.files,
        rows=done.found.rows,
        readings=done.found.readings,
        bytes=done.found.bytes,
        before=done.found.digest,
        after=done.after,
        applied=done.applied and not done.already,
        already=done.already,
        findings=done.findings,
        intent=intent,
    )
