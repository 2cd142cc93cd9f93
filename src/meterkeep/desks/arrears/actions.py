from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from meterkeep.desks.arrears import checks, entering, queries
from meterkeep.desks.arrears.kinds import CLOSES, DECIDED, HOLDS, ActKind, FileKind, PostingKind
from meterkeep.desks.arrears.ledger import Reached
from meterkeep.desks.arrears.models import Account, Act, AgencyCheck, DueStep, Import, KeptEntry, Posting
from meterkeep.desks.arrears.positions import Position, positions
from meterkeep.desks.arrears.reading.rows import Read, Reject, Row
from meterkeep.desks.customers import queries as customers
from meterkeep.desks.customers.queries import batches
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import queries as policies
from meterkeep.errors import Busy
from meterkeep.gate import Gate
from meterkeep.ledger.names import EventName


@transaction.atomic
def enter(
    *,
    account: Account,
    kind: ActKind,
    by: str,
    on: date,
    why: str = "",
    party: str = "",
    answers: Act | None = None,
    cents: int | None = None,
    sha256: str = "",
    detail: Mapping[str, Any] | None = None,
    clause: str = "",
) -> Act:
    """Enters one act, as `models.Act` has it. Raises BadInput or Refused where it cannot follow what is on record."""
    checks.check_act(account, kind, why=why, party=party, answers=answers, on=on)
    made = Act.objects.create(
        reference=_reference(),
        account=account,
        kind=kind,
        on=on,
        by=by,
        why=why.strip(),
        party=party,
        answers=answers,
        cents=cents,
        sha256=sha256,
        detail=dict(detail or {}),
        clause=clause,
        policy=policies.version(on),
    )
    told: dict[str, str | int] = {"account": account.reference, "kind": str(kind), "act": made.reference}
    told |= {name: value for name, value in (("clause", clause), ("sha256", sha256)) if value}
    _tell(_event(kind), [account.customer], told, by=by, on=on)
    return made


def _event(kind: ActKind) -> EventName:
    if kind in DECIDED:
        return EventName.COLLECTIONS_DECIDED
    if kind in HOLDS:
        return EventName.COLLECTIONS_HELD
    if CLOSES.get(kind) in HOLDS:
        return EventName.COLLECTIONS_RESUMED
    return EventName.COLLECTIONS_ACTED


@transaction.atomic
def record_acts(
    *,
    accounts: Sequence[Account],
    kind: ActKind,
    by: str,
    on: date,
    why: str = "",
    party: str = "",
    digest: str = "",
    clause: str = "",
) -> list[Act]:
    """The same act on each of the accounts, told to the log once, with everybody's chain. digest: SHA-256 of what went out to all of them.
    Acts that end others, or are of an amount, are entered one by one: `enter`, `decide`."""
    for account in accounts:
        checks.check_act(account, kind, why=why, party=party, answers=None, on=on)
    policy = policies.version(on)
    made = Act.objects.bulk_create(
        Act(
            reference=_reference(), account=account, kind=kind, on=on, by=by, why=why.strip(), party=party, sha256=digest,
            clause=clause, policy=policy,
        )
        for account in accounts
    )  # fmt: skip
    told: dict[str, str | int] = {"kind": str(kind), "accounts": len(made)}
    told |= {name: value for name, value in (("clause", clause), ("sha256", digest)) if value}
    _tell(_event(kind), [one.customer for one in accounts], told, by=by, on=on)
    return made


@transaction.atomic
def enter_letters(
    *,
    accounts: Mapping[ActKind, Sequence[Account]],
    clauses: Mapping[ActKind, str],
    by: str,
    on: date,
    digest: str,
    still_due: Callable[..., set[tuple[int, ActKind]]],
) -> list[Act]:
    """Enters the letters of one file as sent, all or none. still_due: asked again within the transaction, so that two runs at once
    do not both send one. Raises Busy where another has entered one of them meanwhile."""
    for kind, some in accounts.items():
        checks.check_last(some, kind, on=on)
    due = still_due(on=on)
    if any((account.pk, kind) not in due for kind, some in accounts.items() for account in some):
        raise Busy(
            "Another run has entered some of these letters meanwhile; nothing was entered and no file written.",
            next="Run it again: it writes what is still due.",
        )
    return [
        act
        for kind, some in accounts.items()
        if some
        for act in record_acts(accounts=some, kind=kind, by=by, on=on, digest=digest, clause=clauses[kind])
    ]


