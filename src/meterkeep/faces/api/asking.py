"""From an evaluation to a decision: facts out of the four places where AuthZEN has room for them, decided by the pack."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.faces.api.schemas import Evaluation, Evaluations, Item
from meterkeep.faces.api.strict import MOST_ITEMS, TooLarge, shown
from meterkeep.policy import Decision, Pack, decide
from meterkeep.policy.language.vocabulary import Facts, FactValue, check_action, fact

PackOn = Callable[[date], Pack | None]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # fromisoformat takes 2026-W01-1, too
STOPS = {"deny_on_first_deny": False, "permit_on_first_permit": True}


def evaluated(asked: Evaluation, *, pack_on: PackOn, today: date, where: str = "") -> dict[str, Any]:
    """The decision on one evaluation. Raises BadInput that names the member, the fact or the action at fault."""
    on, facts = read(asked, today=today, where=where)
    pack = pack_on(on)
    decision = decide(pack, action=asked.action.name, facts=facts, on=on) if pack else _nothing_adopted(on)
    return {"decision": decision.outcome == "permit", "context": decision.as_json()}


def all_evaluated(asked: Evaluations, *, pack_on: PackOn, today: date) -> dict[str, Any]:
    """Without items it is one evaluation. Everything is read before anything is decided."""
    if not asked.evaluations:
        return evaluated(whole(Item(), asked, ""), pack_on=pack_on, today=today)
    if len(asked.evaluations) > MOST_ITEMS:
        raise TooLarge(f"There are more than {MOST_ITEMS:,} evaluations.", next="Ask in several requests.")
    items = [
        (whole(item, asked, f"evaluations[{place}]"), f"evaluations[{place}]")
        for place, item in enumerate(asked.evaluations)
    ]
    for item, where in items:
        read(item, today=today, where=where)
    stop = STOPS.get(asked.options.evaluations_semantic) if asked.options else None
    return {"evaluations": list(_until(stop, items, pack_on, today))}


def whole(item: Item, defaults: Evaluations, where: str) -> Evaluation:
    """The item with what it leaves out taken from the request around it, member by member."""
    parts = {
        name: getattr(item, name) or getattr(defaults, name) for name in ("subject", "action", "resource")
    }
    for name, part in parts.items():
        if part is None:
            raise BadInput(f"`{name}` is missing.", where=where, next=f"Give {name} there or for all.")
    context = item.context if item.context is not None else defaults.context
    return Evaluation.model_construct(**parts, context=context)


def read(asked: Evaluation, *, today: date, where: str) -> tuple[date, Facts]:
    """The day that counts, and the facts told. One may stand in several places, as long as it says the same."""
    check_action(shortened(asked.action.name), where=_inside(where, "action.name"))
    facts: dict[str, FactValue] = {}
    on = today
    for place, properties in _places(asked, where):
        for name, value in properties.items():
            if name == "on" and place.endswith("context"):
                on = _day(value, _inside(place, "on"))
            else:
                _tell(facts, name, value, place)
    return on, facts


def shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _until(
    stop: bool | None, items: list[tuple[Evaluation, str]], pack_on: PackOn, today: date
) -> Iterator[dict[str, Any]]:
    for item, where in items:
        answer = evaluated(item, pack_on=pack_on, today=today, where=where)
        yield answer
        if answer["decision"] is stop:
            return


def _places(asked: Evaluation, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield _inside(where, "subject.properties"), asked.subject.properties
    yield _inside(where, "action.properties"), asked.action.properties
    yield _inside(where, "resource.properties"), asked.resource.properties
    yield _inside(where, "context"), asked.context or {}


def _tell(facts: dict[str, FactValue], name: str, value: Any, place: str) -> None:
    """No answer repeats a value: it may be somebody's name that was put into the wrong place."""
    known = fact(shortened(name), where=place)
    if not known.accepts(value):
        raise BadInput(
            f"The fact {name} is {known.wants}.", where=place, next="A fact that is not known is left out."
        )
    if facts.setdefault(name, value) != value:
        raise BadInput(f"The fact {shown(name)} is told twice, and differently.", where=place)


def _day(value: Any, where: str) -> date:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and _DAY.fullmatch(value) else _no_day()
    except ValueError:
        raise BadInput("`on` is a day such as 2026-01-31.", where=where) from None


def _no_day() -> date:
    raise ValueError


def _inside(where: str, member: str) -> str:
    return f"{where}.{member}" if where else member


def _nothing_adopted(on: date) -> Decision:
    return Decision(outcome="undetermined", why="not_in_force", provider="", pack_digest="", on=on)
