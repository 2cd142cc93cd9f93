"""Codes of the log as names that people know: who, what, why and by which rule. Read once for a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Self

from meterkeep.desks.parties import queries as parties
from meterkeep.desks.parties.models import Party
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.policies.models import RegisteredPurpose
from meterkeep.desks.workforce.models import Person
from meterkeep.faces import words
from meterkeep.policy.language.clauses import Clause


@dataclass(frozen=True)
class Names:
    """provider: the house's own name, which stands for its people wherever customers read."""

    provider: str
    parties: dict[str, Party]
    people: dict[str, Person]
    purposes: dict[str, RegisteredPurpose]
    clauses: tuple[Clause, ...]

    @classmethod
    def of(cls, provider: str, *, on: date) -> Self:
        pack = policies.pack_in_force(on)
        return cls(
            provider=provider,
            parties={party.pk: party for party in parties.parties()},
            people={person.pk: person for person in Person.objects.all()},
            purposes={purpose.code: purpose for purpose in policies.purposes(on)},
            clauses=pack.clauses if pack else (),
        )

    def who(self, id: str) -> tuple[str, str]:
        """Name and role. A person of the workforce is told by the role, never by name."""
        if id == "customer":
            return words.you(), ""
        if party := self.parties.get(id):
            return party.name, words.recipient(party.kind)
        if person := self.people.get(id):
            return self.provider, person.display
        return (words.everyone(), "") if id == "public" else (self.provider, "")

    def purpose(self, code: str) -> str:
        """A word of the vocabulary in plain words; a provider's own purpose by the title it was registered with."""
        found = self.purposes.get(code)
        if found and found.name != found.code:
            return str(found.title)
        return words.purpose(code)

    def title(self, code: str) -> str:
        """The purpose as the register words it, for staff."""
        found = self.purposes.get(code)
        return str(found.title) if found else words.purpose(code)

    def clause(self, id: str) -> str:
        return next((clause.summary for clause in self.clauses if clause.id == id), "")

    def clause_text(self, id: str) -> str:
        """Our paraphrase of the whole clause; "" where the pack in force has none of this id."""
        return next((clause.text for clause in self.clauses if clause.id == id), "")

    def tested_by(self, ids: Iterable[str]) -> frozenset[str]:
        """The facts that clauses of these ids look at."""
        meant = set(ids)
        atoms = [
            atom for clause in self.clauses if clause.id in meant for atom in (*clause.when, *clause.unless)
        ]
        return frozenset(atom.fact for atom in atoms)
