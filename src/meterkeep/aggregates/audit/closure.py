"""T1, count closure: whatever can be derived is about at least k customers.

Every figure that can be derived is a weighted sum of released rows. The search is for one that is not zero and is about
fewer than k customers: a light word of the code that the rows span. A word that is not zero on an atom of k customers or
more is heavy by that alone, so these atoms are eliminated first; what remains lives on light atoms, falls into small parts,
and is searched to the end (`words`). Source: docs/releases.md, “Count closure”.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from meterkeep.aggregates.audit.elimination import HALF, PRIME, Matrix, Row, Sparse, rational
from meterkeep.aggregates.audit.pulse import Pulse, steady
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.audit.words import Budget, Light, Weights, Words, parts

MOST_NODES = 200_000
NODES_AFTER_A_LEAK = 3_000
"""In a part that leaks already the search for more words ends here: it is found out, and each word would be one more."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A group that can be derived. combination: released row → factor; customers: how many it is about, fewer than k."""

    combination: dict[int, Fraction]
    atoms: tuple[int, ...]
    customers: int


@dataclass(frozen=True, slots=True)
class Closure:
    """What the search found.

    leaks: groups of fewer than k customers, lightest first; the lightest of each independent part is among them, and every
    group of one atom, but not each of the others. rank: of the released rows. light: the dimension of what lives on light
    atoms. exhaustive: whether the search went to the end: then parts without a leak have none, and the lightest leaks are the lightest
    there are.
    """

    leaks: tuple[Leak, ...]
    rank: int
    light: int
    exhaustive: bool

    @property
    def holds(self) -> bool:
        return self.exhaustive and not self.leaks


def audit_counts(
    system: System, *, k: int, nodes: int = MOST_NODES, more: int = NODES_AFTER_A_LEAK, pulse: Pulse = steady
) -> Closure:
    """All rows of `system` together. k: the fewest customers that anything derived may be about. nodes: the search ends there.
    more: nodes for the search for further leaks in a part that has one. pulse: called now and then; what it raises ends the audit."""
    pulse()
    weights = Weights(system)
    matrix = Matrix(
        Row(dict.fromkeys(row.tolist(), 1), {number: 1}) for number, row in enumerate(system.rows)
    )
    used = matrix.eliminate(atom for atom, customers in enumerate(weights.of) if customers >= k)
    pulse()
    light = matrix.echelon(heaviest_first(matrix.having, weights.of))
    pulse()
    budget = Budget(nodes, pulse)
    words = (word for part in parts(light.rows) for word in _light_words(part, weights, k, budget, more))
    leaks, told = _leaks((light.released(word.combination) for word in words), system)
    proven = budget.whole and told and all(_vanishes(row.combination, system) for row in matrix.rows.values())
    return Closure(leaks, rank=len(used) + len(light.rows), light=len(light.rows), exhaustive=proven)


def heaviest_first(columns: Iterable[int], weight: list[int]) -> list[int]:
    """The order in which atoms become pivots: heavy pivots leave few sets of them that are light together."""
    return sorted(columns, key=lambda column: (-weight[column], column))


def _light_words(part: dict[int, Row], weights: Weights, k: int, budget: Budget, more: int) -> list[Row]:
    """The lightest of one part among others, or none where there is none."""
    words = Words(Light(part, weights, k=k), budget=budget)
    words.lightest()
    if words.found and more:
        words.all_below(k, budget=Budget(more, budget.pulse))
    return words.found


def _vanishes(combination: Sparse, system: System) -> bool:
    """What is zero modulo the prime is zero over the integers, too: an identity such as a total and its parts."""
    whole = {each: value if value <= HALF else value - PRIME for each, value in combination.items()}
    if all(-HALF <= factor <= HALF for factor in whole.values()):
        return _is_nothing(whole, system)
    factors = _factors(combination)
    return factors is not None and not system.combine(factors)


def _is_nothing(factors: dict[int, int], system: System) -> bool:
    total: dict[int, int] = {}
    for row, factor in factors.items():
        for atom in system.rows[row].tolist():
            total[atom] = total.get(atom, 0) + factor
    return not any(total.values())


def _factors(combination: Sparse) -> dict[int, Fraction] | None:
    found = {row: rational(value) for row, value in combination.items()}
    return (
        None
        if None in found.values()
        else {row: factor for row, factor in found.items() if factor is not None}
    )


def _leaks(words: Iterable[Sparse], system: System) -> tuple[tuple[Leak, ...], bool]:
    """The words over the rationals, each group once; and whether all could be told in small fractions, without which there is no
    proof."""
    found: dict[tuple[int, ...], Leak] = {}
    told = True
    for word in words:
        factors = _scaled(word)
        if factors is None:
            told = False
            continue
        atoms = tuple(sorted(system.combine(factors)))
        leak = Leak(factors, atoms, system.customers(atoms))
        known = found.get(atoms)
        if atoms and (known is None or len(leak.combination) < len(known.combination)):
            found[atoms] = leak
    return tuple(sorted(found.values(), key=lambda leak: (leak.customers, leak.atoms))), told


def _scaled(combination: Sparse) -> dict[int, Fraction] | None:
    """The combination times whatever makes its factors small fractions."""
    for value in dict.fromkeys(combination.values()):
        inverse = pow(value, -1, PRIME)
        factors = _factors({row: factor * inverse % PRIME for row, factor in combination.items()})
        if factors is not None:
            return factors
    return None
