"""Withheld figures that published sums give away: planted ones are found, and an independent search agrees."""

import itertools
import random
from fractions import Fraction

import pytest
from aggregates.published_twins import PGE, SDGE, Desk, kinds, lines, only

HEADER = "Zip,Class,Month,Year,Customers,kWh"
BY = {"by": ("zip", "class")}


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def year(zip_, kind, *, without=(), total=None, customers=40):
    """Twelve months of a cell and, where asked for, the year."""
    rows = [
        f"{zip_},{month},2024,{kind},Y,0,0,0"
        if month in without
        else f"{zip_},{month},2024,{kind},N,{customers},{1000 + month},"
        for month in range(1, 13)
    ]
    return rows + ([f"{zip_},,2024,{kind},N,{customers},{total},"] if total is not None else [])


def test_an_annual_total_reveals_the_month_that_was_withheld(desk):
    found = only(desk.of(*year(92101, "C", without=[7], total=12078)), "revealed")
    assert (found.value, found.period, found.customers) == ("1007", "2024-07", None)
    assert "12,078 − 11,071 (its 11 published parts) = 1,007 kWh" in found.arithmetic
    assert lines(found)[:2] == [8, 14]


def test_an_annual_total_in_a_file_of_its_own(desk):
    desk.file(year(92101, "C", without=[7]))
    desk.file(["92101,2024,C,40,12078"], header="ZipCode,Year,CustomerClass,TotalCustomers,TotalkWh")
    assert only(desk.audit(), "revealed").value == "1007"


def test_four_quarters_and_a_year(desk):
    for at in range(4):
        desk.file(year(92101, "C", without=[7])[3 * at : 3 * at + 3])
    desk.file(["92101,Annual,2024,C,N,40,12078,"])
    assert only(desk.audit(), "revealed").period == "2024-07"


def test_a_quarterly_total(desk):
    header = "Zip,Period,Customers,kWh"
    rows = ["92101,2024-01,40,1001", "92101,2024-02,*,*", "92101,2024-03,40,1003", "92101,2024 Q1,40,3006"]
    found = only(desk.of(*rows, header=header, by=("zip",)), "revealed")
    assert (found.period, found.value) == ("2024-02", "1002")


def test_a_year_less_some_months_is_not_the_rest(desk):
    """Where a month is not listed at all, nobody knows whether it is withheld or missing."""
    rows = [row for row in year(92101, "C", without=[7], total=12078) if ",9,2024" not in row]
    assert desk.of(*rows).clean


def test_two_withheld_months_are_a_group_of_unknown_size(desk):
    found = only(desk.of(*year(92101, "C", without=[7, 8], total=12078)), "group_of_unknown_size")
    assert found.value == "2015" and found.verdict == "cannot_decide"


@pytest.mark.parametrize(("count", "kind"), [(114, "revealed"), (115, "revealed")])
def test_a_class_total_reveals_the_class_that_was_withheld(desk, count, kind):
    """Somebody withheld it, so it is found whatever its size: the reason may have been a large customer."""
    rows = ["92101,1,2024,C,N,100,9000,", "92101,1,2024,I,Y,0,0,0", f"92101,1,2024,Total,N,{count},9900,"]
    found = only(desk.of(*rows), kind)
    assert (found.value, found.customers) == ("900", count - 100)


@pytest.mark.parametrize(("count", "found"), [(114, ["revealed_group"]), (115, [])])
def test_two_withheld_classes_together(desk, count, found):
    rows = [
        "92101,1,2024,C,N,100,9000,",
        "92101,1,2024,I,Y,0,0,0",
        "92101,1,2024,A,Y,0,0,0",
        f"92101,1,2024,Total,N,{count},9900,",
    ]
    report = desk.of(*rows)
    assert kinds(report) == found
    if found:
        assert only(report, "revealed_group").customers == 14


@pytest.mark.parametrize(("count", "found"), [(199, ["revealed_group"]), (200, [])])
def test_a_group_of_one_class_meets_the_rule_of_that_class(desk, count, found):
    rows = [
        "92101,1,2024,R,N,100,9000,",
        "92102,1,2024,R,Y,0,0,0",
        "92103,1,2024,R,Y,0,0,0",
        f"All,1,2024,R,N,{count},9900,",
    ]
    assert kinds(desk.of(*rows, rules=("15/15", "residential=100"))) == found


def test_a_territory_total(desk):
    rows = [f"{zip_},1,2024,R,N,200,{zip_},500" for zip_ in range(92101, 92110)]
    total = sum(range(92101, 92110)) + 777
    report = desk.of(
        *(row[: row.rindex(",")] + "," for row in rows),
        "92111,1,2024,R,Y,0,0,0",
        f"All,1,2024,R,N,1803,{total},",
    )
    assert (only(report, "revealed").value, only(report, "revealed").customers) == ("777", 3)


