"""Rules as figures of the packs: the adopted one, those that have names, the floor of a resolution; unchecked ones stay marked."""

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import numpy as np
import pytest

from meterkeep.aggregates import Rule
from meterkeep.aggregates.loads import Group
from meterkeep.aggregates.reasons import against_rule
from meterkeep.aggregates.rule import MILLION
from meterkeep.aggregates.shapes.game import Limits
from meterkeep.desks.releases.rules import conditions_of, rule_names
from meterkeep.desks.releases.spec import parse_spec
from meterkeep.errors import BadInput, Undetermined
from meterkeep.policy import load_pack
from meterkeep.policy.language.pack import Figure, Parameter

ON = date(2026, 3, 2)
HEAD = 'title = "Usage"\nfrom = "2026-02"\nuntil = "2026-03"\npurpose = "reporting"\n'
SIMILAR = '["zip", "customer_class", "month"]'
CEA, LCE, OK = load_pack("cea"), load_pack("lce"), load_pack("ok-utility")


def asked(rule="", pack=CEA, by='["zip", "month"]', more="", on=ON):
    line = f'rule = "{rule}"\n' if rule else ""
    return conditions_of(parse_spec(HEAD + f"by = {by}\n" + line + more), pack, on=on)


def with_figures(pack, **figures):
    """The pack with figures of an adopter's own."""
    added = {
        name.replace("__", "."): Parameter(
            name.replace("__", "."), "", (Figure(value, "X/1", date(2020, 1, 1)),)
        )
        for name, value in figures.items()
    }
    return replace(pack, parameters=MappingProxyType({**pack.parameters, **added}))


def test_the_adopted_rule_counts_legal_customers_and_is_checked():
    found = asked()
    assert found.rule == Rule(15, 150_000, True, "CEA-03/4.1-a")
    assert (found.unit, found.p_ppm, found.limits) == ("customers", 0, None)


LAW = {"fine_public", "local_government", "program", "public", "utility", "whole_building"}


def test_rules_with_names_are_those_of_the_documents_in_force_and_of_other_places():
    assert set(rule_names(LCE, on=ON)) - set(rule_names(None, on=ON)) == LAW
    assert not LAW & set(rule_names(OK, on=ON)), "California's law is not Oklahoma's"
    with pytest.raises(BadInput, match="No document in force has a rule 'nobody'") as refused:
        asked("nobody", LCE)
    assert "whole_building" in refused.value.next


@pytest.mark.parametrize(
    ("name", "rule", "recalled"),
    [
        ("new_york", "6/40<=, residential=15/15<=", False),
        ("new_york_building", "4/50", True),
        ("colorado_building", "4/50<=", False),
        ("colorado_reports", "15/15", True),
        ("illinois_building", "3/100<=, residential=5", False),
        ("illinois_interval", "15/15", True),
        ("minnesota", "15/15", True),
        ("minnesota_building", "4/50", True),
        ("uk_feeder", "5/100<=", False),
    ],
)
def test_a_rule_of_another_place_may_be_asked_for_where_nothing_stricter_is_adopted(name, rule, recalled):
    found = asked(name, None, more='recipient = "somebody"')
    assert (str(found.rule), bool(found.recalled)) == (rule, recalled)
    if name != "colorado_reports" and rule != "15/15":
        with pytest.raises(BadInput, match="laxer"):
            asked(name, CEA, more='recipient = "somebody"')
    if name.endswith("_building"):
        with pytest.raises(BadInput, match="not for the public"):
            asked(name, None)


@pytest.mark.parametrize(
    ("rule", "known", "fewest", "counted"),
    [
        ("colorado_building", '["a"]', 3, 4),
        ("colorado_building", '["a", "b"]', 3, 4),
        ("colorado_building", "[]", 4, 0),
        ("colorado_building", "0", 4, 0),
        ("new_york_building", '["a"]', 4, 0),
    ],
)
def test_the_owners_own_account_counts_where_the_rule_says_so_and_hides_nobody_elsewhere(
    rule, known, fewest, counted
):
    found = asked(
        rule,
        pack=None,
        more=f'recipient = "owner"\nknown_to = {known}\n' if known != "[]" else 'recipient = "owner"\n',
    )
    assert (found.rule.minimum_customers, found.own_counted) == (fewest, counted)


def test_it_does_not_lower_what_the_adopted_documents_ask_for():
    pack = with_figures(CEA, aggregate__customers=4, aggregate__share_ppm=500_000)
    same = with_figures(pack, mine__customers=4, mine__share_ppm=500_000, mine__own_counted=1)
    found = asked("mine", pack=same, more='known_to = ["a"]\n')
    assert found.own_counted == 0 and found.rule.minimum_customers >= 4


