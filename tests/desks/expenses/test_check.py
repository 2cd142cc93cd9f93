"""The travel policy, clause by clause: both sides of every number, and random lines against a plain reckoning."""

import json
import random
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from meterkeep.__main__ import Composition
from meterkeep.desks.expenses.checking import check
from meterkeep.desks.expenses.claim import parse_claim
from meterkeep.desks.expenses.rates import read_rates
from meterkeep.errors import BadInput, Undetermined
from meterkeep.faces.cli import run
from meterkeep.policy import load_pack

CEA, RATES = load_pack("cea"), read_rates()
TRIP = {"from": "A", "to": "B", "start": "2026-03-10", "end": "2026-03-12", "international": False}
BOTH = ["itemised", "card"]


def line(kind, amount=None, **more):
    return {"id": "l1", "kind": kind, "on": "2026-03-10", "amount": amount, "receipts": BOTH, **more}


def claim(*lines, **more):
    return {
        "claimant": {"name": "Synthetic Person", "kind": "official"},
        "filed": "2026-03-20",
        "purpose": "Rates",
        "activity": "conference",
        "approvals": [],
        "trip": TRIP,
        "lines": list(lines),
        **more,
    }


def checked(*lines, pack=CEA, **more):
    return check(parse_claim(claim(*lines, **more)), pack, RATES).as_json()


def one(given, **more):
    """Allowed, and the outcome of each clause."""
    report = checked(given, **more)
    (found,) = report["lines"]
    return found["allowed"], {each["clause"]: each["outcome"] for each in found["findings"]}


@pytest.mark.parametrize(
    ("amount", "gratuity", "allowed", "cut"),
    [
        ("30.00", "6.00", "36.00", None),
        ("30.01", "6.00", "36.00", "CEA-01/5.10-a"),
        ("30.00", "6.01", "36.00", "CEA-01/5.10-b"),
        ("10.03", "2.00", "12.03", None),
        ("10.03", "2.01", "12.03", "CEA-01/5.10-b"),
        ("0", "0", "0.00", None),
    ],
)
def test_meals(amount, gratuity, allowed, cut):
    found, outcomes = one(line("meal", amount, gratuity=gratuity))
    assert found == allowed
    assert {clause for clause, outcome in outcomes.items() if outcome == "cut"} == ({cut} if cut else set())


def test_alcohol_comes_off_before_the_meal_is_measured():
    found, outcomes = one(line("meal", "42.00", gratuity="9", details={"alcohol": "8.00"}))
    assert found == "36.00" and outcomes["CEA-01/5.10-c"] == "cut"
    assert one(line("meal", "30.00", details={"alcohol": "8.00"}))[0] == "22.00"
    with pytest.raises(BadInput, match="alcohol"):
        checked(line("meal", "5.00", details={"alcohol": "8.00"}))


@pytest.mark.parametrize("kind", ["toll", "phone", "parking", "registration", "other", "airfare"])
def test_no_gratuity_is_without_a_limit(kind):
    given = line(
        kind,
        "10",
        gratuity="500",
        details={"covered_by_plan": False, "lot": "long_term"} if kind in ("phone", "parking") else {},
    )
    found, outcomes = one(given)
    assert (found, outcomes["CEA-01/5.13-b"]) == ("12.00", "cut")


def test_the_gratuity_inside_the_amount_where_it_is_ruled_so():
    inside = CEA.ruled({"11.6": "inside"}, by="board", on=date(2020, 2, 20))
    assert one(line("meal", "30.00", gratuity="6.00"), pack=inside)[0] == "30.00"
    assert one(line("meal", "25.00", gratuity="5.00"), pack=inside)[0] == "30.00"


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        ("2021-12-31", "0.56"),
        ("2022-01-01", "0.585"),
        ("2022-06-30", "0.585"),
        ("2022-07-01", "0.625"),
        ("2025-12-31", "0.70"),
        ("2026-01-01", "0.725"),
        ("2026-12-31", "0.725"),
    ],
)
def test_mileage_by_the_day_of_travel(day, rate):
    given = line("mileage", None, on=day, quantity="100", unit="miles", receipts=[])
    assert one(given, filed=day)[0] == f"{Decimal(rate) * 100:.2f}"


def test_mileage_without_miles_or_without_a_rate_is_not_reckoned():
    assert one(line("mileage", "50", unit="km", quantity=80))[0] == "0.00"
    found, outcomes = one(line("mileage", None, quantity=10, on="2027-01-01"), filed="2027-01-02", trip=None)
    assert (found, outcomes) == ("0.00", {"CEA-01/5.5-a": "missing"})


