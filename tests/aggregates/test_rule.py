from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterkeep.aggregates import Rule
from meterkeep.aggregates.loads import Group
from meterkeep.aggregates.reasons import against_rule
from meterkeep.aggregates.rule import percent, share_ppm, share_ppm_up
from meterkeep.errors import BadInput


def test_15_15_is_at_least_15_customers_and_strictly_below_15_percent():
    assert Rule.parse("15/15", cite="CEA-03/4.1") == Rule(15, 150_000, True, "CEA-03/4.1")


def test_15_15_with_equality_is_at_most_15_percent():
    assert Rule.parse(" 15/15<= ") == Rule(15, 150_000, False)


@pytest.mark.parametrize("text", ["15/15", "15/15<=", "100/12.5", "4/50", "6/40<=", "5/0.0001", "1/100"])
def test_a_rule_is_written_as_it_was_read(text):
    assert str(Rule.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "15", "15/", "/15", "15/15<", "15-15", "15/15%", "-1/15", "15/1.00001", "15/1e1", "١٥/15"]
)
def test_anything_else_is_no_rule(text):
    with pytest.raises(BadInput):
        Rule.parse(text)


@pytest.mark.parametrize("text", ["0/15", "15/0", "15/100.0001", "15/101"])
def test_a_rule_that_protects_nobody_is_refused(text):
    with pytest.raises(BadInput):
        Rule.parse(text)


def test_exactly_15_percent_is_too_much_when_strict_and_enough_when_not():
    strict, at_most = Rule.parse("15/15"), Rule.parse("15/15<=")
    assert not strict.allows_share(15, 100) and at_most.allows_share(15, 100)
    assert strict.allows_share(14, 100)
    assert not at_most.allows_share(16, 100)


def test_a_share_is_exact_where_a_float_is_not():
    total = 10**30
    assert Rule.parse("15/15").allows_share(15 * 10**28 - 1, total)
    assert not Rule.parse("15/15").allows_share(15 * 10**28, total)


@pytest.mark.parametrize("total", [0, -1, -100])
def test_a_zero_or_negative_total_is_never_safe(total):
    assert not Rule.parse("1/100<=").allows_share(total, total)
    assert not Rule.parse("1/100<=").allows_share(-1000, total)


@given(st.integers(0, 10**20), st.integers(1, 10**20), st.integers(1, 10**6))
def test_rounding_down_decides_less_than_and_rounding_up_decides_at_most(largest, total, ppm):
    share = Fraction(largest, total)
    limit = Fraction(ppm, 10**6)
    assert (
        Rule(1, ppm, True).allows_share(largest, total)
        == (share < limit)
        == (share_ppm(largest, total) < ppm)
    )
    assert (
        Rule(1, ppm, False).allows_share(largest, total)
        == (share <= limit)
        == (share_ppm_up(largest, total) <= ppm)
    )


@pytest.mark.parametrize(
    ("ppm", "text"),
    [(150_000, "15"), (142_857, "14.2857"), (1_000_000, "100"), (1, "0.0001"), (500_000, "50")],
)
def test_parts_per_million_read_as_percent(ppm, text):
    assert percent(ppm) == text


def test_a_class_may_have_a_rule_of_its_own_and_the_whole_is_then_the_strictest():
    rule = Rule.parse("15/15<=, residential=100", cite="EDRP/public")
    assert rule.for_class("residential") == Rule(100, 1_000_000, False, "EDRP/public")
    assert rule.for_class("commercial") == Rule(15, 150_000, False, "EDRP/public")
    assert (rule.minimum_customers, rule.share_ppm, rule.strict) == (100, 150_000, False)
    assert rule.for_class("residential").allows_share(100, 100), "no share is asked for"


@pytest.mark.parametrize(
    "text",
    ["15/15<=, residential=100", "15/15, industrial=5/25, residential=15/20", "3/100<=, residential=5"],
)
def test_a_rule_of_classes_is_written_as_it_was_read(text):
    assert str(Rule.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["15/15, 100", "residential=100", "15/15, residential", "15/15, a=1, a=2", "15/15, =100"]
)
def test_a_class_without_name_or_rule_is_refused(text):
    with pytest.raises(BadInput):
        Rule.parse(text)


def test_a_mixed_group_meets_the_strictest_rule_of_its_classes():
    rule = Rule.parse("3/100<=, residential=5")
    assert rule.among(["commercial"]).minimum_customers == 3
    assert rule.among(["commercial", "residential"]).minimum_customers == 5
    assert rule.among([]).minimum_customers == 5, "nothing known is the strictest"


@pytest.mark.parametrize(
    ("one", "other", "laxer"),
    [
        ("15/15", "15/15", False),
        ("14/15", "15/15", True),
        ("15/15<=", "15/15", True),
        ("15/15", "15/15<=", False),
        ("15/15.0001", "15/15<=", True),
        ("100/15", "15/15, residential=100", False),
        ("99/15", "15/15, residential=100", True),
        ("15/15, residential=100", "15/15", True),
        ("15/15, residential=100/15", "15/15", False),
    ],
)
def test_laxer_is_whatever_lets_out_more_for_any_class(one, other, laxer):
    assert Rule.parse(one).laxer_than(Rule.parse(other)) is laxer


def test_a_floor_raises_every_class_below_it_and_no_other():
    raised = Rule.parse("15/15, residential=100").at_least(50)
    assert str(raised) == "50/15, residential=100"
    assert str(Rule.parse("15/15").at_least(15)) == "15/15"


def test_the_clause_that_raised_the_minimum_is_kept():
    rule = Rule.parse("15/15, residential=100", cite="A/1").at_least(50, cite="B/2")
    assert (rule.cite, rule.raised_by, rule.for_class("residential").raised_by) == ("A/1", "", "")
    assert (
        rule.for_class("industrial").raised_by == "B/2"
        and rule.beside(2).among(["industrial"]).raised_by == "B/2"
    )
    ids, month = np.arange(20), (date(2026, 1, 1), date(2026, 2, 1))
    group = Group((), month, ids.astype(np.uint64), ids.astype(np.uint64) * 0, ids + 1, 20, 20, 210, 20, 0)
    few = against_rule(group, rule.for_class("industrial"))
    assert few is not None and few.why == "20 customers; the rule asks for at least 50 (B/2)."
