"""A pack: the executable form of what a provider adopted, with the law layer it stands on. Data only; it cannot run code."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType

from meterkeep.clocks.closures import Closure
from meterkeep.errors import BadInput
from meterkeep.policy.language.clauses import Atom, Clause
from meterkeep.policy.language.replacing import Replacement, in_force
from meterkeep.policy.language.retaining import RetentionRule
from meterkeep.policy.language.vocabulary import Facts


@dataclass(frozen=True)
class Document:
    """One layer: a document that the provider adopted, or a part of the law. scope: which providers it speaks to."""

    id: str
    title: str
    law: bool
    adopted: str
    effective: date
    until: date
    scope: tuple[Atom, ...]
    clauses: tuple[Clause, ...]
    source: str = ""  # the file in which the adopted text was read

    @property
    def decides(self) -> bool:
        """Whether any clause of it decides; a record of the act of adoption does not."""
        return any(clause.deciding for clause in self.clauses)

    def in_force(self, on: date) -> bool:
        return self.effective <= on < self.until

    def speaks_to(self, provider: Facts) -> bool:
        literals = [atom.literal(lambda name: 0) for atom in self.scope]
        return all(provider[literal.fact] in literal.ok for literal in literals)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a document: dated, cited, and marked where its text was not checked against the source."""

    value: int
    cite: str
    effective: date
    verified: bool = True


@dataclass(frozen=True)
class Parameter:
    name: str
    says: str
    figures: tuple[Figure, ...]  # oldest first

    def at(self, on: date) -> Figure | None:
        """The figure in force on the date, or None before the first."""
        return next((figure for figure in reversed(self.figures) if figure.effective <= on), None)


@dataclass(frozen=True)
class Interpretation:
    """A dated ruling on an ambiguous clause; choices: what may be ruled, in words.

    used_by: the function (F21 …) of a desk that reads the ruling, where no clause depends on it.
    """

    id: str
    question: str
    choices: Mapping[str, str]
    ruling: str
    on: date
    by: str
    used_by: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "id": self.id,
            "question": self.question,
            "ruling": self.choices[self.ruling],
            "on": self.on.isoformat(),
            "by": self.by,
        }


@dataclass(frozen=True)
class Purpose:
    """cls: primary, secondary, or "" where the adopter has not ruled. states: the facts the purpose itself fixes, its
    class included; where cls is "" the class is not among them, and so stays unknown."""

    name: str
    cls: str
    title: str
    elements: frozenset[str]
    states: Facts


@dataclass(frozen=True)
class Element:
    """kind: covered (usage with identity) or customer (other confidential information)."""

    name: str
    title: str
    kind: str
    contact: bool = False
    credit_or_usage: bool = False
    demographic: bool = False
    government_id: bool = False


@dataclass(frozen=True)
class Pack:
    id: str
    name: str
    kind: str
    jurisdiction: str
    documents: tuple[Document, ...]  # its own
    law: tuple[Document, ...]  # what it inherits
    parameters: Mapping[str, Parameter]
    interpretations: Mapping[str, Interpretation]
    purposes: Mapping[str, Purpose]
    elements: Mapping[str, Element]
    implied: Mapping[str, Facts]  # what an action says by itself, such as totals being aggregate
    source_digest: str
    closures: tuple[Closure, ...] = ()  # days on which its office is shut; they pause its staff's clocks
    replacements: tuple[Replacement, ...] = ()  # which reading may replace which, oldest first
    retention: tuple[RetentionRule, ...] = ()  # how long records are kept; its own first, then the law's
    compiled: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def layers(self) -> tuple[Document, ...]:
        return self.documents + self.law

    @cached_property
    def digest(self) -> str:
        """Digest of every file that decides, and of the rulings in force."""
        rulings = "".join(f"{entry.id}={entry.ruling};" for entry in self.interpretations.values())
        return hashlib.sha256(f"{self.source_digest}|{rulings}".encode()).hexdigest()

    @cached_property
    def provider(self) -> Facts:
        return {"provider.kind": self.kind, "provider.jurisdiction": self.jurisdiction}

    @property
    def clauses(self) -> tuple[Clause, ...]:
        return tuple(clause for document in self.layers for clause in document.clauses)

    def replacement(self, on: date) -> Replacement | None:
        """The order in force on the date, None where the pack has none."""
        return in_force(self.replacements, on)

    def figure(self, name: str, on: date) -> Figure:
        """The parameter's figure in force on the date. Raises BadInput where the pack has none."""
        parameter = self.parameters.get(name)
        figure = parameter.at(on) if parameter else None
        if figure is None:
            raise BadInput(
                f"The pack {self.id} has no figure {name!r} in force on {on}.", where="parameters.toml"
            )
        return figure

    def ruled(self, rulings: Mapping[str, str], *, by: str, on: date) -> Pack:
        """The pack under an adopter's own rulings: interpretation id → one of its choices. Raises BadInput otherwise."""
        changed = dict(self.interpretations)
        for name, ruling in rulings.items():
            if name not in changed or ruling not in changed[name].choices:
                allowed = ", ".join(changed[name].choices) if name in changed else ", ".join(changed)
                raise BadInput(
                    f"{name} cannot be ruled {ruling!r}.",
                    where="interpretations.toml",
                    next=f"Choose among {allowed}.",
                )
            changed[name] = replace(changed[name], ruling=ruling, by=by, on=on)
        return replace(self, interpretations=MappingProxyType(changed), compiled={})

    def holds(self, ruling: str) -> bool:
        """Whether `R1 is allowed` is how R1 is ruled."""
        name, _, choice = ruling.partition(" is ")
        return self.interpretations[name].ruling == choice

    def clauses_for(self, action: str, on: date, provider: Facts) -> tuple[Clause, ...] | str:
        """The clauses that decide the action on the date, of the documents and of the law beneath them.

        Where nothing of the provider's own decides, the reason instead: not_in_force or not_applicable. The law alone
        decides nothing. provider: the `provider.*` facts.
        """
        in_force = [document for document in self.documents if document.decides and document.in_force(on)]
        if not in_force:
            return "not_in_force"
        if not any(document.speaks_to(provider) for document in in_force):
            return "not_applicable"
        speaking = [layer for layer in self.layers if layer.in_force(on) and layer.speaks_to(provider)]
        return tuple(
            clause for layer in speaking for clause in layer.clauses if self._live(clause, action, on)
        )

    def stretch(self, on: date) -> int:
        """Number of the stretch of time without a change of clauses, figures or layers that the date is in."""
        return bisect_right(self._changes, on)

    def _live(self, clause: Clause, action: str, on: date) -> bool:
        return (
            clause.deciding
            and action in clause.actions
            and clause.in_force(on)
            and all(map(self.holds, clause.under))
        )

    @cached_property
    def _changes(self) -> tuple[date, ...]:
        figures = {figure.effective for parameter in self.parameters.values() for figure in parameter.figures}
        clauses = {day for clause in self.clauses for day in (clause.effective, clause.until)}
        layers = {day for layer in self.layers for day in (layer.effective, layer.until)}
        return tuple(sorted(figures | clauses | layers))