def test_two_way_margins_reveal_a_corner(desk):
    """No single sum has it alone: first column less its rows, second row less that."""
    rows = [
        "92101,R,1,2024,50,100",
        "92101,C,1,2024,*,*",
        "92102,R,1,2024,*,*",
        "92102,C,1,2024,*,*",
        "92101,Total,1,2024,60,140",
        "92102,Total,1,2024,70,200",
        "Total,R,1,2024,57,130",
        "Total,C,1,2024,73,210",
    ]
    report = desk.of(*rows, header=HEADER, **BY)
    found = {each.cell: (each.value, each.customers) for each in report.findings if each.kind == "revealed"}
    assert found == {("92101", "C"): ("40", 10), ("92102", "R"): ("30", 7), ("92102", "C"): ("170", 63)}


@pytest.mark.parametrize(
    ("shown", "found"), [(30, []), (8, []), (7, ["revealed_group"] * 6), ("*", ["group_of_unknown_size"] * 6)]
)
def test_four_withheld_corners(desk, shown, found):
    """No corner follows, but sums and differences of two do: about the customers of both."""
    rows = [f"{zip_},{kind},1,2024,{shown},*" for zip_ in (92101, 92102) for kind in "RC"]
    rows += [
        "92101,Total,1,2024,,140",
        "92102,Total,1,2024,,200",
        "Total,R,1,2024,,130",
        "Total,C,1,2024,,210",
    ]
    assert [kind for kind in kinds(desk.of(*rows, header=HEADER, **BY)) if kind != "no_count"] == found


def test_a_combined_row_beside_one_of_its_zips(desk):
    rows = ["92101,1,2024,C,N,30,9000,", "92102,1,2024,C,Y,0,0,0", "92101/92102,1,2024,C,Y,37,9800,"]
    found = only(desk.of(*rows), "revealed")
    assert (found.cell[0], found.value, found.customers) == ("92102", "800", 7)


def test_a_combined_row_is_not_added_twice(desk):
    rows = [
        "92101,1,2024,C,N,30,9000,",
        "92102,1,2024,C,N,30,800,",
        "92101 92102,1,2024,C,Y,60,9800,",
        "Total,1,2024,C,N,60,9800,",
    ]
    assert desk.of(*rows).clean


def test_what_is_merged_into_a_neighbour_is_no_unknown(desk):
    """The quarterly files leave the row of a combined ZIP with zeros; its customers stand in the other's row."""
    rows = ["92101,1,2024,C,Y,37,9800,", "92102,1,2024,C,Y,0,0,0", "Total,1,2024,C,N,37,9800,"]
    assert desk.of(*rows).clean


def test_rounding_is_no_secret(desk):
    rows = year(92101, "C", without=[7], total="11071.4")
    assert desk.of(*rows).clean


@pytest.mark.parametrize(("count", "found"), [(100, []), (101, ["rest"]), (114, ["rest"]), (115, [])])
def test_a_total_that_has_more_customers_than_its_parts(desk, count, found):
    total = 9000 if count == 100 else 9900
    report = desk.of("92101,1,2024,C,N,100,9000,", f"All,1,2024,C,N,{count},{total},")
    assert kinds(report) == found


@pytest.mark.parametrize("total", ["8900", "9900"])
def test_a_total_that_is_not_its_parts(desk, total):
    assert kinds(desk.of("92101,1,2024,C,N,100,9000,", f"All,1,2024,C,N,100,{total},")) == ["contradiction"]


def test_a_total_less_than_its_published_parts(desk):
    rows = ["92101,1,2024,C,N,100,9000,", "92102,1,2024,C,Y,0,0,0", "All,1,2024,C,N,120,8000,"]
    assert kinds(desk.of(*rows)) == ["contradiction"]


def test_a_withheld_total_of_published_parts_tells_nothing_new(desk):
    rows = ["92101,1,2024,C,N,100,9000,", "92102,1,2024,C,N,100,9000,", "All,1,2024,C,Y,0,0,0"]
    assert desk.of(*rows).clean


def test_a_withheld_total_between_two_levels(desk):
    """ZIP totals are withheld with their classes; the territory's class rows still add up."""
    rows = [
        "92101,R,1,2024,50,100",
        "92101,C,1,2024,50,100",
        "92101,Total,1,2024,100,200",
        "92102,R,1,2024,*,*",
        "92102,C,1,2024,*,*",
        "92102,Total,1,2024,*,*",
        "Total,Total,1,2024,113,290",
    ]
    report = desk.of(*rows, header=HEADER, **BY)
    assert kinds(report) == ["revealed_group"]
    assert (report.findings[0].customers, report.findings[0].value) == (13, "90")


