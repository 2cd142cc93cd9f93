"""Everything that is kept of customers, destroyed at once: copies in files, readings, identities with their keys and index.

The seam for the retention desk, which says whose time is over and deletes what desks keep beside. In this order, so that a
process that dies leaves what is still needed to go on: files are looked through while the identifiers can be read, readings go
while the usage points are known, the keys go last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from meterkeep.gate.copies import Copies, Sought, look_through, older, words_of
from meterkeep.gate.destroying import EVER, Hindrance
from meterkeep.gate.entries import Scribe
from meterkeep.gate.intake import scratch
from meterkeep.gate.request import Facts, Period, Request, Subjects
from meterkeep.gate.ruling import Ruling
from meterkeep.gate.sources import CustomerSource
from meterkeep.ledger import Entry, Journal
from meterkeep.ledger.names import EventName
from meterkeep.policy import Pack
from meterkeep.readings.store import Destroyed, Finding, Store
from meterkeep.vault import SEARCHABLE, Vault

SOUGHT = (
    "account_number",
    "service_account",
    "usage_point_source_id",
    "meter_number",
    "phone",
    "email",
    "ssn",
    "customer_ref",
)
"""What files are looked through for. Names and addresses are not: others may share them."""

_OF_IDENTITIES = ("values", "searchable", "keys", "identities_before")
_LONG_NUMBER = 8
"""Digits of a usage-point number that is looked for; a shorter one may be an amount."""


@dataclass(frozen=True, kw_only=True)
class Farewell:
    """customers: whose time is over. usage_points: those that nobody else ever held, whose identifiers go too. folders: where files
    about customers may lie. spared: customers whose files stay, even where one of the others is in them too. before: instead of
    customers, the day before which files were last written that go, whoever is in them."""

    customers: tuple[str, ...]
    usage_points: tuple[int, ...] = ()
    folders: tuple[Path, ...] = ()
    spared: tuple[str, ...] = ()
    before: date | None = None
    declared: Facts = field(default_factory=dict)

    def request(self, pack: Pack | None) -> Request:
        """About every element of the catalogue: what is kept of a customer is destroyed as a whole."""
        elements = tuple(sorted(pack.elements)) if pack else ()
        return Request(
            action="destroy",
            purpose="retention",
            elements=elements or ("interval_usage",),
            subjects=Subjects.of(*self.customers),
            reason="What is no longer needed is not kept.",
            declared=self.declared,
        )


class Forgotten(msgspec.Struct, frozen=True):
    """For a certificate. told: what was found before and after, as the log has it: readings, files and rows of the store with SHA-256
    before and after; sealed values, index rows and keys of the vault with SHA-256 before and after; copies in files. copies: SHA-256 of
    each file that went. already: it was done before, and told is what the log has of it."""

    why: str
    by: str
    on: date
    at: datetime
    outcome: str
    clauses: list[str]
    missing: list[str]
    pack_digest: str
    customers: int
    refused: int
    undecided: int
    told: dict[str, str | int]
    copies: list[str]
    findings: list[Finding]
    applied: bool
    already: bool
    intent: str = ""


@dataclass(frozen=True)
class Whole:
    """All that the engines have of some customers. holdings: their readings; None where they held nothing."""

    store: Store
    vault: Vault
    farewell: Farewell
    holdings: pa.Table | None

    @classmethod
    def of(
        cls, farewell: Farewell, *, store: Store, vault: Vault, customers: CustomerSource, on: date
    ) -> Whole:
        found = customers.holdings(farewell.customers, Period(EVER, on + timedelta(days=1)))
        spans = found.select(["usage_point", "start", "end"]) if found.num_rows else None
        return cls(store, vault, farewell, spans)

    @property
    def extent(self) -> str:
        """SHA-256 of who and what it is about: random ids and numbers, so it tells nothing once these are gone."""
        farewell = self.farewell
        named = (*sorted(farewell.customers), *map(str, sorted(farewell.usage_points)))
        if farewell.before:
            named = ("files", farewell.before.isoformat(), *map(str, sorted(farewell.folders)))
        return hashlib.sha256("|".join(named).encode()).hexdigest()

    def count(self, at: datetime) -> dict[str, Any]:
        """What is there, as it is before anything goes: `told` and `copies` as in `Forgotten`."""
        copies = self._copies(apply=False)
        told = {**self._readings(at, apply=False)[0], **self._identities("before"), **_of_copies(copies)}
        return {"told": told, "copies": list(copies.found)}

    def carry_out(
        self, scribe: Scribe, left: Entry | None, *, why: str, clock: Callable[[], datetime]
    ) -> dict[str, Any]:
        """Destroys it with an entry before and one after. left: the intent of a process that died, which this one answers.

        The intent has what the vault holds: after a crash nobody could count it any more."""
        asked: dict[str, str | int] = {"extent": self.extent, "why": why}
        intent = left or scribe.intent(clock(), extra={**asked, **self._identities("before")})
        try:
            told, copies, findings = self.act(clock())
        except BaseException:
            scribe.outcome(clock(), "failed", intent=intent)
            raise
        told = {**asked, **told, **_known_before(intent)}
        whole = not findings and not told["values_left"]
        scribe.outcome(
            clock(),
            "delivered" if whole else "failed",
            intent=intent,
            digest=str(told["identities_after"]),
            detail=told,
        )
        return {"told": told, "copies": copies, "findings": findings, "applied": whole, "intent": intent.id}

    def act(self, at: datetime) -> tuple[dict[str, str | int], list[str], list[Finding]]:
        """Destroys it, and says what the log and the certificate are told; asked for again it goes on where it ended."""
        copies = self._copies(apply=True)
        readings, findings = self._readings(at, apply=True)
        self.vault.shred_all(customers=self.farewell.customers, usage_points=self.farewell.usage_points)
        after = self._identities("after")
        told = {**readings, **after, **_of_copies(copies)}
        return told, list(copies.found), findings

    def _readings(self, at: datetime, *, apply: bool) -> tuple[dict[str, str | int], list[Finding]]:
        if self.holdings is None:
            return {"readings": 0, "files": 0, "rows": 0, "bytes": 0}, []
        done: Destroyed = self.store.erase(self.holdings, at=at, apply=apply)
        counts = {name: getattr(done.found, name) for name in ("readings", "files", "rows", "bytes")}
        return {**counts, "files_before": done.found.digest, "files_after": done.after}, done.findings

    def _identities(self, when: str) -> dict[str, str | int]:
        kept = self.vault.inventory(
            customers=self.farewell.customers, usage_points=self.farewell.usage_points
        )
        if when == "after":
            return {"identities_after": kept.digest, "values_left": kept.values + kept.searchable + kept.keys}
        return {
            "values": kept.values,
            "searchable": kept.searchable,
            "keys": kept.keys,
            "identities_before": kept.digest,
        }

    def _copies(self, *, apply: bool) -> Copies:
        if not self.farewell.folders:
            return Copies()
        farewell = self.farewell
        if farewell.before:
            return older(farewell.folders, farewell.before, self.store.zone, apply=apply)
        sought = Sought(
            self._words(farewell.customers, farewell.usage_points), self._words(farewell.spared, ())
        )
        with scratch(self.store) as folder:
            return look_through(farewell.folders, sought, scratch=folder, apply=apply)

    def _words(self, customers: Sequence[str], usage_points: Sequence[int]) -> frozenset[bytes]:
        """How the customers' identifiers, their usage points and themselves are called in files."""
        values = [*customers, *(str(number) for number in usage_points if len(str(number)) >= _LONG_NUMBER)]
        for number in usage_points:
            values.extend(self.vault.usage_point_identifiers(number))
        for fields in self.vault.read(customers, SOUGHT).values():
            for name, text in fields.items():
                values.extend(
                    (text, *(SEARCHABLE[name](line) for line in text.split("\n") if name in SEARCHABLE))
                )
        return words_of(values)


