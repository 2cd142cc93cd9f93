"""Totals with noise: what they spend, how far one customer reaches, and what is said of exact figures beside them."""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, plan
from meterkeep.aggregates.loads import group, read_loads
from meterkeep.aggregates.noise.drawing import MICRO, check_sense, drawn, gaussian, scale_for, spent
from meterkeep.aggregates.noise.planning import Terms, check_budget, clipped, micro_rho_of, plan_noise
from meterkeep.aggregates.planning import month
from meterkeep.errors import BadInput, Refused

RULE = Rule.parse("15/15", cite="X/1")


def town(sizes, months=("2026-01",), load=600, moved=()):
    """sizes: ZIP → customers. moved: customers who have a second premise in ZIP b, with the same load."""
    rows, number = [], 0
    for zip, size in sizes.items():
        for _ in range(size):
            rows += [(number, zip, each, load, f"p{number}") for each in months]
            number += 1
    rows += [(who, "b", each, load, f"q{who}") for who in moved for each in months]
    names = ("customer", "zip", "month", "value", "premise")
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})


def planned(table, *, micro=10_000, clip=1_000, minimum=500, past=()):
    terms = Terms(clip, minimum, micro)
    return plan_noise(
        table,
        by=("zip", "month"),
        rule=RULE,
        terms=terms,
        measure="value",
        part="premise",
        past=past,
    )


def shifted(by):
    return lambda values, *, reach, scale: [value + by for value in values]


@pytest.mark.parametrize(
    ("reach", "months", "micro"), list(product((1, 1_000, 2_000_000), (1, 12), (1, 10_000, 500_000)))
)
def test_a_release_spends_at_most_what_it_asks_for_and_no_less_noise_would_do(reach, months, micro):
    scale = scale_for(reach, months=months, micro_rho=micro)
    assert months * reach**2 * MICRO <= 2 * micro * scale**2
    assert scale == 1 or months * reach**2 * MICRO > 2 * micro * (scale - 1) ** 2
    assert months * spent(reach, scale=scale) <= micro + months, (
        "each month rounds up by less than a millionth"
    )


def test_the_library_reckons_the_same():
    import opendp.prelude as dp

    dp.enable_features("contrib")
    measurement = dp.m.make_gaussian(
        dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="i64"), scale=700.0
    )
    assert measurement.map(1_000) * MICRO <= spent(1_000, scale=700) + 1


def test_noise_is_whole_centred_and_as_wide_as_reckoned():
    """Of 40,000 draws: the mean is within 8 of its standard errors, the variance within 8 of its own. Chance of a false alarm: less
    than one in a thousand million million."""
    count, scale = 40_000, 1_000
    drawn = np.array(gaussian([5_000_000] * count, reach=1_000, scale=scale)) - 5_000_000
    assert abs(drawn.mean()) < 8 * scale / count**0.5
    assert abs(drawn.var() / scale**2 - 1) < 8 * (2 / count) ** 0.5
    assert len(set(drawn.tolist())) > 1_000


def test_two_draws_of_the_same_differ():
    values = [0] * 50
    assert gaussian(values, reach=1_000, scale=10**6) != gaussian(values, reach=1_000, scale=10**6)


def test_groups_below_the_size_of_use_are_withheld():
    found = planned(town({"a": 500, "b": 499}))
    assert [(cell.keys[0], cell.status) for cell in found.cells] == [("a", "published"), ("b", "withheld")]
    assert found.withheld[0].value == 0 and "at least 500" in found.withheld[0].why
    assert found.certificate()["smallest_group"] == 500


def test_whoever_uses_more_than_the_clip_counts_with_the_clip():
    table = pa.concat_tables([town({"a": 520}), pa.table({
        "customer": [9_999], "zip": ["a"], "month": ["2026-01"], "value": [30_000], "premise": ["z"],
    })])  # fmt: skip
    (cell,) = planned(table).cells
    assert cell.value == 520 * 600 + 1_000


def test_a_customer_in_two_groups_counts_with_the_clip_over_both_and_reaches_further():
    found = planned(town({"a": 510, "b": 500}, moved=range(5)))
    assert {cell.keys[0]: cell.value for cell in found.cells} == {"a": 510 * 600, "b": 500 * 600 + 5 * 400}
    assert found.reach == 1_415 and planned(town({"a": 510})).reach == 1_000


@pytest.mark.parametrize("seed", range(5))
def test_no_customer_can_move_the_figures_further_than_the_reach(seed):
    """Two towns that differ in what one customer used, at random premises: the Euclidean distance of their clipped totals."""
    rng, clip = np.random.default_rng(seed), 1_000
    for _ in range(20):
        base = [(who, zip, int(rng.integers(0, 1_500))) for who, zip in product(range(6), "abc")]
        other = [(who, zip, int(rng.integers(0, 3_000)) if who == 0 else load) for who, zip, load in base]
        far = np.subtract(*(_totals(rows, clip) for rows in (base, other)))
        assert int((far**2).sum()) <= 2 * clip**2