def test_the_public_rule_has_a_hundred_homes_and_fifteen_others_of_whom_15_percent_pass():
    found = asked("public", LCE)
    assert found.rule.for_class("residential") == Rule(100, 1_000_000, False, "EDRP/public")
    assert found.rule.for_class("commercial") == Rule(15, 150_000, False, "EDRP/public")
    assert (found.remedy, found.mixed, found.recalled) == (("combine",), "apart", ("LCE-006/6.11",))


def test_a_local_government_has_its_own_figures_which_stay_marked_and_are_not_for_the_public():
    with pytest.raises(BadInput, match="not for the public"):
        asked("local_government", LCE)
    found = asked("local_government", LCE, more='recipient = "city"')
    assert str(found.rule.for_class("industrial")) == "15/25", "the floor of a month is above 5"
    assert str(found.rule.for_class("commercial")) == "15/20"
    assert "EDRP/other-figures" in found.recalled


def test_a_whole_building_takes_three_accounts_or_five_with_a_home_together():
    pack = with_figures(LCE, resolution__month_customers=1)
    found = asked("whole_building", pack, more='recipient = "owner"')
    assert (found.unit, found.mixed) == ("accounts", "together")
    assert [
        found.rule.among(names).minimum_customers for names in (["commercial"], ["commercial", "residential"])
    ] == [3, 5]
    assert found.rule.among(["commercial"]).allows_share(10, 10)


def test_what_a_utility_does_comes_with_its_order():
    found = asked("utility", LCE, more='recipient = "aggregator"')
    assert (str(found.rule), found.remedy) == ("15/15", ("combine", "exclude"))
    assert asked("utility", LCE, more='recipient = "aggregator"\nremedy = ["withhold"]').remedy == (
        "withhold",
    )


@pytest.mark.parametrize(("included", "strict"), [(0, True), (1, False)])
def test_whether_exactly_the_share_passes_is_a_figure(included, strict):
    pack = with_figures(LCE, ours__customers=6, ours__share_ppm=400_000, ours__share_included=included)
    rule = asked("ours", pack).rule
    assert (rule.share_ppm, rule.strict) == (400_000, strict)
    assert rule.allows_share(40, 100) is not strict


@pytest.mark.parametrize("unit", ["customers", "accounts", "premises", "meters", "tenants"])
def test_the_unit_is_the_figures_name(unit):
    pack = with_figures(LCE, **{f"ours__{unit}": 40, "ours__share_ppm": 500_000})
    found = asked("ours", pack)
    assert (found.unit, found.rule.minimum_customers) == (unit, 40)


@pytest.mark.parametrize(
    ("spec", "p"), [("", 100_000), ('p_percent = "9"', 100_000), ('p_percent = "11"', 110_000)]
)
def test_the_stricter_p_counts(spec, p):
    assert asked("", with_figures(CEA, aggregate__p_ppm=100_000), more=spec).p_ppm == p
    pack = with_figures(CEA, aggregate__interval_ppm=100_000)
    assert asked("", pack, more=spec.replace("p_percent", "interval_percent")).interval_ppm == p


@pytest.mark.parametrize(("spec", "colluders"), [("", 2), ("colluders = 1", 2), ("colluders = 3", 3)])
def test_the_more_colluders_count_and_so_many_customers_more(spec, colluders):
    found = asked("", with_figures(CEA, aggregate__colluders=2), more=spec)
    assert (found.colluders, str(found.rule)) == (colluders, f"{15 + colluders}/15")
    assert asked("", CEA).colluders == 0


def test_a_class_of_the_adopted_rule_is_adopted_too():
    pack = with_figures(CEA, aggregate__residential_customers=100, aggregate__residential_share_ppm=150_000)
    assert str(asked("", pack).rule) == "15/15, residential=100/15"
    with pytest.raises(BadInput, match="laxer"):
        asked("15/15", pack)
    assert str(asked("100/15", pack).rule) == "100/15"


@pytest.mark.parametrize(("by", "floor"), [("month", 15), ("day", 500), ("hour", 400)])
def test_the_resolution_raises_the_number_to_its_floor(by, floor):
    dimensions = '["zip", "month"]' if by == "month" else f'["zip", "month", "{by}"]'
    found = asked("15/15", CEA, dimensions)
    assert max(found.rule.minimum_customers, found.floor) == floor
    assert found.rule.minimum_customers == 15, "what totals tell is for the rule alone"
    assert ("CEA-04/6.11" in found.recalled) is (by != "month"), "ours to start from, and marked"


def test_a_shape_takes_adopted_limits():
    assert asked("", CEA, '["month", "hour"]').limits == Limits(worst_ppm=500_000, mean_ppm=120_000)
    assert asked("15/15", OK, '["zip", "rate_class", "month", "hour"]').floor == 400
    with pytest.raises(Undetermined, match="by hour"):
        asked("15/15", None, '["month", "hour"]')
    without = replace(
        CEA, parameters=MappingProxyType({k: v for k, v in CEA.parameters.items() if "membership" not in k})
    )
    with pytest.raises(Undetermined, match="load shape"):
        asked("", without, '["month", "hour"]')


