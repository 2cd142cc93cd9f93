"""`customers import`: who the customers are goes into the vault, what they have agreed to into the register."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import as_of_option, by_option, json_option, say_json
from meterkeep.faces.cli.passwords import new_password


@click.group()
def customers() -> None:
    """Customers and their service agreements."""


@customers.command("sign-in")
@click.option("--account-number", prompt=True, help="Whose sign-in it is; asked for where it is left out.")
@click.option("--username", required=True, help="Says neither a name nor a number of the customer's.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def sign_in(composition: Any, account_number: str, username: str, by: str, as_of: Any, as_json: bool) -> None:
    """Open a customer's sign-in, or give it a new password, which is shown once.

    Looking the customer up by account number is an access of its own, for customer_service: decided, and in the log.
    """
    custodian = composition.open()
    on = as_of or custodian.today()
    found = custodian.gate.identify(
        "account_number",
        account_number,
        purpose="customer_service",
        reason="Open a customer's sign-in",
        by=by,
        on=on,
    )
    if len(found) != 1:
        raise BadInput(
            f"{len(found)} customers are known by this account number.",
            where="--account-number",
            next="Check the number, or import the customer: meterkeep customers import FILE.csv",
        )
    password = _open_or_renew(found[0], username=username, by=by, on=on)
    if as_json:
        say_json({"username": username, "password": password})
    else:
        click.echo(f"{username} may sign in. Password, shown this once: {password}")


def _open_or_renew(customer: str, *, username: str, by: str, on: date) -> str:
    from meterkeep.desks.accounts import actions, queries

    password = new_password()
    account = queries.account_of_customer(customer)
    if account is None:
        actions.open_account(
            username=username, password=password, kind="customer", customer_id=customer, by=by, on=on
        )
    elif account.username != username:
        raise BadInput(
            "This customer signs in under another name.", where="--username", next="Give that one."
        )
    else:
        actions.set_password(user=account, password=password, by=by, on=on)
    return password


@customers.command("bills")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.csv|json")
@by_option(required=False)
@as_of_option
@json_option
@click.pass_obj
def bills(composition: Any, file: Path, by: str, as_of: Any, as_json: bool) -> int:
    """Take in what customers were billed, by usage point and month; a bad line is named, and the rest goes on."""
    custodian = composition.open()
    from meterkeep.desks.customers import actions

    report = actions.import_bills(file, gate=custodian.gate, by=by, on=as_of or custodian.today())
    return _told(report, as_json=as_json)


@customers.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.csv|json")
@by_option(required=False)
@as_of_option
@json_option
@click.pass_obj
def import_(composition: Any, file: Path, by: str, as_of: Any, as_json: bool) -> int:
    """Import customers; a bad line is named with its reason, and the rest goes on."""
    custodian = composition.open()
    from meterkeep.desks.customers import actions

    report = actions.import_customers(file, gate=custodian.gate, by=by, on=as_of or custodian.today())
    return _told(report, as_json=as_json)


def _told(report: Any, *, as_json: bool) -> int:
    if as_json:
        say_json(report)
    else:
        click.echo(f"Imported {report['imported']:,} lines, rejected {len(report['rejected']):,}.")
        for rejected in report["rejected"]:
            click.echo(f"  line {rejected['line']}: {rejected['why']}")
    return 2 if report["rejected"] else 0