def _known_before(intent: Entry) -> dict[str, str | int]:
    """What the vault had when the destruction was first begun."""
    return {name: value for name, value in told_of(intent).items() if name in _OF_IDENTITIES}


def told_of(entry: Entry) -> dict[str, str | int]:
    """The counts and digests of an entry's detail."""
    return {name: value for name, value in entry.detail.items() if not isinstance(value, list)}


def destroyed_before(journal: Journal, extent: str) -> Entry | None:
    """The outcome of a destruction of the same extent that has come to its end."""
    for _, entry in journal.recent(journal.size, EventName.DESTRUCTION_DELIVERED):
        if entry.detail.get("extent") == extent:
            return entry
    return None


def _of_copies(copies: Copies) -> dict[str, str | int]:
    return {
        "copies": len(copies.found),
        "copies_bytes": copies.bytes,
        "copies_kept": copies.kept,
        "copies_unread": copies.unread,
        "files_looked_at": copies.looked_at,
    }


def forgotten_of(
    ruling: Ruling,
    told: dict[str, str | int],
    *,
    hindered: Hindrance,
    why: str,
    by: str,
    on: date,
    at: datetime,
    **done: object,
) -> Forgotten:
    """done: copies, findings, applied, already and intent, where there are any."""
    decision = ruling.decision
    usual: dict[str, object] = {"copies": [], "findings": [], "applied": False, "already": False}
    return msgspec.convert(
        {
            "why": why.strip(),
            "by": by,
            "on": on,
            "at": at,
            "outcome": decision.outcome,
            "clauses": list(dict.fromkeys(clause.id for clause in decision.clauses)),
            "missing": list(decision.missing),
            "pack_digest": decision.pack_digest,
            "customers": len(ruling.customers),
            "refused": hindered.refused,
            "undecided": hindered.undecided,
            "told": told,
            **usual,
            **done,
        },
        Forgotten,
        from_attributes=True,
    )