def _totals(rows, clip):
    table = pa.table({
        "customer": [who for who, *_ in rows], "zip": [zip for _, zip, _ in rows],
        "month": ["2026-01"] * len(rows), "value": [load for *_, load in rows],
    })  # fmt: skip
    loads = read_loads(table, by=("zip", "month"), within=["month"], measure="value", key=None, part=None)
    groups, _ = group(
        loads, by=("zip", "month"), of=lambda keys: month(keys[1]), where=np.ones(len(loads), bool)
    )
    return np.array(clipped(groups, clip))


def test_each_year_is_charged_for_its_months():
    found = planned(town({"a": 500}, months=("2025-12", "2026-01", "2026-02")))
    assert found.spending[2026] == 2 * found.spending[2025]
    assert sum(found.spending.values()) <= 10_000 + 3


def test_a_year_that_is_spent_refuses():
    check_budget({2026: 10_000}, spent_before={2026: 40_000, 2025: 90_000}, yearly=50_000)
    with pytest.raises(Refused, match="9,999 of 50,000 are left"):
        check_budget({2026: 10_000}, spent_before={2026: 40_001}, yearly=50_000)


def test_it_says_how_many_exact_figures_of_the_same_customers_are_out():
    table = town({"a": 500, "b": 500})
    out = plan(table, by=("zip", "month"), rule=RULE, part="premise").rows("T-1")
    said = planned(table, past=out).certificate()["noise"]
    assert said["exact_figures_of_the_same_customers"] == 2
    later = planned(town({"a": 500}, months=("2026-02",)), past=out).certificate()["noise"]
    assert later["exact_figures_of_the_same_customers"] == 0


def test_the_certificate_has_no_exact_figure_of_anybody():
    said = planned(town({"a": 500})).certificate()
    assert said["worst_share_ppm"] is said["worst_share_ppm_up"] is None and said["proof"] == "noise"


def test_what_is_below_zero_counts_as_nothing():
    assert planned(town({"a": 500}, load=-1)).cells[0].value == 0


def test_what_they_used_decides_on_no_group():
    """One customer with all of it, or nobody with anything: the same groups go out, so that this tells nothing."""
    whole = pa.concat_tables([town({"a": 500}, load=0), town({"a": 1}, load=900)])
    for table in (town({"a": 500}), town({"a": 500}, load=0), whole):
        assert [cell.status for cell in planned(table).cells] == ["published"]


@pytest.mark.parametrize(("total", "safe"), [(6_666, False), (6_667, True), (-5, False), (0, False)])
def test_the_share_is_judged_of_what_the_noise_leaves(total, safe):
    """A clip of 1,000 is below 15 % of 6,667, of which five deviations of 10 have been taken off."""
    said = {"rule": RULE, "clip": 1_000, "reach": 1_000, "scale": 10}
    (found,) = drawn([("2026-01", 0)], draw=shifted(total + 50), **said)
    assert (found.value, found.safe) == (total + 50, safe)
    assert found.share_ppm < RULE.share_ppm if safe else found.share_ppm >= RULE.share_ppm


def test_a_month_is_one_vector_and_each_month_another():
    asked = []

    def draw(values, *, reach, scale):
        asked.append(list(values))
        return [value + 10**6 for value in values]

    totals = [("2026-01", 1), ("2026-02", 2), ("2026-01", 3)]
    found = drawn(totals, rule=RULE, clip=1, reach=1, scale=1, draw=draw)
    assert asked == [[1, 3], [2]]
    assert [one.value for one in found] == [10**6 + 1, 10**6 + 2, 10**6 + 3]


def test_averaging_draws_would_find_the_total_so_that_each_is_charged():
    """Why a plan draws nothing: the mean of 400 draws is within a third of one deviation (8 of its own)."""
    values = [drawn([("m", 5_000)], rule=RULE, clip=1, reach=1_000, scale=1_000)[0].value for _ in range(400)]
    assert abs(sum(values) / 400 - 5_000) < 8 * 1_000 / 20


@pytest.mark.parametrize(("micro", "refused"), [(785_395, False), (785_396, True)])
def test_a_rho_beyond_what_may_be_told_of_one_customer_is_refused(micro, refused):
    if refused:
        with pytest.raises(Refused, match="at most 785,395"):
            check_sense(micro, limit_ppm=500_000, where="rho")
    else:
        check_sense(micro, limit_ppm=500_000, where="rho")


@pytest.mark.parametrize(("text", "micro"), [("0.01", 10_000), ("1", 1_000_000), ("0.000001", 1)])
def test_a_budget_is_read_exactly(text, micro):
    assert micro_rho_of(text) == micro


@pytest.mark.parametrize("text", ["", "-1", "0.0000001", "1e-3", "a", "1.-2", "."])
def test_what_is_no_budget_is_refused(text):
    with pytest.raises(BadInput):
        micro_rho_of(text)


def test_nothing_is_spent_on_nothing():
    with pytest.raises(BadInput):
        planned(town({"a": 500}), micro=0)
    empty = planned(town({"a": 10}))
    assert empty.published == [] and empty.spending == {} and empty.facts() == {}
    assert date(2026, 1, 1) == empty.cells[0].period[0]
