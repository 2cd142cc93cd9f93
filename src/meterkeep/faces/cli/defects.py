"""`defects`: what was wrong in the meter files, counted by kind, then one by one with file, record and place."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import Day, aligned, json_option, say_json


@click.command()
@click.option("--file", "file_", metavar="SHA256|REFERENCE", default="", help="Of one file.")
@click.option("--kind", default="", help="Of one kind, as the first part of the list names it.")
@click.option("--rejected", "outcome", flag_value="rejected", help="Only what was rejected.")
@click.option("--notes", "outcome", flag_value="noted", help="Only what was kept and noted.")
@click.option("--since", type=Day(), help="Of files that came in on this day or later.")
@click.option("--limit", type=click.IntRange(min=0), help="How many lines; 20 unless told, with --csv all.")
@click.option("--csv", "as_csv", is_flag=True, help="Print all lines as CSV, and nothing else.")
@json_option
@click.pass_obj
def defects(
    composition: Any,
    file_: str,
    kind: str,
    outcome: str | None,
    since: date | None,
    limit: int | None,
    as_csv: bool,
    as_json: bool,
) -> int:
    """List every rejected record and every noted deviation of the meter files. Exit 1 where there is one."""
    if as_csv and as_json:
        raise BadInput("A list is printed in one way.", next="Give --csv or --json, not both.")
    custodian = composition.open()
    from meterkeep.desks.intake import defects as defect_list

    chosen = defect_list.Chosen(file=file_.strip().lower(), kind=kind, outcome=outcome or "", since=since)
    refused = _check_file(chosen)
    _check_kind(kind)
    if refused and not as_json and not as_csv:
        _show_refused(refused)
        return 1
    counted = defect_list.kinds(chosen)
    lines = _lines(defect_list.listed(chosen, gate=custodian.gate))
    if as_csv:
        columns = (*defect_list.COLUMNS, "reason")
        _print_csv(columns, [_refusal(refused)] if refused else islice(lines, limit))
    elif as_json:
        kinds = [each._asdict() for each in counted]
        said = {"kinds": kinds, "lines": list(islice(lines, 20 if limit is None else limit))}
        say_json({**said, "refused": refused.reason} if refused else said)
    else:
        _show(counted, list(islice(lines, 20 if limit is None else limit)))
    return 1 if counted or refused else 0


def _check_file(chosen: Any) -> Any:
    """The arrival, where the file was refused each time that it came, so that it has no defect list; or None."""
    from meterkeep.desks.intake.models import Status
    from meterkeep.desks.intake.queries import files

    known = files().filter(reference=chosen.file) | files().filter(sha256=chosen.file)
    if chosen.file and not known.exists():
        raise BadInput(
            "No meter file of this reference or digest came in.",
            next="Look it up in the list of meter files, or leave --file out.",
        )
    read = known.exclude(status=Status.REFUSED).exists()
    return known.first() if chosen.file and not read else None


def _show_refused(file: Any) -> None:
    reason = file.reason
    place = f"{reason['place']}: " if reason.get("place") else ""
    click.echo(f"The file of {file.on} was refused, and nothing of it was kept ({file.error}).")
    if reason:
        click.echo(f"{place}{reason.get('message', '')}\n  → {reason.get('next', '')}")


def _check_kind(kind: str) -> None:
    from meterkeep.faces.kinds import TABLE

    if kind and kind not in TABLE:
        raise BadInput(
            "There is no such kind.", where="--kind", next="`meterkeep defects` names those that were met."
        )


def _lines(tables: Iterator[tuple[Any, Any]]) -> Iterator[dict[str, Any]]:
    for _, table in tables:
        for batch in table.to_batches(max_chunksize=10_000):
            yield from map(_plain, batch.to_pylist())


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "start": f"{row['start']:%Y-%m-%dT%H:%M:%SZ}" if row["start"] else None}


def _refusal(file: Any) -> dict[str, Any]:
    """The only line about a file of which nothing was kept."""
    reason = [file.reason.get("place", ""), file.reason.get("message", "")]
    return {
        "file": file.reference,
        "sha256": file.sha256,
        "on": file.on.isoformat(),
        "format": file.format,
        "outcome": "refused",
        "kind": file.error,
        "reason": ": ".join(filter(None, reason)),
    }


def _print_csv(columns: tuple[str, ...], lines: Iterable[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)


def _show(counted: list[Any], lines: list[dict[str, Any]]) -> None:
    from meterkeep.faces.kinds import said
    from meterkeep.readings.defects import in_words

    if not counted:
        click.echo("Nothing was rejected and nothing noted.")
        return
    for each in counted:
        means, remedy = said(each.kind, rejected=each.rejected)
        word = "rejected" if each.rejected else "noted"
        files = f"{each.files:,} file{'s' if each.files != 1 else ''}"
        click.echo(f"{each.records:>12,}  {word:8}  {each.kind}, in {files}")
        click.echo(f"{'':24}{means} {remedy}")
    if not lines:
        return
    click.echo()
    rows = [
        (row["file"][:8], row["on"], row["outcome"], row["kind"], f"{row['count']:,}", in_words(row) or "the file", row["start"] or "")
        for row in lines
    ]  # fmt: skip
    head = ("file", "came in", "outcome", "kind", "records", "place", "interval")
    for line in aligned([head, *rows], left=(0, 1, 2, 3, 5, 6)):
        click.echo(line)
    shown, whole = sum(row["count"] for row in lines), sum(each.records for each in counted)
    if shown < whole:
        click.echo(
            f"{len(lines):,} lines about {shown:,} of {whole:,} records; --csv lists all, --limit N more lines."
        )
