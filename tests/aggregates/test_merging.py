"""Categories combined in place of cells withheld. All tables here are synthetic."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from aggregates.test_protect import document, protect  # noqa: F401

from meterkeep.aggregates.rule import Rule
from meterkeep.aggregates.tables.dimensions import Dimension
from meterkeep.aggregates.tables.leaves import Leaves
from meterkeep.aggregates.tables.merging import merged, suggested
from meterkeep.errors import BadInput

RULE = Rule.parse("15/15")
TEXT = "zip,county,n,kwh,mx\n" + "".join(
    f"{zip_},{county},{n},{100 * n},100\n"
    for zip_, county, n in (("1", "a", 9), ("2", "a", 8), ("3", "a", 40), ("4", "b", 60), ("5", "b", 30))
)
BY = ("--by", "zip<county")


def table(*lines):
    names = tuple(zip(*(line[:2] for line in lines), strict=True))
    counts = tuple(line[2] for line in lines)
    return Leaves(
        dimensions=(Dimension(("zip", "county")),), names=(names,), customers=counts, values=tuple(100 * n for n in counts),
        largest=(100,) * len(lines), places=0,
    )  # fmt: skip


TOWN = table(("1", "a", 9), ("2", "a", 8), ("3", "a", 40), ("4", "b", 60), ("5", "b", 30))


def test_leaves_of_combined_categories_are_one():
    found = merged(TOWN, {"zip": {"1/2": ["1", "2"]}})
    assert found.names[0] == (("1/2", "3", "4", "5"), ("a", "a", "b", "b"))
    assert (found.customers, found.values) == ((17, 40, 60, 30), (1700, 4000, 6000, 3000))


def test_combined_parents_change_no_leaf():
    found = merged(TOWN, {"county": {"a/b": ["a", "b"]}})
    assert found.names[0][1] == ("a/b",) * 5 and found.customers == TOWN.customers


def test_two_that_are_too_small_are_combined_and_nothing_else():
    assert suggested(TOWN, RULE, levels=["zip"]) == {"zip": {"1/2": ["1", "2"]}}
    assert suggested(TOWN, RULE, levels=["county"]) == {}


def test_what_is_combined_twice_has_all_its_names():
    town = table(("1", "a", 6), ("2", "a", 5), ("3", "a", 5), ("4", "a", 30), ("5", "a", 40))
    assert suggested(town, RULE, levels=["zip"]) == {"zip": {"1/2/3": ["1", "2", "3"]}}


SHARED = replace(
    table(("1", "a", 20), ("2", "a", 21), ("3", "a", 22), ("4", "a", 23), ("5", "b", 60)),
    values=(10_000, 4_000, 4_000, 4_000, 60_000),
    largest=(3_000, 200, 200, 200, 1_000),
)
"""In the first ZIP code somebody has 30 %; only all four of the county together are large enough for them."""


def test_weights_say_what_a_combination_is_worth():
    """To combine all four loses three figures for one, and gains 10,000 kWh."""
    assert suggested(SHARED, RULE, levels=["zip"]) == {}
    by_value = suggested(SHARED, RULE, levels=["zip"], price=lambda cell: cell.value)
    assert by_value == {"zip": {"1/2/3/4": ["1", "2", "3", "4"]}}


def test_a_cell_that_is_never_withheld_is_not_combined_away():
    never = suggested(
        SHARED, RULE, levels=["zip"], price=lambda cell: None if "3" in cell.keys else cell.value
    )
    assert never == {}


def test_the_command_combines_by_the_weights_that_it_was_told(protect):  # noqa: F811
    lines = zip(*SHARED.names[0], SHARED.customers, SHARED.values, SHARED.largest, strict=True)
    text = "zip,county,n,kwh,mx\n" + "".join(",".join(map(str, line)) + "\n" for line in lines)
    assert document(protect(text, "--json", "--merge", "zip", by=BY))["merges"] == {}
    found = document(protect(text, "--json", "--merge", "zip", "--weigh", "value", by=BY))
    assert found["merges"] == {"zip": {"1/2/3/4": ["1", "2", "3", "4"]}}
    assert found["secondary"] == 0


@pytest.mark.parametrize(
    ("merges", "said"),
    [
        ({"city": {"x": ["1"]}}, "no level city"),
        ({"zip": {"3/4": ["3", "4"]}}, "several categories above"),
        ({"zip": {"x": ["1", "2"], "y": ["2", "3"]}}, "combined twice"),
        ({"zip": {"Total": ["1", "2"]}}, "nor into Total"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(merges, said):
    with pytest.raises(BadInput, match=said):
        merged(TOWN, merges)


def test_a_category_that_is_not_there_this_time_is_no_mistake():
    assert merged(TOWN, {"zip": {"1/9": ["1", "9"]}}).names[0][0] == ("1/9", "2", "3", "4", "5")


def test_merging_publishes_more_than_withholding(protect):  # noqa: F811
    plain = document(protect(TEXT, "--json", by=BY))
    found = document(protect(TEXT, "--json", "--merge", "zip", by=BY))
    assert found["merges"] == {"zip": {"1/2": ["1", "2"]}}
    assert found["published"] == len(found["cells"]) == 7
    assert plain["published"] < 7 and plain["merges"] == {}


def test_the_next_quarter_keeps_the_map(protect, tmp_path):  # noqa: F811
    kept = tmp_path / "q1.json"
    kept.write_text(json.dumps(document(protect(TEXT, "--json", "--merge", "zip", by=BY))))
    grown = TEXT.replace("1,a,9,900", "1,a,19,1900").replace("2,a,8,800", "2,a,28,2800")
    found = document(protect(grown, "--json", "--merges", str(kept), by=BY))
    assert found["merges"] == {"zip": {"1/2": ["1", "2"]}}
    assert ["1/2"] in [each["keys"] for each in found["cells"]]


def test_a_map_is_frozen(protect, tmp_path):  # noqa: F811
    kept = tmp_path / "map.json"
    kept.write_text('{"zip": {"1/2": ["1", "2"]}}')
    assert protect(TEXT, "--merges", str(kept), "--merge", "zip", by=BY)[0] == 2
    kept.write_text('{"zip": ["1", "2"]}')
    code, said = protect(TEXT, "--json", "--merges", str(kept), by=BY)
    assert code == 2 and "no map" in json.loads(said.out)["error"]["message"]


def test_people_read_what_was_combined(protect):  # noqa: F811
    _, said = protect(TEXT, "--merge", "zip", by=BY)
    assert "Combined: zip 1/2." in said.out


def test_what_is_never_withheld_and_what_rather(protect):  # noqa: F811
    text = "zip,n,kwh,mx\n1,9,900,100\n2,20,2000,120\n3,60,6000,130\n"
    by = ("--by", "zip")

    def withheld(*options):
        found = document(protect(text, "--json", *options, by=by))["cells"]
        return [each["keys"][0] for each in found if each["status"] == "secondary"]

    assert withheld("--never", "zip=Total", "--rather", "zip=3") == ["3"]
    assert withheld("--never", "zip=Total", "--weigh", "value") == ["2"]
    assert withheld("--rather", "zip=Total") == ["Total"]
    code, _ = protect(text, "--never", "zip=Total", "--never", "zip=2", "--never", "zip=3", by=by)
    assert code != 0
    assert protect(text, "--never", "city=Total", by=by)[0] == 2


def test_a_level_that_is_none_is_named_as_it_was_written(protect):  # noqa: F811
    _, said = protect(TEXT, "--merge", "zipp", by=BY)
    assert "--merge zipp: There is no level zipp." in said.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "no levels"),
        ("null", "no levels"),
        ("[" * 100_000 + "]" * 100_000, "too deep"),
        ('{"zip": {"1/2": "12"}}', "no list of categories"),
        ('{"zip": {"1/2": ["1", 2]}}', "no list of categories"),
        ('{"zip": {"1/2": {"1": 1, "2": 1}}}', "no list of categories"),
        ('{"zip": {"1/2": ["1", "1"]}}', "fewer than two"),
        ('{"zip": {"1/2": []}}', "fewer than two"),
        ('{"zip": {"": ["1", "2"]}}', "name of its own"),
        ('{"zip": {"1": ["1", "2"]}}', "name of its own"),
        ('{"zip": {"4": ["1", "2"]}}', "a zip 4 already"),
        ('{"zip": {"1/2": ["1", "2"], "1/2": ["3", "4"]}}', "stands twice"),
        ('{"zip": {"8/9": ["8", "9"]}}', "None of its categories"),
        ('{"merges": 5}', "no levels"),
        ("NaN", "no levels"),
    ],
    ids=[
        "list",
        "null",
        "deep",
        "text",
        "number",
        "names-of-parts",
        "same-twice",
        "none",
        "nameless",
        "own-part",
        "another",
        "twice",
        "of-another-table",
        "no-map",
        "no-number",
    ],
)
def test_an_odd_map_is_refused_with_what_is_odd(protect, tmp_path, text, words):  # noqa: F811
    kept = tmp_path / "map.json"
    kept.write_text(text)
    code, said = protect(TEXT, "--merges", str(kept), by=BY)
    assert code == 2 and words in said.err


@pytest.mark.parametrize("option", ["--never", "--rather"])
def test_a_category_that_is_nowhere_is_told_with_the_nearest(protect, option):  # noqa: F811
    code, said = protect(TEXT, option, "county=aa", by=BY)
    assert code == 2 and "no county aa in this table" in said.err and "There is a" in said.err
    assert protect(TEXT, option, "zip=1/2", "--merge", "zip", by=BY)[0] == 0, "a combined one"


@pytest.mark.parametrize(
    ("seconds", "code"), [("nan", 2), ("-1", 2), ("-inf", 2), ("x", 2), ("0", 0), ("inf", 0)]
)
def test_a_time_is_a_number_of_seconds_and_none_is_safe_too(protect, seconds, code):  # noqa: F811
    assert protect(TEXT, "--seconds", seconds, by=BY)[0] == code
