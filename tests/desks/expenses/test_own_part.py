"""What of a line was one's own (CEA-01 5.2) comes off before the guidelines; what is unusual is looked at by a person."""

import pytest

from meterkeep.desks.expenses.checking import check
from meterkeep.desks.expenses.claim import parse_claim
from meterkeep.desks.expenses.rates import read_rates
from meterkeep.policy import load_pack

CEA, RATES = load_pack("cea"), read_rates()
TRIP = {"start": "2026-03-10", "end": "2026-03-11", "international": False}


def checked(**line):
    given = {"id": "l1", "on": "2026-03-10", "receipts": ["itemised", "card"], **line}
    claim = {
        "claimant": {"kind": "official"},
        "filed": "2026-03-20",
        "purpose": "Rates",
        "activity": "conference",
        "trip": TRIP,
        "lines": [given],
    }
    (found,) = check(parse_claim(claim), CEA, RATES).as_json()["lines"]
    return found["claimed"], found["allowed"], {(one["clause"], one["outcome"]) for one in found["findings"]}


@pytest.mark.parametrize(
    ("kind", "amount", "tip", "details", "allowed"),
    [
        ("meal", "60", "12", {"personal_part": "60"}, "0.00"),
        ("meal", "60", "12", {"personal_part": "50"}, "12.00"),
        ("meal", "40", "8", {"personal_part": "20"}, "24.00"),
        ("meal", "60", "0", {"personal_part": "30", "alcohol": "20"}, "10.00"),
        ("taxi", "50", "10", {"personal_part": "20"}, "36.00"),
        ("taxi", "50", "20", {"personal_part": "10"}, "48.00"),
        ("lodging", "200", "0", {"personal_part": "80", "group_rate": "110"}, "110.00"),
        ("registration", "50", "0", {"personal_part": "25", "other_agency": "25"}, "0.00"),
    ],
)
def test_a_limit_and_a_gratuity_are_of_the_business_alone(kind, amount, tip, details, allowed):
    _, paid, findings = checked(kind=kind, amount=amount, gratuity=tip, details=details)
    assert paid == allowed and ("CEA-01/5.2-a", "cut") in findings


@pytest.mark.parametrize(
    ("on", "waits"),
    [("2026-03-09", True), ("2026-03-10", False), ("2026-03-11", False), ("2026-03-12", True)],
)
@pytest.mark.parametrize("kind", ["meal", "taxi", "mileage", "toll", "lodging", "parking", "baggage"])
def test_4_1_a_day_outside_the_trip_is_looked_at(kind, on, waits):
    findings = checked(kind=kind, on=on, amount="2.00", quantity="1", details={"group_rate": "110"})[2]
    assert (("CEA-01/4.1", "decide") in findings) is waits


def test_what_is_bought_before_a_trip_is_not():
    for kind in ("airfare", "registration"):
        assert ("CEA-01/4.1", "decide") not in checked(kind=kind, on="2026-02-01", amount="2.00")[2]


@pytest.mark.parametrize(
    ("kind", "quantity", "waits"),
    [
        ("meal", "3", False),
        ("meal", "4", True),
        ("mileage", "1000", False),
        ("mileage", "1000.1", True),
        ("baggage", "10", False),
        ("baggage", "11", True),
    ],
)
def test_more_than_a_day_holds_is_looked_at(kind, quantity, waits):
    assert (("CEA-01/6.2", "decide") in checked(kind=kind, amount="20.00", quantity=quantity)[2]) is waits


def test_no_meal_is_no_meal():
    assert checked(kind="meal", amount="20", quantity="0")[1:] == ("0.00", {("CEA-01/5.10-a", "missing")})


def test_5_3_a_refused_line_says_what_it_asked_for():
    assert checked(kind="mileage", quantity="101.3", details={"nature": "personal"})[:2] == ("73.44", "0.00")
    assert checked(kind="mileage", quantity="100", on="2020-02-19")[:2] == ("57.50", "0.00")
    assert checked(kind="baggage", quantity="3", details={"nature": "personal"})[:2] == ("6.00", "0.00")


def test_5_9_1_the_group_rate_pays_under_its_own_clause():
    assert checked(kind="lodging", amount="110", quantity="1", details={"group_rate": "110"})[2] == {
        ("CEA-01/5.9.1", "allow")
    }
