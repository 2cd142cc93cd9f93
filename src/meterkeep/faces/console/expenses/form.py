"""What comes from the form of an expense claim, as the document that the desk keeps. Nothing is judged here; the desk does that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from meterkeep.faces.console.expenses.fields import KINDS, asked_of

WORDS = ("purpose", "activity", "position", "report")
TRIP = ("from", "to", "workplace", "start", "end")
CLAIMANT = ("name", "home_address", "phone")
WHERE = {
    "in_state": {"international": False, "out_of_state": False},
    "out_of_state": {"international": False, "out_of_state": True},
    "international": {"international": True, "out_of_state": True},
}
_FLAGS = {"yes": True, "no": False}
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)


def with_head(document: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The claim with the first part of the form: who, what for, the trip."""
    claimant = {**document.get("claimant", {}), **_texts(given, CLAIMANT)}
    trip = {**_texts(given, TRIP), **WHERE.get(given.get("where", ""), {})}
    approvals = [{"record": given["approval"]}] if given.get("approval") else []
    whole = {
        **document,
        **{name: given.get(name, "").strip() for name in WORDS},
        "claimant": claimant,
        "approvals": approvals,
    }
    whole.pop("trip", None)
    if any(trip.values()):
        whole["trip"] = trip
    whole["other_agency"] = _FLAGS.get(given.get("other_agency", ""))
    return whole


def with_new_line(document: Mapping[str, Any], kind: str, *, on: str) -> tuple[dict[str, Any], str]:
    """With an empty line of this kind; and its id, the next number."""
    lines = list(document.get("lines", []))
    number = max((int(line["id"]) for line in lines if str(line.get("id")).isdigit()), default=0) + 1
    day = str((document.get("trip") or {}).get("start") or on)[:10]
    lines.append({"id": str(number), "kind": kind if kind in KINDS else "other", "on": day})
    return {**document, "lines": lines}, str(number)


def with_line(document: Mapping[str, Any], id: str, given: Mapping[str, str]) -> dict[str, Any]:
    """With what the form says of one line; the others stay."""
    lines = [_line(line, given) if line.get("id") == id else line for line in document.get("lines", [])]
    return {**document, "lines": lines}


def without_line(document: Mapping[str, Any], id: str) -> dict[str, Any]:
    return {**document, "lines": [line for line in document.get("lines", []) if line.get("id") != id]}


def complete(line: Mapping[str, Any]) -> bool:
    """Whether there is enough of it for the policy to say anything."""
    counted = line.get("kind") in ("mileage", "baggage") and line.get("quantity")
    return bool(line.get("on") and (line.get("amount") or counted))


def _line(line: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    kind = str(line["kind"])
    details: dict[str, Any] = {}
    for asked in asked_of(kind):
        said = given.get(asked.name, "").strip()
        if asked.form == "flag" and said in _FLAGS:
            details[asked.name] = _FLAGS[said]
        elif asked.form != "flag" and said:
            details[asked.name] = money(said) if asked.form == "money" else said
    numbers = {name: money(given.get(name, "")) for name in ("amount", "gratuity", "quantity")}
    plain = {"id": line["id"], "kind": kind, "on": given.get("on", "").strip()}
    unit = {"unit": "miles"} if kind == "mileage" else {}
    return {**plain, **{name: said for name, said in numbers.items() if said}, **unit, "details": details}


def _texts(given: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: said for name in names if (said := given.get(name, "").strip())}


def money(said: str) -> str:
    """As it was typed, without what people put around a number. A comma counts as one between thousands, and only there: "12,50" is not
    1,250, so it stays and is refused."""
    plain = said.replace("$", "").strip()
    return plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain
