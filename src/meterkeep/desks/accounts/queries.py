from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import QuerySet
from oauth2_provider.models import AccessToken

from meterkeep.desks.accounts.models import Application, Kind, User
from meterkeep.errors import BadInput


def actor(user: User) -> str:
    """Who acts when this user does: the `by=` of every action."""
    return user.customer_id or user.person or user.username


def account_of_person(person: str) -> User | None:
    return User.objects.filter(person=person, kind=Kind.STAFF).first()


def account_of_customer(customer: str) -> User | None:
    return User.objects.filter(customer_id=customer).first()


def user(username: str) -> User:
    found = User.objects.filter(username=username).first()
    if found is None:
        raise BadInput("Nobody signs in under this name.", next="Check the user name.")
    return found


def application(program: str) -> Application | None:
    """The client that a program is known as."""
    return Application.objects.filter(name=program).first()


def program(name: str) -> Application:
    found = application(name)
    if found is None:
        raise BadInput("No program has this name.", next="See `meterkeep token list`.")
    return found


def tokens_of(application: Application) -> QuerySet[AccessToken]:
    return AccessToken.objects.filter(application=application)


def tokens() -> QuerySet[AccessToken]:
    """Those of programs, also where they have expired."""
    return AccessToken.objects.filter(user=None).select_related("application").order_by("application__name")


def digest(token: str) -> str:
    """What is kept of a token: enough to know it again, and nothing to use."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_in_force(token: str, *, at: datetime) -> AccessToken | None:
    known = tokens().filter(token_checksum=digest(token), application__isnull=False, expires__gt=at)
    return known.first()
