"""SPEC.toml: which table of totals is meant."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.gate import Period
from meterkeep.readings.model import SUMMABLE

DIMENSIONS = ("zip", "city", "customer_class", "rate_class", "solar", "month")
_REQUIRED = ("title", "by", "from", "until", "purpose")
_OPTIONAL = {"measure": "delivered", "unit": "Wh", "recipient": "public", "rule": ""}


@dataclass(frozen=True, slots=True)
class Spec:
    """by: dimensions, month among them. measure: a channel. period: whole civil months. rule: "" is the adopted one."""

    title: str
    by: tuple[str, ...]
    measure: str
    unit: str
    period: Period
    purpose: str
    recipient: str
    rule: str

    @property
    def attributes(self) -> tuple[str, ...]:
        return tuple(name for name in self.by if name != "month")


def parse_spec(text: str) -> Spec:
    """Raises BadInput naming the entry that is missing, unknown or wrong."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise BadInput(f"The specification is no TOML: {problem}.", next="Mend it and try again.") from None
    _check_entries(said)
    spec = Spec(
        title=str(said["title"]),
        by=tuple(said["by"]),
        period=Period(_month(said, "from"), _month(said, "until")),
        purpose=str(said["purpose"]),
        **{name: str(said.get(name, default)) for name, default in _OPTIONAL.items()},
    )
    _check_sense(spec)
    return spec


def _check_entries(said: dict[str, Any]) -> None:
    missing = [name for name in _REQUIRED if not said.get(name)]
    unknown = [name for name in said if name not in _REQUIRED and name not in _OPTIONAL]
    if missing or unknown:
        raise BadInput(
            f"The specification lacks {', '.join(missing)}."
            if missing
            else f"Not known: {', '.join(unknown)}.",
            next=f"It says {', '.join(_REQUIRED)}, and may say {', '.join(_OPTIONAL)}.",
        )
    if not isinstance(said["by"], list) or not all(isinstance(name, str) for name in said["by"]):
        raise BadInput("This is no list of names.", where="by", next='Write it as ["zip", "month"].')
    if len(set(said["by"])) < len(said["by"]):
        raise BadInput("A dimension stands twice.", where="by", next="Name each of them once.")


def _check_sense(spec: Spec) -> None:
    if unknown := [name for name in spec.by if name not in DIMENSIONS]:
        raise BadInput(
            f"There is no dimension {', '.join(unknown)}.", where="by", next=f"Use {', '.join(DIMENSIONS)}."
        )
    if "month" not in spec.by:
        raise BadInput("The month is always a dimension.", where="by", next='Add "month".')
    if spec.measure not in SUMMABLE:
        raise BadInput(
            "This cannot be added up.", where="measure", next=f"Use {', '.join(sorted(SUMMABLE))}."
        )
    if spec.period.end <= spec.period.start:
        raise BadInput("It ends before it begins.", where="until", next="Give the month after the last one.")


def _month(said: dict[str, Any], name: str) -> date:
    """The first day of a month, written 2026-01 or as that date."""
    text = str(said[name])
    try:
        found = date.fromisoformat(text if len(text) > 7 else f"{text}-01")
    except ValueError:
        found = date.max
    if found.day != 1:
        raise BadInput(
            "This is no month.",
            where=name,
            next='Write it as "2026-01"; `until` is the month after the last.',
        )
    return found
