"""The words a decision is made of: the actions and the facts of `facts.toml`, typed, each with its sentence and remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from meterkeep.errors import BadInput

FactValue = bool | int | str
Facts = Mapping[str, FactValue]
LONGEST = 60  # characters of a name that a message repeats
FILE = Path(__file__).with_name("facts.toml")
# Remedies from the cheapest to the dearest. `fixed` and `circumstance` are missing on purpose: they are never offered.
REMEDIES = ("narrow", "channel", "document", "wait", "regroup", "contract", "approval", "consent")


@dataclass(frozen=True, slots=True)
class Fact:
    """type: bool, int or enum; says: the sentence the fact states, `{v}` standing for the value of an enum."""

    name: str
    type: str
    says: str
    source: str
    remedy: str
    values: tuple[str, ...] = ()

    @property
    def domain(self) -> frozenset[FactValue]:
        """Every value a finite fact can have; empty for numbers."""
        return frozenset((True, False)) if self.type == "bool" else frozenset(self.values)

    def accepts(self, value: object) -> bool:
        if self.type == "bool":
            return type(value) is bool
        return type(value) is int if self.type == "int" else type(value) is str and value in self.values

    @property
    def wants(self) -> str:
        kinds = {"bool": "true or false", "int": "a whole number"}
        return kinds.get(self.type) or "one of " + ", ".join(self.values)


@dataclass(frozen=True)
class Vocabulary:
    actions: Mapping[str, str]
    facts: Mapping[str, Fact]


@cache
def vocabulary() -> Vocabulary:
    tables = tomllib.loads(FILE.read_text())
    actions = {name: entry["says"] for name, entry in tables.pop("action").items()}
    facts = {name: Fact(name=name, **entry) for table in tables.values() for name, entry in table.items()}
    return Vocabulary(actions, facts)


def fact(name: str, *, where: str = "") -> Fact:
    """The fact of that name. Raises BadInput that names the nearest ones."""
    known = vocabulary().facts
    if name not in known:
        raise BadInput(
            f"There is no fact named {shortened(name)!r}.", where=where, next=_nearest(name, known)
        )
    return known[name]


def check_facts(facts: Facts, *, where: str = "") -> None:
    """Raises BadInput naming the first fact that the vocabulary does not know or whose value is outside its type."""
    known = vocabulary().facts
    for name, value in facts.items():
        entry = known.get(name) or fact(name, where=where)
        if not entry.accepts(value):
            shown = repr(value)[:60]
            advice = "A fact that is not known is left out." if value is None else f"Give {entry.wants}."
            raise BadInput(f"The fact {name} is {entry.wants}, not {shown}.", where=where, next=advice)


def check_action(action: str, *, where: str = "") -> None:
    known = vocabulary().actions
    if action not in known:
        raise BadInput(
            f"There is no action named {shortened(action)!r}.",
            where=where,
            next="The actions are " + ", ".join(known) + ".",
        )


def shortened(name: str) -> str:
    """A name as a message repeats it: whole, as long as it could be one of ours."""
    return name if len(name) <= LONGEST else f"{name[:LONGEST]}…"


def _nearest(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(shortened(name), known, n=3)
    return (
        "Did you mean " + " or ".join(near) + "?"
        if near
        else "The names are in meterkeep/policy/language/facts.toml."
    )
