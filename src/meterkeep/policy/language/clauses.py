"""One clause as data: who it speaks of, what it does, and under which conditions. The grammar is closed and finite:

    [not] FACT · FACT is [not] VALUE · FACT is one of A, B · FACT at least N · FACT below N     (N: a number or a parameter)

`when` holds if all of it holds, `unless` if none of it does; "or" is two clauses under one heading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from meterkeep.clocks.deadlines import ROLLS, parse_period
from meterkeep.errors import BadInput
from meterkeep.policy.language.shapes import ClauseShape, check_shape
from meterkeep.policy.language.vocabulary import FactValue, fact, vocabulary

_MANY = 10**30  # beyond every count; `range` holds it exactly
_ATOM = re.compile(
    r"(?:(?P<negated>not) )?(?P<fact>[a-z0-9_.]+)"
    r"(?: (?P<test>is not|is one of|is|at least|below) (?P<operand>\S.*))?"
)
_NUMBER = re.compile(r"-?[0-9]{1,18}")
CLOCKS = ("statutory", "staff")
KINDS = ("permit", "forbid", "definition", "parameter", "duty", "test", "attest", "info")
FORMS = "Write FACT, not FACT, FACT is VALUE, FACT is not VALUE, FACT is one of A, B, FACT at least N or FACT below N."


@dataclass(frozen=True, slots=True)
class Literal:
    """A fact and the values for which the condition holds."""

    fact: str
    ok: Container[FactValue]

    @property
    def opposite(self) -> Literal:
        if isinstance(self.ok, range):
            least = self.ok.stop == _MANY
            return Literal(self.fact, range(-_MANY, self.ok.start) if least else range(self.ok.stop, _MANY))
        return Literal(self.fact, frozenset(one for one in fact(self.fact).domain if one not in self.ok))

    @property
    def bound(self) -> tuple[str, int]:
        """Of a condition on a number: ("at least", N) or ("at most", N)."""
        assert isinstance(self.ok, range)  # noqa: S101 - asked of numbers only
        return ("at least", self.ok.start) if self.ok.stop == _MANY else ("at most", self.ok.stop - 1)


@dataclass(frozen=True, slots=True)
class Atom:
    """One condition as it is written, parsed and checked against the vocabulary."""

    fact: str
    test: str  # in | at least | below
    operand: frozenset[FactValue] | str

    def literal(self, number: Callable[[str], int], *, negated: bool = False) -> Literal:
        """number: resolves a parameter's name as of the date."""
        if isinstance(self.operand, frozenset):
            return Literal(self.fact, fact(self.fact).domain - self.operand if negated else self.operand)
        bound = int(self.operand) if _NUMBER.fullmatch(self.operand) else number(self.operand)
        least = (self.test == "at least") != negated
        return Literal(self.fact, range(bound, _MANY) if least else range(-_MANY, bound))

    @property
    def parameter(self) -> str | None:
        named = isinstance(self.operand, str) and not _NUMBER.fullmatch(self.operand)
        return str(self.operand) if named else None


def parse_atom(text: str, *, where: str) -> Atom:
    """Raises BadInput where the text is outside the grammar, or the fact or value outside the vocabulary."""
    match = _ATOM.fullmatch(text.strip())
    if match is None or (match["negated"] and match["test"]):
        raise BadInput(f"{text!r} is not a condition.", where=where, next=FORMS)
    known, test, operand = fact(match["fact"], where=where), match["test"], match["operand"]
    expected = {None: "bool", "at least": "int", "below": "int"}.get(test, "enum")
    if known.type != expected:
        raise BadInput(f"{text!r} does not fit: {known.name} is {known.wants}.", where=where)
    if expected == "int":
        return Atom(known.name, test, operand)
    chosen = _chosen(operand, test, negated=bool(match["negated"]))
    if stray := chosen - known.domain:
        raise BadInput(
            f"{known.name} is never {sorted(map(str, stray))[0]!r}.",
            where=where,
            next=f"It is {known.wants}.",
        )
    return Atom(known.name, "in", known.domain - chosen if test == "is not" else chosen)


def _chosen(operand: str | None, test: str | None, *, negated: bool) -> frozenset[FactValue]:
    if operand is None:
        return frozenset((not negated,))
    return (
        frozenset(part.strip() for part in operand.split(","))
        if test == "is one of"
        else frozenset((operand,))
    )


@dataclass(frozen=True, slots=True)
class DutyRule:
    """What must be done when the clause carries a decision.

    within: a period such as `7 days` or `10 business days`, "" for no date. roll: none, next or previous business day.
    clock: statutory, or staff: a provider's own closures pause only the staff's clocks.
    """

    do: str
    within: str = ""
    roll: str = "none"
    clock: str = "statutory"


