"""The dense checker against brute force on small systems, and on tables that the repair has made."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from aggregates.leaf_tables import drawn

from meterkeep.aggregates.audit.tight import least_total
from meterkeep.aggregates.checker import Row, smallest_derivable_group
from meterkeep.aggregates.dense_bounds import most, unwitnessed
from meterkeep.aggregates.dense_checker import lightest_group
from meterkeep.aggregates.dense_rows import TooLarge
from meterkeep.aggregates.rule import Rule
from meterkeep.aggregates.tables.protect import protect


@pytest.mark.parametrize("seed", range(15))
def test_the_lightest_group_is_that_of_brute_force(seed):
    rng = random.Random(seed)
    for _ in range(10):
        weight = [rng.choice([1, 1, 2, 3]) for _ in range(rng.randint(3, 8))]
        rows = [
            sorted(rng.sample(range(len(weight)), rng.randint(1, len(weight))))
            for _ in range(rng.randint(1, 5))
        ]
        told = [
            Row(frozenset(((atom, at),) for atom in row for at in range(weight[atom])), 0) for row in rows
        ]
        k = rng.randint(2, 6)
        assert lightest_group(rows, weight, below=k) == smallest_derivable_group(told, below=k)


@pytest.mark.parametrize("seed", range(8))
def test_what_the_repair_publishes_stands_the_second_check(seed):
    rule = Rule(5, 600_000, strict=True)
    leaves, _ = drawn(random.Random(seed), zips=5, rates=3)
    found = protect(leaves, rule)
    public = sorted({each.cell.leaves for each in found.cells if each.status == "published"})
    values = [sum(leaves.values[leaf] for leaf in row) for row in public]
    least = [least_total(most, rule) for most in leaves.largest]
    assert lightest_group(public, leaves.customers, below=rule.minimum_customers) is None
    assert unwitnessed(public, values, least, leaves.values) == []


def test_it_finds_what_the_rule_cell_by_cell_lets_out():
    assert lightest_group([(0, 1), (1,)], [3, 9], below=5) == 3
    assert unwitnessed([(0, 1), (1,)], [100, 90], [50, 0], [10, 90]) == [0]
    assert most([(0, 1), (1,)], [100, 90], 0) == 10


def test_figures_that_contradict_each_other_witness_nothing():
    assert unwitnessed([(0, 1), (0, 1)], [100, 90], [50, 95], [10, 90]) == [0, 1]


def two_way(side: int, weight: int) -> tuple[list[list[int]], list[int]]:
    """All margins of a square table, and the customers of its cells."""
    lines = [[at * side + other for other in range(side)] for at in range(side)]
    return [*lines, *map(list, zip(*lines, strict=True))], [weight] * side**2


def test_the_margins_of_a_square_table_give_away_a_line_and_nothing_smaller():
    rows, weight = two_way(4, 2)
    assert lightest_group(rows, weight, below=9) == 8
    assert lightest_group(rows, weight, below=8) is None


def test_a_search_without_end_says_so_and_keeps_what_it_found():
    rows, weight = two_way(8, 1)
    with pytest.raises(TooLarge) as end:
        lightest_group([*rows, [64]], [*weight, 5], below=8, work=5_000)
    assert end.value.group == 5
    with pytest.raises(TooLarge):
        unwitnessed(rows, [8] * 16, [8] * 64, [1] * 64, work=500)


def test_it_shares_no_code_with_the_audit():
    """Of this project it knows only itself, whatever is imported on the way."""
    here = Path(lightest_group.__code__.co_filename).parent
    text = "".join((here / f"dense_{name}.py").read_text() for name in ("rows", "checker", "bounds"))
    assert set(re.findall(r"meterkeep\.[a-z_.]+", text)) == {"meterkeep.aggregates.dense_rows"}
