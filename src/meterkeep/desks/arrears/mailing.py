"""Letters that are due, from the ledger to one file to print: through the gate, with each letter entered as sent with the file's digest.

The file is whole beside its place, then the acts are entered, then it gets its name. Killed before the acts, nothing was entered and no
file stands there; killed after them, the next run tells of the letters entered that day, and `again` writes the same bytes once more.
"""

from __future__ import annotations

import glob
import hashlib
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from meterkeep.desks.arrears import actions, checks, queries
from meterkeep.desks.arrears.kinds import LETTERS, ActKind
from meterkeep.desks.arrears.letters import printing
from meterkeep.desks.arrears.letters.letter import LANGUAGES, Addressee, Letter, Letterhead
from meterkeep.desks.arrears.letters.writing import names_agency, written
from meterkeep.desks.arrears.occasions import CLAUSES, NotYet, called, facts
from meterkeep.desks.arrears.positions import Position, positions, terms_at
from meterkeep.desks.arrears.reasons import say
from meterkeep.desks.arrears.terms import Terms
from meterkeep.desks.saying import Said
from meterkeep.errors import BadInput, Undetermined
from meterkeep.gate import Gate, Request, Subjects
from meterkeep.gate.grant import Grant

NEEDED = ("billing", "account_number", "name", "billing_address", "service_address")
"""What a letter about an overdue account says; nothing else is opened for it."""
TITLE = "Letters about electric charges"
WINDOW_LINES, _WINDOW_SIGNS = 6, 32
"""What fits in the window of an envelope: lines, and signs of a line in capitals, as utilities often write."""
Due = tuple[Position, ActKind]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """account: our reference."""

    account: str
    kind: ActKind
    why: Said


@dataclass(frozen=True, slots=True)
class Pending:
    """What a day calls for. waiting: letters that wait for another day, because nobody gets two on one. stopped: those of which something is missing."""

    found: tuple[Due, ...]
    waiting: int
    stopped: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Mailed:
    """sent: our reference of each account, and which letter."""

    sent: tuple[tuple[str, ActKind], ...]
    left_out: tuple[LeftOut, ...]
    waiting: int
    sha256: str


def due(*, on: date, kinds: Collection[ActKind] = ()) -> Pending:
    """The letters that nobody has entered as sent yet, at most one for each account. kinds: only these; empty for all."""
    terms = _terms(on)
    found: list[Due] = []
    stopped, waiting = [], 0
    for one in positions(on=on):
        calls = called(one, terms)
        wanted = [kind for kind in calls.kinds if not kinds or kind in kinds]
        stopped += [
            LeftOut(one.account.reference, kind, why)
            for kind, why in calls.stopped.items()
            if not kinds or kind in kinds
        ]
        today = any(act.kind in LETTERS and act.on == on for act in one.acts)
        first = [] if today else [kind for kind in calls.kinds[:1] if kind in wanted]
        found += [(one, kind) for kind in first]
        waiting += len(wanted) - len(first)
    return Pending(tuple(found), waiting, tuple(stopped))


def batches(*, on: date) -> dict[str, int]:
    """Digest of each file whose letters were entered for the day → how many letters."""
    return dict(Counter(act.sha256 for act in queries.letters(on=on)))


def send(
    *, out: Path | None, head: Letterhead, gate: Gate, by: str, on: date, kinds: Collection[ActKind] = ()
) -> Mailed:
    """Writes what is due into one file and enters it. Without anything due, or fit to be printed, there is no file. out: where; None to enter them
    and leave the file to `again`. kinds: only these; empty for all."""
    checks.check_sender(by, on=on)
    if out:
        _clear(out)
    pending = due(on=on, kinds=kinds)
    if not pending.found:
        return Mailed((), pending.stopped, pending.waiting, "")
    with gate.open(_request(pending.found), by=by, on=on) as grant:
        able, unable = _able(pending.found, grant, head)
        left_out = (*pending.stopped, *unable)
        if not able:
            return Mailed((), left_out, pending.waiting, "")
        content = _printed(able, head, on=on)
        beside = _beside(out, content) if out else None
        try:
            grant.deliver(content, to="")
            digest = hashlib.sha256(content).hexdigest()
            actions.enter_letters(
                accounts=_by_kind(able), clauses=CLAUSES, by=by, on=on, digest=digest, still_due=still_due
            )
        except BaseException:
            if out:
                _clear(out)  # nothing was entered, and nobody's address stays behind
            raise
    if out and beside:
        _settle(beside, out)
    return Mailed(_told(able), left_out, pending.waiting, digest)


def again(*, sha256: str, out: Path, head: Letterhead, gate: Gate, by: str) -> Mailed:
    """Writes a file of letters that were entered once more; it enters nothing. Raises BadInput as `reprinted`."""
    content, done = reprinted(sha256=sha256, head=head, gate=gate, by=by)
    _settle(_beside(out, content), out)
    return done