def test_fuel_beside_mileage_is_refused_and_tolls_are_paid():
    miles = {**line("mileage", None, quantity=10, unit="mi"), "id": "m"}
    report = checked(miles, line("other", "20", details={"nature": "fuel"}), {**line("toll", "6"), "id": "t"})
    assert [each["allowed"] for each in report["lines"]] == ["7.25", "0.00", "6.00"]
    assert report["lines"][1]["findings"][0]["clause"] == "CEA-01/5.5-a"
    assert one(line("other", "20", details={"nature": "fuel"}))[1] == {"CEA-01/5.2-e": "refuse"}


@pytest.mark.parametrize(("gratuity", "allowed"), [("4.00", "24.00"), ("4.01", "24.00"), ("0", "20.00")])
def test_taxis(gratuity, allowed):
    assert one(line("taxi", "20.00", gratuity=gratuity))[0] == allowed


@pytest.mark.parametrize(
    ("amount", "bags", "allowed"), [("4", 2, "4.00"), ("4.01", 2, "4.00"), (None, 3, "6.00")]
)
def test_baggage(amount, bags, allowed):
    assert one(line("baggage", amount, quantity=bags))[0] == allowed


def test_baggage_gratuity():
    assert one(line("baggage", "4", quantity=2, gratuity="0.80"))[0] == "4.80"
    assert one(line("baggage", "4", quantity=2, gratuity="0.81"))[0] == "4.80"


@pytest.mark.parametrize(
    ("start", "end", "allowed", "outcome"),
    [
        ("2026-03-10T06:00", "2026-03-11T06:00", "60.00", "allow"),
        ("2026-03-10T06:00", "2026-03-11T06:01", "36.00", "cut"),
        ("2026-03-10", "2026-03-10", "60.00", "allow"),
        ("2026-03-10", "2026-03-11", "60.00", "missing"),
        ("2026-03-10", "2026-03-12", "36.00", "cut"),
    ],
)
def test_airport_parking(start, end, allowed, outcome):
    given = line("parking", "60", quantity=2, details={"lot": "short_term", "long_term_rate": "18"})
    found, outcomes = one(given, trip={**TRIP, "start": start, "end": end})
    assert (found, outcomes["CEA-01/5.12"]) == (allowed, outcome)


@pytest.mark.parametrize(
    ("details", "amount", "allowed", "finding"),
    [
        ({"government_rate": "100"}, "200.00", "200.00", ("CEA-01/5.9-c", "allow")),
        ({"government_rate": "100"}, "200.01", "200.00", ("CEA-01/5.9-c", "cut")),
        ({"group_rate": "90", "government_rate": "100"}, "190", "180.00", ("CEA-01/5.9.1", "cut")),
        ({"community_rate": "120"}, "250", "240.00", ("CEA-01/5.9-d", "cut")),
        ({"community_rate": "standard"}, "250", "220.00", ("CEA-01/5.9-d", "cut")),
        ({}, "250", "0.00", ("CEA-01/5.9-d", "missing")),
        ({"government_rate": "100", "none_near": True}, "250", "200.00", ("CEA-01/5.9-c", "cut")),
    ],
)
def test_lodging(details, amount, allowed, finding):
    found, outcomes = one(line("lodging", amount, quantity=2, details=details))
    assert found == allowed and finding in outcomes.items()


def test_lodging_where_nobody_near_offers_the_rate_needs_the_board():
    given = line("lodging", "250", quantity=2, details={"government_rate": "100", "none_near": True})
    approved = [{"by": "board", "on": "2026-03-09", "for": "activity"}]
    assert one(given, approvals=approved)[0] == "250.00"


def test_no_stay_overnight_on_a_day_trip():
    given = line("lodging", "100", quantity=1, details={"government_rate": "100"})
    assert one(given, trip={**TRIP, "end": "2026-03-10"}) == ("0.00", {"CEA-01/5.9-a": "refuse"})


def test_benchmarks_presume_cut_or_ask():
    assert one(line("airfare", "300", details={"program_fare": "300"}))[1] == {"CEA-01/5.6": "allow"}
    assert one(line("airfare", "300.01", details={"program_fare": "300"})) == (
        "300.00",
        {"CEA-01/5.6": "cut"},
    )
    assert one(line("airfare", "300")) == ("300.00", {"CEA-01/5.6": "decide"})
    rental = line("car_rental", "90", quantity=2, details={"state_rate": "40"})
    assert one(rental)[1] == {"CEA-01/5.7-b": "missing", "CEA-01/5.7-a": "cut"}
    assert one({**rental, "receipts": ["itemized", "fuel"]})[1] == {"CEA-01/5.7-a": "cut"}


