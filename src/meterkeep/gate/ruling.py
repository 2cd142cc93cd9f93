"""From a request to a ruling: gather the facts, decide once for each group of customers whose facts are equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from meterkeep import errors
from meterkeep.gate.request import NO_FACTS, Facts, FactValue, Request
from meterkeep.gate.sources import CustomerFacts, Sources
from meterkeep.policy import Decision, Element, Pack, Purpose, decide
from meterkeep.policy.language.vocabulary import vocabulary


class Refused(errors.Refused):
    """The decision was refuse; it is in the log, and no data was opened. whom: "for 3 of 400 customers", where not for all."""

    def __init__(self, decision: Decision, whom: str = "") -> None:
        cited = ", ".join(clause.id for clause in decision.clauses)
        reason = " ".join(clause.summary for clause in decision.clauses)
        super().__init__(f"Refused by {cited}{whom and f' {whom}'}: {reason}", next=_advice(decision))
        self.decision = decision


class Undetermined(errors.Undetermined):
    """The decision could not be made; it is in the log, and no data was opened. request: what it was on. whom: as for Refused."""

    def __init__(self, decision: Decision, request: Request, whom: str = "") -> None:
        unknown = "; ".join(map(_unknown, decision.missing)) or decision.why
        turning = "".join(f" {clause.id} turns on it: {clause.summary}" for clause in decision.clauses)
        super().__init__(
            f"Undetermined{whom and f' {whom}'}: {unknown}.{turning}",
            next=_advice(decision) or _where_recorded(decision.missing, request),
        )
        self.decision = decision


class NoPolicy(errors.Undetermined):
    """Nothing is adopted, so nothing can be permitted."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(
            "This home has no adopted documents, so nothing permits this.",
            next="Make a home with `meterkeep init --provider PACK --zone TZ`.",
        )
        self.decision = decision


@dataclass(frozen=True)
class LeftOut:
    """Customers whose own facts do not permit what others' do."""

    decision: Decision
    customers: tuple[str, ...]


@dataclass(frozen=True)
class Ruling:
    """The decision on a request, the facts it rests on, and for whom it permits."""

    request: Request
    decision: Decision
    facts: Facts
    sources: Mapping[str, str]
    permitted: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def customers(self) -> tuple[str, ...]:
        """Everyone the request was about."""
        return self.permitted + tuple(c for left in self.left_out for c in left.customers)


def rule(
    request: Request, *, pack: Pack, sources: Sources, customers: Sequence[str], by: str, on: date
) -> Ruling:
    """Decides for the given customers; with none (collection, a search) the common facts decide alone."""
    facts, origin = _common_facts(request, pack=pack, sources=sources, by=by, on=on)
    groups = _groups(request, facts, sources=sources, customers=customers, origin=origin, by=by, on=on)
    decided = [
        (decide(pack, action=request.action, facts=vector, on=on), vector, who) for vector, who in groups
    ]
    decided.sort(key=lambda item: (_PREFERENCE[item[0].outcome], -len(item[2])))
    decision, vector, _ = decided[0]
    permitted = tuple(c for verdict, _, who in decided if verdict.outcome == "permit" for c in who)
    left_out = tuple(LeftOut(verdict, who) for verdict, _, who in decided if verdict.outcome != "permit")
    return Ruling(request, decision, vector, origin, permitted, left_out)


def narrowed(ruling: Ruling, other: Ruling) -> Ruling:
    """The ruling, for those whom the other permits too; the other where that permits nobody."""
    for one in (ruling, other):
        if one.decision.outcome != "permit":
            return one
    permitted, both = frozenset(ruling.permitted), frozenset(ruling.permitted) & frozenset(other.permitted)
    since = [
        LeftOut(left.decision, tuple(customer for customer in left.customers if customer in permitted))
        for left in other.left_out
    ]
    return replace(
        ruling,
        permitted=tuple(customer for customer in ruling.permitted if customer in both),
        left_out=(*ruling.left_out, *(left for left in since if left.customers)),
    )


REGISTERED = ("purpose.", "elements.", "person.", "recipient.", "contract.", "authorization.", "customer.")
"""Beginnings of the facts that come from the provider's registers alone."""


def without_policy(request: Request, *, customers: Sequence[str], on: date) -> Ruling:
    """The ruling where nothing is adopted: undetermined for everyone, because nothing is in force."""
    decision = Decision(outcome="undetermined", why="not_in_force", provider="", pack_digest="", on=on)
    return Ruling(request, decision, {}, {}, (), (LeftOut(decision, tuple(customers)),))


_PREFERENCE = {"permit": 0, "refuse": 1, "undetermined": 2}


