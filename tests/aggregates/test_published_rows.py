"""What single rows and consecutive periods tell, on both sides of every bound."""

import pytest
from aggregates.published_twins import PGE, PGE_GAS, SDGE_GAS, Desk, kinds, lines, only

from meterkeep.aggregates.published.rules import ClassRules
from meterkeep.errors import BadInput


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.mark.parametrize(("customers", "found"), [(1, 1), (14, 1), (15, 0), (16, 0)])
def test_a_row_below_the_rule(desk, customers, found):
    report = desk.of(f"92101,1,2024,C,N,{customers},{customers * 500},500")
    assert kinds(report) == ["below_rule"] * found
    assert report.clean is not bool(found)


@pytest.mark.parametrize(
    ("name", "customers", "found"),
    [
        ("R", 99, 1),
        ("R", 100, 0),
        ("C", 99, 0),
        ("C", 14, 1),
        ("Elec- Residential", 99, 1),
        ("Residential", 100, 0),
        ("Non-Residential", 99, 0),
        ("Nonresidential", 14, 1),
        ("Total", 99, 0),
    ],
)
def test_a_class_may_have_a_rule_of_its_own(desk, name, customers, found):
    report = desk.of(
        f"92101,1,2024,{name},N,{customers},{customers * 500},500",
        "92102,1,2024,Residential,N,200,100000,500",
        rules=("15/15", "residential=100"),
    )
    assert kinds(report) == ["below_rule"] * found


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ((), "No rule"),
        (("residential=100",), "No rule"),
        (("15/15", "4/50"), "Two rules"),
        (("15/15", "residential=100", "Residential=50"), "one rule"),
        (("15/15", "=100"), "one rule"),
        (("15/15", "residential=many"), "not a rule"),
        (("fifteen",), "not a rule"),
    ],
)
def test_rules_that_cannot_be_meant(rules, message):
    with pytest.raises(BadInput, match=message):
        ClassRules.parse(rules)


def test_rules_read_as_they_were_given():
    rules = ClassRules.parse(["15/15<=", "residential=100", "industrial=6/40<=", "large commercial=4/50"])
    assert str(rules) == "15/15<=, residential=100, industrial=6/40<=, large commercial=4/50"
    assert rules.minimum(["92101", "Large Commercial"]) == (4, "large commercial=4/50")
    assert rules.minimum(["92101", "Commercial"]) == (15, "15/15<=")
    assert rules.minimum(["I"]) == (6, "industrial=6/40<=")
    assert rules.largest == 100


@pytest.mark.parametrize(
    ("customers", "total", "kind"),
    [
        ("20", "-0.01", "negative_total"),
        ("20", "0", "zero_total"),
        ("20", "0.01", None),
        ("20", "-500", "negative_total"),
    ],
)
def test_totals_that_no_rule_can_judge(desk, customers, total, kind):
    report = desk.of(f"92101,1,2024,R,N,{customers},{total},")
    assert kinds(report) == ([kind] if kind else [])
    assert all(each.verdict == "cannot_decide" for each in report.findings)


def test_a_total_without_its_customers(desk):
    assert kinds(desk.of("92101,1,2024,R,N,,5000,")) == ["no_count"]
    assert kinds(desk.of("92101,1,2024,R,N,0,5000,")) == ["contradiction"]


@pytest.mark.parametrize(
    ("total", "average", "found"),
    [
        ("5000", "250", 0),
        ("5000", "250.0", 0),
        ("5019", "250", 0),  # 250.95 cut off to 250: within one unit of the last digit for each customer
        ("5021", "250", 0),
        ("5022", "250", 1),
        ("4978", "250", 1),
        ("5000", "249", 0),
        ("5000", "248.9", 1),
        ("5000", "", 0),
    ],
)
def test_average_times_count_contradicts_the_total(desk, total, average, found):
    report = desk.of(f"92101,1,2024,R,N,20,{total},{average}")
    assert kinds(report) == ["contradiction"] * found


@pytest.mark.parametrize(
    ("total", "average", "kind"), [("7000.00", "500.00", "average_reveals"), ("7500.00", "500.00", None)]
)
def test_an_average_tells_a_count_that_is_withheld(desk, total, average, kind):
    report = desk.of(f"92101,1,2024,R,N,*,{total},{average}")
    assert kinds(report) == ([kind] if kind else [])
    if kind:
        assert only(report, kind).customers == 14


def test_an_average_too_coarse_to_tell_the_count_leaves_it_unknown(desk):
    assert kinds(desk.of("92101,1,2024,R,N,*,70000,1")) == ["no_count"]


def test_an_average_tells_a_total_that_is_withheld(desk):
    found = only(desk.of("92101,1,2024,R,Y,14,*,500.5"), "average_reveals")
    assert (found.customers, found.value) == (14, "7007")
    assert "500.5 × 14 = 7,007 kWh" in found.arithmetic


@pytest.mark.parametrize(("after", "found"), [(40, 0), (41, 1), (54, 1), (55, 0), (39, 1), (26, 1), (25, 0)])
def test_consecutive_months_that_differ_by_a_few_customers(desk, after, found):
    report = desk.of("92101,1,2024,C,N,40,24310,", f"92101,2,2024,C,N,{after},24918,")
    assert kinds(report) == ["small_change"] * found
    if found:
        assert only(report, "small_change").customers == abs(after - 40)


