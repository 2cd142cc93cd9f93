from __future__ import annotations

from meterkeep.desks.accounts.models import Kind, User
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
