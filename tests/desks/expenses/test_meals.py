"""Several meals on one line (CEA-01 5.10): the guideline is for each of them, and the line says only what they cost together."""

import pytest

from meterkeep.desks.expenses.checking import check
from meterkeep.desks.expenses.claim import parse_claim
from meterkeep.desks.expenses.rates import read_rates
from meterkeep.policy import load_pack

CEA, RATES = load_pack("cea"), read_rates()


def meal(**given):
    line = {"id": "m1", "kind": "meal", "on": "2026-03-10", "receipts": ["itemised", "card"], **given}
    claim = {
        "claimant": {"kind": "official"},
        "filed": "2026-03-20",
        "purpose": "Rates",
        "activity": "conference",
        "lines": [line],
    }
    (found,) = check(parse_claim(claim), CEA, RATES).as_json()["lines"]
    return found["allowed"], [(one["clause"], one["outcome"]) for one in found["findings"]]


@pytest.mark.parametrize(
    ("amount", "meals", "allowed", "waits"),
    [
        ("30.00", 1, "30.00", False),
        ("30.01", 1, "30.00", False),
        ("30.00", 3, "30.00", False),
        ("30.01", 3, "30.01", True),
        ("90.00", 3, "90.00", True),
        ("90.01", 3, "90.00", True),
    ],
)
def test_where_one_of_several_may_have_cost_more_a_person_looks(amount, meals, allowed, waits):
    paid, findings = meal(amount=amount, quantity=meals)
    assert paid == allowed and (("CEA-01/5.10-a", "decide") in findings) is waits


def test_alcohol_comes_off_before_that_is_asked():
    assert meal(amount="38.00", quantity=2, details={"alcohol": "8.00"}) == (
        "30.00",
        [("CEA-01/5.10-c", "cut")],
    )


def test_half_a_meal_is_not_reckoned():
    assert meal(amount="20.00", quantity="1.5") == ("0.00", [("CEA-01/5.10-a", "missing")])
