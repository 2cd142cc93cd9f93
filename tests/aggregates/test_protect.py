"""`release protect`: what it reads, what it refuses, and what it says. All tables here are synthetic."""

from __future__ import annotations

import json
import signal

import pytest

from meterkeep.aggregates.repair.search import Progress
from meterkeep.faces.cli import run
from meterkeep.faces.cli.release.searching import Searching

HEADER = "zip,county,rate,class,n,kwh,mx"
LEAVES = """\
90001,north,R1,home,40,4000,200
90001,north,R2,shop,20,9000,900
90002,north,R1,home,30,3000,150
90002,north,R2,shop,9,4100,700
90003,south,R1,home,50,5100,210
90003,south,R2,shop,25,8000,800"""
BY = ("--by", "zip<county", "--by", "rate<class")


@pytest.fixture
def protect(tmp_path, capsys):
    """Runs it on a text: exit code and what it printed."""

    def do(text=f"{HEADER}\n{LEAVES}\n", *options, by=BY, columns=("n", "kwh", "mx")):
        path = tmp_path / "leaf.csv"
        path.write_text(text)
        names = zip(("--customers", "--value", "--largest"), columns, strict=True)
        code = run(
            ["release", "protect", str(path), *by, *(each for pair in names for each in pair), *options], None
        )
        return code, capsys.readouterr()

    return do


def document(result):
    code, said = result
    assert code == 0, said
    return json.loads(said.out)


def test_every_level_with_every_other_is_a_cell(protect):
    found = document(protect(f"{HEADER}\n{LEAVES}\n", "--json"))
    assert set(found) == {
        "cells", "published", "primary", "secondary", "proof", "gap", "smallest_group", "worst_share_ppm", "seconds", "merges"
    }  # fmt: skip
    assert len(found["cells"]) == (3 + 2 + 1) * (2 + 2 + 1)
    assert set(found["cells"][0]) == {"keys", "levels", "customers", "value", "status", "why"}
    total = found["cells"][-1]
    assert (total["keys"], total["levels"]) == (["Total", "Total"], ["Total", "Total"])
    assert (total["customers"], total["value"]) == (174, 33200)


def test_a_cell_under_the_rule_is_primary_and_another_must_go_with_it(protect):
    found = document(protect(f"{HEADER}\n{LEAVES}\n", "--json"))
    status = {(*each["keys"], *each["levels"]): each["status"] for each in found["cells"]}
    assert status["90002", "R2", "zip", "rate"] == "primary"
    assert status["90002", "shop", "zip", "class"] == "primary"  # the same customers
    assert found["primary"] + found["secondary"] + found["published"] == len(found["cells"])
    assert found["secondary"] > 0
    assert (found["proof"], found["gap"]) == ("exhaustive", 0)
    assert found["smallest_group"] >= 15 and found["worst_share_ppm"] < 150_000
    assert all(bool(each["why"]) == (each["status"] != "published") for each in found["cells"])


def test_who_used_nothing_hides_nobody_in_a_sum_either(protect):
    """Total less county Q is P, whose 30 customers are 10 who used something and 20 who did not."""
    idle = "zip,county,n,kwh,mx\na,P,10,1000,100\nz,P,20,0,0\nb,Q,30,30000,1500\nc,Q,30,30000,1500\n"
    found = document(protect(idle, "--json", by=("--by", "zip<county")))
    status = {(each["keys"][0], each["levels"][0]): each["status"] for each in found["cells"]}
    assert status["P", "county"] == "primary"
    assert "secondary" in {status["Total", "Total"], status["Q", "county"]}


def test_cells_with_the_same_members_share_their_status(protect):
    found = document(protect(f"{HEADER}\n{LEAVES}\n", "--json"))
    by_members = {}
    for each in found["cells"]:
        names = dict(zip(each["levels"], each["keys"], strict=True))
        if "zip" in names and ("rate" in names or "class" in names):
            kind = names.get("rate", {"home": "R1", "shop": "R2"}.get(names.get("class")))
            by_members.setdefault((names["zip"], kind), set()).add(each["status"])
    assert all(len(statuses) == 1 for statuses in by_members.values())


def test_why_can_be_followed_by_hand(protect):
    text = "zip,n,kwh,mx\n1,9,900,100\n2,20,2000,120\n3,60,6000,130\n"
    found = document(protect(text, "--json", by=("--by", "zip")))
    (withheld,) = [each for each in found["cells"] if each["status"] == "secondary"]
    assert "leaves 9 customers; the rule asks for at least 15." in withheld["why"]
    assert "Total (89)" in withheld["why"] and "less" in withheld["why"]


