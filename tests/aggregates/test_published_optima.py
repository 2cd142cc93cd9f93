"""Tables and optima from the literature on cell suppression: figures are cited, no code is taken over.

Counts of customers are ours: the papers protect values. They are chosen so that only the cell that the paper calls sensitive breaks
the rule, and that the rule asks for what the paper asks for.
"""

from __future__ import annotations

from itertools import product

import pytest

from meterkeep.aggregates.audit.programs import Program
from meterkeep.aggregates.repair.weights import Weights
from meterkeep.aggregates.rule import Rule
from meterkeep.aggregates.tables.dimensions import TOTAL, Dimension
from meterkeep.aggregates.tables.leaves import Leaves
from meterkeep.aggregates.tables.protect import protect

RULE = Rule.parse("15/15")


def two_way(values: list[list[int]], sensitive: set[tuple[int, int]], *, few: int = 9) -> Leaves:
    """Rows and columns named by their numbers; `few` customers in sensitive cells, twenty in all others, all alike."""
    keys = list(product(range(len(values)), range(len(values[0]))))
    customers = tuple(few if key in sensitive else 20 for key in keys)
    amounts = tuple(1000 * values[row][column] for row, column in keys)
    return Leaves(
        dimensions=(Dimension(("row",)), Dimension(("column",))),
        names=((tuple(str(row) for row, _ in keys),), (tuple(str(column) for _, column in keys),)),
        customers=customers,
        values=amounts,
        largest=tuple(-(-value // count) for value, count in zip(amounts, customers, strict=True)),
        places=0,
    )


def withheld(leaves: Leaves, weights: Weights) -> set[tuple[str, ...]]:
    def price(cell):
        keys = {level: key for level, key in zip(cell.levels, cell.keys, strict=True) if level != TOTAL}
        return weights.cost(keys, cell.value, sum(leaves.values))

    found = protect(leaves, RULE, price=price)
    assert (found.gap, found.exhaustive) == (0, True)
    return {each.cell.keys for each in found.cells if each.status == "secondary"}


def test_investment_by_activity_and_region():
    """Fischetti and Salazar González, Management Science 47 (2001), figure 1: of 20 50 10 / 8 19 22 / 17 32 12 the 22 is sensitive. The
    table that they publish withholds 8, 17 and 12 beside it, the cheapest by value; then 22 can be anything from 5 to 30."""
    values = [[20, 50, 10], [8, 19, 22], [17, 32, 12]]
    leaves = two_way(values, {(1, 2)})
    assert withheld(leaves, Weights("value")) == {("1", "0"), ("2", "0"), ("2", "2")}
    left = Program([[0, 1], [2, 3], [0, 2], [1, 3]], [8 + 22, 17 + 12, 8 + 17, 22 + 12], 4)
    most, partner = left.most(1), left.most(3)
    assert most.amounts[1] == 30 * most.over
    assert 34 * partner.over - partner.amounts[3] == 5 * partner.over


def test_the_feasibility_intervals_of_geurts():
    """Geurts, Heuristics for cell suppression in tables (1992), table 10, as the Handbook on Statistical Disclosure Control (4.2, example 3)
    gives it: two rows of 7 and 3, two columns that leave 6 and 4. Upper bounds are 6, 4, 3 and 3."""
    program = Program([[0, 1], [2, 3], [0, 2], [1, 3]], [7, 3, 6, 4], 4)
    points = [program.most(place) for place in range(4)]
    assert [point.amounts[place] // point.over for place, point in enumerate(points)] == [6, 4, 3, 3]


@pytest.mark.parametrize("size", [2, 3, 4])
def test_one_sensitive_cell_of_a_two_way_table_takes_three_more(size):
    """A cell is safe exactly if it lies on a circle of withheld cells (Gusfield, SIAM Journal on Computing 17, 1988); the shortest circle
    in rows and columns has four."""
    values = [[10 + row + column for column in range(size)] for row in range(size)]
    assert len(withheld(two_way(values, {(0, 0)}), Weights())) == 3


def test_sensitive_cells_in_a_diagonal_share_their_circle():
    """Two sensitive cells that are opposite corners of one circle take the other two corners; in one row, two as well. Too light
    circles are none here: the cells of a circle have to hide each other's customers, which is more than Gusfield asks for."""
    values = [[10] * 3] * 3
    assert len(withheld(two_way(values, {(0, 0), (1, 1)}), Weights())) == 2
    assert len(withheld(two_way(values, {(0, 0), (0, 1)}), Weights())) == 2
    assert len(withheld(two_way(values, {(0, 0), (0, 1)}, few=7), Weights())) > 2