@pytest.mark.parametrize(
    ("nature", "clause"),
    [
        ("personal", "5.2-a"),
        ("political", "5.2-b"),
        ("charitable", "5.2-b"),
        ("family", "5.2-c"),
        ("entertainment", "5.2-d"),
        ("own car", "5.2-e"),
        ("loss", "5.2-f"),
        ("agency_card", "5.14"),
    ],
)
def test_what_is_never_paid(nature, clause):
    assert one(line("other", "50", details={"nature": nature})) == ("0.00", {f"CEA-01/{clause}": "refuse"})


def test_an_expense_of_no_kind_is_decided_by_a_person():
    assert one(line("other", "50")) == ("50.00", {"CEA-01/5.2-n": "decide"})


def test_a_dearer_class_is_decided_by_a_person():
    dear = {"program_fare": "300", "class": "business"}
    assert one(line("airfare", "300", details=dear))[1]["CEA-01/5.4"] == "decide"
    assert "CEA-01/5.4" not in one(line("airfare", "300", details={**dear, "class": "Economy"}))[1]


@pytest.mark.parametrize("kind", ["official", "committee", "employee", "contractor", "volunteer"])
def test_every_kind_of_claimant(kind):
    claimant = {"name": "Synthetic Person", "kind": kind}
    assert one(line("meal", "31"), claimant=claimant) == ("30.00", {"CEA-01/5.10-a": "cut"})


@pytest.mark.parametrize(
    "activity", ["legislative meeting", "Seminar", "regional organization", "recognition", "CEA event"]
)
def test_activities_that_generally_qualify(activity):
    assert checked(line("toll", "3"), activity=activity)["findings"] == []


def test_the_government_rate_is_asked_for():
    given = {"community_rate": "120", "government_rate_requested": False}
    assert one(line("lodging", "100", details=given))[1]["CEA-01/5.9-b"] == "decide"
    assert one(line("lodging", "100", details={"community_rate": "120"}))[1]["CEA-01/5.9-b"] == "missing"
    asked = {**given, "government_rate_requested": True}
    assert "CEA-01/5.9-b" not in one(line("lodging", "100", details=asked))[1]


def test_a_nature_that_is_not_known_is_decided_by_a_person():
    assert one(line("toll", "5", details={"nature": "Movies"}))[1] == {"CEA-01/5.2-d": "refuse"}
    assert one(line("toll", "5", details={"nature": "thing"}))[1] == {"CEA-01/5.2-n": "decide"}


def test_a_justified_fare_waits_for_a_person():
    given = line("airfare", "400", details={"program_fare": "300", "justification": "the only flight"})
    assert one(given) == ("400.00", {"CEA-01/5.6": "decide"})


def test_more_nights_than_the_trip_has():
    given = line("lodging", "500", quantity=5, details={"government_rate": "100"})
    found, outcomes = one(given)
    assert (found, outcomes["CEA-01/5.9-a"]) == ("200.00", "decide")


def test_travel_without_a_trip():
    assert one(line("airfare", "9", details={"program_fare": "9"}), trip=None)[1]["CEA-01/5.1.6"] == "missing"


@pytest.mark.parametrize(
    ("about", "covers"),
    [("", True), ("trip", True), ("travel", True), ("domestic travel", False), ("strip mall visit", False)],
)
def test_an_approval_covers_what_it_names(about, covers):
    approved = [{"by": "The Board", "on": "2026-03-01", "for": about}]
    abroad = {**TRIP, "international": True}
    assert (one(line("toll", "3"), trip=abroad, approvals=approved)[0] == "3.00") is covers


def test_many_lines_are_compared_once_each():
    """Ten thousand equal lines: each names the first one, and no other."""
    report = checked(*({**line("toll", "3"), "id": str(at)} for at in range(10_000)))
    assert [len(each["findings"]) for each in report["lines"]] == [1] + [2] * 9_999


def test_phone_by_declaration():
    assert one(line("phone", "20", details={"covered_by_plan": False}))[0] == "20.00"
    assert one(line("phone", "20", details={"covered_by_plan": True})) == ("0.00", {"CEA-01/5.11": "refuse"})
    late = line("phone", "20", on="2026-01-02", receipts=[], details={"covered_by_plan": True})
    assert one(late)[1] == {"CEA-01/5.11": "refuse"}, "nothing is left to decide of what is refused"
    assert one(line("phone", "20"))[1] == {"CEA-01/5.11": "missing"}


