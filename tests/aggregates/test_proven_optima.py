"""The least that has to be withheld of small tables, by trying every choice of cells with a judge that shares no code with the audit.

Two dimensions, three, and two with hierarchies. The judge goes through all sets of customers and all corners of what is
possible, in fractions (`aggregates/checker.py`); what `protect` withholds has to cost exactly as much as the cheapest choice that it
finds safe, by number and by value.
"""

from __future__ import annotations

import random
from itertools import combinations, count, product

import pytest

from meterkeep.aggregates.checker import Row, smallest_derivable_group, tightest_share
from meterkeep.aggregates.rule import MILLION, Rule
from meterkeep.aggregates.tables.dimensions import Dimension
from meterkeep.aggregates.tables.leaves import Leaves
from meterkeep.aggregates.tables.protect import protect

LOADS = (2, 3, 5, 7, 9)
SHAPES = {
    "two dimensions": ((("row",), 3), (("column",), 2)),
    "three dimensions": ((("row",), 2), (("column",), 2), (("layer",), 2)),
    "hierarchies": ((("zip", "county"), 3), (("rate", "class"), 3)),
}
MOST_CUSTOMERS, MOST_UNITS = 11, 11
"""Of tables that can be tried out in a second."""


def drawn(rng: random.Random, shape: str) -> tuple[Leaves, list[list[int]]]:
    """Leaves, some of them empty, and what their customers used. Groups above a level have the numbers modulo two."""
    sizes = SHAPES[shape]
    keys = [key for key in product(*(range(size) for _, size in sizes)) if rng.random() < 0.7] or [
        (0,) * len(sizes)
    ]
    used = [[rng.choice(LOADS) for _ in range(rng.choice((1, 2, 2, 3)))] for _ in keys]
    leaves = Leaves(
        dimensions=tuple(Dimension(levels) for levels, _ in sizes),
        names=tuple(
            tuple(tuple(f"{level}{key[at] % (2 if above else 9)}" for key in keys) for above, level in enumerate(levels))
            for at, (levels, _) in enumerate(sizes)
        ),
        customers=tuple(map(len, used)),
        values=tuple(map(sum, used)),
        largest=tuple(map(max, used)),
        places=0,
    )  # fmt: skip
    return leaves, used


class Judge:
    """Whether cells, as sets of leaves, may stand beside each other, by trying all that an attacker could."""

    def __init__(self, used: list[list[int]], rule: Rule) -> None:
        number = count()
        self.of = [[next(number) for _ in leaf] for leaf in used]
        self.loads = {(who,): load for leaf, all_of in zip(used, self.of, strict=True) for who, load in zip(all_of, leaf, strict=True)}  # fmt: skip
        self.rule = rule

    def safe(self, cells: list[tuple[int, ...]]) -> bool:
        rows = [self._row(cell) for cell in cells]
        if smallest_derivable_group(rows, below=self.rule.minimum_customers) is not None:
            return False
        worst = tightest_share(rows, self.loads) * MILLION
        return worst < self.rule.share_ppm if self.rule.strict else worst <= self.rule.share_ppm

    def _row(self, cell: tuple[int, ...]) -> Row:
        members = frozenset((who,) for leaf in cell for who in self.of[leaf])
        return Row(members, sum(self.loads[who] for who in members))


def cheapest(price: dict[tuple[int, ...], int], judge: Judge) -> int:
    """Of all choices of cells to withhold."""
    choices = (some for size in range(len(price) + 1) for some in combinations(price, size))
    for some in sorted(choices, key=lambda some: sum(price[cell] for cell in some)):
        if judge.safe([cell for cell in price if cell not in some]):
            return sum(price[cell] for cell in some)
    raise AssertionError("nothing published is safe")


def tried(shape: str, rule: Rule, seed: int, least: int) -> tuple[int, int]:
    """How many repairs were tried (each table by number and by value), and in how many something beside the rule had to be withheld."""
    rng, done, repaired = random.Random(seed), 0, 0
    while done < least:
        leaves, used = drawn(rng, shape)
        if sum(leaves.customers) > MOST_CUSTOMERS:
            continue
        for price in (lambda _cell: 1, lambda cell: cell.value):
            found = protect(leaves, rule, price=price)
            units: dict[tuple[int, ...], int] = {}
            for each in found.cells:
                if each.status != "primary":
                    units[each.cell.leaves] = units.get(each.cell.leaves, 0) + price(each.cell)
            if len(units) > MOST_UNITS:
                break
            judge = Judge(used, rule)
            withheld = [each.cell for each in found.cells if each.status == "secondary"]
            assert judge.safe(list({each.cell.leaves for each in found.cells if each.status == "published"}))
            assert sum(map(price, withheld)) == cheapest(units, judge)
            assert (found.gap, found.exhaustive) == (0, True)
            done += 1
            repaired += bool(withheld)
    return done, repaired


RULES = {"3/60": Rule.parse("3/60"), "4/50<=": Rule.parse("4/50<="), "3/100<=": Rule.parse("3/100<=")}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_withheld_costs_as_little_as_any_safe_choice(shape, rule):
    done, repaired = tried(shape, RULES[rule], seed=7, least=6)
    assert repaired > 0 and done >= 6


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("shape", SHAPES)
def test_sixty_repairs_of_each_shape_and_rule_cost_as_little_as_any_safe_choice(shape, rule):
    done, repaired = tried(shape, RULES[rule], seed=8, least=60)
    assert repaired > 5 and done >= 60
