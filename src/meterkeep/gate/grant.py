"""What the gate opens: exactly what was granted, for as long as the `with` block lasts, once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

import pyarrow as pa

from meterkeep.errors import BadInput
from meterkeep.gate.checking import flags_of, keep_flags, kept_flags
from meterkeep.gate.request import Period
from meterkeep.gate.ruling import LeftOut, Ruling
from meterkeep.gate.sources import CustomerSource
from meterkeep.policy import Decision
from meterkeep.readings.store import Store
from meterkeep.vault import SEARCHABLE, Vault

if TYPE_CHECKING:
    from meterkeep.readings.checks import Limits

Payload: TypeAlias = "bytes | pa.Table"
ATTRIBUTES = ("zip", "city", "census_tract", "customer_class", "rate_class", "solar")
OPENING = ("access", "use", "disclose")
"""Actions that open somebody's data. Collecting brings data in; a release lets totals out that a use has computed."""


class Grant:
    """Customers, elements and period that were permitted; nothing else can be read through it."""

    def __init__(
        self, ruling: Ruling, *, store: Store, vault: Vault, customers: CustomerSource, on: Any
    ) -> None:
        self._ruling, self._store, self._vault, self._source, self._on = ruling, store, vault, customers, on
        self._open = True
        self.digest = ""

    @property
    def decision(self) -> Decision:
        return self._ruling.decision

    @property
    def customers(self) -> tuple[str, ...]:
        return self._ruling.permitted

    @property
    def zone(self) -> ZoneInfo:
        """Of the provider: the one whose days and months are meant."""
        return self._store.zone

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Customers asked for but not permitted, with the decision that leaves them out."""
        return self._ruling.left_out

    def readings(
        self,
        columns: Sequence[str] | None = None,
        period: Period | None = None,
        *,
        interval: str | None = None,
        known: datetime | None = None,
    ) -> pa.Table:
        """Readings as `readings.store.Store.read` gives them, with a `customer` column first.

        interval: PT15M, PT1H, P1D, P1M (civil periods of the provider's zone), or None for the intervals as stored.
        known: as the store was then.
        """
        self._require("interval_usage")
        holdings = self._holdings(period)
        table = _with_customer(self._store.read(holdings, interval=interval, known=known), holdings)
        return table.select(columns) if columns else table

    def totals(self, period: Period | None = None) -> pa.Table:
        """One row per customer, usage point, channel and civil month, as `Store.monthly` gives them."""
        self._require("interval_usage", "monthly_usage")
        asked = self._within(period)
        holdings = self._holdings(asked)
        return _with_customer(self._store.monthly(holdings, _months(asked)), holdings)

    def billed(self, period: Period | None = None) -> pa.Table:
        """customer, usage_point, month, cents: what was billed in each whole month; null where no bill came in."""
        self._require("billing")
        return self._source.billed(self.customers, self._within(period))

    def coverage(self, table: pa.Table, period: Period | None = None) -> pa.Table:
        """How much of what was granted is in this table of `readings` or `totals`, and how good it is; to travel beside it."""
        from meterkeep.readings.coverage import (
            coverage,
        )  # with the engines, which a grant that reads nothing does not load

        holdings = self._source.holdings(self.customers, self._within(period))
        destroyed = self._store.destroyed(holdings)
        return coverage(table, holdings=holdings, destroyed=destroyed, zone=self._store.zone)

    def check(
        self, start: date, *, today: date, limits: Limits | None = None, known: datetime | None = None
    ) -> pa.Table:
        """What looks wrong in the readings that were granted, from the civil day `start` on; docs/checks.md has the columns.

        The granted days before it are the history that it is compared with. No reading is changed.
        """
        from meterkeep.readings.checks import Limits as Figures

        self._require("interval_usage")
        granted = self._within(None)
        return flags_of(
            self._store,
            self._source.holdings(self.customers, granted),
            history=granted.start,
            start=start,
            end=granted.end,
            today=today,
            limits=limits or Figures(),
            known=known,
        )

    def keep_flags(self, flags: pa.Table, about: dict[str, Any]) -> None:
        """For the next one who asks for `kept_flags`. about: must name nobody but who acts."""
        self._check_opening()
        keep_flags(self._store, flags, about)

    def kept_flags(self) -> pa.Table | None:
        """Of the last run of the checks what concerns the granted customers; None where there is none."""
        self._require("interval_usage")
        return kept_flags(self._store, self._source.holdings(self.customers, self._within(None)))

    def attributes(self) -> pa.Table:
        """One row per customer with those of zip, city, census_tract, customer_class, rate_class, solar that were granted."""
        granted = [name for name in ATTRIBUTES if name in self._ruling.request.elements]
        if not granted:
            self._require("zip")
        self._check_opening()
        return self._source.attributes(self.customers, on=self._on).select(["customer", *granted])

    def identities(self) -> Mapping[str, Mapping[str, str]]:
        """Identity fields among the granted elements, by customer id."""
        self._check_opening()
        fields = [name for name in self._ruling.request.elements if name in self._vault.fields]
        if not fields:
            self._require("name")
        return self._vault.read(list(self.customers), fields)

    def accounts(self) -> Mapping[str, str]:
        """Keyed hash, as `Enrolment.accounts` gives it, → account number, of the granted customers: one account is told without the others."""
        self._require("account_number")
        plain = SEARCHABLE["account_number"]
        known = self._vault.read(list(self.customers), ["account_number"])
        numbers = [one for fields in known.values() for one in fields.get("account_number", "").splitlines()]
        return {self._vault.reference_digest("account", plain(one)).hex(): one for one in numbers}

    def deliver(self, payload: Payload, to: str) -> Payload:
        """Marks the payload as what leaves, and hands it back; the outcome entry carries its SHA-256.

        `to` has to be the recipient that the decision was about.
        """
        self._check_open()
        decided = self._ruling.request.recipient
        if to != decided:
            raise BadInput("This grant is for another recipient.", next="Ask again, naming this recipient.")
        if self.digest:
            raise BadInput("This grant has already delivered.", next="Ask again for a second delivery.")
        self.digest = digest_of(payload)
        return payload

    def close(self) -> None:
        self._open = False

    def _holdings(self, period: Period | None) -> pa.Table:
        holdings = self._source.holdings(self.customers, self._within(period))
        holder = holdings["customer"].combine_chunks().dictionary_encode()
        return holdings.append_column("holder", holder.indices.cast(pa.int64()))

    def _within(self, asked: Period | None) -> Period:
        self._check_opening()
        granted = self._ruling.request.period
        if granted is None:
            raise BadInput("Readings need a period.", next="Give the request a period.")
        if asked and (asked.start < granted.start or asked.end > granted.end):
            raise BadInput(f"{asked} is outside the granted period {granted}.", next="Ask within it.")
        return asked or granted

    def _require(self, *elements: str) -> None:
        self._check_opening()
        if not set(elements) & set(self._ruling.request.elements):
            raise BadInput(
                f"{elements[0]} was not asked for, so it was not granted.",
                next=f"Name {' or '.join(elements)} among the elements of the request.",
            )

    def _check_opening(self) -> None:
        self._check_open()
        if self._ruling.request.action not in OPENING:
            raise BadInput(
                f"What was granted is to {self._ruling.request.action}, which opens nobody's data.",
                next=f"Ask for one of: {', '.join(OPENING)}.",
            )

    def _check_open(self) -> None:
        if not self._open:
            raise BadInput("This grant is closed.", next="Read and deliver inside the `with` block.")


def digest_of(payload: Payload) -> str:
    """SHA-256 of bytes, or of the canonical Arrow stream of a table (one batch, no metadata): the same rows and columns
    have the same digest, however the table was chunked."""
    digest = hashlib.sha256()
    if isinstance(payload, bytes):
        digest.update(payload)
        return digest.hexdigest()
    plain = payload.replace_schema_metadata(None).combine_chunks()
    with pa.PythonFile(_Hashed(digest), mode="w") as sink, pa.ipc.new_stream(sink, plain.schema) as writer:
        writer.write_table(plain, max_chunksize=max(len(plain), 1))
    return digest.hexdigest()


class _Hashed:
    """A file that keeps nothing: a disclosure may have millions of rows."""

    closed = False

    def __init__(self, digest: hashlib._Hash) -> None:
        self._digest = digest

    def write(self, data: bytes) -> None:
        self._digest.update(data)

    def flush(self) -> None: ...

    def close(self) -> None: ...


def _months(period: Period) -> list[date]:
    """First days of the months that the period touches."""
    first, last = period.start, period.end - timedelta(days=1)
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


def _with_customer(table: pa.Table, holdings: pa.Table) -> pa.Table:
    """Replaces the store's `holder`, a number for each customer, by the customer."""
    names = holdings["customer"].combine_chunks().dictionary_encode().dictionary
    return table.drop_columns(["holder"]).add_column(
        0, "customer", names.take(table["holder"].combine_chunks())
    )