def _common_facts(
    request: Request, *, pack: Pack, sources: Sources, by: str, on: date
) -> tuple[dict[str, FactValue], dict[str, str]]:
    facts: dict[str, FactValue] = {}
    origin: dict[str, str] = {}

    def learn(name: str, more: Facts) -> None:
        facts.update(more)
        origin.update(dict.fromkeys(more, name))

    purpose = sources.policy.purpose(request.purpose, on)
    # What a purpose usually means gives way to what the asker says of this request; what is registered does not.
    learn("purpose register", purpose.states if purpose else NO_FACTS)
    learn("request", _declared(request))
    learn("request", {"channel": request.channel, "necessity.stated": bool(request.reason.strip())})
    learn("purpose register", _purpose_facts(request, purpose))
    learn("data catalogue", _data_facts(request, pack.elements))
    for source in sources.facts:
        learn(source.name, source.facts(request, by=by, on=on))
    return facts, origin


def _declared(request: Request) -> Facts:
    """What the registers answer for cannot be declared, not even where they are silent."""
    claimed = [name for name in request.declared if name.startswith(REGISTERED)]
    if claimed:
        raise errors.BadInput(
            f"{', '.join(claimed)} cannot be declared with a request.",
            next="Have it entered in its register.",
        )
    return request.declared


def _purpose_facts(request: Request, purpose: Purpose | None) -> Facts:
    """A purpose whose class the adopter has not ruled on (R5) leaves it unknown."""
    if purpose is None:
        return {"purpose.class": "secondary", "purpose.name": "other"}
    known: Facts = {
        "purpose.name": purpose.name,
        "elements.within_need": set(request.elements) <= purpose.elements,
    }
    return {**known, "purpose.class": purpose.cls} if purpose.cls else known


def _data_facts(request: Request, catalogue: Mapping[str, Element]) -> Facts:
    unknown = [name for name in request.elements if name not in catalogue]
    if unknown or not request.elements:
        raise errors.BadInput(
            f"The data catalogue has no element {', '.join(unknown)}."
            if unknown
            else "No data element is asked for.",
            next=f"Ask for some of: {', '.join(sorted(catalogue))}.",
        )
    elements = [catalogue[name] for name in request.elements]
    if request.action == "release_aggregate":
        return {"data.kind": "aggregate"}
    return {
        "data.kind": "covered" if any(e.kind == "covered" for e in elements) else "customer",
        "data.contact_only": all(e.contact for e in elements),
        "data.credit_or_usage": any(e.credit_or_usage for e in elements),
        "data.demographic": any(e.demographic for e in elements),
        "data.government_id": any(e.government_id for e in elements),
    }


def _groups(
    request: Request,
    common: Facts,
    *,
    sources: Sources,
    customers: Sequence[str],
    origin: dict[str, str],
    by: str,
    on: date,
) -> list[tuple[Facts, tuple[str, ...]]]:
    """Customers with equal facts stand together, so that a million of them are decided a few times."""
    base, differing = dict(common), []
    for source in sources.customer_facts:
        found = source.facts(request, customers, by=by, on=on) if customers else CustomerFacts()
        base.update(found.common)
        differing.append(found.exceptions)
        for facts in (found.common, *found.exceptions.values()):
            origin.update(dict.fromkeys(facts, source.name))
    members: dict[frozenset[tuple[str, FactValue]], list[str]] = defaultdict(list)
    exceptional = set().union(*differing)
    usual = frozenset(base.items())
    for customer in customers:
        if customer not in exceptional:
            members[usual].append(customer)
            continue
        own = dict(base)
        for exceptions in differing:
            own.update(exceptions.get(customer, NO_FACTS))
        members[frozenset(own.items())].append(customer)
    return [(dict(vector), tuple(who)) for vector, who in members.items()] or [(base, ())]


def _unknown(name: str) -> str:
    known = vocabulary().facts[name]
    return (
        f"nobody has said whether {known.says} ({name})" if known.type == "bool" else f"{name} is not known"
    )


APPROVED: Final = "approval.given"


def _where_recorded(missing: Sequence[str], request: Request) -> str:
    if APPROVED in missing and request.action == "use":
        names = ",".join(request.elements)
        return (
            "The privacy officer approves such a use, with the reason: "
            f"meterkeep policy approve {request.purpose} --elements {names} --why REASON --by OFFICER. Then ask again."
        )
    registered = any(fact.startswith(("person.", "recipient.", "contract.")) for fact in missing)
    how = " (people, parties and contracts: `meterkeep register FILE.toml`)" if registered else ""
    return f"Have the missing facts recorded{how}, then ask again."


def _advice(decision: Decision) -> str:
    routes = [
        f"{advice.clause}: " + "; ".join(unmet.says for unmet in advice.unmet) for advice in decision.advice
    ]
    return f"It would be permitted under {routes[0]}." if routes else ""
