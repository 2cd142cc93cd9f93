"""`collections`: which step of collection is due on which overdue account."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from meterkeep.faces.cli.deciding_pack import pack_with
from meterkeep.faces.cli.output import aligned, as_of_option, json_option, say_json

SHOWN = 10
"""Rejected lines that people are shown; --json has all."""


@click.group()
def collections() -> None:
    """Overdue accounts, by the provider's policy on collections."""


@collections.command()
@click.option(
    "--accounts",
    "path",
    required=True,
    metavar="FILE.csv",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A line for each overdue account.",
)
@click.option("--provider", metavar="PACK", help="Whose policy, where there is no home.")
@as_of_option
@json_option
@click.pass_obj
def run(composition: Any, path: Path, provider: str | None, as_of: date | None, as_json: bool) -> None:
    """Say which steps each account of FILE.csv has reached. It decides nothing and sends nothing."""
    from meterkeep.desks.arrears.steps import steps_of
    from meterkeep.desks.arrears.table import read_accounts
    from meterkeep.desks.arrears.terms import DOCUMENT, terms_of

    on = as_of or datetime.now().astimezone().date()
    terms = terms_of(pack_with(composition, DOCUMENT, provider=provider, on=on), on)
    given = read_accounts(path)
    steps = [
        {
            "account_number": account.number,
            "step": str(step.name),
            "clause": step.clause,
            "due": step.due.isoformat() if step.due else None,
            "reason": step.reason,
        }
        for _, account in given.accounts
        for step in steps_of(account, terms, on)
    ]
    rejected = [{"line": one.line, "why": one.why} for one in given.rejected]
    if given.unread:
        click.echo(f"Columns that were not read: {', '.join(given.unread)[:200]}.", err=True)
    if as_json:
        say_json({"steps": steps, "rejected": rejected})
    else:
        _show(steps, rejected, on)


def _show(steps: list[dict[str, Any]], rejected: list[dict[str, Any]], on: date) -> None:
    """How many of each: an account's number beside its debt belongs in a file that its reader asked for."""
    click.echo(f"As of {on}:")
    counts = Counter((step["step"], step["clause"]) for step in steps)
    rows = [(name.replace("_", " "), clause, f"{n:,}") for (name, clause), n in sorted(counts.items())]
    for line in aligned([("step", "clause", "accounts"), *rows], left={0, 1}):
        click.echo(f"  {line}")
    if rejected:
        click.echo(f"Left out, {len(rejected):,}:")
    for one in rejected[:SHOWN]:
        click.echo(f"  line {one['line']}: {one['why']}")
    if len(rejected) > SHOWN:
        click.echo("  … all of them with --json")
    click.echo("Each account with its steps and reasons: --json.")
