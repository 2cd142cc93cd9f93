"""`usage`: one usage point's readings through the gate."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from meterkeep.faces.cli.output import (
    Day,
    as_of_option,
    as_period,
    by_option,
    json_option,
    say_json,
    stdout,
)
from meterkeep.faces.rows import usage_rows


@click.command()
@click.argument("usage_point")
@click.option("--from", "start", type=Day(), required=True, help="First civil day.")
@click.option("--to", "end", type=Day(), required=True, help="The day after the last.")
@click.option(
    "--interval", type=click.Choice(["PT15M", "PT1H", "P1D", "P1M"]), default="P1D", show_default=True
)
@click.option("--purpose", required=True, help="A code of the purpose register.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def usage(
    composition: Any,
    usage_point: str,
    start: date,
    end: date,
    interval: str,
    purpose: str,
    by: str,
    as_of: Any,
    as_json: bool,
) -> None:
    """Show the readings of USAGE_POINT for a purpose, decided and recorded."""
    custodian = composition.open()
    from meterkeep.desks.disclosures import actions

    on = as_of or custodian.today()
    _say_if_unregistered(purpose, on=on)
    table = actions.look_at_usage(
        usage_point=usage_point,
        period=as_period(start, end),
        interval=interval,
        purpose=purpose,
        gate=custodian.gate,
        by=by,
        on=on,
    )
    rows = usage_rows(table, zone=custodian.home.zone)
    say_json({"usage_point": usage_point, "interval": interval, "rows": rows}) if as_json else _show(rows)


def _say_if_unregistered(purpose: str, *, on: date) -> None:
    """It is decided all the same, as a secondary purpose; most often it is a slip of the pen."""
    from meterkeep.desks.policies import queries

    codes = sorted(registered.code for registered in queries.purposes(on))
    if codes and purpose not in codes:
        click.echo(f"“{purpose}” is not in the purpose register, which has {', '.join(codes)}.", err=True)


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("Start", "Channel", "Value", "Unit", "Quality", "Intervals", box=None)
    table.columns[2].justify = table.columns[5].justify = "right"
    for row in rows:
        coverage = f"{row['present']} of {row['expected']}"
        table.add_row(row["start"], row["channel"], row["value"], row["unit"], row["quality"], coverage)
    stdout().print(table)
