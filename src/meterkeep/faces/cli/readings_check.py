"""`readings check`: what looks wrong in the readings of a period, flagged and never changed."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import click

from meterkeep.errors import Refused, Undetermined
from meterkeep.faces.cli.output import (
    Day,
    as_of_option,
    by_option,
    json_option,
    say_json,
    stdout,
)

SHOWN = 20


@click.group()
def readings() -> None:
    """Look after the readings that came in."""


@readings.command()
@click.option("--from", "start", type=Day(), help="First civil day; by default 30 days before the last.")
@click.option("--to", "end", type=Day(), help="The day after the last; by default today.")
@click.option(
    "--usage-point", "usage_points", multiple=True, help="A number that `ingest` prints; may be repeated."
)
@click.option(
    "--all", "everyone", is_flag=True, help="All usage points that anybody holds; kept for the console."
)
@click.option(
    "--purpose", default="power_or_billing", show_default=True, help="A code of the purpose register."
)
@click.option("--csv", "as_csv", is_flag=True, help="One line for each flag.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
@click.pass_context
def check(
    context: click.Context,
    composition: Any,
    start: date | None,
    end: date | None,
    usage_points: tuple[str, ...],
    everyone: bool,
    purpose: str,
    as_csv: bool,
    by: str,
    as_of: Any,
    as_json: bool,
) -> None:
    """Check the readings of a period: gaps, spikes, wrong clocks, sums that do not meet. Exit 1 where anything was found.

    Decided and recorded like any access. Nothing is changed: what is flagged is for people to look at.
    """
    if everyone == bool(usage_points):
        raise click.UsageError("Name usage points, or say --all.")
    if as_csv and as_json:
        raise click.UsageError("Choose one of --csv and --json.")
    custodian = composition.open()
    from meterkeep.desks.intake.checking import check_readings

    on = as_of or custodian.today()
    end = end or on
    with _naming(purpose):
        done = check_readings(
            gate=custodian.gate,
            period=(start or end - timedelta(days=30), end),
            usage_points=list(usage_points) or None,
            purpose=purpose,
            by=by,
            on=on,
        )
    rows = _rows(done.flags)
    if as_json:
        say_json({**done.about, "flags": rows, "by_check": dict(Counter(row["check"] for row in rows))})
    elif as_csv:
        _write(rows)
    else:
        _show(rows, done.about)
    context.exit(1 if rows else 0)


@contextmanager
def _naming(purpose: str) -> Iterator[None]:
    """Whoever is told no has to know for which purpose it was asked: most often it was the one that nobody chose."""
    try:
        yield
    except (Refused, Undetermined) as stopped:
        stopped.message += f" It was asked for the purpose “{purpose}”."
        stopped.next = f"{stopped.next} Name another purpose with --purpose.".strip()
        raise


def _rows(flags: Any) -> list[dict[str, Any]]:
    from meterkeep.faces.flags import flag_rows

    return flag_rows(flags)


def _write(rows: list[dict[str, Any]]) -> None:
    from meterkeep.faces.flags import NAMES

    writer = csv.writer(sys.stdout)
    writer.writerow(NAMES)
    writer.writerows([row[name] for name in NAMES] for row in rows)


def _show(rows: list[dict[str, Any]], about: dict[str, Any]) -> None:
    from rich.table import Table

    from meterkeep.faces.flags import amount
    from meterkeep.readings.checks import CHECKS

    told = "Nothing looks wrong" if not rows else f"{len(rows):,} flag{'s' if len(rows) != 1 else ''}"
    customers = f"{about['customers']:,} customer{'s' if about['customers'] != 1 else ''}"
    stdout().print(f"{told}, {customers}, {about['from']} to the day before {about['to']}.")
    if not rows:
        return
    counts = Counter(row["check"] for row in rows)
    totals = Table("Check", "Code", "Flags", "Meaning", box=None)
    totals.columns[2].justify = "right"
    for each in CHECKS:
        if counts[each.name]:
            totals.add_row(each.label, each.name, f"{counts[each.name]:,}", each.says)
    stdout().print(totals)
    table = Table("Usage point", "Check", "Channel", "From (UTC)", "Found", "Limit", box=None)
    for column in (0, 4, 5):
        table.columns[column].justify = "right"
    for row in rows[:SHOWN]:
        amounts = (amount(row[name], row["unit"]) for name in ("found", "limit"))
        table.add_row(str(row["usage_point"]), row["check"], row["channel"], row["start"][:16], *amounts)
    stdout().print(table)
    if len(rows) > SHOWN:
        stdout().print(f"… and {len(rows) - SHOWN:,} more: --csv or --json has all.")
