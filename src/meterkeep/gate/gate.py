"""The one door to the store, the vault and the log: facts → decision → intent → data → outcome.

Security promises 1 and 2 live here: no covered information leaves but through a grant, no grant exists without its
entry, and a refused or undetermined request yields no data and says which clause or fact stood in the way.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from meterkeep.errors import BadInput
from meterkeep.gate import history
from meterkeep.gate.chains import Chains
from meterkeep.gate.checking import last_run
from meterkeep.gate.destroying import (
    Destruction,
    Disposal,
    Hindrance,
    check_why,
    clear_up,
    destruction_of,
    doomed,
    for_all,
    left_open,
    take_bills_from_backups,
)
from meterkeep.gate.entries import FAMILIES, Scribe, rfc3339
from meterkeep.gate.forgetting import Farewell, Forgotten, Whole, destroyed_before, forgotten_of, told_of
from meterkeep.gate.grant import Grant
from meterkeep.gate.intake import (
    Enrolment,
    FileReport,
    SeriesReport,
    Strangers,
    place_of,
    refused_file,
    scratch,
    series_without_sums,
    store_file,
)
from meterkeep.gate.request import Request, Subjects, check_actor, check_codes, check_own
from meterkeep.gate.ruling import NoPolicy, Refused, Ruling, Undetermined, narrowed, rule, without_policy
from meterkeep.gate.sources import Sources
from meterkeep.gate.withholding import from_detail, together
from meterkeep.ledger import Entry, Journal
from meterkeep.ledger.leases import lease_alive
from meterkeep.ledger.names import EventName
from meterkeep.readings.defects import kept
from meterkeep.readings.formats.mapped_csv.mapping import CsvMapping
from meterkeep.readings.formats.packed import Member, is_packed, members
from meterkeep.readings.store import Compacted, Finding, Status, Store, Withdrawn
from meterkeep.vault import Vault

ELEMENT_OF = {
    "account_number": "account_number",
    "service_account": "account_number",
    "phone": "phone",
    "email": "email",
    "meter_number": "meter_number",
    "usage_point_source_id": "meter_number",
    "service_address": "service_address",
    "customer_ref": "account_number",
}
"""What a search by each kind of identifier reveals, in the data catalogue's words."""


READINGS = Request(
    action="collect",
    purpose="power_or_billing",
    elements=("interval_usage",),
    subjects=Subjects(),
    reason="Readings are needed to serve and to bill.",
)
"""What taking meter files in, and back, is asked as."""

IDENTITIES = Request(
    action="collect",
    purpose="power_or_billing",
    elements=("name", "service_address", "billing_address", "account_number", "phone", "email"),
    subjects=Subjects(),
    reason="Whoever is served and billed has to be known.",
)
BILLS = replace(
    IDENTITIES,
    elements=("billing", "account_number"),
    reason="What was billed is needed to answer for it.",
)

LONGEST_WHY = 300


@dataclass(frozen=True)
class Event:
    """A desk's act on its way to the log; `id` makes it arrive exactly once."""

    id: str
    name: str
    at: datetime
    on: date
    actor: str
    subjects: Sequence[str] = ()
    detail: Mapping[str, str | int] | None = None