@transaction.atomic
def decide(
    *, found: Sequence[Position], kind: ActKind, why: str, by: str, on: date, party: str = ""
) -> list[Act]:
    """Refers accounts to an agency, or writes them off: a document says that it may be done, and a named person does it, for a reason.
    found: as of the day, each of which `checks.undecidable` lets pass. All of them or none."""
    checks.check_decider(by, on=on)
    checks.check_why(why)
    if kind == ActKind.REFERRED:
        checks.check_agency(party, on=on)
    # Read again within the transaction, so that of two who decide at once one finds it decided.
    accounts = [one.account for one in found]
    checks.check_last(accounts, kind, on=on)
    found = positions(on=on, accounts=accounts)
    for one in found:
        checks.check_decidable(one, kind)
    clause = "CEA-05/5.2" if kind == ActKind.REFERRED else "CEA-05/5.3"
    policy = policies.version(on)
    made = Act.objects.bulk_create(
        Act(
            reference=_reference(), account=one.account, kind=kind, on=on, by=by, why=why.strip(), party=party,
            cents=one.state.balance, clause=clause, policy=policy,
        )
        for one in found
    )  # fmt: skip
    if kind == ActKind.WRITTEN_OFF:
        Posting.objects.bulk_create(
            Posting(
                account=act.account,
                kind=PostingKind.WRITTEN_OFF,
                on=on,
                cents=-(act.cents or 0),
                act=act,
                by=by,
            )
            for act in made
        )
    told: dict[str, str | int] = {"kind": str(kind), "clause": clause, "accounts": len(made)}
    _tell(EventName.COLLECTIONS_DECIDED, [one.account.customer for one in found], told, by=by, on=on)
    return made


@transaction.atomic
def enter_steps(*, found: Sequence[tuple[Account, Reached]], by: str, on: date) -> list[DueStep]:
    """Enters the steps that accounts have reached and no earlier run has entered; each kind is told to the log once, with everybody's chain."""
    known = set(DueStep.objects.values_list("account", "name", "due"))
    new = [
        (account, one.step)
        for account, one in found
        if one.step.due is not None and (account.pk, str(one.step.name), one.step.due) not in known
    ]
    if not new:
        return []
    policy = policies.version(on)
    made = DueStep.objects.bulk_create(
        DueStep(
            account=account,
            name=str(step.name),
            clause=step.clause,
            due=step.due,
            reason=step.reason,
            by=by,
            on=on,
            policy=policy,
        )
        for account, step in new
    )
    for name, clause in sorted({(step.name, step.clause) for step in made}):
        whose = [step.account.customer for step in made if (step.name, step.clause) == (name, clause)]
        told: dict[str, str | int] = {"step": name, "clause": clause, "accounts": len(whose)}
        _tell(EventName.COLLECTIONS_STEP_DUE, whose, told, by=by, on=on)
    return made


@transaction.atomic
def take_in(
    *, read: Read, sha256: str, gate: Gate, by: str, on: date, told: list[Reject] | None = None
) -> Import:
    """Enters what a file says, once: the same bytes again change nothing. on: the day that the file tells of. told: gets all rejects, whose
    reasons are for whoever asked and are not kept; of a file that comes again those that its reading tells."""
    if (known := queries.taken_in(sha256)) is not None:
        (told if told is not None else []).extend(read.rejects)
        return known
    with gate.enrol(by=by, on=on, count=len(read.rows) + len(read.rejects), bills=True) as enrolment:
        whose = enrolment.accounts([row.number for row in read.rows])
    kept, strangers = entering.sorted_out(read.rows, whose, queries.by_digest)
    rejects = sorted([*read.rejects, *strangers], key=lambda one: one.line)
    (told if told is not None else []).extend(rejects)
    file = Import.objects.create(
        **entering.figures(read, kept, rejects),
        reference=f"I-{secrets.token_hex(4)}",
        sha256=sha256,
        as_of=on,
        by=by,
        on=on,
        policy=policies.version(on),
    )
    accounts = _accounts(kept, whose)
    Posting.objects.bulk_create(
        Posting(
            account=accounts[row.number], file=file, line=row.line, by=by, **entering.posting(read.kind, row)
        )
        for row in kept
    )
    if read.kind == FileKind.RETURNED:
        _returned(kept, accounts, file, by=by)
    counts: dict[str, str | int] = {
        "import": file.reference,
        "kind": file.kind,
        "kept": file.kept,
        "rejected": file.rejected,
    }
    touched = sorted({account.customer for account in accounts.values()})
    _tell(EventName.COLLECTIONS_TAKEN_IN, touched, {**counts, "sha256": sha256}, by=by, on=on)
    return file


