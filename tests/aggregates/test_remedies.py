"""A group that fails is combined with its neighbour, then planned without the one who is too large; each on both sides. Synthetic."""

import pyarrow as pa
import pytest

from meterkeep.aggregates import PastRow, Rule
from meterkeep.aggregates.conditions.remedies import plan_with_remedies
from meterkeep.aggregates.loads import _hashed
from meterkeep.errors import Refused

KEY = b"a synthetic key for tests"
RULE = Rule.parse("5/40")


def rows(area, count, *, value=100, month="2026-01", first=0, kind="shop"):
    return [(f"{area} {n}", area, kind, month, value) for n in range(first, first + count)]


def remedied(*groups, by=("zip", "month"), steps=("combine zip", "exclude"), **options):
    columns = zip(*(row for group in groups for row in group), strict=True)
    table = pa.table(dict(zip(("customer", "zip", "customer_class", "month", "value"), columns, strict=True)))
    asked = {"by": by, "rule": RULE, "measure": "value", "key": KEY, "steps": steps}
    return plan_with_remedies(table, **asked | options)


def shown(found):
    return {cell.keys[0]: (cell.customers, cell.code) for cell in found.plan.cells}


def kept(found, release="R1"):
    return [PastRow.from_bytes(row.to_bytes()) for row in found.plan.rows(release)]


@pytest.mark.parametrize(("few", "names"), [(5, ["a", "b"]), (4, ["a/b"])])
def test_a_category_that_falls_short_is_joined_to_the_next(few, names):
    found = remedied(rows("a", few), rows("b", 9))
    assert [*shown(found)] == names and all(code is None for _, code in shown(found).values())
    assert found.merges == {"zip": {"a/b": ["a", "b"]} if few == 4 else {}}


def test_a_last_one_that_falls_short_is_joined_to_the_one_before():
    assert shown(remedied(rows("a", 6), rows("b", 6), rows("c", 2))) == {"a": (6, None), "b/c": (8, None)}


def test_what_fails_by_share_is_joined_until_it_does_not():
    big = [("big", "a", "shop", "2026-01", 500)]
    assert shown(remedied(big, rows("a", 6), rows("b", 3), rows("c", 9))) == {
        "a/b": (10, None),
        "c": (9, None),
    }


def test_all_months_and_each_class_by_itself_have_one_geography():
    found = remedied(
        rows("a", 5), rows("a", 4, month="2026-02"), rows("b", 6), rows("b", 6, month="2026-02"),
        rows("a", 7, kind="home"), by=("zip", "customer_class", "month"),
    )  # fmt: skip
    keys = [cell.keys for cell in found.plan.cells]
    assert keys == [("a", "home", "2026-01"), ("a/b", "shop", "2026-01"), ("a/b", "shop", "2026-02")]


@pytest.mark.parametrize(("month", "names"), [("2026-02", ["a/b"]), ("2027-01", ["a", "b"])])
def test_a_year_that_began_with_a_combined_category_goes_on_with_it(month, names):
    past = kept(remedied(rows("a", 4), rows("b", 9)))
    later = remedied(rows("a", 6, month=month), rows("b", 9, month=month), past=past)
    assert [*shown(later)] == names


def test_what_was_combined_stays_so_within_the_year_even_where_it_fails_now():
    past = kept(remedied(rows("a", 4), rows("b", 9)))
    fewer = remedied(
        rows("a", 2, month="2026-03"), rows("b", 2, month="2026-03"), rows("c", 9, month="2026-03"), past=past
    )
    assert shown(fewer) == {"a/b": (4, "count"), "c": (9, None)} and fewer.merges == {
        "zip": {"a/b": ["a", "b"]}
    }
    alone = remedied(rows("b", 9, month="2026-03"), past=past)
    assert [*shown(alone)] == ["a/b"], "of which only one has anybody this time"


@pytest.mark.parametrize("steps", [("withhold",), ()])
def test_a_category_that_was_combined_is_not_published_by_itself_in_the_year(steps):
    past = kept(remedied(rows("a", 4), rows("b", 9)), "T-1")
    with pytest.raises(
        Refused, match="a/b was published as one zip in the same year, and a would part it"
    ) as told:
        remedied(rows("a", 6, month="2026-02"), rows("b", 9, month="2026-02"), past=past, steps=steps)
    assert told.value.where == "T-1" and "combine zip" in told.value.next
    next_year = remedied(rows("a", 6, month="2027-02"), rows("b", 9, month="2027-02"), past=past, steps=steps)
    assert shown(next_year) == {"a": (6, None), "b": (9, None)}


