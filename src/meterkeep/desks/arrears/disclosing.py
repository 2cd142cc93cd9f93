"""What an agency is told of the accounts it collects: through the gate, with only what collecting needs, for accounts that were referred to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from meterkeep.desks.arrears import checks
from meterkeep.desks.arrears.files import CORRECTION, RECALL, REFERRAL, WriteOff, as_csv, dollars
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.models import Act, KeptEntry
from meterkeep.desks.arrears.positions import Position, positions
from meterkeep.errors import BadInput
from meterkeep.gate import Gate, Request, Subjects

NEEDED = ("billing", "account_number", "name", "billing_address", "service_address", "phone", "email")
"""What collecting a debt needs, and no more: no usage, no government number, nothing of the home."""
NEEDED_TO_STOP = ("account_number",)
NEEDED_TO_CORRECT = ("billing", "account_number")
Rows = Callable[[Position, str], Iterable[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Sent:
    """content: the file. accounts: our references. cents: of all its lines' amounts. left_out: accounts of customers whom the documents do not let out."""

    content: bytes
    accounts: tuple[str, ...]
    cents: int
    left_out: tuple[str, ...]


def refer(*, party: str, gate: Gate, by: str, on: date) -> Sent:
    """The referral file of every account that is with the agency on the day. Raises Refused or Undetermined where the contract, the licence or the
    documents do not let it go, and BadInput where nothing was referred."""
    checks.check_sender(by, on=on)
    checks.check_agency(party, on=on)
    found = [one for one in positions(on=on) if one.agency == party and not _held(one)]
    _check_some(found, "No account is referred to it that is not held.")
    return _send(found, party, REFERRAL, NEEDED, _row, gate=gate, by=by, on=on)


def recall(*, party: str, gate: Gate, by: str, on: date) -> Sent:
    """The recall file: every account that was taken back from the agency by the day. It goes without a look at the licence: what ends
    collecting is never held up by it."""
    checks.check_sender(by, on=on)
    found = [one for one in positions(on=on) if _recalls(one, party)]
    _check_some(
        found,
        "No account was recalled from it.",
        "Enter each that it is to give back: meterkeep collections record recalled.",
    )
    return _send(found, party, RECALL, NEEDED_TO_STOP, _row, gate=gate, by=by, on=on)


def correct(*, party: str, gate: Gate, by: str, on: date) -> Sent:
    """What an agency is to set right with each bureau that it told: paid debts, amounts that have changed, and disputes, which are to be marked
    (Civil Code 1785.25). Until it is entered as corrected it stands in every such file. As with a recall, nothing about the agency holds it up."""
    checks.check_sender(by, on=on)
    found = [one for one in positions(on=on) if any(_corrections(one, party))]
    _check_some(found, "Nothing that it told to a bureau is to be set right.")
    return _send(found, party, CORRECTION, NEEDED_TO_CORRECT, _corrections, gate=gate, by=by, on=on)


def write_offs(*, since: date, on: date) -> list[WriteOff]:
    """What was written off from `since` to `on`, both days within, in the order of days and acts. Where the customer's records are destroyed,
    it names no account."""
    rows = Act.objects.filter(kind=ActKind.WRITTEN_OFF, on__gte=since, on__lte=on).select_related("account")
    kept = KeptEntry.objects.filter(on__gte=since, on__lte=on)
    found = [
        *(WriteOff(one.reference, one.account.reference, one.cents or 0, one.on, one.by, one.clause) for one in rows),
        *(WriteOff(one.reference, "", one.cents, one.on, one.by, one.clause) for one in kept),
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.on, one.act))


def _send(
    found: Sequence[Position],
    party: str,
    columns: Sequence[str],
    elements: tuple[str, ...],
    lines: Rows,
    *,
    gate: Gate,
    by: str,
    on: date,
) -> Sent:
    request = Request(
        action="disclose",
        purpose=checks.PURPOSE,
        elements=elements,
        subjects=Subjects.of(*sorted({one.account.customer for one in found})),
        recipient=party,
        reason="The agency collects this debt for the provider, or is told to stop.",
    )
    with gate.open(request, by=by, on=on) as grant:
        known, numbers = grant.identities(), grant.accounts()
        out = [one for one in found if one.account.customer in known and one.account.digest in numbers]
        rows = [
            {**known[one.account.customer], "account_number": numbers[one.account.digest], **line}
            for one in out
            for line in lines(one, party)
        ]
        content = as_csv(columns, rows)
        grant.deliver(content, to=party)
    left = {one.account.reference for one in found} - {one.account.reference for one in out}
    total = sum(int(Decimal(row["amount"]) * 100) for row in rows) if "amount" in columns else 0
    return Sent(content, tuple(one.account.reference for one in out), total, tuple(sorted(left)))


def _corrections(one: Position, party: str) -> Iterator[Mapping[str, str]]:
    """A line for each report that is open and no longer right."""
    for act in one.open(ActKind.REPORTED):
        told = [each for each in one.acts if each.kind == ActKind.REFERRED and each.on <= act.on]
        if not told or told[-1].party != party or not (status := _status(one, act)):
            continue
        yield {
            "account": one.account.reference,
            "report": act.reference,
            "reported_on": act.on.isoformat(),
            "bureau": act.party,
            "status": status,
            "amount": dollars(_overdue(one)),
            "interest": dollars(0),
            "as_of": one.on.isoformat(),
        }


def _status(one: Position, report: Act) -> str:
    """What has become of what was told; "" where that is still right. What was told before amounts were kept with it is taken as it stands."""
    if _overdue(one) == 0:
        return "paid_in_full" if one.state.written_off_on is None else "no_longer_asked_for"
    if one.open(ActKind.DISPUTE_OPENED):
        return "disputed"
    return "amount_changed" if report.cents is not None and report.cents != one.state.balance else ""


def _overdue(one: Position) -> int:
    return one.state.balance if one.state.balance > 0 and one.state.due_date < one.on else 0


def _row(one: Position, party: str) -> Iterator[Mapping[str, str]]:
    act = next(act for act in reversed(one.acts) if act.kind == ActKind.REFERRED and act.party == party)
    back = next((each.on.isoformat() for each in one.acts if each.answers_id == act.pk), "")
    yield {
        "account": one.account.reference,
        "amount": dollars(one.state.balance),
        "interest": dollars(0),
        "due_since": one.state.due_date.isoformat() if one.state.due_date != date.max else "",
        "referral": act.reference,
        "referred_on": act.on.isoformat(),
        "recalled_on": back,
    }


def _recalls(one: Position, party: str) -> bool:
    return one.agency != party and any(
        act.kind == ActKind.RECALLED and act.party == party for act in one.acts
    )


def _held(one: Position) -> bool:
    return one.state.hold(one.on) is not None or one.state.balance <= 0


def _check_some(found: Sequence[Position], says: str, then: str = "See `meterkeep collections run`.") -> None:
    if not found:
        raise BadInput(says, where="party", next=then)
