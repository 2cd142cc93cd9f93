"""Facts to try two engines on: drawn at random, but near the clauses, so that every one of them is met and broken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from random import Random

from meterkeep.policy.language.clauses import Atom, Clause
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts, FactValue, vocabulary

FOREIGN = 0.05  # share of vectors told of another kind of provider, to try the scope of documents


def vectors(
    pack: Pack, on: date, action: str, *, seed: int = 0, unknown: int = 0
) -> Iterator[dict[str, FactValue]]:
    """Without end: values for every fact that a clause of the action tests. unknown: up to so many are left out.

    Half of them meet a clause drawn at random, and are then led past the other clauses as far as may be: past the
    prohibitions, or past the permits too, so that the one clause decides.
    """
    draw = _Draw(pack, on, action, Random(seed))  # noqa: S311 - repeatable sampling, no secret
    for turn in count():
        facts = draw.anything()
        if turn % 4 < 2 and draw.clauses:
            pinned = draw.meet(draw.pick(), facts)
            draw.pass_by(("forbid",) if turn % 4 else ("forbid", "permit"), facts, pinned)
        yield draw.without(facts, unknown)


class _Draw:
    def __init__(self, pack: Pack, on: date, action: str, random: Random) -> None:
        self.pack, self.on, self.random = pack, on, random
        layers = [layer for layer in pack.layers if layer.in_force(on)]
        self.clauses = [
            clause
            for layer in layers
            for clause in layer.clauses
            if clause.deciding and action in clause.actions and clause.in_force(on)
        ]
        atoms = [atom for clause in self.clauses for atom in clause.when + clause.unless]
        self.values = {name: self._worth_trying(name, atoms) for name in sorted({one.fact for one in atoms})}

    def anything(self) -> dict[str, FactValue]:
        facts = {name: self.random.choice(values) for name, values in self.values.items()}
        if self.random.random() < FOREIGN:
            known = vocabulary().facts
            facts |= {name: self.random.choice(known[name].values) for name in self.pack.provider}
        return facts

    def pick(self) -> Clause:
        """A permit as often as a prohibition, though there may be fewer."""
        kind = self.random.choice(("permit", "forbid"))
        return self.random.choice([one for one in self.clauses if one.kind == kind] or self.clauses)

    def meet(self, clause: Clause, facts: dict[str, FactValue]) -> set[str]:
        """Changes the facts so that the clause holds; returns the facts it rests on."""
        for atom, wanted in [(one, True) for one in clause.when] + [(one, False) for one in clause.unless]:
            self._make(atom, wanted, facts)
        return {atom.fact for atom in clause.when + clause.unless}

    def pass_by(self, kinds: tuple[str, ...], facts: dict[str, FactValue], pinned: set[str]) -> None:
        """Breaks one condition of each clause of the kinds that holds, but none that rests on a pinned fact."""
        for clause in self.clauses:
            if clause.kind not in kinds or clause.closing or not self._holds(clause, facts):
                continue
            open_ = [(one, False) for one in clause.when] + [(one, True) for one in clause.unless]
            free = [entry for entry in open_ if entry[0].fact not in pinned]
            if free:
                self._make(*self.random.choice(free), facts)

    def without(self, facts: dict[str, FactValue], unknown: int) -> dict[str, FactValue]:
        some = self.random.sample(sorted(facts), min(self.random.randint(0, unknown), len(facts)))
        return {name: value for name, value in facts.items() if name not in some}

    def _make(self, atom: Atom, wanted: bool, facts: dict[str, FactValue]) -> None:
        fitting = [value for value in self.values[atom.fact] if self._met(atom, value) == wanted]
        facts[atom.fact] = self.random.choice(fitting or self.values[atom.fact])

    def _holds(self, clause: Clause, facts: Facts) -> bool:
        return all(self._met(atom, facts[atom.fact]) for atom in clause.when) and not any(
            self._met(atom, facts[atom.fact]) for atom in clause.unless
        )

    def _met(self, atom: Atom, value: FactValue) -> bool:
        return value in atom.literal(self._number).ok

    def _worth_trying(self, name: str, atoms: list[Atom]) -> list[FactValue]:
        """The whole domain; of a number, both sides of every bound."""
        if domain := vocabulary().facts[name].domain:
            return sorted(domain, key=str)
        bounds = {atom.literal(self._number).bound[1] for atom in atoms if atom.fact == name}
        return sorted({bound + step for bound in bounds for step in (-1, 0, 1)})

    def _number(self, name: str) -> int:
        return self.pack.figure(name, self.on).value
