"""The demonstration's sign-ins: three synthetic people, with new passwords at every start."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple


class SignIn(NamedTuple):
    who: str
    username: str
    password: str
    page: str


PEOPLE = (
    ("Customer", "demo-customer", "/portal/"),
    ("Privacy officer", "privacy-officer", "/console/"),
    ("Analyst", "analyst", "/console/"),
)


def hand_out(custodian: Any) -> list[SignIn]:
    """New passwords for the accounts that the walk has opened."""
    from meterkeep.desks.accounts import actions, queries

    signins = []
    for who, username, page in PEOPLE:
        password = "-".join(secrets.token_hex(2) for _ in range(3))
        user = queries.user(username)
        actions.set_password(user=user, password=password, by="demo", on=custodian.today())
        signins.append(SignIn(who, username, password, page))
    return signins
