from __future__ import annotations

import re
from datetime import date

from meterkeep.desks.accounts.models import Kind, User
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, Refused
from meterkeep.gate.request import is_customer

_PROGRAM = re.compile(r"[a-z][a-z0-9.-]{1,63}")
_USERNAME = re.compile(r"(?=.*[a-z])[a-z0-9][a-z0-9._-]{2,62}[a-z0-9]")


def check_username(username: str) -> None:
    """An e-mail address or a bare number would put a customer's identity into the database in clear."""
    if not _USERNAME.fullmatch(username):
        raise BadInput(
            "A username has 4 to 64 small letters, digits, dots and dashes, at least one letter, and no @.",
            where="username",
            next="Choose one that says neither a name nor an account number.",
        )
    if User.objects.filter(username=username).exists():
        raise BadInput("This username is taken.", where="username", next="Choose another one.")


def check_answerable(by: str, *, on: date) -> None:
    """A program stands in no register; the person who gives it a token, or takes it away, answers for what it asks."""
    if workforce.person(by, on=on) is None:
        raise Refused(
            f"{by[:60]!r} is nobody of the workforce register on {on}.",
            where="by",
            next="Give a person's id of the register; who is missing is entered with `meterkeep register`.",
        )


def check_program(name: str) -> None:
    if not _PROGRAM.fullmatch(name):
        raise BadInput(
            "A program's name has 2 to 64 small letters, digits, dots and dashes.",
            where="program",
            next="Choose one that says what it does.",
        )


def check_holder(kind: str, *, customer_id: str, person: str) -> None:
    if kind not in Kind.values:
        raise BadInput(
            f"There is no kind of account “{kind}”.", next=f"Choose one of {', '.join(Kind.values)}."
        )
    if (kind == Kind.CUSTOMER) != is_customer(customer_id):
        raise BadInput(
            "A customer's account, and only that, stands for one customer id.", where="customer_id"
        )
    if (kind == Kind.STAFF) != bool(person):
        raise BadInput(
            "A staff account, and only that, stands for one person of the workforce.", where="person"
        )


def check_open(user: User) -> None:
    if not user.is_active:
        raise Refused("This account is closed.", next="Open a new one; a closed account is not used again.")


def check_person_has_no_account(person: str) -> None:
    """Nobody shares a login and nobody has two (CEA-02 6.5, 6.8), so that each act has one author."""
    if person and User.objects.filter(person=person).exists():
        raise Refused(
            "This person has an account already.", where="person", next="Use it, or set a new password."
        )