def test_what_newcomers_used_is_estimated_with_the_arithmetic(desk):
    found = only(desk.of("92101,1,2024,C,N,40,24310,", "92101,2,2024,C,N,41,24918,"), "small_change")
    assert (found.value, found.customers, found.verdict) == ("608", 1, "estimate")
    assert "the difference is 608 kWh for 1 customer" in found.arithmetic
    assert lines(found) == [2, 3] and found.period == "2024-01 to 2024-02"


def test_what_leavers_used_stands_in_the_month_before(desk):
    found = only(desk.of("92101,1,2024,C,N,41,24918,", "92101,2,2024,C,N,40,24310,"), "small_change")
    assert found.value == "608" and "left used about 608 kWh in 2024-01" in found.known


def test_months_follow_each_other_over_files_and_years(desk):
    desk.file(["92101,12,2023,C,N,40,24310,"])
    desk.file(["92101,1,2024,C,N,41,24918,"])
    assert kinds(desk.audit()) == ["small_change"]


def test_months_that_do_not_follow_each_other_are_not_compared(desk):
    assert desk.of("92101,1,2024,C,N,40,24310,", "92101,3,2024,C,N,41,24918,").clean


def test_another_class_zip_or_commodity_is_another_cell(desk):
    desk.file(["92101,1,2024,C,N,40,24310,", "92102,2,2024,C,N,41,24918,", "92101,2,2024,I,N,41,24918,"])
    desk.file(["92101,2,2024,C,N,41,24918,"], header=SDGE_GAS)
    assert desk.audit().clean


def test_a_flag_that_changes_between_months_combines_areas(desk):
    found = only(desk.of("92101,1,2024,C,N,40,24310,", "92101,2,2024,C,Y,46,27000,"), "combined_change")
    assert found.customers == 6 and "6 customers who were added" in found.known


@pytest.mark.parametrize(("joined", "found"), [(54, 1), (55, 0)])
def test_zips_named_together_in_one_month_and_apart_in_the_next(desk, joined, found):
    report = desk.of("92101,1,2024,C,N,40,24310,", f"92101/92102,2,2024,C,Y,{joined},30000,")
    assert kinds(report) == ["combined_change"] * found


def test_combined_zips_that_change_between_quarters(desk):
    desk.file(["92101/92102,3,2024,C,Y,40,24000,"], header=PGE)
    desk.file(["92101 92102 92103,4,2024,C,Y,47,29000,"], header=PGE)
    assert only(desk.audit(), "combined_change").customers == 7


@pytest.mark.parametrize(
    ("again", "verdict", "customers"),
    [
        ("39,23702", "leak", 1),
        ("26,20000", "leak", 14),
        ("25,20000", "cannot_decide", None),
        ("40,24300", "cannot_decide", None),
    ],
)
def test_a_period_published_twice_with_other_figures(desk, again, verdict, customers):
    """The September that stands in the files of two quarters."""
    desk.file(["94105,9,2017,Elec- Commercial,N,40,24310,"], header=PGE)
    desk.file([f"94105,9,2017,Elec- Commercial,N,{again},"], header=PGE)
    found = only(desk.audit(), "published_twice")
    assert (found.verdict, found.customers) == (verdict, customers)


def test_the_difference_of_two_publications_is_exact(desk):
    desk.file(["92101,3,2026,C,N,40,24310,"])
    desk.file(["92101,3,2026,C,N,39,23702,"])
    found = only(desk.audit(), "published_twice")
    assert found.value == "608" and "24,310 kWh − 23,702 kWh = 608 kWh" in found.arithmetic
    assert [place["file"][-5:] for place in found.lines] == ["1.csv", "2.csv"]


def test_the_same_row_again_is_counted_and_no_finding(desk):
    row = "94105,9,2017,Elec- Commercial,N,40,24310,"
    desk.file([row], header=PGE)
    desk.file([row], header=PGE)
    report = desk.audit()
    assert report.clean and report.repeated == 1


def test_withheld_here_and_published_there(desk):
    desk.file(["94105,9,2017,Gas- Commercial,Y,0,0,"], header=PGE_GAS)
    desk.file(["94105,9,2017,Gas- Commercial,N,17,900,"], header=PGE_GAS)
    found = only(desk.audit(), "withheld_elsewhere")
    assert "900 therms of 17 customers" in found.known


def test_a_clean_table_is_silent(desk):
    months = range(1, 13)
    rows = [
        f"{zip_},{month},2024,{kind},N,{100 + at * 40 + 100 * (month % 2)},{1000 * (100 + month)},"
        for at, zip_ in enumerate((92101, 92102, 92103))
        for kind in "RCI"
        for month in months
    ]
    report = desk.of(*rows, rules=("15/15", "residential=100"))
    assert report.clean and report.as_json()["findings"] == [] and report.rows == 108


def test_the_same_files_give_the_same_report(desk):
    rows = [f"92101,{month},2024,C,N,{10 + month},{month * 700},70" for month in range(1, 13)]
    first, second = desk.of(*rows), desk.of(*rows)
    assert [each.arithmetic for each in first.findings] == [each.arithmetic for each in second.findings]
