"""Why a cell is withheld although the rule allows it: the attack that it blocks, so that one can follow the arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm

from meterkeep.aggregates.repair.attacks import Attack
from meterkeep.aggregates.rule import MILLION, Rule, percent, share_ppm, share_ppm_up
from meterkeep.aggregates.tables.cells import Cell
from meterkeep.aggregates.tables.dimensions import TOTAL

Amount = Callable[[int], object]


def label(cell: Cell) -> str:
    """ "zip 90001 × rate A"; dimensions that are summed up are left out, and the sum of all is “Total”."""
    named = [f"{level} {key}" for key, level in zip(cell.keys, cell.levels, strict=True) if level != TOTAL]
    return " × ".join(named) or TOTAL


def against_rule(cell: Cell, rule: Rule) -> str:
    """The first test of the rule that the cell fails by itself, in a sentence; empty if it fails none."""
    few = f"the rule asks for at least {rule.minimum_customers}"
    if cell.negatives:
        return "It contains values below zero, so shares of the total mean nothing."
    if cell.customers < rule.minimum_customers:
        return f"{_people(cell.customers)}; {few}."
    if not cell.value:
        return "The total is zero, which says of every customer in it that they used nothing."
    if cell.contributors < rule.minimum_customers:
        return f"Only {cell.contributors} of its {cell.customers} customers used anything; {few}."
    if rule.allows_share(cell.largest, cell.value):
        return ""
    share = (share_ppm if rule.strict else share_ppm_up)(cell.largest, cell.value)
    return f"The largest customer has {percent(share)} % of the total; the rule asks for {_limit(rule)}."


def _limit(rule: Rule) -> str:
    return f"{'less than' if rule.strict else 'at most'} {percent(rule.share_ppm)} %"


def why(attack: Attack, cells: Sequence[Cell], rule: Rule, amount: Amount) -> str:
    """cells: of each row of the attack one. amount: a value as people write it."""
    over = lcm(*(factor.denominator for factor in attack.combination.values()))
    factors = {row: int(factor * over) for row, factor in attack.combination.items()}
    if attack.bound is not None:
        return _bound(attack, factors, over, cells, rule, amount)
    derived: dict[int, int] = {}
    for row, factor in factors.items():
        for leaf in cells[row].leaves:
            derived[leaf] = derived.get(leaf, 0) + factor
    if -min(derived.values()) > max(derived.values()):
        factors, derived = {row: -factor for row, factor in factors.items()}, {leaf: -factor for leaf, factor in derived.items()}  # fmt: skip
    sums = _sums(factors, cells, [cell.customers for cell in cells])
    kinds = {factor for factor in derived.values() if factor}
    if kinds == {1}:
        found = f"leaves {_people(attack.customers or 0)}"
    elif len(kinds) == 1:
        found = f"leaves {kinds.pop()} times {_people(attack.customers or 0)}"
    else:
        found = f"tells of only {_people(attack.customers or 0)}"
    return f"{sums} {found}; the rule asks for at least {rule.minimum_customers}."


def _bound(attack: Attack, factors: dict[int, int], over: int, cells: Sequence[Cell], rule: Rule, amount: Amount) -> str:  # fmt: skip
    bound = attack.bound or Fraction(0)
    sums = _sums(factors, cells, [amount(cell.value) for cell in cells])
    whole = -(-bound.numerator // bound.denominator)
    times = f", divided by {over}," if over > 1 else ""
    share = percent(attack.largest * MILLION * bound.denominator // bound.numerator) if bound else "100"
    return (
        f"{sums}{times} leaves {amount(whole)}, the most that a customer with {amount(attack.largest)} can have: "
        f"{share} % of it; the rule asks for {_limit(rule)}."
    )


def _sums(factors: dict[int, int], cells: Sequence[Cell], sizes: Sequence[object]) -> str:
    """ "Total (120) less zip 90001 (60) and zip 90002 (51)" """
    names = {
        row: f"{f'{abs(factor)} × ' if abs(factor) > 1 else ''}{label(cells[row])} ({sizes[row]})"
        for row, factor in sorted(factors.items(), key=lambda item: (-len(cells[item[0]].leaves), item[0]))
    }
    plus = _and([name for row, name in names.items() if factors[row] > 0])
    less = _and([name for row, name in names.items() if factors[row] < 0])
    return f"{plus} less {less}" if less else plus


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _people(number: int) -> str:
    return "1 customer" if number == 1 else f"{number} customers"