def test_what_another_agency_or_oneself_pays_comes_off():
    assert one(line("registration", "50", details={"other_agency": True}))[0] == "0.00"
    assert one(line("registration", "50", details={"other_agency": "20"}))[0] == "30.00"
    assert one(line("registration", "50", details={"personal_part": "10.50"}))[0] == "39.50"
    both = {"personal_part": "25", "other_agency": "25"}
    assert one(line("registration", "50", details=both))[0] == "0.00"
    assert one(line("registration", "50", details={"other_agency": False}))[0] == "50.00"


@pytest.mark.parametrize(
    ("by", "on", "allowed"),
    [
        ("board", "2026-03-09", "30.00"),
        ("board", "2026-03-10", "0.00"),
        ("manager", "2026-03-01", "0.00"),
    ],
)
def test_international_travel_needs_the_board_before(by, on, allowed):
    abroad = {**TRIP, "international": True}
    given = [{"by": by, "on": on, "for": "international"}]
    assert one(line("meal", "30"), trip=abroad, approvals=given)[0] == allowed
    budget = line("meal", "30", details={"over_budget": True})
    assert one(budget, approvals=[{**given[0], "for": "budget"}])[0] == allowed


@pytest.mark.parametrize(("filed", "late"), [("2026-03-24", False), ("2026-03-25", True)])
def test_two_weeks(filed, late):
    found, outcomes = one(line("meal", "30"), filed=filed)
    assert found == "30.00" and (outcomes.get("CEA-01/6.1.2-a") == "decide") is late


def test_others_than_officials_as_ruled():
    officials = CEA.ruled({"11.7": "officials"}, by="board", on=date(2020, 2, 20))
    employee = {"name": "Synthetic Person", "kind": "employee"}
    late = {"filed": "2026-05-01", "claimant": employee}
    assert "CEA-01/6.1.2-a" in one(line("meal", "30"), **late)[1]
    assert "CEA-01/6.1.2-a" not in one(line("meal", "30"), pack=officials, **late)[1]


def test_papers():
    assert one(line("meal", "30", receipts=["card"]))[1] == {"CEA-01/6.1.2-c": "missing"}
    for none in ([], [""], ["none"]):
        assert one(line("toll", "30", receipts=none)) == ("30.00", {"CEA-01/6.1.2-b": "missing"})


def test_a_legislators_meal_is_explained():
    given = line("meal", "30", details={"legislator": True, "issues": "Rates"})
    report = checked(given)
    assert [what for what in report["missing"] if "issues" not in what] == report["missing"] != []
    told = {"legislator": True, "issues": "Rates", "whose_meals": "Two", "positions": "Rates"}
    assert checked(line("meal", "30", details=told))["missing"] == []


@pytest.mark.parametrize(("on", "outcome"), [("2020-02-19", "refuse"), ("2020-02-20", "allow")])
def test_nothing_before_there_was_a_policy(on, outcome):
    assert outcome in one(line("toll", "3", on=on), filed=on, trip=None)[1].values()


def test_a_day_to_come_and_a_line_twice():
    assert one(line("toll", "3", on="2026-03-21"))[1] == {"CEA-01/6.1": "refuse"}
    report = checked(line("toll", "3"), {**line("toll", "3"), "id": "l2"})
    assert [each["findings"][-1]["outcome"] for each in report["lines"]] == ["allow", "decide"]


def test_what_the_claim_as_a_whole_lacks():
    report = checked(line("toll", "3"), purpose="", activity="", trip={**TRIP, "international": None})
    assert report["missing"] == ["purpose", "activity", "trip.international"]
    assert checked(line("toll", "3"), activity="fishing")["findings"][0]["outcome"] == "decide"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"amount": "12.345"}, "lines[0].amount"),
        ({"amount": "-1"}, "lines[0].amount"),
        ({"amount": "NaN"}, "lines[0].amount"),
        ({"amount": True}, "lines[0].amount"),
        ({"amount": "1_0.00"}, "lines[0].amount"),
        ({"amount": "1e3"}, "lines[0].amount"),
        ({"quantity": "1e-9999999"}, "lines[0].quantity"),
        ({"on": "2026-W11-2"}, "lines[0].on"),
        ({"on": "9999-12-31"}, "lines[0].on"),
        ({"amount": None}, "lines[0].amount"),
        ({"amount": "1,234.50"}, "lines[0].amount"),
        ({"amount": "12,50"}, "lines[0].amount"),
        ({"amount": "€12"}, "lines[0].amount"),
        ({"currency": "EUR"}, "lines[0].currency"),
        ({"kind": "yacht"}, "lines[0].kind"),
        ({"on": "2026-02-30"}, "lines[0].on"),
        ({"receipts": "card"}, "lines[0].receipts"),
        ({"details": []}, "lines[0].details"),
        ({"id": None}, "lines[0].id"),
    ],
)
def test_a_bad_line_is_named(change, place):
    with pytest.raises(BadInput) as raised:
        checked({**line("meal", "30"), **change})
    assert place in raised.value.where


