"""What is business travel, and the parts of the report: in-state, out-of-state, miscellaneous (CEA-01 4.1, 4.5 to 4.7)."""

import pytest
from desks.expenses.invented import document, meal

from meterkeep.desks.expenses.checking import check
from meterkeep.desks.expenses.claim import parse_claim
from meterkeep.desks.expenses.private import blacked
from meterkeep.desks.expenses.rates import read_rates
from meterkeep.policy import load_pack

CEA, RATES = load_pack("cea"), read_rates()
MILES = {"id": "d1", "kind": "mileage", "on": "2026-03-10", "quantity": "10", "unit": "miles"}
PAPERS = ["itemised", "card"]


def reported(*lines, trip=None, **more):
    given = document(*({"receipts": PAPERS, **line} for line in lines), **more)
    claimant = {"name": "Synthetic Person", "kind": "official"}
    given |= {"filed": "2026-03-20", "claimant": claimant, "trip": given["trip"] | (trip or {})}
    return check(parse_claim(given), CEA, RATES).as_json()


@pytest.mark.parametrize(
    ("workplace", "away"), [("Carlsbad", True), ("SACRAMENTO", False), ("Sacramento,", False), ("", True)]
)
def test_4_1_away_from_the_normal_place_of_work(workplace, away):
    found = reported(MILES, meal(), trip={"workplace": workplace})
    miles, food = found["lines"]
    assert (miles["allowed"] != "0.00") is away and food["allowed"] == "25.00"
    assert ({"CEA-01/4.1"} <= {one["clause"] for one in miles["findings"]}) is not away


@pytest.mark.parametrize(
    ("trip", "part"),
    [
        ({"out_of_state": True}, "out_of_state"),
        ({"out_of_state": False}, "in_state"),
        ({"out_of_state": None}, "unknown"),
        ({"out_of_state": None, "international": True}, "out_of_state"),
    ],
)
def test_4_5_4_6_out_of_state_is_all_costs_of_the_trip(trip, part):
    found = reported(meal(), MILES, trip=trip)
    assert [line["part"] for line in found["lines"]] == [part, part]
    assert found["parts"] == {part: found["allowed"]}


def test_4_7_meals_and_miles_of_no_conference_are_miscellaneous():
    toll = {"id": "b1", "kind": "toll", "on": "2026-03-10", "amount": "7.00"}
    found = reported(meal(), MILES, toll, activity="committee meeting")
    assert [line["part"] for line in found["lines"]] == ["miscellaneous", "miscellaneous", "in_state"]
    away = reported(meal(), MILES, toll, activity="committee meeting", trip={"out_of_state": True})
    assert {line["part"] for line in away["lines"]} == {"out_of_state"}


def test_a_card_number_is_gone_wherever_it_stands_in_a_sentence():
    for text in (
        "Card 4111 1111 1111 1111.",
        "No.4111111111111111, paid",
        "(4111-1111-1111-1111)",
        "4111111111111111",
    ):
        assert "1111" not in blacked(text), text
    assert blacked("101.30 miles at 0.725") == "101.30 miles at 0.725"