def _accounts(rows: Sequence[Row], whose: Mapping[str, tuple[str, str]]) -> dict[str, Account]:
    """Number → account, new ones where there was none; each since the first day that the file tells of it."""
    since: dict[str, date] = {}
    customer_of = {whose[row.number][1]: whose[row.number][0] for row in rows}
    for row in rows:
        digest = whose[row.number][1]
        since[digest] = min(row.on, since.get(digest, row.on))
    known = queries.by_digest(customer_of)
    Account.objects.bulk_create(
        Account(reference=f"A-{secrets.token_hex(5)}", customer=customer_of[digest], digest=digest, since=day)
        for digest, day in since.items()
        if digest not in known
    )
    found = queries.by_digest(customer_of)
    return {row.number: found[whose[row.number][1]] for row in rows}


def _returned(rows: Sequence[Row], accounts: Mapping[str, Account], file: Import, *, by: str) -> None:
    """One act for each account, on the last day that the file names."""
    days: dict[int, tuple[Account, date]] = {}
    for row in rows:
        account = accounts[row.number]
        days[account.pk] = (account, max(row.on, days.get(account.pk, (account, row.on))[1]))
    Act.objects.bulk_create(
        Act(
            reference=_reference(), account=account, kind=ActKind.RETURNED, on=day, by=by, file=file, clause="CEA-ADM/11",
            policy=file.policy,
        )
        for account, day in days.values()
    )  # fmt: skip


def _reference() -> str:
    return f"C-{secrets.token_hex(5)}"


def _tell(
    name: EventName, whose: Sequence[str], detail: Mapping[str, str | int], *, by: str, on: date
) -> None:
    subjects = customers.chains(sorted(set(whose)))
    record(Event(name=name, by=by, on=on, subjects=subjects, detail=dict(detail)))


@transaction.atomic
def check_agency(
    *, party: str, licence: str, until: date | None, source: str, by: str, on: date
) -> AgencyCheck:
    """Enters what was seen of an agency's licence on a day."""
    checks.check_licence(party, licence, source, until=until, on=on)
    made = AgencyCheck.objects.create(
        party=party, licence=licence.strip(), until=until, source=source.strip(), by=by, on=on
    )
    record(Event(name=EventName.COLLECTIONS_AGENCY_CHECKED, by=by, on=on, detail={"party": party}))
    return made


@transaction.atomic
def forget(*, customers: Sequence[str], by: str, on: date) -> int:
    """Deletes the overdue accounts of destroyed customers and all that stands on them; how many accounts that was. Of a write-off the
    books keep their side (`models.KeptEntry`); the files' own totals stay, too."""
    gone = 0
    for some in batches(customers):
        whose = list(Account.objects.filter(customer__in=some).values_list("pk", flat=True))
        KeptEntry.objects.bulk_create(
            (
                KeptEntry(reference=act.reference, on=act.on, cents=act.cents, by=act.by, clause=act.clause, policy=act.policy)
                for act in queries.written_off(whose)
            ),
            ignore_conflicts=True,
        )  # fmt: skip
        DueStep.objects.filter(account__in=whose).delete()
        Posting.objects.filter(account__in=whose).delete()
        Act.objects.filter(account__in=whose, answers__isnull=False).delete()
        Act.objects.filter(account__in=whose).delete()
        Account.objects.filter(pk__in=whose).delete()
        gone += len(whose)
    if gone:
        told = {"desk": "arrears", "records": gone}
        record(Event(name=EventName.RECORDS_FORGOTTEN, by=by, on=on, detail=told))
    return gone
