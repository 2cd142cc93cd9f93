"""Letters that are due, from the ledger to one file to print: through the gate, with each letter entered as sent with the file's digest.

The file is whole beside its place, then the acts are entered, then it gets its name. Killed before the acts, nothing was entered and no
file stands there; killed after them, the next run tells of the letters entered that day, and `again` writes the same bytes once more.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from meterkeep.desks.arrears import actions, checks, queries
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.letters import printing
from meterkeep.desks.arrears.letters.letter import LANGUAGES, Addressee, Kind, Letter, Letterhead
from meterkeep.desks.arrears.letters.writing import written
from meterkeep.desks.arrears.positions import Position, positions, terms_at
from meterkeep.desks.arrears.steps import StepName, years_after
from meterkeep.desks.arrears.terms import Terms
from meterkeep.errors import BadInput
from meterkeep.gate import Gate, Request, Subjects
from meterkeep.gate.grant import Grant

NEEDED = ("billing", "account_number", "name", "billing_address", "service_address")
"""What a letter about an overdue account says; nothing else is opened for it."""
CLAUSES: Mapping[ActKind, str] = {
    ActKind.FIRST_LETTER: "CEA-05/5.1-a",
    ActKind.SECOND_LETTER: "CEA-05/5.1-b",
}
_KIND_OF = {ActKind.FIRST_LETTER: Kind.FIRST, ActKind.SECOND_LETTER: Kind.SECOND}
_STEP = {StepName.FIRST_LETTER: ActKind.FIRST_LETTER, StepName.SECOND_LETTER: ActKind.SECOND_LETTER}
Due = tuple[Position, ActKind]


@dataclass(frozen=True, slots=True)
class Mailed:
    """sent: our reference of each account, and which letter. left_out: reference → why. waiting: second letters that wait for another day."""

    sent: tuple[tuple[str, ActKind], ...]
    left_out: Mapping[str, str]
    waiting: int
    sha256: str


def due(*, on: date) -> tuple[list[Due], int]:
    """The letters on which nobody has acted yet, and how many second ones wait: nobody gets both on a day, the first goes first."""
    found, waiting = [], 0
    for one in positions(on=on):
        kinds = [_STEP[step.name] for step in one.todo if step.name in _STEP]
        today = any(act.kind == ActKind.FIRST_LETTER and act.on == on for act in one.acts)
        held = ActKind.SECOND_LETTER in kinds and (today or len(kinds) > 1)
        waiting += held
        found += [(one, kind) for kind in kinds if not (held and kind == ActKind.SECOND_LETTER)]
    return found, waiting


def batches(*, on: date) -> dict[str, int]:
    """Digest of each file whose letters were entered for the day → how many letters."""
    return dict(Counter(act.sha256 for act in queries.letters(on=on)))


def send(*, out: Path, head: Letterhead, gate: Gate, by: str, on: date) -> Mailed:
    """Writes what is due into one file and enters it. Without anything due, or fit to be printed, there is no file."""
    checks.check_sender(by, on=on)
    _clear(out)
    found, waiting = due(on=on)
    if not found:
        return Mailed((), {}, waiting, "")
    with gate.open(_request(found), by=by, on=on) as grant:
        able, left_out = _able(found, grant, head)
        if not able:
            return Mailed((), left_out, waiting, "")
        content = _printed(able, head, on=on)
        beside = _beside(out, content)
        try:
            grant.deliver(content, to="")
            digest = hashlib.sha256(content).hexdigest()
            actions.enter_letters(
                accounts=_by_kind(able), clauses=CLAUSES, by=by, on=on, digest=digest, still_due=still_due
            )
        except BaseException:
            _clear(out)  # nothing was entered, and nobody's address stays behind
            raise
    _settle(beside, out)
    return Mailed(tuple((one.account.reference, kind) for one, kind, _ in able), left_out, waiting, digest)


def again(*, sha256: str, out: Path, head: Letterhead, gate: Gate, by: str) -> Mailed:
    """Writes a file of letters that were entered once more; it enters nothing. Raises BadInput where no letter was entered with it, or where
    what is on record has changed since, so that it would not be the same."""
    acts = list(queries.letters(sha256=sha256))
    if not acts:
        raise BadInput("No letter was entered with this digest.", where=sha256[:64])
    on = acts[0].on
    checks.check_sender(by, on=on)
    accounts = {act.account_id: act.account for act in acts}
    at = {one.account.pk: one for one in positions(on=on, accounts=list(accounts.values()))}
    found = [(at[act.account_id], ActKind(act.kind)) for act in acts]
    found.sort(key=lambda one: (one[0].account.reference, one[1]))
    with gate.open(_request(found), by=by, on=on) as grant:
        able, left_out = _able(found, grant, head)
        content = _printed(able, head, on=on) if able else b""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise BadInput(
                "The account, the name or the letterhead has changed since, so these would be other letters.",
                where=sha256,
                next="Look for the file that was printed; the acts on record stay as they are.",
            )
        grant.deliver(content, to="")
        _settle(_beside(out, content), out)
    return Mailed(tuple((one.account.reference, kind) for one, kind, _ in able), left_out, 0, sha256)


def still_due(*, on: date) -> set[tuple[int, ActKind]]:
    return {(one.account.pk, kind) for one, kind in due(on=on)[0]}


def _request(found: Sequence[Due]) -> Request:
    return Request(
        action="use",
        purpose=checks.PURPOSE,
        elements=NEEDED,
        subjects=Subjects.of(*sorted({one.account.customer for one, _ in found})),
        reason="Letters about overdue charges, which the policy on collections asks for.",
    )


def _able(
    found: Sequence[Due], grant: Grant, head: Letterhead
) -> tuple[list[tuple[Position, ActKind, Addressee]], dict[str, str]]:
    """Who can be written to, and why the others cannot."""
    known, numbers = grant.identities(), grant.accounts()
    lacking = printing.unprintable(text for fields in known.values() for text in fields.values())
    able, left_out = [], {}
    for one, kind in found:
        fields = known.get(one.account.customer)
        number = numbers.get(one.account.digest, "")
        if why := _unfit(fields, number, lacking):
            left_out[one.account.reference] = why
        elif fields:
            able.append((one, kind, _addressee(fields, number)))
    return able, left_out


def _unfit(fields: Mapping[str, str] | None, number: str, lacking: frozenset[str]) -> str:
    if fields is None:
        return "The documents do not let this account's address be used."
    if not number:
        return "Its account number is no longer on record."
    for name, says in (("name", "name"), ("billing_address", "billing address")):
        if not fields.get(name, "").strip():
            return f"No {says} is on record."
    used = "".join(fields.get(name, "") for name in ("name", "billing_address", "service_address"))
    if lacking & set("".join(used.split())):
        return "The name or an address has a sign that the letters' fonts lack; write this one by hand."
    return ""


def _addressee(fields: Mapping[str, str], number: str) -> Addressee:
    lines = tuple(line.strip() for line in fields["billing_address"].splitlines() if line.strip())
    return Addressee(
        name=" ".join(fields["name"].split()),
        address=lines,
        account=number,
        service_address=", ".join(fields.get("service_address", "").splitlines()),
    )


def _printed(able: Sequence[tuple[Position, ActKind, Addressee]], head: Letterhead, *, on: date) -> bytes:
    terms = terms_at(on)
    assert terms is not None, "positions has found its terms"  # noqa: S101
    pages = [written(_letter(one, kind, to, terms), head, languages=LANGUAGES) for one, kind, to in able]
    return printing.as_pdf(pages, title="Letters about overdue charges", author=head.office.name, on=on)


def _letter(one: Position, kind: ActKind, to: Addressee, terms: Terms) -> Letter:
    """Its name is the account's with the day's, so that the same letter has the same name."""
    next_on = one.state.due_date + timedelta(days=terms.second_day)
    return Letter(
        kind=_KIND_OF[kind],
        reference=f"{one.account.reference}-{one.on:%Y%m%d}",
        to=to,
        balance=one.state.balance,
        due_date=one.state.due_date,
        on=one.on,
        credit_days=terms.credit_days,
        next_on=next_on if kind == ActKind.FIRST_LETTER and next_on > one.on else None,
        too_old_to_sue=one.on >= years_after(one.state.due_date, terms.sue_years),
        too_old_to_report=one.on >= years_after(one.state.due_date, terms.obsolete_years),
    )


def _by_kind(able: Sequence[tuple[Position, ActKind, Addressee]]) -> dict[ActKind, list]:
    return {kind: [one.account for one, its, _ in able if its == kind] for kind in CLAUSES}


def _beside(out: Path, content: bytes) -> Path:
    """The whole file, durable, under a name that nobody prints, and that only its owner reads."""
    beside = _clear(out)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return beside


def _clear(out: Path) -> Path:
    """Where the file is written first; what a run that was killed has left there goes."""
    beside = out.with_name(f"{out.name}.part")
    beside.unlink(missing_ok=True)
    return beside


def _settle(beside: Path, out: Path) -> None:
    beside.replace(out)
