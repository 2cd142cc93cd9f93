from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from oauth2_provider.models import AccessToken

from meterkeep.desks.accounts import queries
from meterkeep.desks.accounts.checks import (
    check_answerable,
    check_holder,
    check_open,
    check_person_has_no_account,
    check_program,
    check_username,
)
from meterkeep.desks.accounts.models import Application, User
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.ledger.names import EventName

_AT_ONCE = 10_000


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


@transaction.atomic
def forget(*, customers: Sequence[str], by: str, on: date) -> int:
    """Deletes the sign-ins of destroyed customers, their sessions and what programs held for them; how many that was."""
    gone = 0
    for first in range(0, len(customers), _AT_ONCE):
        users = User.objects.filter(customer_id__in=customers[first : first + _AT_ONCE])
        keys = UserSession.objects.filter(user__in=users).values_list("session_key", flat=True)
        Session.objects.filter(session_key__in=list(keys)).delete()
        gone += users.count()
        users.delete()
    if gone:
        told = {"desk": "accounts", "records": gone}
        record(Event(name=EventName.RECORDS_FORGOTTEN, by=by, on=on, detail=told))
    return gone


@transaction.atomic
def issue_token(*, program: str, scope: str, expires: datetime, by: str, on: date) -> str:
    """Opens the API to a program, and ends the token it had. What is returned is kept as a digest and never shown again."""
    check_answerable(by, on=on)
    check_program(program)
    known = queries.application(program)
    application = known or Application.objects.create(
        name=program,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    queries.tokens_of(application).delete()
    token = secrets.token_urlsafe(32)
    AccessToken.objects.create(
        application=application,
        token="",
        token_checksum=queries.digest(token),
        scope=scope,
        expires=expires,
    )
    name = EventName.ACCOUNT_CHANGED if known else EventName.ACCOUNT_CREATED
    record(Event(name=name, by=by, on=on, detail=_which(application)))
    return token


@transaction.atomic
def end_token(*, program: str, by: str, on: date) -> None:
    """The program asks nothing any more; that it did remains answerable."""
    check_answerable(by, on=on)
    application = queries.program(program)
    queries.tokens_of(application).delete()
    record(Event(name=EventName.ACCOUNT_DISABLED, by=by, on=on, detail=_which(application)))


def _which(application: Application) -> dict[str, str | int]:
    return {"account": application.pk, "kind": "program", "program": application.name}


def _whose(user: User) -> dict[str, str | int]:
    return {"account": user.pk, "kind": user.kind, "person": user.person}
