"""T2, share closure: nobody can be bounded so closely that what they used is more than the rule's share of the bound.

The attacker knows every released total and that nobody used less than nothing. The most that a customer can have used is then
the optimum of a linear program over what each atom used: one customer may have used all that their atom did. The rule
holds if that bound is large enough for the largest customer of every atom. Source: docs/releases.md, “Share closure”.

HiGHS finds the optimum in floating point. It decides nothing: the basis that it ends with is solved again in exact arithmetic,
and only an exact solution counts as a witness. What cannot be witnessed exactly is a leak.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from meterkeep.aggregates.audit.programs import Program, Vertex
from meterkeep.aggregates.audit.system import System
from meterkeep.aggregates.loads import Int64s
from meterkeep.aggregates.rule import Rule


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows of a system sum up to. values: of each row. largest: the largest customer of each atom; totals: all of
    the atom's customers. All in the same unit, none below zero."""

    values: Int64s
    largest: Int64s
    totals: Int64s


@dataclass(frozen=True, slots=True)
class Bound:
    """A customer of `atom` is known to have used at most `bound`, of which the rule's share is less than they did.

    combination: released row → factor; the rows times these add up to the bound. None where only floating point found it.
    """

    atom: int
    bound: Fraction | None
    combination: dict[int, Fraction]


def audit_shares(system: System, known: Known, rule: Rule) -> tuple[Bound, ...]:
    """The atoms whose largest customer is bounded too closely, in order of atoms; none is the proof that T2 holds."""
    leaks: list[Bound] = []
    for program in _programs(system, known, rule):
        leaks += program
    return tuple(sorted(leaks, key=lambda leak: leak.atom))


def _programs(system: System, known: Known, rule: Rule) -> Iterator[list[Bound]]:
    wanting = {
        atom
        for row in system.rows
        for atom in row.tolist()
        if known.largest[atom] and not rule.allows_share(int(known.largest[atom]), int(known.totals[atom]))
    }
    for part in Program.parts(system, known.values):
        mine = wanting & part.columns.keys()
        if mine:
            yield _unwitnessed(part, mine, known, rule)


def _unwitnessed(program: Program, wanting: set[int], known: Known, rule: Rule) -> list[Bound]:
    """The largest loads first: a solution that allows one of them often allows others."""
    leaks = []
    waiting = sorted(wanting, key=lambda atom: (-int(known.largest[atom]), atom))
    while waiting:
        atom = waiting.pop(0)
        vertex = program.largest(atom)
        if not _allows(vertex, atom, known, rule):
            leaks.append(Bound(atom, vertex.bound, vertex.combination))
        waiting = [other for other in waiting if not _allows(vertex, other, known, rule)]
    return leaks


def _allows(vertex: Vertex, atom: int, known: Known, rule: Rule) -> bool:
    """Whether an exact solution gives the atom so much that its largest customer has no more than the rule's share."""
    used = vertex.solution.get(atom, Fraction(0))
    return rule.allows_share(int(known.largest[atom]) * used.denominator, used.numerator) if used else False
