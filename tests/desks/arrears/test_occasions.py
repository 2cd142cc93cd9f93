"""Each letter is called for by what is on record, once, and states only what is so. All data is invented."""

from datetime import date, timedelta

import pytest
from desks.arrears.test_collecting import BEGIN, known, take_in  # noqa: F401 - fixtures

from meterkeep.desks.arrears import actions, occasions
from meterkeep.desks.arrears.kinds import ActKind
from meterkeep.desks.arrears.letters.letter import Addressee, Itemised, Letter
from meterkeep.desks.arrears.mailing import due
from meterkeep.desks.arrears.models import Account
from meterkeep.desks.arrears.positions import positions, terms_at

pytestmark = pytest.mark.django_db
A = ActKind
DUE = date(2026, 1, 5)
ON = DUE + timedelta(days=60)
AGENCY = "collections-co"


@pytest.fixture
def account(known, take_in):  # noqa: F811
    """Returned by the utility on a day, before any letter was due."""
    take_in("returned", f"ACC-0,312.45,{DUE},{ON}", on=ON)
    return Account.objects.get()


def position(account, on):
    (one,) = positions(on=on, accounts=[account])
    return one


def kinds(account, on=ON):
    return [str(kind) for kind in occasions.called(position(account, on), terms_at(on)).kinds]


def stopped(account, on):
    return dict(occasions.called(position(account, on), terms_at(on)).stopped)


def facts(account, kind, on=ON):
    found = occasions.facts(position(account, on), kind, terms_at(on))
    Letter(reference="C-1", to=Addressee("Ana", (), "1"), on=on, **found)
    return found


def enter(account, kind, on=ON, **more):
    return actions.enter(account=account, kind=kind, by="manager", on=on, **more)


def test_what_the_utility_no_longer_bills_is_told_once_and_before_any_first_letter(account):
    assert kinds(account, ON - timedelta(days=1)) == []
    assert kinds(account) == ["returned_letter"]
    assert facts(account, A.RETURNED_LETTER)["returned"] and not facts(account, A.RETURNED_LETTER)["billed"]
    enter(account, A.RETURNED_LETTER)
    assert kinds(account) == []
    late = DUE + timedelta(days=91)
    assert kinds(account, late - timedelta(days=1)) == [] and kinds(account, late) == ["first_letter"]


def test_a_letter_of_the_policy_tells_it_too(known, take_in):  # noqa: F811
    late = DUE + timedelta(days=91)
    take_in(
        "returned",
        f"ACC-0,312.45,{DUE},{late}",
        f"ACC-1,19.99,{DUE},{late}",
        f"ACC-2,20.00,{DUE},{late}",
        on=late,
    )
    large, small, middle = (
        next(one for one in positions(on=late) if one.state.balance == cents).account
        for cents in (31245, 1999, 2000)
    )
    assert kinds(large, late) == ["first_letter"]
    assert kinds(small, late) == [] and kinds(middle, late) == ["returned_letter"]


def test_of_several_bills_those_that_are_overdue_are_told_and_no_later_one(known, take_in):  # noqa: F811
    later = ON + timedelta(days=9)
    bills = ((DUE, 20000), (DUE + timedelta(days=30), 11245), (later, 5000))
    take_in("returned", *(f"ACC-0,{cents / 100:.2f},{due},{ON}" for due, cents in bills), on=ON)
    found = facts(Account.objects.get(), A.RETURNED_LETTER)
    assert found["bills"] == bills[:2] and found["balance"] == 31245


def refer(account, on):
    enter(account, A.REFERRED, on=on, why="Returned.", party=AGENCY, cents=31245)


def test_a_validation_notice_is_itemised_from_the_last_statement_and_waits_for_one(account, take_in):  # noqa: F811
    day = ON + timedelta(days=1)
    refer(account, day)
    assert kinds(account, day) == ["returned_letter"]
    assert "send one first" in stopped(account, day)[A.VALIDATION_NOTICE]
    enter(account, A.RETURNED_LETTER, on=day)
    take_in("payments", f"ACC-0,12.45,{day + timedelta(days=1)}", on=day + timedelta(days=1))
    next_day = day + timedelta(days=2)
    assert kinds(account, next_day) == ["validation_notice"]
    found = facts(account, A.VALIDATION_NOTICE, next_day)
    assert found["itemised"] == Itemised(day, owed=31245, paid=1245) and found["balance"] == 30000
    assert found["dispute_by"] == next_day + timedelta(days=14 + 30)
    enter(account, A.VALIDATION_NOTICE, on=next_day)
    assert kinds(account, next_day) == [] and stopped(account, next_day) == {}