@dataclass(frozen=True, slots=True)
class Yield:
    """A closing clause gives way where the named permit holds, as long as the interpretation (if any) says so."""

    to: str
    under: str = ""


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A block of a pack. kind is its place in the clause map; only permit and forbid decide.

    closing: refuses wherever nothing in its document permits. never: nothing may be suggested against it.
    under: the interpretation rulings on which the clause exists at all, such as `R1 is allowed`.
    """

    id: str
    kind: str
    summary: str
    heading: str = ""
    text: str = ""
    where: str = ""
    closing: bool = False
    never: bool = False
    verified: bool = True
    actions: tuple[str, ...] = ()
    when: tuple[Atom, ...] = ()
    unless: tuple[Atom, ...] = ()
    under: tuple[str, ...] = ()
    yields: tuple[Yield, ...] = ()
    duties: tuple[DutyRule, ...] = ()
    interpretations: tuple[str, ...] = ()
    function: str = "F03"
    anchor: str = ""  # lines of the source, such as L523-527
    source: str = ""  # the file in which the source text was read
    law: str = ""  # the part of the law it belongs to, "" in a provider's own document
    effective: date = date.min
    until: date = date.max

    @property
    def deciding(self) -> bool:
        return self.kind in ("permit", "forbid")

    @property
    def full_summary(self) -> str:
        """The summary, and where it comes from if that is not the provider's own document."""
        source = f" This comes from {self.law}, not from the provider's own documents." if self.law else ""
        doubt = "" if self.verified else " (Recalled, not yet checked against the source.)"
        return self.summary + source + doubt

    @property
    def cited_from(self) -> str:
        """File and lines of the text that the clause paraphrases."""
        return f"{self.source} {self.anchor}".strip()

    @property
    def document(self) -> str:
        return self.id.partition("/")[0]

    def in_force(self, on: date) -> bool:
        """From `effective` up to and without `until`."""
        return self.effective <= on < self.until


_PLAIN = ("id", "summary", "closing", "never", "verified", "function", "anchor", "effective", "until")


@dataclass(frozen=True)
class Place:
    """Where a block stands: its heading, the paraphrase before it, file and line, and its document's dates."""

    heading: str
    text: str
    where: str
    effective: date
    until: date
    law: str
    source: str = ""


def _wanting(block: Mapping[str, Any]) -> str:
    kind = block.get("effect") or block.get("kind")
    missing = [key for key in ("id", "summary") if not block.get(key)]
    if kind not in KINDS:
        missing.append(
            f"an effect or kind instead of {kind!r}" if kind else 'effect = "permit" or "forbid", or a kind'
        )
    return "It lacks " + " and ".join(missing) + "."


def parse_clause(block: Mapping[str, Any], place: Place) -> Clause:
    check_shape(block, ClauseShape, where=place.where)
    kind = block.get("effect") or block.get("kind")
    if kind not in KINDS or not block.get("id") or not block.get("summary"):
        raise BadInput(
            "A clause needs an id, a summary, and an effect or a kind of these: " + ", ".join(KINDS) + ".",
            where=place.where,
            next=_wanting(block),
        )
    plain = {key: block[key] for key in _PLAIN if key in block}
    plain = {"effective": place.effective, "until": place.until, **plain}
    return Clause(
        kind=kind,
        heading=place.heading,
        text=place.text,
        where=place.where,
        law=place.law,
        source=place.source,
        **plain,
        **_parsed(block, place.where),
    )


def _parsed(block: Mapping[str, Any], where: str) -> dict[str, Any]:
    actions = tuple(block.get("actions", ()))
    for action in actions:
        if action not in vocabulary().actions:
            raise BadInput(f"There is no action named {action!r}.", where=where)
    return {
        "actions": actions,
        "when": tuple(parse_atom(text, where=where) for text in block.get("when", ())),
        "unless": tuple(parse_atom(text, where=where) for text in block.get("unless", ())),
        "under": tuple(block.get("under", ())),
        "yields": tuple(Yield(**entry) for entry in block.get("yields", ())),
        "duties": tuple(_duty(entry, where) for entry in block.get("duties", ())),
        "interpretations": tuple(block.get("interpretations", ())),
    }


def _duty(entry: Mapping[str, Any], where: str) -> DutyRule:
    if not entry.get("do") or (stray := set(entry) - {"do", "within", "roll", "clock"}):
        problem = "has no `do`" if not entry.get("do") else f"has no key {sorted(stray)[0]!r}"
        raise BadInput(f"A duty {problem}.", where=where, next="Its keys are do, within, roll, clock.")
    duty = DutyRule(**entry)
    if duty.roll not in ROLLS or duty.clock not in CLOCKS:
        raise BadInput(
            f"A duty rolls {', '.join(ROLLS)}, and its clock is {' or '.join(CLOCKS)}.",
            where=where,
            next="Name one of them.",
        )
    if duty.within:
        _checked_period(duty.within, where)
    return duty


def _checked_period(within: str, where: str) -> None:
    try:
        parse_period(within)
    except BadInput as error:
        raise BadInput(error.message, where=where, next=error.next) from error
