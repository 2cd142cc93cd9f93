from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.db.models import F, Q, QuerySet

from meterkeep.desks.expenses.assessing import Approval, Around, assess
from meterkeep.desks.expenses.claim import COMPUTED, LineKind, parse_claim
from meterkeep.desks.expenses.claim import Claim as Form
from meterkeep.desks.expenses.models import AgencyPayment, BoardApproval, BoardReport, Claim, Line, Receipt
from meterkeep.desks.expenses.rates import SHIPPED, Rates, read_rates
from meterkeep.desks.expenses.states import STANDING, State
from meterkeep.desks.expenses.terms import DOCUMENT, terms_of
from meterkeep.desks.policies import queries as policies
from meterkeep.errors import BadInput, Undetermined
from meterkeep.policy import Pack

_SHARED = frozenset(
    {LineKind.TAXI, LineKind.TOLL, LineKind.PARKING, LineKind.CAR_RENTAL, LineKind.LODGING, LineKind.OTHER}
)
"""Kinds that several people share and one of them pays, so that another's line of the same day and amount is looked at."""


@cache
def shipped_rates() -> Rates:
    return read_rates(SHIPPED)


def claims() -> QuerySet[Claim]:
    return Claim.objects.all()


def claim(reference: str) -> Claim:
    found = by_reference(reference)
    if found is None:
        raise BadInput(
            "There is no claim of this reference.",
            where=reference[:20],
            next="See `meterkeep expenses list`.",
        )
    return found


def by_reference(reference: str) -> Claim | None:
    return Claim.objects.filter(reference=reference).first()


def claims_of(person: str) -> QuerySet[Claim]:
    """The person's own, and those that they entered for somebody; newest first."""
    return Claim.objects.filter(Q(claimant=person) | Q(began_by=person)).order_by("-began_on", "-pk")


def waiting() -> QuerySet[Claim]:
    """For somebody to verify or decide, oldest first."""
    return Claim.objects.filter(state__in=[State.SUBMITTED, State.VERIFIED]).order_by("filed", "pk")


def decided(start: date, end: date, *, state: str = State.APPROVED) -> QuerySet[Claim]:
    """In the order of their decision. end: the day after the last."""
    return Claim.objects.filter(state=state, decided_on__gte=start, decided_on__lt=end).order_by(
        "decided_on", "pk"
    )


def document(found: Claim) -> dict[str, Any]:
    """As it stands: the draft while it is written, else what was handed in last."""
    version = found.versions.filter(number=found.version).first()
    return dict(found.draft or (version.document if version else {}))


def receipts(found: Claim, *, version: int | None = None) -> QuerySet[Receipt]:
    """Those that lie there now, or that lay there with a version."""
    every = found.receipts.all()
    if version is None:
        return every.filter(last=None)
    return every.filter(Q(last=None) | Q(last__gte=version), first__lte=version)


def receipt(reference: str, number: int) -> Receipt | None:
    return Receipt.objects.filter(claim__reference=reference, pk=number).select_related("claim").first()


def approvals(person: str, *, on: date) -> list[BoardApproval]:
    """What this person may rest a claim on: nobody on what they entered themselves."""
    known = BoardApproval.objects.filter(recorded_on__lte=on).exclude(recorded_by=person)
    return [one for one in known if not one.claimants or person in one.claimants]


def board_reports() -> QuerySet[BoardReport]:
    return BoardReport.objects.all()


def policy(on: date) -> Pack:
    """Raises Undetermined where no travel policy is in force."""
    pack = policies.pack_in_force(on)
    if pack is None or DOCUMENT not in policies.documents_in_force(on):
        raise Undetermined(
            f"No travel policy is in force on {on}, so nothing can be claimed (CEA-ADM 4).",
            where="policy",
            next="Adopt one: meterkeep policy adopt PACK.",
        )
    return pack


def assessed(
    found: Claim, *, on: date, given: Mapping[str, Any] | None = None, rates: Rates | None = None
) -> dict[str, Any]:
    """What the policy says of the claim as it stands, or of `given` in its place. Raises BadInput at what it lacks in form."""
    given = document(found) if given is None else given
    filed = found.filed or on
    pack = policy(filed)
    return assess(given, around(found, given, filed=filed), pack, rates or shipped_rates())