def test_two_files_of_other_header_forms_tell_on_each_other(desk):
    desk.file(
        ['94105,1,2024,Elec- Commercial,N,"1,200","612,000",510', "94107,1,2024,Elec- Commercial,Y,0,0,"],
        header=PGE,
    )
    desk.file(['Total,1,2024,ELEC- COMMERCIAL,N,"1,212","615,500 ",'], header=SDGE)
    found = only(desk.audit(), "revealed")
    assert (found.value, found.customers) == ("3500", 12)


# An independent search: leaves as unknowns, every published sum written out over them, elimination in fractions.


def random_table(seed):
    """Rows (zip, class, month or "", customers, kWh, shown) with margins over zips, classes and a quarter of three months."""
    draw = random.Random(seed)
    zips = ["92101", "92102", "92103"][: draw.randint(2, 3)]
    kinds_ = ["R", "C", "I"][: draw.randint(1, 3)]
    months = [1, 2, 3] if draw.random() < 0.4 else [1]
    counts = {(z, c): draw.choice([2, 5, 9, 20]) for z in zips for c in kinds_}
    leaves = {(z, c, m): (counts[z, c], draw.randint(100, 900)) for z in zips for c in kinds_ for m in months}
    cells = {}
    spans = [*months, "Q1"] if len(months) == 3 else months
    for z, c, m in itertools.product([*zips, "Total"], [*kinds_, "Total"], spans):
        inside = [k for k in leaves if z in (k[0], "Total") and c in (k[1], "Total") and m in (k[2], "Q1")]
        one = [k for k in inside if k[2] == inside[0][2]]
        cells[z, c, m] = (sum(leaves[k][0] for k in one), sum(leaves[k][1] for k in inside), inside)
    kept = {key for key in cells if key in leaves or draw.random() < 0.7}
    withheld = {key for key in kept if draw.random() < (0.5 if key in leaves else 0.15)}
    return leaves, cells, kept, withheld


def write(cells, kept, withheld):
    rows = []
    for z, c, m in cells:
        if (z, c, m) in kept:
            count, value, _ = cells[z, c, m]
            rows.append(f"{z},{c},2024 Q1,{count}," if m == "Q1" else f"{z},{c},2024-{m:02d},{count},")
            rows[-1] += "*" if (z, c, m) in withheld else str(value)
    return rows


def unknown_sums(leaves, cells, kept, withheld):
    """Each published sum as a vector over the withheld leaves."""
    unknown = [k for k in leaves if k in withheld]
    vectors = [
        [Fraction(k in cells[key][2]) for k in unknown]
        for key in kept - withheld
        if key not in leaves and any(k in withheld for k in cells[key][2])
    ]
    return unknown, vectors


def reduced(vectors):
    rows, at = [list(v) for v in vectors], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in range(at, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [x / rows[at][column] for x in rows[at]]
        for r in range(len(rows)):
            if r != at and rows[r][column]:
                rows[r] = [x - rows[r][column] * y for x, y in zip(rows[r], rows[at], strict=True)]
        at += 1
    return rows[:at]


def lives_on(vectors, columns):
    """Whether some combination that is not zero is zero everywhere but on these columns."""
    rest = [[v[i] for i in range(len(v)) if i not in columns] for v in vectors]
    return len(reduced(vectors)) > (len(reduced(rest)) if rest and rest[0] else 0)


@pytest.mark.parametrize("seed", range(120))
def test_an_independent_search_finds_the_same(desk, seed):
    leaves, cells, kept, withheld = random_table(seed)
    report = desk.of(
        *write(cells, kept, withheld),
        header="Zip,Class,Period,Customers,kWh",
        by=("Zip", "Class"),
        rules=("12/50",),
    )
    unknown, vectors = unknown_sums(leaves, cells, kept, withheld)
    alone = {i for i in range(len(unknown)) if vectors and lives_on(vectors, {i})}
    expected = {(unknown[i][0], unknown[i][1], leaves[unknown[i]][1]) for i in alone}
    found = {(*each.cell, int(each.value)) for each in report.findings if each.kind == "revealed"}
    assert found == expected
    groups = [
        set(some)
        for size in (2, 3, 4, 5)
        for some in itertools.combinations([i for i in range(len(unknown)) if i not in alone], size)
        if sum(leaves[unknown[i]][0] for i in some) < 12
    ]
    light = [some for some in groups if vectors and lives_on(vectors, some)]
    told = [each for each in report.findings if each.kind == "revealed_group"]
    assert bool(told) == bool(light), (seed, light)
    assert all(each.customers < 12 for each in told)
    assert "contradiction" not in kinds(report) and "rest" not in kinds(report)