@pytest.mark.parametrize(("rule", "published"), [("15/15", 0), ("15/15<=", 1)])
def test_a_share_of_exactly_the_limit(protect, rule, published):
    text = "zip,n,kwh,mx\n1,30,2000,300\n"
    found = document(protect(text, "--json", "--rule", rule, by=("--by", "zip")))
    assert found["published"] == 2 * published  # the zip code and the total are the same customers


@pytest.mark.parametrize(("customers", "published"), [(14, 0), (15, 2)])
def test_the_least_number_of_customers(protect, customers, published):
    text = f"zip,n,kwh,mx\n1,{customers},2000,200\n"
    assert document(protect(text, "--json", by=("--by", "zip")))["published"] == published


def test_decimals_are_exact(protect):
    text = "zip,n,kwh,mx\n1,20,0.1,0.005\n2,20,0.2,0.010\n"
    found = document(protect(text, "--json", by=("--by", "zip")))
    assert [each["value"] for each in found["cells"]] == [0.1, 0.2, 0.3]


def test_a_leaf_without_customers_is_a_cell_and_counts_for_nothing(protect):
    text = "zip,n,kwh,mx\n1,20,2000,110\n2,0,0,0\n3,20,2000,110\n"
    found = document(protect(text, "--json", by=("--by", "zip")))
    assert [each["status"] for each in found["cells"]] == ["published", "primary", "published", "published"]


def test_zero_and_negative_totals_are_never_safe(protect):
    text = "zip,n,kwh,mx\n1,20,0,0\n2,20,-50,10\n3,30,3000,120\n"
    found = document(protect(text, "--json", by=("--by", "zip")))
    assert [each["status"] for each in found["cells"]] == ["primary", "primary", "published", "primary"]


def test_a_zero_that_can_be_worked_out_is_not_published(protect):
    text = "zip,county,n,kwh,mx\n1,a,20,0,0\n2,a,30,3000,120\n"
    found = document(protect(text, "--json", by=("--by", "zip<county")))
    assert found["secondary"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("zip,county,n,kwh,mx\n1,a,20,9,1\n1,b,20,9,1\n", "is under a and under b"),
        ("zip,county,n,kwh,mx\n1,a,20,9,1\n1,a,20,9,1\n", "stands in the table twice"),
        ("zip,county,n,kwh,mx\nTotal,a,20,9,1\n", "is named Total"),
        ("zip,county,n,kwh,mx\n1,Total,20,9,1\n", "is named Total"),
        ("zip,county,n,kwh,mx\n,a,20,9,1\n", "is empty"),
        ("zip,county,n,kwh,mx\n1,a,x,9,1\n", "not a number of customers"),
        ("zip,county,n,kwh,mx\n1,a,-2,9,1\n", "not a number of customers"),
        ("zip,county,n,kwh,mx\n1,a,20,nan,1\n", "not an amount"),
        ("zip,county,n,kwh,mx\n1,a,20,9,10\n", "more than all"),
        ("zip,county,n,kwh,mx\n1,a,2,90,10\n", "do not add up"),
        ("zip,county,n,kwh,mx\n1,a,0,90,90\n", "no customers for the value"),
        ("zip,county,n,kwh,mx\n1,a,20,9\n", "The line has 4 cells"),
        ("zip,county,n,kwh\n1,a,20,9\n", "is not in the first line"),
        ("zip,county,n,kwh,mx\n", "no leaves"),
        ("", "is not in the first line"),
    ],
)
def test_a_table_that_is_not_whole_is_refused(protect, text, said):
    code, printed = protect(text, "--json", by=("--by", "zip:county"))
    assert code == 2
    assert said in json.loads(printed.out)["error"]["message"]


@pytest.mark.parametrize(
    "by", [("--by", "zip<"), ("--by", ""), ("--by", "zip<Total"), ("--by", "zip", "--by", "zip")]
)
def test_levels_that_are_none_are_refused(protect, by):
    assert protect("zip,n,kwh,mx\n1,20,9,1\n", by=by)[0] == 2


def test_both_ways_to_write_a_hierarchy_are_the_same(protect):
    one, other = (
        document(protect(f"{HEADER}\n{LEAVES}\n", "--json", by=("--by", by, "--by", "rate")))
        for by in ("zip<county", "zip:county")
    )
    assert one["cells"] == other["cells"]