@pytest.mark.parametrize(
    "document", [[], "x", {}, claim(filed=None), claim(claimant={"kind": "x"}), claim(lines={}), claim()]
)
def test_a_bad_claim_is_named(document):
    with pytest.raises(BadInput):
        parse_claim(document)


def test_a_field_that_nobody_reads_is_told():
    (note,) = checked({**line("toll", "3"), "grautity": "1"})["notes"]
    assert "lines[0].grautity" in note


def test_without_a_travel_policy_it_is_undetermined():
    with pytest.raises(Undetermined):
        checked(line("toll", "3"), pack=load_pack("cpa"))


def plainly(kind, amount, gratuity, quantity):
    """In dollars, by hand."""
    tenth = Decimal("0.01")
    if kind == "meal":
        food = min(amount, Decimal(30))
        return food + min(gratuity, (food / 5).quantize(tenth, "ROUND_FLOOR"))
    if kind == "taxi":
        return amount + min(gratuity, (amount / 5).quantize(tenth, "ROUND_FLOOR"))
    if kind == "mileage":
        return min(amount + gratuity, (quantity * Decimal("0.725")).quantize(tenth, ROUND_HALF_UP))
    fee = min(amount, 2 * quantity)
    return fee + min(gratuity, (fee / 5).quantize(tenth, "ROUND_FLOOR"))


def test_random_claims_to_the_cent():
    source = random.Random(8)
    for _ in range(1_500):
        lines, expected = [], []
        for at in range(source.randint(1, 6)):
            kind = source.choice(["meal", "taxi", "mileage", "baggage"])
            amount, gratuity = (Decimal(source.randint(0, most)) / 100 for most in (9_000, 2_000))
            quantity = (
                Decimal(source.randint(0, 900)) / 10 if kind == "mileage" else Decimal(source.randint(0, 9))
            )
            given = {"gratuity": str(gratuity)} | (
                {} if kind in ("meal", "taxi") else {"quantity": str(quantity)}
            )
            day = date(2026, 3, 1) + timedelta(days=source.randint(0, 14))
            lines.append({**line(kind, str(amount), on=str(day), **given), "id": str(at)})
            expected.append(plainly(kind, amount, gratuity, quantity))
        report = checked(*lines, filed="2026-03-15")
        assert [Decimal(each["allowed"]) for each in report["lines"]] == expected
        assert Decimal(report["allowed"]) == sum(expected)
        assert Decimal(report["claimed"]) == sum(Decimal(each["claimed"]) for each in report["lines"])


@pytest.fixture
def asked(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("METERKEEP_HOME", str(tmp_path / "none"))

    def ask(content, *words):
        path = tmp_path / "claim.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return run(["expenses", "check", str(path), *words], Composition()), capsys.readouterr()

    return ask


@pytest.mark.parametrize(
    ("given", "code"),
    [(line("toll", "3"), 0), (line("taxi", "3", gratuity="1"), 1), (line("toll", 3, receipts=[]), 3)],
)
def test_exits(asked, given, code):
    found, said = asked(claim(given), "--json")
    assert found == code and json.loads(said.out)["lines"][0]["id"] == "l1"


@pytest.mark.parametrize("content", ["{", '{"a": 1, "a": 2}', "[" * 5_000, '{"claimant": NaN}', "\x00"])
def test_what_is_no_json(asked, content):
    code, said = asked(content)
    assert code == 2 and "not JSON" in said.err


def test_a_table_of_rates_of_ones_own(asked, tmp_path):
    table = tmp_path / "rates.toml"
    row = '[[mileage]]\nfrom = 2026-01-01\nto = 2026-12-31\ndollars = "1"\nsource = "synthetic"\n'
    table.write_text(row)
    given = claim(line("mileage", None, quantity=10))
    assert json.loads(asked(given, "--json", "--rates", str(table))[1].out)["allowed"] == "10.00"
    table.write_text(row * 2)
    assert asked(given, "--rates", str(table))[0] == 2
    table.write_text("[[mileage]]\ndollars = 1\n")
    assert asked(given, "--rates", str(table))[0] == 2