def reprinted(*, sha256: str, head: Letterhead, gate: Gate, by: str) -> tuple[bytes, Mailed]:
    """The bytes of a file of letters that were entered. Raises BadInput where no letter was entered with it, or where
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
    return content, Mailed(_told(able), left_out, 0, sha256)


def still_due(*, on: date) -> set[tuple[int, ActKind]]:
    return {(one.account.pk, kind) for one, kind in due(on=on).found}


def _terms(on: date) -> Terms:
    """Raises Undetermined where no document on collections is in force, as `positions` does."""
    found = terms_at(on)
    if found is None:
        raise Undetermined(
            f"No document on collections is in force here on {on}.",
            next="Adopt one, or ask as of a day on which one is in force.",
        )
    return found


def _request(found: Sequence[Due]) -> Request:
    return Request(
        action="use",
        purpose=checks.PURPOSE,
        elements=NEEDED,
        subjects=Subjects.of(*sorted({one.account.customer for one, _ in found})),
        reason="Letters about overdue charges, which the policy on collections or the law asks for.",
    )


Able = tuple[Position, ActKind, Letter]


def _able(found: Sequence[Due], grant: Grant, head: Letterhead) -> tuple[list[Able], tuple[LeftOut, ...]]:
    """The letters of those who can be written to, and why the others cannot."""
    known, numbers = grant.identities(), grant.accounts()
    lacking = printing.unprintable(text for fields in known.values() for text in fields.values())
    able, left_out = [], []
    for one, kind in found:
        fields = known.get(one.account.customer)
        number = numbers.get(one.account.digest, "")
        made = _unfit(fields, number, lacking) or _letter(one, kind, _addressee(fields or {}, number), head)
        if isinstance(made, Letter):
            able.append((one, kind, made))
        else:
            left_out.append(LeftOut(one.account.reference, kind, made))
    return able, tuple(left_out)


def _unfit(fields: Mapping[str, str] | None, number: str, lacking: frozenset[str]) -> Said | None:
    if fields is None:
        return say("not_used")
    if not number:
        return say("no_number")
    for name, says in (("name", "no_name"), ("billing_address", "no_address")):
        if not fields.get(name, "").strip():
            return say(says)
    used = "".join(fields.get(name, "") for name in ("name", "billing_address", "service_address"))
    if lacking & set("".join(used.split())):
        return say("no_font")
    to = _addressee(fields, number)
    lines = sum(1 + (len(line) - 1) // _WINDOW_SIGNS for line in (to.name, *to.address))
    return say("too_many_lines") if lines > WINDOW_LINES else None


def _addressee(fields: Mapping[str, str], number: str) -> Addressee:
    lines = tuple(line.strip() for line in fields["billing_address"].splitlines() if line.strip())
    return Addressee(
        name=" ".join(fields["name"].split()),
        address=lines,
        account=number,
        service_address=", ".join(fields.get("service_address", "").splitlines()),
    )


def _letter(one: Position, kind: ActKind, to: Addressee, head: Letterhead) -> Letter | Said:
    """The letter, or what of it is not on record. Its name is the account's with the day's, so that the same letter has the same name."""
    try:
        found = facts(one, kind, _terms(one.on))
    except NotYet as error:
        return error.why
    letter = Letter(reference=f"{one.account.reference}-{one.on:%Y%m%d}", to=to, on=one.on, **found)
    if kind == ActKind.PLAN_LETTER and not letter.instalments:
        return say("plan_lacks")
    if letter.agency not in head.agencies and names_agency(letter):
        return say("letterhead_lacks", agency=letter.agency)
    return letter


def _printed(able: Sequence[Able], head: Letterhead, *, on: date) -> bytes:
    pages = [written(letter, head, languages=LANGUAGES) for _, _, letter in able]
    return printing.as_pdf(pages, title=TITLE, author=head.office.name, on=on)


def _by_kind(able: Sequence[Able]) -> dict[ActKind, list]:
    return {kind: [one.account for one, its, _ in able if its == kind] for kind in CLAUSES}


def _told(able: Sequence[Able]) -> tuple[tuple[str, ActKind], ...]:
    return tuple((one.account.reference, kind) for one, kind, _ in able)


def _beside(out: Path, content: bytes) -> Path:
    """The whole file, durable, under a name that nobody prints, and that only its owner reads."""
    beside = _clear(out)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return beside


def _clear(out: Path) -> Path:
    """Where this process writes the file first; what it left there goes, and what one left that was killed. Another's that runs stays."""
    beside = out.with_name(f"{out.name}.{os.getpid()}.part")
    for left in out.parent.glob(f"{glob.escape(out.name)}.*.part"):
        process = left.name.removeprefix(f"{out.name}.").removesuffix(".part")
        if left == beside or (process.isdecimal() and not _runs(int(process))):
            left.unlink(missing_ok=True)
    return beside


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _settle(beside: Path, out: Path) -> None:
    beside.replace(out)