def test_another_combination_is_refused_too():
    past = kept(remedied(rows("a", 4), rows("b", 9)), "T-1")
    joined = [
        (who, "b/c" if area != "a" else area, *rest)
        for who, area, *rest in (*rows("b", 9, month="2026-02"), *rows("c", 9, month="2026-02"))
    ]
    with pytest.raises(Refused, match="and b/c would part it or join it") as told:
        remedied(joined, past=past, steps=())
    assert told.value.where == "T-1"


def test_a_rate_with_a_stroke_in_its_name_is_no_combination():
    by = ("rate_class", "month")

    def one(name, month):
        columns = zip(*((f"{name} {n}", name, month, 100) for n in range(9)), strict=True)
        return pa.table(dict(zip(("customer", "rate_class", "month", "value"), columns, strict=True)))

    asked = {"by": by, "rule": RULE, "measure": "value", "key": KEY, "steps": ()}
    past = kept(plan_with_remedies(one("TOU/A", "2026-01"), **asked))
    assert shown(plan_with_remedies(one("TOU", "2026-02"), past=past, **asked)) == {"TOU": (9, None)}


def test_without_the_step_nothing_is_combined():
    assert shown(remedied(rows("a", 4), rows("b", 9), steps=("withhold",))) == {
        "a": (4, "count"),
        "b": (9, None),
    }


def mill(value, area="a", month="2026-01"):
    return [("mill", area, "shop", month, value)]


def test_the_one_who_is_too_large_is_left_out_and_it_is_said():
    found = remedied(mill(1_000), rows("a", 6), rows("b", 1), steps=("exclude",))
    assert shown(found) == {"a": (6, None), "b": (1, "count")}
    assert found.left_out == {("a", "2026-01"): 1}
    (row,) = kept(found)
    assert row.value == 600 and len(row.members) == 6
    assert row.label[0].startswith("left out=1 customer at 40 %") and row.label[1:] == (
        "month=2026-01",
        "zip=a",
    )


@pytest.mark.parametrize(("others", "code"), [(5, None), (4, "share")])
def test_only_where_enough_are_left_without(others, code):
    found = remedied(mill(1_000), rows("a", others), steps=("exclude",))
    assert shown(found)["a"][1] == code
    assert found.left_out == ({("a", "2026-01"): 1} if code is None else {})


def test_a_figure_that_passes_leaves_nobody_out():
    assert remedied(mill(100), rows("a", 6), steps=("exclude",)).left_out == {}


def test_the_total_leaves_them_out_too_so_that_nothing_is_left_to_subtract():
    found = remedied(mill(1_000), rows("a", 6), rows("b", 6), steps=("exclude",), totals=[("month",)])
    total = found.plan.cells[-1]
    assert (total.customers, total.value, total.status) == (12, 1_200, "published")
    assert found.left_out == {("a", "2026-01"): 1, ("Total", "2026-01"): 1}


def test_a_total_that_has_them_would_tell_their_use_and_stays_in():
    past = kept(remedied(mill(1_000), rows("a", 6), steps=("exclude",)))
    whole = remedied(mill(1_000), rows("a", 6), rows("b", 16), by=("month",), steps=(), past=past)
    assert [cell.code for cell in whole.plan.cells] == [None], "with enough others of whom nothing is out"
    alone = remedied(mill(1_000), rows("a", 6), rows("b", 12), by=("month",), steps=(), past=past)
    assert [cell.code for cell in alone.plan.cells] == ["overlaps_past_release"]


@pytest.mark.parametrize(("second", "status"), [(626, "withheld"), (620, "published")])
def test_what_was_said_of_them_counts_against_others_later(second, status):
    """A later group has the one who was left out, and another who is small enough of the whole group, but too large once everybody may take
    off what the first used at least."""
    past = kept(remedied(mill(1_000), rows("a", 6), steps=("exclude",)))
    options = {"by": ("customer_class", "zip", "month"), "rule": Rule.parse("5/41"), "steps": ()}
    group = [("second", "c", "shop", "2026-01", second), ("mill", "c", "shop", "2026-01", 1_000)]
    for known, expected in ((past, status), ([], "published")):
        later = remedied(group, rows("c", 6, value=150), past=known, **options)
        assert [cell.status for cell in later.plan.cells] == [expected]


def test_the_row_of_a_figure_without_its_largest_has_the_members_that_it_has():
    found = remedied(mill(1_000), rows("a", 6), steps=("exclude",))
    (row,) = found.plan.released
    assert int(_hashed(["mill"], KEY)[0]) not in row.members.tolist()
