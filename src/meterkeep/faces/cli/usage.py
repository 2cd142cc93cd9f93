"""`usage`: one usage point's readings through the gate, on the screen or as a file."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import (
    Day,
    as_of_option,
    as_period,
    by_option,
    json_option,
    say_json,
    stdout,
)
from meterkeep.faces.rows import coverage_rows, coverage_sentence, usage_rows

AS_STORED = "stored"
DAY = re.compile(r"\d{4}-?\d{2}-?\d{2}")
INTERVALS = ("PT15M", "PT1H", "P1D", "P1M", AS_STORED)


@click.command()
@click.argument("usage_point")
@click.option("--from", "start", type=Day(), required=True, help="First civil day.")
@click.option("--to", "end", type=Day(), required=True, help="The day after the last.")
@click.option("--interval", type=click.Choice(INTERVALS), default="P1D", show_default=True)
@click.option("--purpose", required=True, help="A code of the purpose register.")
@click.option(
    "--known",
    metavar="INSTANT",
    help="As the store was then: 2026-03-01T12:00:00Z, or at the end of a day, 2026-03-01.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write a file: .csv, .parquet, .xlsx or .xml (Green Button).",
)
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
    known: str | None,
    out: Path | None,
    by: str,
    as_of: Any,
    as_json: bool,
) -> None:
    """Show the readings of USAGE_POINT for a purpose, decided and recorded."""
    custodian = composition.open()
    from meterkeep.desks.disclosures import actions

    on = as_of or custodian.today()
    kind = _file_kind(out, custodian) if out else None
    moment = _instant(known, zone=custodian.home.zone) if known else None
    _say_if_unregistered(purpose, on=on)
    found = actions.look_at_usage(
        usage_point=usage_point,
        period=as_period(start, end),
        interval=None if interval == AS_STORED else interval,
        purpose=purpose,
        gate=custodian.gate,
        by=by,
        on=on,
        known=moment,
        kind=kind,
    )
    coverage = coverage_rows(found.coverage)
    said: dict[str, Any] = {"usage_point": usage_point, "interval": interval, "coverage": coverage}
    if moment:
        said["known"] = moment.isoformat()
    if out:
        said |= {"file": str(out), "rows": len(found.table), "sha256": _write(out, found.file)}
    else:
        said["rows"] = usage_rows(found.table, zone=custodian.home.zone)
    say_json(said) if as_json else _show(said)


def _file_kind(out: Path, custodian: Any) -> Any:
    """Asked before anything is opened: what leaves has to have somewhere to go."""
    from django.conf import settings

    from meterkeep.desks.disclosures.delivery import ENDINGS, FileKind

    if out.suffix.lower() not in ENDINGS:
        raise BadInput("The file's ending names no format.", next=f"Use one of {', '.join(ENDINGS)}.")
    if out.exists():
        raise BadInput("A file of this name is there already.", where=str(out), next="Choose another name.")
    if not out.parent.is_dir():
        raise BadInput("The folder is not there.", where=str(out.parent), next="Make it, or choose another.")
    made = custodian.gate.clock()
    return FileKind(ENDINGS[out.suffix.lower()], custodian.home.zone, made, settings.SECRET_KEY)


def _write(out: Path, content: bytes) -> str:
    """Whole or not at all, and for the eyes of whoever runs this."""
    part = out.with_name(f".{out.name}.part")
    part.touch(mode=0o600)
    part.write_bytes(content)
    part.replace(out)
    return hashlib.sha256(content).hexdigest()


def _instant(text: str, *, zone: str) -> datetime:
    """A bare day is its end, the midnight after it where the home is: whoever names a day means what was known that day."""
    try:
        moment = datetime.fromisoformat(text)
        if DAY.fullmatch(text):
            return moment.replace(tzinfo=ZoneInfo(zone)) + timedelta(days=1)
    except ValueError:
        raise BadInput(
            f"{text[:40]!r} is no instant.", where="known", next="Write it as 2026-03-01T12:00:00Z."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _say_if_unregistered(purpose: str, *, on: date) -> None:
    """It is decided all the same, as a secondary purpose; most often it is a slip of the pen."""
    from meterkeep.desks.policies import queries

    codes = sorted(registered.code for registered in queries.purposes(on))
    if codes and purpose not in codes:
        click.echo(f"“{purpose}” is not in the purpose register, which has {', '.join(codes)}.", err=True)


def _show(said: dict[str, Any]) -> None:
    if "file" in said:
        readings = f"{said['rows']:,} reading{'s' if said['rows'] != 1 else ''}"
        click.echo(f"{readings} written to {said['file']} (SHA-256 {said['sha256']}).")
    else:
        _show_rows(said["rows"])
    for each in said["coverage"]:
        click.echo(f"\n{coverage_sentence(each)}")
    if "known" in said:
        click.echo(f"\nAs it was known at {said['known']}.")


def _show_rows(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("Start", "Channel", "Value", "Unit", "Quality", "Intervals", box=None)
    table.columns[2].justify = table.columns[5].justify = "right"
    for row in rows:
        coverage = f"{row['present']} of {row['expected']}"
        table.add_row(row["start"], row["channel"], row["value"], row["unit"], row["quality"], coverage)
    stdout().print(table)
