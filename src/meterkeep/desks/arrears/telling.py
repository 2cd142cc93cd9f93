"""One account in words and figures, as the command line and the pages show it."""

from __future__ import annotations

from datetime import date
from typing import Any

from meterkeep.desks.arrears import queries
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.law import Law, call_forbidden, findings, law_of
from meterkeep.desks.arrears.ledger import open_on
from meterkeep.desks.arrears.positions import Position, positions
from meterkeep.desks.arrears.reasons import say
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.saying import Said


def account(reference: str, *, on: date) -> dict[str, Any]:
    """{"account","on","balance","open":[{"due","amount"}],"steps":[…],"acts":[…],"law":[{"clause","due","says","broken"}],"no_call"};
    amounts are decimal strings. Raises BadInput where there is no such account, Undetermined where no document is in force."""
    (found,) = positions(on=on, accounts=[queries.account(reference)])
    items = open_on(found.history.lines, on)
    overdue = sum(cents for due, cents in items.items() if due < on)
    return {
        "account": reference,
        "on": on,
        "balance": _dollars(overdue),
        "open": [{"due": due, "amount": _dollars(cents)} for due, cents in sorted(items.items())],
        "steps": [
            {
                "step": str(step.name),
                "clause": step.clause,
                "due": step.due,
                "reason": step.reason,
                "todo": step in found.todo,
            }
            for step in found.steps
        ],
        "acts": _acts(found),
        **_law(found, on, min(items, default=None)),
    }


def _acts(found: Position) -> list[dict[str, Any]]:
    ends = {act.answers_id: act.on for act in found.acts if act.answers_id}
    return [
        {
            "act": act.reference, "on": act.on, "kind": act.kind, "what": ActKind(act.kind).label, "by": act.by, "why": act.why,
            "party": act.party, "amount": None if act.cents is None else _dollars(act.cents), "clause": act.clause,
            "ended": ends.get(act.pk),
        }
        for act in found.acts
    ]  # fmt: skip


def _law(found: Position, on: date, oldest_due: date | None) -> dict[str, Any]:
    pack = policies.pack_in_force(on)
    assert pack is not None, "positions has found its terms in it"  # noqa: S101
    law = law_of(pack, on)
    told = [
        {"clause": one.clause, "due": one.due, "says": one.says, "broken": one.broken}
        for one in findings(found.history.deeds, law, on, oldest_due=oldest_due)
    ]
    return {"law": told, "no_call": _no_call(found, law, on) or ""}


def _no_call(found: Position, law: Law, on: date) -> Said | None:
    """Nobody calls about an account that is with no agency, or held."""
    if not found.agency:
        return say("no_agency")
    hold = found.state.hold(on)
    return hold.why if hold else call_forbidden(found.history.deeds, law, on)


def _dollars(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
