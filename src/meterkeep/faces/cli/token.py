"""`token`: which programs may ask over HTTP, for decisions or for the entries of the log."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from meterkeep.faces.cli.output import by_option, json_option, say_json

SCOPES = ("decide", "audit")


@click.group()
def token() -> None:
    """Which programs may ask over HTTP, for decisions or for the log: give a token, list them, end one."""


@token.command()
@click.argument("program")
@by_option()
@click.option(
    "--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="How long it is in force."
)
@click.option(
    "--scope",
    default="decide",
    show_default=True,
    type=click.Choice(SCOPES),
    help="audit: it may read the log's entries.",
)
@json_option
@click.pass_obj
def new(composition: Any, program: str, by: str, days: int, scope: str, as_json: bool) -> None:
    """Give PROGRAM a token, instead of the one it had. It is shown once and kept as a digest."""
    custodian = composition.open()
    from meterkeep.desks.accounts.actions import issue_token

    expires = custodian.gate.clock() + timedelta(days=days)
    given = issue_token(program=program, scope=scope, expires=expires, by=by, on=custodian.today())
    if as_json:
        say_json({"program": program, "token": given, "scope": scope, "expires": expires.isoformat()})
        return
    click.echo(given)
    click.echo(f"For {program}, until {expires.date()}. It is not shown again.", err=True)


@token.command()
@click.argument("program")
@by_option()
@click.pass_obj
def end(composition: Any, program: str, by: str) -> None:
    """End the token of PROGRAM."""
    custodian = composition.open()
    from meterkeep.desks.accounts.actions import end_token

    end_token(program=program, by=by, on=custodian.today())
    click.echo(f"{program} has no token any more.")


@token.command("list")
@json_option
@click.pass_obj
def list_tokens(composition: Any, as_json: bool) -> None:
    """List the programs that have a token, and until when."""
    composition.open()
    from meterkeep.desks.accounts.queries import tokens

    rows = [
        {"program": one.application.name, "scope": one.scope, "expires": one.expires.isoformat()}
        for one in tokens()
    ]
    if as_json:
        say_json(rows)
    for row in [] if as_json else rows:
        click.echo(f"{row['program']:30} {row['scope']:10} until {row['expires'][:10]}")
