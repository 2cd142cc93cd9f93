from __future__ import annotations

from datetime import date

from django.db import transaction

from meterkeep.desks.accounts.checks import (
    check_holder,
    check_open,
    check_person_has_no_account,
    check_username,
)
from meterkeep.desks.accounts.models import User
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.ledger.names import EventName


@transaction.atomic
def open_account(
    *,
    username: str,
    password: str | None,
    kind: str,
    by: str,
    on: date,
    customer_id: str = "",
    person: str = "",
) -> User:
    """password: None opens an account that cannot be used until a password is set."""
    check_holder(kind, customer_id=customer_id, person=person)
    check_username(username)
    check_person_has_no_account(person)
    user = User(username=username, kind=kind, customer_id=customer_id, person=person)
    user.set_password(password)
    user.save()
    record(Event(name=EventName.ACCOUNT_CREATED, by=by, on=on, detail=_whose(user)))
    return user


@transaction.atomic
def set_password(*, user: User, password: str, by: str, on: date) -> None:
    check_open(user)
    user.set_password(password)
    user.save(update_fields=["password"])
    record(Event(name=EventName.ACCOUNT_CHANGED, by=by, on=on, detail=_whose(user)))


@transaction.atomic
def close_account(*, user: User, by: str, on: date) -> None:
    """The row stays: who did what remains answerable."""
    check_open(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    record(Event(name=EventName.ACCOUNT_DISABLED, by=by, on=on, detail=_whose(user)))


def _whose(user: User) -> dict[str, str | int]:
    return {"account": user.pk, "kind": user.kind, "person": user.person}