def around(found: Claim, given: Mapping[str, Any], *, filed: date) -> Around:
    papers: dict[str, list[str]] = defaultdict(list)
    for paper in receipts(found):
        papers[paper.line].append(paper.kind)
    form = parse_claim({**given, "filed": filed.isoformat(), "approvals": []})
    return Around(
        filed=filed,
        approvals=tuple(
            Approval(one.reference, one.about, one.on, one.recorded_on)
            for one in approvals(found.claimant, on=filed)
        ),
        papers=papers,
        same_paper=_same_paper(found),
        same_expense=_same_expense(found, form),
        elsewhere=_elsewhere(found, form),
        no_policy=_without_policy(form),
    )


def _without_policy(form: Form) -> frozenset[str]:
    days = {line.on for line in form.lines}
    bare = {day for day in days if DOCUMENT not in policies.documents_in_force(day)}
    return frozenset(line.id for line in form.lines if line.on in bare)


def _same_paper(found: Claim) -> dict[str, list[str]]:
    """The same file in another claim that stands, or at another line of this one."""
    mine = list(receipts(found))
    others = Receipt.objects.filter(
        sha256__in=[paper.sha256 for paper in mine], claim__state__in=STANDING, last=None
    )
    again: dict[str, list[str]] = defaultdict(list)
    for paper in mine:
        for other in others.exclude(claim=found).filter(sha256=paper.sha256).select_related("claim"):
            again[paper.line].append(other.claim.reference)
        for own in mine:
            if own.sha256 == paper.sha256 and own.line != paper.line:
                again[paper.line].append(f"line {own.line}")
    return {line: sorted(set(where)) for line, where in again.items()}


def _same_expense(found: Claim, form: Form) -> dict[str, list[str]]:
    """Day, kind and amount of another claim of the same person; of somebody else's for what is shared."""
    again = {}
    for line in form.lines:
        amount = (line.amount or 0) + line.gratuity
        same = _newest_lines().filter(on=line.on, kind=line.kind).exclude(version__claim=found)
        if line.amount is not None or line.kind not in COMPUTED:
            same = same.filter(claimed=amount)
        if line.kind not in _SHARED or not amount:
            same = same.filter(version__claim__claimant=found.claimant)
        if where := sorted(set(same.values_list("version__claim__reference", flat=True))):
            again[line.id] = where
    return again


def _newest_lines() -> QuerySet[Line]:
    return Line.objects.filter(
        version__number=F("version__claim__version"), version__claim__state__in=STANDING
    )


def _elsewhere(found: Claim, form: Form) -> dict[str, str]:
    paid = {
        (one.on, one.cents): one.agency
        for one in AgencyPayment.objects.filter(
            person=found.claimant, on__in=[line.on for line in form.lines]
        )
    }
    amounts = {line.id: (line.on, (line.amount or 0) + line.gratuity) for line in form.lines}
    return {line: paid[asked] for line, asked in amounts.items() if asked in paid}


def due(found: Claim) -> date | None:
    """The last day on which a draft is handed in on time: of its oldest expense. None where that is not known yet."""
    days = [day for line in document(found).get("lines", []) if (day := _day(line.get("on")))]
    if not days:
        return None
    oldest = min(days)
    pack = policies.pack_in_force(oldest)
    if pack is None or DOCUMENT not in policies.documents_in_force(oldest):
        return None
    return oldest + timedelta(days=terms_of(pack, oldest).report_days)


SOON = 3
"""Days before the last day of a draft on which its claimant is reminded."""


def reminders(on: date) -> list[dict[str, Any]]:
    """{"claim","claimant","due","days","late"} of each draft whose last day is near or past (CEA-01 6.1.2), the most pressing first. A
    claim that was given back was handed in on time or not once and for all."""
    drafts = ((found, due(found)) for found in Claim.objects.filter(state=State.DRAFT))
    pressing = sorted((last, found.pk, found) for found, last in drafts if last and (last - on).days <= SOON)
    return [
        {
            "claim": found.reference,
            "claimant": found.claimant,
            "due": last,
            "days": (last - on).days,
            "late": last < on,
        }
        for last, _, found in pressing
    ]


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None
