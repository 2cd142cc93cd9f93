"""The JSON that `meterkeep decide` takes: one request, or a list of them; checked whole before anything is decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from meterkeep.errors import BadInput
from meterkeep.policy.deciding.engine import check_request
from meterkeep.policy.language.loading import load_pack
from meterkeep.policy.language.vocabulary import Facts, shortened

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")  # fromisoformat takes 2026-W01-1, too
KEYS = ("provider", "action", "on", "facts")


@dataclass(frozen=True)
class DecideItem:
    provider: str
    action: str
    on: date
    facts: Facts


def parse_decide_input(
    given: object, *, on: date | None = None, known: Callable[[str], object] = load_pack
) -> list[DecideItem]:
    """One object gives a list of one. on: the date where an item has none; without it an item must have its own. known:
    raises BadInput for a provider of whom there is nothing.

    Raises BadInput naming the item (by its index, from 0) and the key or fact at fault.
    """
    if isinstance(given, list):
        return [_item(entry, on, f"item {index}", known) for index, entry in enumerate(given)]
    return [_item(given, on, "", known)]


def _item(entry: object, on: date | None, where: str, known: Callable[[str], object]) -> DecideItem:
    if not isinstance(entry, Mapping):
        raise BadInput(
            "A request is an object.", where=where, next='Give {"provider", "action", "on", "facts"}.'
        )
    if stray := [key for key in entry if key not in KEYS]:
        raise BadInput(
            f"A request has no key {shortened(stray[0])!r}.",
            where=where,
            next="The keys are " + ", ".join(KEYS) + ".",
        )
    provider, action, facts = (
        _text(entry, "provider", where),
        _text(entry, "action", where),
        entry.get("facts"),
    )
    if not isinstance(facts, Mapping):
        raise BadInput(
            "`facts` is an object of fact names and values.", where=where, next="Give {} if nothing is known."
        )
    _known_provider(provider, where, known)
    check_request(action, facts, where=where)
    return DecideItem(provider, action, _date(entry, on, where), facts)


def _text(entry: Mapping[str, object], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str):
        raise BadInput(f"`{key}` is missing or not a text.", where=where, next=f"Give {key} as a string.")
    return value


def _known_provider(provider: str, where: str, known: Callable[[str], object]) -> None:
    try:
        known(shortened(provider))
    except BadInput as error:
        raise BadInput(error.message, where=f"{where} provider".strip(), next=error.next) from error


def _date(entry: Mapping[str, object], on: date | None, where: str) -> date:
    given = entry.get("on")
    if given is None and on is not None:
        return on
    try:
        return (
            date.fromisoformat(given) if isinstance(given, str) and _DAY.fullmatch(given) else _no_date(given)
        )
    except ValueError as error:
        raise BadInput(
            f"`on` is a date such as 2026-01-31, not {shortened(repr(given))}.",
            where=where,
            next="Give the day that counts.",
        ) from error


def _no_date(given: object) -> date:
    raise ValueError(given)
