"""Collections: both sides of every number, holds and ends, and daily runs against one run."""

import random
from datetime import date, timedelta

import pytest

from meterkeep.desks.arrears.steps import Account, Hold, StepName, steps_of
from meterkeep.desks.arrears.terms import terms_of
from meterkeep.errors import Undetermined
from meterkeep.policy import load_pack

DUE = date(2025, 1, 1)
TERMS = terms_of(load_pack("cea"), DUE)


def names(on, terms=TERMS, **of):
    account = Account(**{"number": "A1", "balance": 100_000, "due_date": DUE, **of})
    return [str(step.name) for step in steps_of(account, terms, on)]


def after(days):
    return DUE + timedelta(days=days)


@pytest.mark.parametrize(
    ("cents", "days", "expected"),
    [
        (25_001, 90, ["none"]),
        (25_001, 91, ["first_letter"]),
        (25_000, 91, ["none"]),
        (25_001, 119, ["first_letter"]),
        (25_001, 120, ["first_letter", "second_letter"]),
        (25_000, 120, ["none"]),
        (25_001, 0, ["none"]),
        (25_001, -1, ["none"]),
    ],
)
def test_letters(cents, days, expected):
    assert names(after(days), balance=cents) == expected


@pytest.mark.parametrize(
    ("cents", "expected"),
    [(1, "write_off_candidate"), (1_999, "write_off_candidate"), (2_000, "referral_candidate")],
)
def test_what_the_utility_gave_back(cents, expected):
    assert names(after(200), balance=cents, returned_on=after(200)) == [expected]
    assert names(after(199), balance=cents, returned_on=after(200)) == ["none"]


def test_a_referral_happens_once():
    assert names(after(80), balance=2_000, returned_on=after(50), referred_on=after(80)) == ["none"]


def test_a_referral_without_a_letter_says_so_or_waits_as_ruled():
    account = Account(number="A1", balance=25_000, due_date=DUE, returned_on=after(60))
    (step,) = steps_of(account, TERMS, after(60))
    assert "No letter went before" in step.reason
    early = Account(number="A1", balance=30_000, due_date=DUE, returned_on=after(60))
    assert "No letter went before" in steps_of(early, TERMS, after(60))[0].reason
    late = Account(number="A1", balance=30_000, due_date=DUE, returned_on=after(95))
    assert "No letter" not in steps_of(late, TERMS, after(95))[-1].reason
    for ruling, found in (("letter_first", ["none"]), ("freely", ["referral_candidate"])):
        terms = terms_of(load_pack("cea").ruled({"11.9": ruling}, by="board", on=DUE), DUE)
        steps = steps_of(account, terms, after(60))
        assert [str(step.name) for step in steps] == found
        assert all("No letter" not in step.reason for step in steps)


@pytest.mark.parametrize(
    ("days", "notice", "expected"),
    [
        (179, 0, []),
        (180, 0, ["credit_report"]),
        (180, None, ["credit_report_blocked"]),
        (180, 181, ["credit_report_blocked"]),
        (180, 167, ["credit_report_blocked"]),
        (180, 166, ["credit_report"]),
    ],
)
def test_credit_reporting(days, notice, expected):
    """Days count from the referral; the notice is told in days after it too, and fourteen have to go by."""
    referred = after(10)
    given = None if notice is None else referred + timedelta(days=notice)
    found = names(
        referred + timedelta(days=days), balance=20_000, referred_on=referred, legal_notice_on=given
    )
    assert found == (expected or ["none"])


def test_collection_begins_with_the_first_letter_where_it_is_ruled_so():
    terms = terms_of(load_pack("cea").ruled({"11.5-e": "first_letter"}, by="board", on=DUE), DUE)
    assert "credit_report_blocked" not in names(after(91 + 179), terms=terms)
    assert "credit_report_blocked" in names(after(91 + 180), terms=terms)


@pytest.mark.parametrize(("cents", "authorised"), [(74_999, False), (75_000, True)])
def test_legal_action(cents, authorised):
    assert ("legal_authority" in names(after(60), balance=cents, referred_on=after(50))) is authorised
    assert "legal_authority" not in names(after(60), balance=cents)


def test_after_four_years_nobody_sues_and_after_seven_nobody_reports():
    of = {"referred_on": after(50), "legal_notice_on": after(50)}
    assert "legal_authority" in names(date(2029, 1, 1), **of)  # the last day is in time
    assert "legal_authority" not in names(date(2029, 1, 2), **of)
    assert "credit_report" in names(date(2032, 1, 1), **of)
    assert "credit_report_blocked" in names(date(2032, 1, 2), **of)


