"""The p %-rule: how closely the second largest customer knows the largest."""

import numpy as np
import pytest

from meterkeep.aggregates import Rule
from meterkeep.aggregates.conditions.closeness import error_ppm, row_error_ppm, second_opinion
from meterkeep.aggregates.history.forgetting import forget


@pytest.mark.parametrize(
    ("loads", "error"),
    [([500, 490, 5, 5], 20_000), ([100, 100], 0), ([7], 0), ([10] * 20, 18_000_000), ([3, 2, 1], 333_333)],
)
def test_the_second_largest_is_off_by_what_all_the_others_used(loads, error):
    assert error_ppm(np.array(loads)) == error


@pytest.mark.parametrize("loads", [[], [0, 0], [-5, -1]])
def test_where_nobody_used_anything_there_is_nothing_to_estimate(loads):
    assert error_ppm(np.array(loads, np.int64)) is None


def figure(planned, loads):
    return planned([(f"c{n}", "92101", load) for n, load in enumerate(loads)], rule=Rule.parse("4/50<="))


@pytest.mark.parametrize(("at_least", "code"), [(20_000, None), (20_001, "close_estimate")])
def test_a_figure_under_4_50_may_pass_its_rule_and_not_the_p_percent_rule(planned, at_least, code):
    plan = second_opinion(figure(planned, [500, 490, 5, 5]), at_least_ppm=at_least)
    assert [cell.code for cell in plan.cells] == [code]
    assert len(plan.released) == len(plan.published)
    if code:
        assert "to within 2 %" in plan.cells[0].why and "1 where one customer could estimate" in plan.finding


def test_a_load_that_is_forgotten_cannot_be_judged(planned):
    (row,) = figure(planned, [5, 5, 5, 5]).rows("R1")
    (left,) = forget([row], [int(row.members[0])])
    assert (row_error_ppm(row), row_error_ppm(left)) == (2_000_000, None)


def test_15_15_passes_it_for_every_p_up_to_466(planned, even):
    plan = planned([("big", "92101", 149), *even(1, 20, value=45)])
    assert second_opinion(plan, at_least_ppm=1_000_000).cells == plan.cells
