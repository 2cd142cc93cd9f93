"""`expenses`: what of a claim the travel policy pays, and the claims that are kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import click

from meterkeep.faces.cli.deciding_pack import pack_with
from meterkeep.faces.cli.expenses.claims import COMMANDS
from meterkeep.faces.cli.json_input import read_json
from meterkeep.faces.cli.output import json_option, say_json

COLOURS = {"allow": "green", "cut": "yellow", "refuse": "red", "decide": "cyan", "missing": "cyan"}


@click.group()
def expenses() -> None:
    """Expense claims, by the provider's travel policy."""


@expenses.command()
@click.argument("source", metavar="[CLAIM.json|-]", type=click.File(encoding="utf-8-sig"), default="-")
@click.option("--provider", metavar="PACK", help="Whose policy, where there is no home.")
@click.option(
    "--rates",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE.toml",
    help="A table of rates in place of the shipped one.",
)
@json_option
@click.pass_context
def check(
    context: click.Context, source: TextIO, provider: str | None, rates: Path | None, as_json: bool
) -> None:
    """Say of each line of a claim what is paid, what is not, and what a person decides.

    Exit 0 where all of it is paid, 1 where something was cut or refused, 3 where a person has to decide or something is
    missing.
    """
    from meterkeep.desks.expenses import checking
    from meterkeep.desks.expenses.claim import parse_claim
    from meterkeep.desks.expenses.rates import SHIPPED, read_rates
    from meterkeep.desks.expenses.terms import DOCUMENT

    claim = parse_claim(read_json(source, next="See docs/expenses.md for the form.", number=Decimal))
    pack = pack_with(context.obj, DOCUMENT, provider=provider, on=claim.filed)
    report = checking.check(claim, pack, read_rates(rates or SHIPPED))
    document = report.as_json()
    say_json(document) if as_json else _show(document, claim.filed)
    context.exit(_exit(report.outcomes))


def _exit(outcomes: Any) -> int:
    if outcomes & {"cut", "refuse"}:
        return 1
    return 3 if outcomes & {"decide", "missing"} else 0


def _show(document: dict[str, Any], filed: date) -> None:
    click.secho(f"Claim of {filed}: {document['allowed']} of {document['claimed']} allowed", bold=True)
    for line in document["lines"]:
        click.echo(f"  {line['id']}: {line['allowed']} of {line['claimed']}")
        _show_findings(line["findings"])
    if document["findings"]:
        click.echo("  the claim as a whole")
        _show_findings(document["findings"])
    for title, entries in (("To add", document["missing"]), ("Not read", document["notes"])):
        if entries:
            click.echo(f"  {title}:")
        for entry in entries:
            click.echo(f"    - {entry}")


def _show_findings(findings: list[dict[str, str]]) -> None:
    for one in findings:
        outcome = click.style(f"{one['outcome']:<8}", fg=COLOURS[one["outcome"]])
        click.echo(f"    {outcome} {one['clause']:<15} {one['reason']}")


for _command in COMMANDS:
    expenses.add_command(_command)