def test_payment_ends_everything_and_recalls():
    of = {"returned_on": after(50), "referred_on": after(60), "paid_on": after(300)}
    assert "legal_authority" in names(after(299), **of)
    (step,) = steps_of(Account(number="A1", balance=100_000, due_date=DUE, **of), TERMS, after(300))
    assert (step.name, step.due) == (StepName.STOP, after(300)) and "recall" in step.reason
    assert names(after(300), balance=0, referred_on=after(60)) == ["stop"]
    assert names(after(300), balance=0) == ["none"]


def test_holds_stop_everything_but_payment():
    since = Hold("disputed", "FED/1692g", after(150))
    assert names(after(149), holds=(since,)) == ["first_letter", "second_letter"]
    assert names(after(150), holds=(since,)) == ["held"]
    assert names(after(150), holds=(Hold("disputed", "FED/1692g"),), paid_on=after(150)) == ["stop"]


def test_days_are_counted_as_ruled():
    rulings = {"11.5-b": "same_day", "11.5-c": "that_day"}
    terms = terms_of(load_pack("cea").ruled(rulings, by="board", on=DUE), DUE)
    assert names(after(90), terms=terms) == ["first_letter"]
    assert names(after(120), terms=terms) == ["first_letter", "second_letter"]
    assert names(after(121), terms=terms) == ["first_letter"]


def test_no_document_in_force_means_undetermined():
    with pytest.raises(Undetermined):
        terms_of(load_pack("cea"), date(2020, 2, 19))
    with pytest.raises(Undetermined):
        terms_of(load_pack("cpa"), DUE)


def random_account(source):
    def day():
        return after(source.randint(-5, 420)) if source.random() < 0.6 else None

    cents = source.choice([0, 1, 1_999, 2_000, 25_000, 25_001, 74_999, 75_000, source.randint(-500, 200_000)])
    return Account(
        number="A", balance=cents, due_date=DUE, returned_on=day(), referred_on=day(),
        legal_notice_on=day(), paid_on=day() if source.random() < 0.3 else None,
    )  # fmt: skip


def plainly(account, on):
    """The same by hand, from the clauses' own numbers."""
    known = {
        name: day if day and day <= on else None
        for name in ("returned_on", "referred_on", "legal_notice_on", "paid_on")
        for day in [getattr(account, name)]
    }
    touched = known["returned_on"] or known["referred_on"]
    if known["paid_on"] or account.balance <= 0:
        return {"stop"} if known["paid_on"] or touched else {"none"}
    age, found = (on - account.due_date).days, set()
    if age < 1:
        return {"none"}
    if account.balance > 250_00:
        found |= {"first_letter"} if age > 90 else set()
        found |= {"second_letter"} if age >= 120 else set()
    if known["returned_on"]:
        if account.balance < 20_00:
            found.add("write_off_candidate")
        elif not known["referred_on"]:
            found.add("referral_candidate")
    if known["referred_on"]:
        if (on - known["referred_on"]).days >= 180:
            noticed = known["legal_notice_on"] and (on - known["legal_notice_on"]).days >= 14
            found.add("credit_report" if noticed else "credit_report_blocked")
        if account.balance >= 750_00:
            found.add("legal_authority")
    return found or {"none"}


def test_random_accounts_as_by_hand():
    source = random.Random(5)
    for _ in range(5_000):
        account, on = random_account(source), after(source.randint(-10, 800))
        assert {str(step.name) for step in steps_of(account, TERMS, on)} == plainly(account, on), (
            account,
            on,
        )


def test_a_year_of_days_tells_what_its_last_day_tells():
    """Whatever a day found is found on the last with the same day due, or was ended by a payment or a referral."""
    source = random.Random(6)
    passing = {StepName.NONE, StepName.REFERRAL_CANDIDATE, StepName.CREDIT_REPORT_BLOCKED}
    for _ in range(60):
        account = random_account(source)
        days = [steps_of(account, TERMS, after(day)) for day in range(366)]
        last = {(step.name, step.due) for step in days[-1]}
        if StepName.STOP in {name for name, _ in last}:
            continue
        seen = {(step.name, step.due) for steps in days for step in steps if step.name not in passing}
        assert seen <= last
