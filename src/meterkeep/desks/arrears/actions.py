from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from meterkeep.desks.arrears import checks
from meterkeep.desks.arrears.kinds import CLOSES, DECIDED, HOLDS, ActKind
from meterkeep.desks.arrears.models import Account, Act, AgencyCheck, DueStep, Posting
from meterkeep.desks.customers import queries as customers
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import queries as policies
from meterkeep.ledger.names import EventName

_AT_ONCE = 5_000


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
        reference=f"C-{secrets.token_hex(4)}",
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
    told = {"account": account.reference, "kind": str(kind), "act": made.reference}
    told |= {name: value for name, value in (("clause", clause), ("sha256", sha256)) if value}
    subjects = customers.chains([account.customer])
    record(Event(name=_event(kind), by=by, on=on, subjects=subjects, detail=told))
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
    """Deletes the overdue accounts of destroyed customers and all that stands on them; how many accounts that was."""
    gone = 0
    for first in range(0, len(customers), _AT_ONCE):
        whose = list(
            Account.objects.filter(customer__in=customers[first : first + _AT_ONCE]).values_list(
                "pk", flat=True
            )
        )
        DueStep.objects.filter(account__in=whose).delete()
        Posting.objects.filter(account__in=whose).delete()
        Act.objects.filter(account__in=whose, answers__isnull=False).delete()
        Act.objects.filter(account__in=whose).delete()
        gone += Account.objects.filter(pk__in=whose).delete()[0]
    if gone:
        told = {"desk": "arrears", "records": gone}
        record(Event(name=EventName.RECORDS_FORGOTTEN, by=by, on=on, detail=told))
    return gone
