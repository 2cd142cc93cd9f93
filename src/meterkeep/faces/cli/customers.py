"""`customers import`: who the customers are goes into the vault, what they have agreed to into the register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from meterkeep.faces.cli.output import as_of_option, by_option, json_option, say_json


@click.group()
def customers() -> None:
    """Customers and their service agreements."""


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
    if as_json:
        say_json(report)
    else:
        click.echo(f"Imported {report['imported']:,} lines, rejected {len(report['rejected']):,}.")
        for rejected in report["rejected"]:
            click.echo(f"  line {rejected['line']}: {rejected['why']}")
    return 2 if report["rejected"] else 0