NUMBERS = (
    # rule, pack, class, fewest customers, share in parts per million, whether exactly that share passes (regulation.md 4.1)
    ("", CEA, "residential", 15, 150_000, False),
    ("public", LCE, "residential", 100, None, None),
    ("public", LCE, "commercial", 15, 150_000, True),
    ("program", LCE, "residential", 100, None, None),
    ("fine_public", LCE, "commercial", 100, 100_000, False),
    ("local_government", LCE, "commercial", 15, 200_000, False),
    ("local_government", LCE, "industrial", 5, 250_000, False),
    ("utility", LCE, "commercial", 15, 150_000, False),
    ("whole_building", LCE, "commercial", 3, None, None),
    ("whole_building", LCE, "residential", 5, None, None),
    ("new_york", None, "residential", 15, 150_000, True),
    ("new_york", None, "commercial", 6, 400_000, True),
    ("new_york_building", None, "commercial", 4, 500_000, False),
    ("colorado_building", None, "commercial", 4, 500_000, True),
    ("colorado_reports", None, "commercial", 15, 150_000, False),
    ("illinois_building", None, "commercial", 3, None, None),
    ("illinois_building", None, "residential", 5, None, None),
    ("illinois_interval", None, "residential", 15, 150_000, False),
    ("minnesota", None, "commercial", 15, 150_000, False),
    ("minnesota_building", None, "commercial", 4, 500_000, False),
    ("uk_feeder", None, "residential", 5, None, None),
)


def group(loads):
    members = np.arange(1, len(loads) + 1, dtype=np.uint64)
    return Group(
        keys=("a",), period=(date(2026, 2, 1), date(2026, 3, 1)), members=members, parts=members * 0, loads=np.array(loads),
        customers=len(loads), contributors=len(loads), value=sum(loads), largest=max(loads), negatives=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "pack", "of", "fewest", "share", "included"),
    NUMBERS,
)
def test_every_number_on_both_of_its_sides(name, pack, of, fewest, share, included):
    """As many customers as asked for, and one fewer; and a group of a thousand, of whom one has the share or a millionth off it."""
    pack = with_figures(pack, resolution__month_customers=1) if pack else pack
    rule = asked(name, pack, more='recipient = "somebody"').rule.for_class(of)

    def code(*loads):
        reason = against_rule(group(loads), rule)
        return reason and reason.code

    assert code(*[1] * (fewest - 1)) == "count" != code(*[1] * fewest)
    if share is None:
        assert code(10**9, *[1] * (fewest - 1)) is None
        return
    others = [(MILLION - share) // 1000] * 999
    exactly, over, under = (
        code(share + off, *others, MILLION - share - off - sum(others)) for off in (0, 1, -1)
    )
    assert (exactly is None, over, under) == (included, "share", None)


@pytest.mark.parametrize(
    ("by", "more", "where"),
    [
        ('["zip", "rate_class", "month"]', "", None),
        ('["zip", "month"]', 'filter = { customer_class = ["residential"] }', None),
        ('["zip", "month"]', 'filter = { customer_class = ["residential", "commercial"] }', "by"),
        ('["zip", "month"]', "", "by"),
        ('["customer_class", "month"]', "", "by"),
        ('["zip", "customer_class", "month"]', 'totals = [["zip", "month"]]', "totals"),
        ('["zip", "customer_class", "month"]', 'totals = [["customer_class", "month"]]', "totals"),
    ],
)
def test_a_rule_may_ask_for_one_class_and_one_area_in_every_figure(by, more, where):
    """Oklahoma's similarly situated customers in a particular area; of a pack's own rule too."""
    ours = with_figures(
        LCE, ours__customers=20, ours__share_ppm=100_000, ours__same_class=1, ours__same_area=1
    )
    for name, pack in (("15/15", OK), ("ours", ours)):
        if where is None:
            assert asked(name, pack, by, more).rule.minimum_customers >= 15
            continue
        with pytest.raises(BadInput, match="asks for figures of one") as refused:
            asked(name, pack, by, more)
        assert refused.value.where == where


def test_oklahoma_has_no_number_of_its_own_so_the_specification_gives_one_and_the_floor_holds():
    with pytest.raises(Undetermined):
        asked("", OK, SIMILAR)
    assert str(asked("6/40<=", OK, SIMILAR).rule) == "15/40<="


def test_before_a_figure_is_in_force_there_is_none():
    with pytest.raises(BadInput, match="No document in force"):
        asked("program", LCE, on=date(2020, 12, 2))
    assert asked("program", LCE, on=date(2020, 12, 3)).unit == "accounts"