@dataclass(frozen=True, kw_only=True)
class Gate:
    """clock: the time that entries are recorded at. synthetic: whether dates to come may be acted on."""

    clock: Callable[[], datetime]
    journal: Journal
    store: Store
    vault: Vault
    sources: Sources
    synthetic: bool = False

    def rule(self, request: Request, *, by: str, on: date) -> Ruling:
        """The decision and what it rests on, without opening or recording anything."""
        customers = self.sources.customers.select(request.subjects, on=on)
        if not customers:
            raise BadInput("No customer matches.", next="Widen the request, or import customers first.")
        return self._rule(request, customers, by=by, on=on)

    def check(self, request: Request, *, by: str, on: date) -> None:
        """Raises what `open` would, with its entry in the log, as far as it hangs on who acts and what is asked, not on whose
        information it is; opens nothing. For acts on what came out of a grant of somebody else."""
        ruling = self._rule(request, (), by=by, on=on)
        if on < self.clock().date() and not self.synthetic:
            ruling = narrowed(ruling, self._rule(request, (), by=by, on=self.clock().date()))
        self._stop_unless_permitted(ruling, self._scribe(ruling, by=by, on=on))

    @contextmanager
    def open(self, request: Request, *, by: str, on: date) -> Iterator[Grant]:
        """Opens exactly what is permitted. Raises Refused, Undetermined, or NoPolicy, each with its entry in the log."""
        check_own(request, by=by)
        ruling = self.rule(request, by=by, on=on)
        if on < self.clock().date() and not self.synthetic:
            # What opens, opens today: facts of a day gone by permit nothing that today's do not.
            ruling = narrowed(ruling, self.rule(request, by=by, on=self.clock().date()))
        scribe = self._scribe(ruling, by=by, on=on)
        self._stop_unless_permitted(ruling, scribe)
        grant = Grant(ruling, store=self.store, vault=self.vault, customers=self.sources.customers, on=on)
        with self._recorded(scribe, grant):
            yield grant

    def take_in_all(
        self,
        path: Path,
        *,
        format: str = "auto",
        by: str,
        on: date,
        mappings: Sequence[CsvMapping] = (),
        again: bool = False,
    ) -> Iterator[FileReport]:
        """Takes in a meter file, or the files of a zip or gzip archive: a report for each, as `take_in` gives it."""
        if not is_packed(path):
            yield self.take_in(path, format=format, by=by, on=on, mappings=mappings, again=again)
            return
        take_in = partial(self.take_in, path, format=format, by=by, on=on, mappings=mappings, again=again)
        strangers = Strangers(format=format, zone=self.store.zone.key, mappings=mappings)
        with scratch(self.store) as folder:
            for member in members(path, folder):
                if not strangers.passes_over(path, member):
                    report = take_in(member=member)
                    strangers.see(report)
                    yield {**report, "archive": member.archive}
        if rest := strangers.together():
            yield {**take_in(member=rest), "archive": rest.archive}

    def take_in(
        self,
        path: Path,
        *,
        format: str = "auto",
        by: str,
        on: date,
        mappings: Sequence[CsvMapping] = (),
        member: Member | None = None,
        again: bool = False,
    ) -> FileReport:
        """Takes in one meter file. A file that cannot be read is reported, with nothing of it stored.

        mappings: how the provider's own CSV is read. member: the file of the archive `path` that is meant. again: whether
        a file that is in, or was withdrawn, is to be read once more.
        """
        ruling, scribe = self._collection(READINGS, by=by, on=on)
        pack = self.sources.policy.pack(on)
        order = pack.replacement(on) if pack else None
        intent = scribe.intent(self.clock())
        place = place_of(path, member)
        packed: dict[str, str | int] = {"archive": member.archive, "member": member.ordinal} if member else {}
        try:
            report = store_file(
                path,
                format=format,
                store=self.store,
                vault=self.vault,
                received=self.clock(),
                policy=ruling.decision.pack_digest,
                mappings=mappings,
                member=member,
                again=again,
                replacement=order.ranks if order else None,
            )
        except BadInput as error:
            scribe.outcome(self.clock(), "failed", intent=intent, detail={"error": error.code, **packed})
            error.where = _where(error.where, place, member.path if member and member.path else path)
            return refused_file(place, error)
        except BaseException:
            scribe.outcome(self.clock(), "failed", intent=intent)
            raise
        counts = {name: report[name] for name in ("records", "stored", "duplicate", "already_stored")}
        scribe.outcome(
            self.clock(),
            "delivered",
            intent=intent,
            digest=report["sha256"],
            detail={"format": report["format"], "status": report["status"], **counts, **packed},
        )
        return {**report, "path": place}

    def defects(self, digest: str) -> Iterator[pa.RecordBatch]:
        """The defect list of a meter file, `readings.defects.SCHEMA`: places as numbers, no value and nothing of its text."""
        return kept(self.store.list_of(digest))

    def series_of(self, digest: str) -> list[SeriesReport]:
        """What a meter file held, series by series, without any amount; none for a file that was never taken in."""
        return series_without_sums(self.store.filed(digest))

    def correct(self, digest: str, *, why: str, by: str, on: date, apply: bool = True) -> Withdrawn:
        """Takes a meter file back, by its SHA-256; `apply=False` only counts, and records nothing.

        No clause stops it: what a file got wrong may always be put right. why: goes to the log, so it names no customer.
        """
        if not 0 < len(why.strip()) <= LONGEST_WHY:
            raise BadInput(
                "A withdrawal needs a reason.", next=f"Say why, in at most {LONGEST_WHY} characters."
            )
        ruling = self._rule(READINGS, (), by=by, on=on)
        policy = ruling.decision.pack_digest
        counted = self.store.withdraw(digest, received=self.clock(), policy=policy, apply=False)
        if not apply:
            return counted
        scribe = self._scribe(ruling, by=by, on=on, family="correction")
        intent = scribe.intent(self.clock(), extra={"withdraw": digest, "why": why.strip()})
        try:
            done = self.store.withdraw(digest, received=self.clock(), policy=policy)
        except BaseException:
            scribe.outcome(self.clock(), "failed", intent=intent)
            raise
        counts = {name: getattr(done, name) for name in ("ceased", "restored", "emptied")}
        outcome = "not_delivered" if done.already else "delivered"
        scribe.outcome(self.clock(), outcome, intent=intent, digest=digest, detail=counts)
        return done

    def compact(self, *, by: str, on: date) -> Compacted:
        """Rewrites months that had ended by then, so that they are read fast. No reading changes and none is opened, so
        nothing is decided; whoever asks for it records it."""
        check_actor(by)
        self._check_date(on)
        return self.store.compact(as_of=on)

    def destroy(self, disposal: Disposal, *, why: str, by: str, on: date, apply: bool = True) -> Destruction:
        """Destroys readings by bytes where the documents in force permit it; `apply=False` decides, counts, records nothing.

        Raises Refused, Undetermined or NoPolicy, with an entry in the log. Asked for again after a crash it goes on, under the
        intent that was left open. why: goes to the log, so it names no customer.
        """
        check_why(why)
        lot = doomed(disposal, store=self.store, customers=self.sources.customers, on=on)
        ruling = self._rule(disposal.request, lot.customers, by=by, on=on)
        ruling, hindered = for_all(ruling)
        counted = lot.act(self.clock(), apply=False)
        if not apply:
            return destruction_of(ruling, counted, hindered=hindered, why=why, by=by, on=on)
        scribe = self._scribe(ruling, by=by, on=on)
        self._stop_unless_permitted(ruling, scribe, hindered)
        left = left_open(self.unresolved(), counted.extent)
        asked: dict[str, str | int] = {
            "extent": counted.extent,
            "why": why.strip(),
            "readings": counted.found.readings,
        }
        intent = left or scribe.intent(self.clock(), extra=asked)
        try:
            done = lot.act(self.clock(), apply=True)
        except BaseException:
            scribe.outcome(self.clock(), "failed", intent=intent)
            raise
        nameless = 0 if done.findings else clear_up(lot, self.vault, self.sources.customers, self.journal)
        done = msgspec.structs.replace(done, already=done.already and left is None)
        found = destruction_of(ruling, done, hindered=hindered, why=why, by=by, on=on, intent=intent.id)
        outcome = "failed" if done.findings else "not_delivered" if done.already else "delivered"
        told = {**found.told(), "usage_points_forgotten": nameless}
        scribe.outcome(self.clock(), outcome, intent=intent, digest=done.after, detail=told)
        for extent in done.also:
            if begun := left_open(self.unresolved(), extent):
                scribe.outcome(self.clock(), outcome, intent=begun, digest=done.after, detail=found.told())
        return found

    def forget(self, farewell: Farewell, *, why: str, by: str, on: date, apply: bool = True) -> Forgotten:
        """Destroys all that is kept of customers: copies in files, readings, identities, index and keys; for all of them or for
        nobody. Otherwise as `destroy`. Asked for again after it was done, it says what the log has of it."""
        check_why(why)
        whole = Whole.of(
            farewell, store=self.store, vault=self.vault, customers=self.sources.customers, on=on
        )
        request = farewell.request(self.sources.policy.pack(on))
        ruling, hindered = for_all(self._rule(request, farewell.customers, by=by, on=on))
        about = partial(forgotten_of, ruling, hindered=hindered, why=why, by=by, on=on, at=self.clock())
        if not apply:
            return about(**whole.count(self.clock()))
        left = left_open(self.unresolved(), whole.extent)
        if left is None and (done := destroyed_before(self.journal, whole.extent)):
            return about(told_of(done), applied=True, already=True, intent=done.intent)
        scribe = self._scribe(ruling, by=by, on=on)
        self._stop_unless_permitted(ruling, scribe, hindered)
        return about(**whole.carry_out(scribe, left, why=why.strip(), clock=self.clock))

    def bills_destroyed(self, *, customers: Sequence[str], before: date) -> None:
        """Bills of these customers, or of everyone, are in no backup any more; of the months before the one of the day."""
        take_bills_from_backups(self.vault, customers, before)

    def store_status(self, *, as_of: date) -> Status:
        """How much the store holds, and what waits for a compaction: nothing about anybody."""
        return self.store.status(as_of=as_of)

    def prove(self, *, beyond: Path | None = None) -> list[Finding]:
        """What stands against the proof that whatever was destroyed is in no file of the store, or below `beyond`."""
        return self.store.prove(beyond=beyond)

    @contextmanager
    def enrol(self, *, by: str, on: date, count: int, bills: bool = False) -> Iterator[Enrolment]:
        """The way in for customers' identities, or for what they were billed; `count` is how many are announced."""
        request = BILLS if bills else IDENTITIES
        _, scribe = self._collection(request, by=by, on=on)
        written = 0

        def changed(more: int) -> None:
            nonlocal written
            written += more

        intent = scribe.intent(self.clock(), extra={"announced": count})
        try:
            yield Enrolment(self.vault, changed)
        except BaseException:
            scribe.outcome(self.clock(), "failed", intent=intent, detail={"identities": written})
            raise
        scribe.outcome(self.clock(), "delivered", intent=intent, detail={"identities": written})

    def identify(self, kind: str, value: str, *, purpose: str, reason: str, by: str, on: date) -> list[str]:
        """Customer ids with exactly this identifier; the search is decided and recorded like any access."""
        if kind not in ELEMENT_OF:
            raise BadInput(
                f"Nobody can be found by {kind}.", next=f"Search by one of: {', '.join(ELEMENT_OF)}."
            )
        request = Request(
            action="access",
            purpose=purpose,
            elements=(ELEMENT_OF[kind],),
            subjects=Subjects(),
            reason=reason,
        )
        # The index is asked first, because the decision is about whoever is found; nothing of the answer leaves before it.
        found = self.vault.find(kind, value)
        ruling = self._rule(request, found, by=by, on=on)
        scribe = self._scribe(ruling, by=by, on=on, family="identity")
        self._stop_unless_permitted(ruling, scribe)
        intent = scribe.intent(self.clock(), extra={"kind": kind})
        scribe.outcome(self.clock(), "delivered", intent=intent, detail={"found": len(ruling.permitted)})
        return list(ruling.permitted)

    def record(self, event: Event) -> int:
        """Appends a desk's act; the same id again gives the same index and no second entry."""
        return self.journal.append(together(self.journal, _entry(event), from_detail(event.detail or {})))[0]

    def history(self, customer: str) -> list[history.Sighting]:
        """Everything the log says was done, or tried, with this customer's information; newest first."""
        chain = self.sources.customers.chains([customer])[0]
        return history.sightings(self.journal, chain, on=self.clock().date())

    @property
    def chains(self) -> Chains:
        """The customers' chains in the log: epochs, and the file that a customer may have."""
        return Chains(journal=self.journal, customers=self.sources.customers, clock=self.clock)

    def recent(self, number: int) -> list[tuple[int, Entry]]:
        """The newest entries of the log with their positions, newest first."""
        return self.journal.recent(number)

    def acts(self, name: EventName) -> list[tuple[int, Entry]]:
        """Every entry of this name with its position, oldest first."""
        found = self.journal.recent(self.journal.size, name)
        return [(index, entry) for index, entry in reversed(found) if entry.name == name]

    @property
    def log_size(self) -> int:
        """How many entries the log has."""
        return self.journal.size

    def last_check(self) -> dict[str, Any] | None:
        """When, by whom and over what the checks of readings last ran; None where they never did."""
        return last_run(self.store)

    def unresolved(self) -> list[tuple[int, Entry]]:
        """Intents without an outcome whose owner is no longer alive."""
        return self.journal.unresolved(lease_alive)

    def _rule(self, request: Request, customers: Sequence[str], *, by: str, on: date) -> Ruling:
        check_actor(by)
        check_codes(request)
        self._check_date(on)
        pack = self.sources.policy.pack(on)
        if pack is None:
            return without_policy(request, customers=customers, on=on)
        return rule(request, pack=pack, sources=self.sources, customers=customers, by=by, on=on)

    def _collection(self, request: Request, *, by: str, on: date) -> tuple[Ruling, Scribe]:
        """Collection is stopped by a clause that forbids it, never by a document that is silent or absent."""
        ruling = self._rule(request, (), by=by, on=on)
        scribe = self._scribe(ruling, by=by, on=on, family="intake")
        if ruling.decision.outcome == "refuse":
            self._stop_unless_permitted(ruling, scribe)
        return ruling, scribe

    def _stop_unless_permitted(
        self, ruling: Ruling, scribe: Scribe, hindrance: Hindrance | None = None
    ) -> None:
        decision, detail = ruling.decision, hindrance.told() if hindrance else {}
        whom = hindrance.whom if hindrance else ""
        if decision.outcome == "refuse":
            scribe.outcome(self.clock(), "refused", detail=detail)
            raise Refused(decision, whom)
        if decision.outcome == "undetermined":
            missing = " ".join(decision.missing) or decision.why
            scribe.outcome(self.clock(), "undetermined", detail={**detail, "missing": missing})
            raise Undetermined(decision, ruling.request, whom) if decision.pack_digest else NoPolicy(decision)

    @contextmanager
    def _recorded(self, scribe: Scribe, grant: Grant) -> Iterator[None]:
        """An intent is durable before the block runs; whatever happens in it, an outcome follows."""
        intent = scribe.intent(self.clock())
        try:
            yield
        except BaseException:
            scribe.outcome(self.clock(), "failed", intent=intent, digest=grant.digest)
            raise
        finally:
            grant.close()
        outcome = "delivered" if grant.digest else "not_delivered"
        scribe.outcome(self.clock(), outcome, intent=intent, digest=grant.digest)

    def _scribe(self, ruling: Ruling, *, by: str, on: date, family: str = "") -> Scribe:
        subjects = ruling.permitted or ruling.customers
        return Scribe(
            journal=self.journal,
            ruling=ruling,
            chains=self.sources.customers.chains(subjects) if subjects else [],
            by=by,
            on=on,
            family=family or FAMILIES[ruling.request.action],
        )

    def _check_date(self, on: date) -> None:
        today = self.clock().date()
        if on > today and not self.synthetic:
            raise BadInput(
                f"{on} is still to come; nothing can be done as of it.", next=f"Use {today} or earlier."
            )


def _where(where: str, place: str, path: Path) -> str:
    """The place of an error with the file named as people know it."""
    if str(path) in where:
        return where.replace(str(path), place)
    return f"{place}: {where}" if where else place


def _entry(event: Event) -> Entry:
    return Entry(
        id=event.id,
        name=event.name,
        at=rfc3339(event.at),
        on=event.on.isoformat(),
        actor=event.actor,
        subjects=sorted(event.subjects),
        nonce=secrets.token_hex(16),
        detail=dict(event.detail or {}),
    )
