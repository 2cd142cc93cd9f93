from datetime import date

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction

from meterkeep.desks.accounts import actions, queries
from meterkeep.desks.accounts.models import User
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.errors import BadInput, Refused

ON = date(2026, 3, 2)
CUSTOMER = "0123456789abcdef" * 2
pytestmark = pytest.mark.django_db


def open_staff(**changes):
    fields = {"username": "ana.lopez", "password": "a long passphrase", "kind": "staff", "person": "officer"}
    return actions.open_account(**{**fields, **changes}, by="officer", on=ON)


def test_an_open_account_signs_in_and_a_closed_one_does_not():
    user = open_staff()
    assert authenticate(username="ana.lopez", password="a long passphrase") == user
    actions.close_account(user=user, by="officer", on=ON)
    assert authenticate(username="ana.lopez", password="a long passphrase") is None
    assert [event.name for event in OutboxEvent.objects.all()] == ["account.created", "account.disabled"]


def test_who_acts_is_the_customer_or_the_person_behind_the_account():
    customer = actions.open_account(
        username="sunny-meadow", password=None, kind="customer", customer_id=CUSTOMER, by="officer", on=ON
    )
    assert queries.actor(customer) == CUSTOMER
    assert queries.actor(open_staff()) == "officer"


@pytest.mark.parametrize(
    "username", ["ana@example.org", "8005550123", "abc", "Ana.Lopez", "-ana", "a" * 65, "ana lopez"]
)
def test_a_username_that_could_say_who_somebody_is_is_refused(username):
    with pytest.raises(BadInput):
        open_staff(username=username)


@pytest.mark.parametrize("username", ["abcd", "a" * 64, "sunny-meadow.7"])
def test_a_username_within_the_rules_is_accepted(username):
    assert open_staff(username=username).username == username


def test_nobody_has_two_logins():
    open_staff()
    with pytest.raises(Refused):
        open_staff(username="another.one")
    with pytest.raises(BadInput):
        open_staff(person="somebody-else")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "staff", "customer_id": CUSTOMER},
        {"kind": "staff", "person": ""},
        {"kind": "customer", "person": "", "customer_id": ""},
        {"kind": "customer", "person": "", "customer_id": "7"},
        {"kind": "auditor"},
        {"kind": "robot"},
    ],
)
def test_an_account_stands_for_exactly_what_its_kind_says(wrong):
    with pytest.raises(BadInput):
        open_staff(**wrong)


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "robot"},
        {"kind": "customer"},
        {"kind": "staff"},
        {"kind": "staff", "person": "officer", "customer_id": CUSTOMER},
        {"kind": "customer", "person": "officer", "customer_id": CUSTOMER},
    ],
)
def test_the_database_holds_to_it_too(row):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="somebody", **row)


def test_second_factors_are_not_kept_in_clear():
    from meterkeep.desks.accounts.adapters import MFAAdapter

    kept = MFAAdapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in kept
    assert MFAAdapter().decrypt(kept) == "JBSWY3DPEHPK3PXP"
