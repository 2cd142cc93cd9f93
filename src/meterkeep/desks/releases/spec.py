"""SPEC.toml: which table of totals is meant, by which rule, for whom."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from meterkeep.aggregates.history.changes import Usual
from meterkeep.aggregates.history.conflicts import Republish
from meterkeep.desks.releases import entries
from meterkeep.desks.releases.entries import DIMENSIONS, SLOTS
from meterkeep.desks.releases.names import some
from meterkeep.desks.releases.times import TIMES, times_of
from meterkeep.errors import BadInput
from meterkeep.gate import Period

__all__ = ["DIMENSIONS", "SLOTS", "Area", "Spec", "parse_spec", "public_text"]

_REQUIRED = ("title", "by", "from", "until", "purpose")
_TEXTS = {
    "measure": "delivered",
    "unit": "",
    "statistic": "sum",
    "recipient": "public",
    "rule": "",
    "republish": "refuse",
    "mode": "exact",
    "rho": "",
    "contact": "",
    "licence": "",
}
PLAIN_UNITS = ("Wh", entries.MONEY)
_OTHERS = (
    "totals",
    "filter",
    "areas",
    "known_to",
    "usual",
    "remedy",
    "p_percent",
    "interval_percent",
    "colluders",
)


@dataclass(frozen=True, slots=True)
class Area:
    """A coarser area that the records do not have, from one that they do: of: ZIP, for a county; names: ZIP → county."""

    name: str
    of: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spec:
    """by: dimensions, a month, a quarter or a year among them, and a slot of a load shape as the last. totals: coarser parts of it. measure: a channel,
    "billed", which is money, or "customers". statistic: a mean is published with its count. period: whole civil months. rule: "" is the adopted one, a name one of
    the packs'. filter: dimension → the values that count. known_to: ids of customers that the recipient knows, or how many
    these were, in a specification that is kept. remedy: what becomes of a group that fails, in order. p_ppm: of the p %-rule, 0
    without; interval_ppm: how closely withheld figures may be told before that is said, 0 where nobody asks. colluders: customers who may put together what they know. mode: noise is for large groups; rho: what it may spend of the year's budget. contact, licence: what the data sheet says of whom to ask, and of what readers may do with the figures.
    """

    title: str
    by: tuple[str, ...]
    totals: tuple[tuple[str, ...], ...]
    measure: str
    unit: str
    statistic: str
    period: Period
    purpose: str
    recipient: str
    rule: str
    republish: Republish
    mode: str
    rho: str
    contact: str
    licence: str
    filter: Mapping[str, tuple[str, ...]]
    areas: tuple[Area, ...]
    known_to: tuple[str, ...] | int
    usual: Usual
    remedy: tuple[str, ...]
    p_ppm: int
    interval_ppm: int
    colluders: int

    @property
    def slot(self) -> str:
        """The slot of a load shape, or "" for totals."""
        return next((name for name in self.by if name in SLOTS), "")

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Of the cells: without the slot."""
        return tuple(name for name in self.by if name not in SLOTS)

    @property
    def element(self) -> str:
        """What the data catalogue calls the measure."""
        if self.measure == entries.BILLED:
            return "billing"
        return "interval_usage" if self.slot else "monthly_usage"

    @property
    def quantity(self) -> str:
        """What is added up, as the register calls it: gas is no electricity, though both are delivered."""
        plain = self.unit in PLAIN_UNITS or self.measure == entries.COUNT
        return self.measure if plain else f"{self.measure} {self.unit}"

    @property
    def resolution(self) -> str:
        return self.slot or self.times[0]

    @property
    def times(self) -> tuple[str, ...]:
        """The periods of its figures, from the shortest on."""
        return times_of(self.by)

    @property
    def attributes(self) -> tuple[str, ...]:
        """What has to be known of customers: their own dimensions, those that areas follow from, and those of the filter."""
        derived = {area.name: area.of for area in self.areas}
        asked = [name for name in (*self.dimensions, *self.filter) if name not in TIMES]
        return tuple(dict.fromkeys(derived.get(name, name) for name in asked))


def parse_spec(text: str) -> Spec:
    """Raises BadInput naming the entry that is missing, unknown or wrong."""
    said = _read(text)
    _check_names(said)
    by, hierarchies = entries.by(said["by"])
    areas = tuple(Area(name, *of) for name, of in entries.areas(said.get("areas", {})).items())
    texts = {name: entries.text(said, name, default) for name, default in _TEXTS.items()}
    texts["unit"] = entries.unit(texts["unit"], measure=texts["measure"])
    entries.check_measure(texts, by)
    return Spec(
        title=entries.title(said),
        by=by,
        totals=entries.totals(said.get("totals", bool(hierarchies)), by, hierarchies),
        period=entries.period(said, by),
        purpose=entries.text(said, "purpose"),
        filter=entries.chosen(said.get("filter", {}), {area.name for area in areas}),
        areas=entries.known_areas(areas, by),
        known_to=entries.known_to(said.get("known_to", 0)),
        usual=entries.usual(said.get("usual", {})),
        remedy=entries.remedy(said.get("remedy", []), by),
        p_ppm=entries.percent(said.get("p_percent", 0)),
        interval_ppm=entries.percent(said.get("interval_percent", 0), where="interval_percent"),
        colluders=entries.colluders(said.get("colluders", 0)),
        **entries.choices(texts),
    )


def _read(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise BadInput(f"The specification is no TOML: {problem}.", next="Mend it and try again.") from None
    except RecursionError:
        raise BadInput(
            "The specification has lists within lists too deep to be read.", next="Mend it and try again."
        ) from None


def _check_names(said: Mapping[str, Any]) -> None:
    missing = [name for name in _REQUIRED if not said.get(name)]
    unknown = [name for name in said if name not in (*_REQUIRED, *_TEXTS, *_OTHERS)]
    if missing or unknown:
        raise BadInput(
            f"The specification lacks {', '.join(missing)}." if missing else f"Not known: {some(unknown)}.",
            where=some((missing or unknown)[:1]),
            next=f"It says {', '.join(_REQUIRED)}, and may say {', '.join((*_TEXTS, *_OTHERS))}.",
        )


def public_text(text: str) -> str:
    """The specification as it may be kept and shown: how many customers the recipient knows in place of their ids.

    With ids it is written anew from what it says, so that no id is left in it wherever the ids stood, comments among them; otherwise
    it is kept as it is. Raises BadInput where what was written does not say the same again.
    """
    known = parse_spec(text).known_to
    if isinstance(known, int):
        return text
    said = _read(text) | {"known_to": len(known)}
    kept = "".join(f"{name} = {_written(value)}\n" for name, value in said.items())
    if _read(kept) != said:
        raise BadInput(
            "It cannot be written without the customers.", where="known_to", next="Write plain TOML."
        )
    return kept


def _written(value: Any) -> str:
    """A value as TOML on one line. What JSON says of texts, numbers, lists and true is TOML, too, but for one control character."""
    if isinstance(value, dict):
        inside = (f"{_written(name)} = {_written(each)}" for name, each in value.items())
        return "{ " + ", ".join(inside) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_written(each) for each in value) + "]"
    if isinstance(value, date | time):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