def test_the_credit_notice_goes_when_it_is_all_that_is_missing(account):
    enter(account, A.RETURNED_LETTER)
    refer(account, ON)
    enter(account, A.VALIDATION_NOTICE)
    last = ON + timedelta(days=180)
    for kind, day in ((A.FIRST_LETTER, 91), (A.SECOND_LETTER, 120)):
        enter(account, kind, on=DUE + timedelta(days=day))
    assert kinds(account, last - timedelta(days=1)) == [] and kinds(account, last) == ["credit_notice"]
    assert facts(account, A.CREDIT_NOTICE, last)["report_from"] == last + timedelta(days=14)
    enter(account, A.CREDIT_NOTICE, on=last)
    assert kinds(account, last + timedelta(days=1)) == []


def test_a_paid_debt_is_told_once_it_is_taken_back(account, take_in):  # noqa: F811
    refer(account, ON)
    (referral,) = position(account, ON).open(A.REFERRED)
    paid = ON + timedelta(days=3)
    take_in("payments", f"ACC-0,312.45,{paid}", on=paid)
    assert kinds(account, paid) == [] and "first" in stopped(account, paid)[A.PAID_LETTER]
    enter(account, A.RECALLED, on=paid, answers=referral, why="Paid.", party=AGENCY)
    assert kinds(account, paid) == ["paid_letter"]
    found = facts(account, A.PAID_LETTER, paid)
    assert (found["balance"], found["agency"], found["recalled"], found["reported"]) == (
        0,
        AGENCY,
        True,
        False,
    )
    assert found["due_date"] == DUE
    enter(account, A.PAID_LETTER, on=paid)
    assert kinds(account, paid + timedelta(days=9)) == []


def test_a_write_off_is_told_and_says_only_what_never_was(known, take_in):  # noqa: F811
    take_in("returned", f"ACC-0,12.00,{DUE},{ON}", on=ON)
    found = positions(on=ON)
    actions.decide(found=found, kind=A.WRITTEN_OFF, why="Small.", by="manager", on=ON)
    account = found[0].account
    assert kinds(account) == ["write_off_letter"]
    told = facts(account, A.WRITE_OFF_LETTER)
    assert (told["balance"], told["due_date"], told["never_referred"], told["never_reported"]) == (
        1200,
        DUE,
        True,
        True,
    )
    enter(account, A.WRITE_OFF_LETTER)
    assert kinds(account) == []


def test_disputes_and_plans_are_answered_once_each_and_hold_the_rest(account):
    opened = enter(account, A.DISPUTE_OPENED, why="The amount.")
    assert kinds(account) == ["dispute_letter"] and facts(account, A.DISPUTE_LETTER)["disputed_on"] == ON
    enter(account, A.DISPUTE_LETTER)
    assert kinds(account) == []
    day = ON + timedelta(days=2)
    enter(account, A.DISPUTE_CLOSED, on=day, answers=opened, why="Settled.")
    plan = {"instalments": [["2026-05-01", 11245], ["2026-04-01", 20000]]}
    enter(account, A.PLAN_AGREED, on=day, why="Asked.", detail=plan)
    assert kinds(account, day) == ["plan_letter"]
    found = facts(account, A.PLAN_LETTER, day)
    assert found["balance"] == 31245 and [cents for _, cents in found["instalments"]] == [20000, 11245]


@pytest.mark.parametrize("kind", [A.BANKRUPTCY_OPENED, A.DECEASED_OPENED])
def test_nobody_who_is_bankrupt_or_has_died_is_written_to_by_itself(account, kind):
    enter(account, kind, why="Heard of it.")
    enter(account, A.DISPUTE_OPENED, why="The amount.")
    assert kinds(account) == [] and due(on=ON).found == ()
