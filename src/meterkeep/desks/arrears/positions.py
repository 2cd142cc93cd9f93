"""Where every overdue account stands on a day, put together from the ledger in a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from meterkeep.desks.arrears import queries
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.ledger import ENTERED, Deed, History, Line, Reached, TermsAt, account_on, reached
from meterkeep.desks.arrears.models import Account, Act, Posting
from meterkeep.desks.arrears.steps import Account as State
from meterkeep.desks.arrears.steps import Step, StepName, steps_of
from meterkeep.desks.arrears.terms import Terms, terms_of
from meterkeep.desks.customers.queries import batches
from meterkeep.desks.policies import queries as policies
from meterkeep.errors import Undetermined

ANSWERS: Mapping[StepName, ActKind] = {
    StepName.FIRST_LETTER: ActKind.FIRST_LETTER,
    StepName.SECOND_LETTER: ActKind.SECOND_LETTER,
    StepName.WRITE_OFF_CANDIDATE: ActKind.WRITTEN_OFF,
    StepName.REFERRAL_CANDIDATE: ActKind.REFERRED,
    StepName.CREDIT_REPORT: ActKind.REPORTED,
}
"""Which act answers a step. An authority asks for none, and the end asks for as many as there is to take back."""
TAKEN_BACK: Mapping[ActKind, ActKind] = {
    ActKind.REFERRED: ActKind.RECALLED,
    ActKind.REPORTED: ActKind.CORRECTED,
}
"""What is taken back once all is paid, and by which act."""


@dataclass(frozen=True)
class Position:
    """acts: all up to the day. steps: where the account stands, at least one."""

    account: Account
    history: History
    acts: tuple[Act, ...]
    state: State
    steps: tuple[Step, ...]
    on: date

    def open(self, kind: ActKind) -> list[Act]:
        """Acts of the kind that nothing had ended by the day."""
        ended = {act.answers_id for act in self.acts}
        return [act for act in self.acts if act.kind == kind and act.pk not in ended]

    @property
    def agency(self) -> str:
        """The party to which it is referred; "" where it is with none."""
        referrals = self.open(ActKind.REFERRED)
        return referrals[-1].party if referrals else ""

    @cached_property
    def todo(self) -> tuple[Step, ...]:
        """The steps on which nobody has acted yet."""
        return tuple(step for step in self.steps if step.name in ENTERED and self._waits(step))

    def _waits(self, step: Step) -> bool:
        if step.name == StepName.STOP:
            return any(self.open(kind) for kind in TAKEN_BACK)
        answer = ANSWERS.get(step.name)
        done = (act for act in self.acts if act.kind == answer)
        return answer is not None and not any(step.due is None or act.on >= step.due for act in done)


def terms_at(on: date) -> Terms | None:
    """What the documents in force here on the day say of collections."""
    pack = policies.pack_in_force(on)
    try:
        return terms_of(pack, on) if pack else None
    except Undetermined:
        return None


def remembered(asked: TermsAt = terms_at) -> TermsAt:
    """The same, asking once for each day."""
    known: dict[date, Terms | None] = {}

    def at(on: date) -> Terms | None:
        if on not in known:
            known[on] = asked(on)
        return known[on]

    return at


def positions(
    *, on: date, accounts: Sequence[Account] | None = None, at: TermsAt = terms_at
) -> list[Position]:
    """Of these accounts, or of all, in the order of their references. Raises Undetermined where no document on collections is in force."""
    terms = at(on)
    if terms is None:
        raise Undetermined(
            f"No document on collections is in force here on {on}.",
            next="Adopt one, or ask as of a day on which one is in force.",
        )
    return [
        _position(history, of, acts, terms, on) for of, history, acts in histories(on=on, accounts=accounts)
    ]


def _position(history: History, of: Account, acts: tuple[Act, ...], terms: Terms, on: date) -> Position:
    state = account_on(history, on)
    return Position(of, history, acts, state, steps_of(state, terms, on), on)


def steps_reached(*, on: date, at: TermsAt | None = None) -> list[tuple[Account, Reached]]:
    """Every step that any account had reached by the day, whatever was run before."""
    asked = at or remembered()
    changes = [day for day in policies.adoptions().values_list("effective_on", flat=True) if day]
    return [
        (of, one)
        for of, history, _ in histories(on=on)
        for one in reached(history, asked, on, changes=changes)
    ]


def histories(
    *, on: date, accounts: Sequence[Account] | None = None
) -> list[tuple[Account, History, tuple[Act, ...]]]:
    asked = list(queries.accounts().filter(since__lte=on)) if accounts is None else list(accounts)
    found = []
    for some in batches(asked):
        keys = [one.pk for one in some]
        lines, acts = _lines(keys, on), _acts(keys, on)
        for one in some:
            history = History(one.reference, tuple(lines[one.pk]), tuple(_deeds(acts[one.pk])))
            found.append((one, history, tuple(acts[one.pk])))
    return found


def _lines(keys: Sequence[int], on: date) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    rows = Posting.objects.filter(account__in=keys, on__lte=on).order_by("on", "pk")
    for account, kind, day, cents, due, file in rows.values_list(
        "account", "kind", "on", "cents", "due", "file"
    ):
        found[account].append(Line(kind, day, cents, due, file))
    return found


def _acts(keys: Sequence[int], on: date) -> dict[int, list[Act]]:
    found: dict[int, list[Act]] = defaultdict(list)
    for act in Act.objects.filter(account__in=keys, on__lte=on).order_by("on", "pk"):
        found[act.account_id].append(act)
    return found


def _deeds(acts: Iterable[Act]) -> list[Deed]:
    """An act ends when the one that answers it was done."""
    acts = list(acts)
    ends = {act.answers_id: act.on for act in acts if act.answers_id}
    return [Deed(act.kind, act.on, ends.get(act.pk)) for act in acts]
