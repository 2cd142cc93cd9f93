"""Numbers of the documents: asked for, compared with an amount that the question names, or held against a wrong premise.

What is asked about which parameter is data (`figures.toml`). A pack that names no such number says so in words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from meterkeep.policy.language.pack import Figure, Pack
from meterkeep.policy.questions.branches import Branch
from meterkeep.policy.questions.citing import amount, in_use
from meterkeep.policy.questions.glossary import compiled
from meterkeep.policy.questions.reading import ENOUGH
from meterkeep.policy.questions.scope import rules

FILE = Path(__file__).with_name("figures.toml")
TIMES = {"cents": 100, "ppm": 10_000}
DAYS = {"week": 7}
MONTHS = {"year": 12}
HOLDS = {
    "over": lambda value, figure: value > figure,
    "from": lambda value, figure: value >= figure,
    "up_to": lambda value, figure: value <= figure,
    "under": lambda value, figure: value < figure,
}
SIDES = {
    "over": ("above", "not above"),
    "from": ("not below", "below"),
    "up_to": ("not above", "above"),
    "under": ("below", "not below"),
}
_CLAIMED = re.compile(
    r"^(?:is|are|was) (?:it (?:true|so|correct) that )?(?:there )?(?:the|our|your|a|an)\b.*\b(?:limit|minimum|maximum|cap|threshold|rate|deadline|period|number)\b"
)

_OF_A_CASE = re.compile(
    r"\b(?:owe[sd]?|owing|balance of|has been|have been|had|spent|costs?|is (?:\w+ )?(?:late|overdue|behind|unpaid)|ago)\b"
    r"|\b(?:the|a|an|our|this|that|my|one) (?:\w+ )?(?:customer|vendor|contractor|account|household|employee|person|family|company)"
    r" (?:has|have|is|was|wants|lives|uses|pays|gets|may|can)\b"
)  # such a premise tells of somebody, and not of the documents

_BELOW = re.compile(r"\b(?:(?:less|fewer|lower|sooner|earlier) than|under|below|before|prior to)$")
_DENIED = re.compile(
    r"\b(?:not|never|without|refuse|forbidden|prohibited|illegal)\b(?! (?:yet )?(?:been )?(?:paid|pay)\b)"
)  # a denied question is not answered by yes or no
_AT_MOST = re.compile(r"\b(?:at most|up to|within|no later than|a maximum of)$")
_ABOVE = re.compile(r"\b(?:more than|over|above|exceed(?:s|ing)?)$")
_AT_LEAST = re.compile(r"\b(?:at least|a minimum of)$")


@dataclass(frozen=True)
class Side:
    """What follows where a number lies on one side of the figure; undetermined unless the number alone settles it."""

    outcome: str = "undetermined"
    says: str = ""


@dataclass(frozen=True)
class Asked:
    """How people ask about a parameter. decided: its amounts are facts of a decision, and compared there. who: whom the
    clause allows it, where that is not the provider; of anyone else it stays open. sure: without it no number is meant."""

    parameter: str
    about: tuple[re.Pattern[str], ...]
    leaves: re.Pattern[str] | None
    asks: re.Pattern[str]
    met: str
    kept: Side
    unmet: Side
    who: re.Pattern[str] | None
    sure: re.Pattern[str] | None
    rewrite: str
    decided: bool

    @property
    def unit(self) -> str:
        return self.parameter.rpartition("_")[2]

    def speaks(self, text: str) -> bool:
        return all(one.search(text) for one in self.about) and not (self.leaves and self.leaves.search(text))


@dataclass(frozen=True)
class Unnumbered:
    """What a pack says in words where it has no such number."""

    parameter: str
    about: tuple[re.Pattern[str], ...]
    asks: re.Pattern[str]
    says: str
    facts: frozenset[str]


@dataclass(frozen=True)
class Correction:
    """A number that the question supposes, and the one that the documents have."""

    asked: Asked
    cite: str
    says: str

    def retold(self, text: str) -> str:
        """`may we release 50` → with what the bare number counts."""
        if not self.asked.rewrite or _named(self.asked.unit, text) is not None:
            return text
        return re.sub(
            r"(?<![\d.$])\b(\d+)\b(?![\d.]| ?[%a-z])",
            lambda hit: self.asked.rewrite.format(n=hit[1]),
            text,
            count=1,
        )


def asked_figures() -> tuple[Asked, ...]:
    """Every parameter that people ask about, with how they do."""
    return _book()[0]


def about_figures(text: str, pack: Pack, on: date) -> list[Branch]:
    """Lines on the numbers that the question asks for, or compares an amount with; [] where it does neither."""
    told = [(one, figure) for one in _book()[0] if (figure := _figure(one.parameter, pack, on))]
    spoken = [(one, figure) for one, figure in told if one.speaks(text)]
    compared = [line for one, figure in spoken if (line := _compared(one, figure, text, pack))]
    if compared:
        return compared
    wanted = [(one, figure) for one, figure in spoken if _wants(one, text)]
    return [_line(_words(one.parameter, figure, pack), "permit", figure.cite) for one, figure in wanted]


def unnumbered(text: str, pack: Pack, on: date) -> tuple[str, tuple[str, ...]]:
    """What is said of a number that the pack does not have, and the clauses that say what counts instead."""
    for one in _book()[1]:
        if _figure(one.parameter, pack, on) or not one.asks.search(text):
            continue
        if all(pattern.search(text) for pattern in one.about) and (ids := _in_words(one, pack, on)):
            return one.says, ids
    return "", ()


def corrections(premise: str, pack: Pack, on: date) -> list[Correction]:
    """Numbers that a premise has otherwise than the documents. premise: plain."""
    found: list[Correction] = []
    if _OF_A_CASE.search(premise):
        return found
    for one in _book()[0]:
        figure, value = _figure(one.parameter, pack, on), _named(one.unit, premise)
        if figure and value is not None and value != figure.value and _speaks_loosely(one, premise):
            theirs = amount(one.parameter, value)
            says = f"The documents have another number: {_words(one.parameter, figure, pack)}, not {theirs}"
            found.append(Correction(one, figure.cite, f"{says} ({figure.cite})."))
    return found


def _speaks_loosely(one: Asked, premise: str) -> bool:
    """A premise names its subject in fewer words than a question does."""
    return one.about[0].search(premise) is not None and not (one.leaves and one.leaves.search(premise))


def _wants(one: Asked, text: str) -> bool:
    if rules().ask["leave"].match(text) or not one.asks.search(text):
        return False
    return one.sure is None or one.sure.search(text) is not None


def _compared(one: Asked, figure: Figure, text: str, pack: Pack) -> Branch | None:
    value = _named(one.unit, text)
    if value is None:
        return None
    if _CLAIMED.search(text):
        same = value == figure.value
        told = (
            f"{_words(one.parameter, figure, pack)}, {'as' if same else 'not'} {amount(one.parameter, value)}"
        )
        return _line(told, "permit" if same else "refuse", figure.cite)
    if one.decided:
        return None
    sides = {HOLDS[one.met](end, figure.value) for end in _ends(value, one, text)}
    told = _words(one.parameter, figure, pack)
    on_the_day = one.unit == "days" and one.met == "over" and value == figure.value and len(sides) == 1
    if len(sides) > 1 or (on_the_day and not _BELOW.search(_before(one.unit, text))):
        return Branch(f"{told}. It depends on the amount itself.", "undetermined", (figure.cite,))
    met = sides.pop()
    side = one.kept if met else one.unmet
    open_ = side.outcome == "permit" and one.who is not None and not one.who.search(text)
    told = f"{told}. {amount(one.parameter, value)} is {SIDES[one.met][0 if met else 1]} that"
    line = f"{told}: {side.says}." if side.says else f"{told}."
    open_ = open_ or _DENIED.search(text) is not None
    return Branch(line, "undetermined" if open_ else side.outcome, (figure.cite,))


def _before(unit: str, text: str) -> str:
    return text[: min(hit.start() for one in _units()[unit] for hit in one.finditer(text))].rstrip()


def _ends(value: int, one: Asked, text: str) -> tuple[int, ...]:
    """The amount, or both ends of what is below or above it: `less than $20`. What comes after a last day is late."""
    before = _before(one.unit, text)
    if before.endswith("after") and one.met == "up_to":
        return (value + 1, ENOUGH * value)
    if _BELOW.search(before):
        return (0, value - 1)
    if _AT_MOST.search(before):
        return (0, value)
    if _ABOVE.search(before):
        return (value + 1, ENOUGH * value)
    return (value, ENOUGH * value) if _AT_LEAST.search(before) else (value,)


def _line(words: str, outcome: str, cite: str) -> Branch:
    return Branch(f"{words}.", outcome, (cite,))


def _words(parameter: str, figure: Figure, pack: Pack) -> str:
    return f"{pack.parameters[parameter].says}: {amount(parameter, figure.value)}"


def _figure(name: str, pack: Pack, on: date) -> Figure | None:
    """The figure in force, of a clause in force."""
    parameter = pack.parameters.get(name)
    figure = parameter.at(on) if parameter and in_use(pack, name) else None
    if figure is None or not _in_force(figure.cite, pack, on):
        return None
    return figure


def _in_force(id: str, pack: Pack, on: date) -> bool:
    return any(
        document.in_force(on) and any(clause.id == id and clause.in_force(on) for clause in document.clauses)
        for document in pack.layers
    )


def _in_words(one: Unnumbered, pack: Pack, on: date) -> tuple[str, ...]:
    clauses = (clause for document in pack.documents if document.in_force(on) for clause in document.clauses)
    telling = (
        clause.id
        for clause in clauses
        if clause.deciding
        and clause.in_force(on)
        and all(map(pack.holds, clause.under))
        and any(atom.fact in one.facts for atom in clause.when + clause.unless)
    )
    return tuple(dict.fromkeys(telling))


def _named(unit: str, text: str) -> int | None:
    """The only amount of the unit in the text; None where there is none, or more than one."""
    patterns = _units().get(unit, ())
    hits = {hit.span(): hit for pattern in patterns for hit in pattern.finditer(text)}
    if len(hits) != 1:
        return None
    hit = next(iter(hits.values()))
    value = Decimal(hit["n"]) * TIMES.get(unit, 1) * _many(unit, hit)
    return int(value) if value == int(value) else None


def _many(unit: str, hit: re.Match[str]) -> int:
    said = (hit.groupdict().get("unit") or "").rstrip("s")
    return (DAYS if unit == "days" else MONTHS).get(said, 1)


@cache
def _units() -> Mapping[str, Sequence[re.Pattern[str]]]:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))["units"]
    return {unit: [re.compile(rf"(?<![\w.]){one}(?!\w)") for one in says] for unit, says in table.items()}


@cache
def _book() -> tuple[tuple[Asked, ...], tuple[Unnumbered, ...]]:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(_asked(one) for one in table["figure"]), tuple(
        _unnumbered(one) for one in table["unnumbered"]
    )


def _asked(entry: Mapping[str, Any]) -> Asked:
    return Asked(
        parameter=entry["parameter"],
        about=_all(entry["about"]),
        leaves=_any(entry.get("not", ())),
        asks=_any(entry["asks"]) or re.compile(r"(?!)"),
        met=entry["met"],
        kept=Side(**entry.get("kept", {})),
        unmet=Side(**entry.get("unmet", {})),
        who=_any([entry["who"]] if "who" in entry else ()),
        sure=_any([entry["sure"]] if "sure" in entry else ()),
        rewrite=entry.get("as", ""),
        decided=entry.get("decided", False),
    )


def _unnumbered(entry: Mapping[str, Any]) -> Unnumbered:
    return Unnumbered(
        parameter=entry["parameter"],
        about=_all(entry["about"]),
        asks=_any(entry["asks"]) or re.compile(r"(?!)"),
        says=entry["says"],
        facts=frozenset(entry["facts"]),
    )


def _all(phrases: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(compiled(one, {}) for one in phrases)


def _any(phrases: Iterable[str]) -> re.Pattern[str] | None:
    both = "|".join(f"(?:{one})" for one in phrases)
    return compiled(both, {}) if both else None
