"""Random claims against a slow plain oracle, to the cent: every kind of line, written once more from the policy's words, in fractions."""

import random
from datetime import date, timedelta
from fractions import Fraction

import pytest
from desks.expenses.invented import document

from meterkeep.desks.expenses.checking import check
from meterkeep.desks.expenses.claim import parse_claim
from meterkeep.desks.expenses.rates import read_rates
from meterkeep.policy import load_pack

CEA, RATES = load_pack("cea"), read_rates()
PAPERS = ["itemised", "card", "fuel"]
FIRST = date(2026, 1, 5)


def dollars(cents):
    return f"{cents // 100}.{cents % 100:02}"


def oracle(line, *, hours, abroad, approved):
    """Dollars as fractions. What is above a limit is cut to it, gratuities are a fifth of what is allowed, in whole cents."""
    kind, details = line["kind"], line.get("details", {})
    price, tip = Fraction(line.get("amount", "0")), Fraction(line.get("gratuity", "0"))
    count = Fraction(line.get("quantity", "1"))
    if "amount" in line and kind != "mileage":
        price = max(price - Fraction(details.get("personal_part", "0")), 0)
    if details.get("nature") in ("personal", "political", "family", "entertainment", "own_car", "loss") or (
        abroad and not approved
    ):
        return 0
    if kind == "meal":
        price = min(max(price - Fraction(details.get("alcohol", "0")), 0), 30 * count)
    elif kind == "mileage":
        cents = Fraction(str(RATES.at("mileage", date.fromisoformat(line["on"])).dollars)) * count * 100
        most = Fraction(int(cents + Fraction(1, 2)), 100)
        return least(cent_of(most), details, None if "amount" not in line else cent_of(price + tip))
    elif kind == "baggage":
        price = min(price, 2 * count) if "amount" in line else 2 * count
    elif kind == "lodging":
        limit = details.get("group_rate") or details.get("government_rate")
        price = min(price, Fraction(limit) * count)
    elif kind == "airfare":
        price = min(price, Fraction(details["program_fare"]))
    elif kind == "car_rental":
        price = min(price, Fraction(details["state_rate"]) * count)
    elif kind == "parking" and details["lot"] == "short_term" and hours > 24:
        price = min(price, Fraction(details["long_term_rate"]) * count)
    allowed = cent_of(price) + min(cent_of(tip), cent_of(price) // 5)
    claimed = Fraction(line["amount"]) + tip if "amount" in line else price + tip
    return least(allowed, details, cent_of(claimed))


def cent_of(amount):
    return int(amount * 100)


def least(allowed, details, claimed):
    """What others pay, and what was one's own, come off what was claimed; the guideline's limit stays."""
    if claimed is None:
        claimed = allowed
    for name in ("other_agency", "personal_part"):
        claimed -= cent_of(Fraction(details.get(name, "0")))
        allowed = min(allowed, max(claimed, 0))
    return allowed


def a_line(pick, at):
    kind = pick.choice(
        [
            "meal",
            "meal",
            "mileage",
            "taxi",
            "lodging",
            "airfare",
            "car_rental",
            "baggage",
            "parking",
            "toll",
            "phone",
            "registration",
        ]
    )
    line = {
        "id": f"l{at}",
        "kind": kind,
        "on": str(FIRST + timedelta(days=pick.randrange(20))),
        "receipts": PAPERS,
        "details": {},
    }
    amount = pick.choice([2_999, 3_000, 3_001, 199, 200, 201, pick.randrange(0, 60_000)])
    tip = pick.choice([0, amount // 5, amount // 5 + 1, pick.randrange(0, 2_000)])
    if kind not in ("mileage", "baggage") or pick.random() < 0.5:
        line["amount"] = dollars(amount)
    if kind != "mileage":
        line["gratuity"] = dollars(tip)
    _about(line, kind, amount, pick)
    if pick.random() < 0.15:
        line["details"]["nature"] = pick.choice(
            ["personal", "political", "family", "entertainment", "own_car", "loss"]
        )
    for name in ("other_agency", "personal_part"):
        if pick.random() < 0.1:
            line["details"][name] = dollars(pick.randrange(1, 5_000))
    return line


def _about(line, kind, amount, pick):
    near = dollars(max(amount + pick.choice([-1, 0, 1, -700, 700]), 1))
    if kind == "meal":
        line["details"]["alcohol"] = dollars(pick.choice([0, amount // 3]))
        line["quantity"] = str(pick.choice([1, 1, 2]))
    elif kind == "mileage":
        line |= {"quantity": pick.choice(["0.1", "10", "33.3", "123.456", "250"]), "unit": "miles"}
    elif kind == "baggage":
        line["quantity"] = str(pick.randrange(1, 6))
    elif kind == "lodging":
        line["quantity"] = "1"
        line["details"] |= {
            pick.choice(["government_rate", "group_rate"]): near,
            "government_rate_requested": True,
        }
    elif kind == "airfare":
        line["details"]["program_fare"] = near
    elif kind == "car_rental":
        line["quantity"], line["details"]["state_rate"] = (
            str(pick.randrange(1, 4)),
            dollars(max(amount // 2, 1)),
        )
    elif kind == "parking":
        line["quantity"] = str(pick.randrange(1, 4))
        line["details"] |= {
            "airport": True,
            "lot": pick.choice(["long_term", "short_term"]),
            "long_term_rate": dollars(max(amount // 2, 1)),
        }
    elif kind == "phone":
        line["details"]["covered_by_plan"] = False


@pytest.mark.parametrize("seed", range(6))
def test_random_claims_are_what_the_oracle_says_to_the_cent(seed):
    pick = random.Random(seed)
    for _ in range(60):
        hours = pick.choice([23, 24, 25, 60])
        abroad, approved = pick.random() < 0.2, pick.random() < 0.5
        start = f"{FIRST}T06:00"
        end = (FIRST + timedelta(days=(6 + hours) // 24)).isoformat() + f"T{(6 + hours) % 24:02}:00"
        given = document(
            *(a_line(pick, at) for at in range(pick.randrange(1, 8))),
            claimant={"name": "Synthetic Person", "kind": pick.choice(["official", "employee"])},
            filed=str(FIRST + timedelta(days=21)),
            approvals=[{"by": "board", "on": "2026-01-04", "for": "international"}] if approved else [],
            trip={"from": "A", "to": "B", "start": start, "end": end, "international": abroad},
        )
        if any(one["kind"] == "lodging" for one in given["lines"]) and hours < 48:
            given["lines"] = [one for one in given["lines"] if one["kind"] != "lodging"] or [{**a_toll()}]
        report = check(parse_claim(given), CEA, RATES)
        for line, found in zip(given["lines"], report.lines, strict=True):
            assert found.sheet.allowed == oracle(line, hours=hours, abroad=abroad, approved=approved), (
                line,
                found.sheet,
            )
        assert report.allowed == sum(one.sheet.allowed for one in report.lines) == sum(report.parts.values())


def a_toll():
    return {"id": "l0", "kind": "toll", "on": str(FIRST), "amount": "7.00", "receipts": PAPERS}


@pytest.mark.parametrize(
    ("line", "below", "at", "above", "limit"),
    [
        ({"kind": "meal"}, "29.99", "30.00", "30.01", "30.00"),
        ({"kind": "baggage", "quantity": "3"}, "5.99", "6.00", "6.01", "6.00"),
    ],
)
def test_both_sides_of_an_amount(line, below, at, above, limit):
    for amount, allowed in ((below, below), (at, limit), (above, limit)):
        assert allowed_for({**line, "amount": amount}) == allowed


@pytest.mark.parametrize("kind", ["meal", "taxi", "toll", "baggage"])
@pytest.mark.parametrize(("tip", "allowed"), [("0.39", "2.39"), ("0.40", "2.40"), ("0.41", "2.40")])
def test_both_sides_of_a_gratuity_of_a_fifth(kind, tip, allowed):
    assert allowed_for({"kind": kind, "amount": "2.00", "gratuity": tip, "quantity": "1"}) == allowed


@pytest.mark.parametrize(("end", "allowed"), [("T05:59", "40.00"), ("T06:00", "40.00"), ("T06:01", "15.00")])
def test_both_sides_of_a_day_of_parking(end, allowed):
    line = {"kind": "parking", "amount": "40.00", "quantity": "1"}
    line["details"] = {"airport": True, "lot": "short_term", "long_term_rate": "15.00"}
    trip = {
        "from": "A",
        "to": "B",
        "start": f"{FIRST}T06:00",
        "end": f"{FIRST + timedelta(days=1)}{end}",
        "international": False,
    }
    assert allowed_for(line, trip=trip) == allowed


@pytest.mark.parametrize(("days", "late"), [(13, False), (14, False), (15, True)])
@pytest.mark.parametrize("kind", ["official", "volunteer"])
def test_both_sides_of_two_weeks(days, late, kind):
    given = document(a_toll(), claimant={"kind": kind}, filed=str(FIRST + timedelta(days=days)))
    (line,) = check(parse_claim(given), CEA, RATES).as_json()["lines"]
    assert ("CEA-01/6.1.2-a" in {one["clause"] for one in line["findings"]}) is late


def allowed_for(line, **more):
    given = document(
        {"id": "l1", "on": str(FIRST), "receipts": PAPERS, **line},
        claimant={"kind": "official"},
        filed=str(FIRST),
        **more,
    )
    return check(parse_claim(given), CEA, RATES).as_json()["lines"][0]["allowed"]