def test_without_time_the_table_is_safe_all_the_same(protect):
    found = document(protect(f"{HEADER}\n{LEAVES}\n", "--json", "--seconds", "0"))
    assert found["proof"] == "exhaustive"


def test_ctrl_c_ends_the_search_and_not_the_safety(protect, monkeypatch):
    from meterkeep.aggregates.repair import search

    first = search.Cuts.cheapest

    def pressed(self, **options):
        signal.raise_signal(signal.SIGINT)
        return first(self, **options)

    monkeypatch.setattr(search.Cuts, "cheapest", pressed)
    code, said = protect(f"{HEADER}\n{LEAVES}\n", "--json")
    assert code == 130
    assert json.loads(said.out)["proof"] == "exhaustive"


def test_people_read_a_short_table(protect):
    code, said = protect()
    assert code == 0
    assert "cells may be published" in said.out and "Proven: the smallest group" in said.out
    assert "withheld" in said.out and "rule by itself withholds" in said.out


EMPTY = f"{HEADER}\n{LEAVES}\n90003,south,R3,shop,0,0,0\n"


def test_a_county_is_summed_up_only_where_nothing_of_its_dimension_is_named(protect):
    alone = ("--by", "zip<county", "--by", "rate")
    sums = ("--never", "county=Total,rate=Total")
    found = document(protect(f"{HEADER}\n{LEAVES}\n", "--json", *sums, by=alone))
    assert found["secondary"] and found["cells"][-1]["status"] == "published"
    same = document(protect(f"{HEADER}\n{LEAVES}\n", "--json", "--never", "zip=Total,rate=Total", by=alone))
    assert found["cells"] == same["cells"]


def test_a_refusal_names_the_cells_that_were_named(protect):
    """South has one zip code, so both names are about the same customers."""
    never = ("zip=90001,rate=R2", "zip=90003,rate=R2", "county=Total,rate=R2")
    options = [each for text in never for each in ("--never", text)]
    code, said = protect(f"{HEADER}\n{LEAVES}\n", *options, by=("--by", "zip<county", "--by", "rate"))
    assert code != 0
    assert "zip 90003 × rate R2" in said.err and "county south" not in said.err


def test_why_speaks_of_the_cell_under_its_own_name(protect):
    found = document(protect(f"{HEADER}\n{LEAVES}\n", "--json"))["cells"]
    for each in (each for each in found if each["status"] == "secondary"):
        names = zip(each["levels"], each["keys"], strict=True)
        assert " × ".join(f"{level} {key}" for level, key in names if level != "Total") in each["why"]


def test_people_see_what_breaks_the_rule_and_not_who_is_not_there(protect):
    code, said = protect(EMPTY, by=("--by", "zip", "--by", "rate"))
    assert code == 0
    assert "1 breaks the rule by itself;" in said.out and "2 have no customers." in said.out
    listed = said.out.split("breaks the rule  ", 1)[1]
    assert listed.index("zip 90002 × rate R2") < listed.index("withheld beside the rule")
    assert "rate R3" not in listed


@pytest.mark.parametrize(
    ("rule", "said"), [("15/15", "everybody has less than 15.00 %"), ("15/15<=", "nobody has more than")]
)
def test_strictly_less_is_said_as_such(protect, rule, said):
    text = "zip,n,kwh,mx\n1,30,1000000,149999\n"
    code, told = protect(text, "--rule", rule, by=("--by", "zip"))
    assert code == 0 and f"and {said}" in told.out


def test_progress_is_told_once_and_not_at_once(capsys):
    searching = Searching(60)
    searching.tell(Progress(1, 1, 0, 2))
    assert capsys.readouterr().err == ""
    searching.began -= 5
    for lower, best in ((0, 0), (1, 2), (1, 2), (2, 2)):
        searching.tell(Progress(1, 1, lower, best))
    first, last = capsys.readouterr().err.splitlines()
    assert "cells withheld beside the rule: 2 so far, at least 1 needed; 1 attack known" in first
    assert "2 so far, the least" in last


def test_a_search_that_begins_anew_says_so(capsys):
    """A plan with remedies searches several times: without a number the counts would seem to go up again."""
    searching = Searching(60)
    searching.began -= 5
    for round_, lower, best in ((0, 1, 9), (1, 2, 5), (0, 1, 3), (1, 3, 3)):
        searching.tell(Progress(round_, 1, lower, best))
    said = [line.partition(" s  ")[2] for line in capsys.readouterr().err.splitlines()]
    assert [line.startswith("search 2: cells") for line in said] == [False, False, True, True]
