"""`ingest`: meter files in, every record stored, counted as a duplicate or rejected under a name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import as_of_option, by_option, json_option, progress, say_json, stdout

COUNTS = ("records", "stored", "duplicate", "already_stored")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")
@click.option("--format", "format_", default="auto", show_default=True, help="The files' format, if known.")
@by_option(required=False)
@as_of_option
@json_option
@click.pass_obj
def ingest(
    composition: Any, paths: tuple[Path, ...], format_: str, by: str, as_of: Any, as_json: bool
) -> int:
    """Take meter files in: Green Button, CMEP, utility CSV. A folder means every file in it."""
    files = list(expand(paths))
    if not composition.has_home():
        click.echo("There is no home yet: making an unnamed one (UTC, no documents adopted).", err=True)
    custodian = composition.open_or_unnamed()
    from meterkeep.desks.intake import actions

    with progress() as display:
        task = display.add_task("Taking in", total=len(files))
        report = actions.ingest(
            files,
            format=format_,
            gate=custodian.gate,
            by=by,
            on=as_of or custodian.today(),
            progress=lambda: display.advance(task),
        )
    say_json(report) if as_json else _show(report)
    return 2 if any(file["status"] == "refused" for file in report["files"]) else 0


def expand(paths: Iterable[Path]) -> Iterable[Path]:
    """Folders as the files they hold, in order of name; a path that is not there is an error before anything is done."""
    for path in paths:
        if not path.exists():
            raise BadInput("There is no such file or folder.", where=str(path), next="Check the path.")
        yield from sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]


def _show(report: dict[str, Any]) -> None:
    console = stdout()
    table = Table(
        "File", "Format", "Status", *(name.replace("_", " ") for name in COUNTS), "rejected", box=None
    )
    for column in table.columns[3:]:
        column.justify = "right"
    for file in report["files"]:
        counts = [f"{file[name]:,}" for name in COUNTS]
        table.add_row(
            file["path"],
            file["format"] or "–",
            file["status"],
            *counts,
            f"{sum(file['rejected'].values()):,}",
        )
    console.print(table)
    for file in report["files"]:
        for kind, number in {**file["rejected"], **file["notes"]}.items():
            word = "rejected" if kind in file["rejected"] else "note"
            console.print(f"  {file['path']}: {word} {kind.replace('_', ' ')}: {number:,}")
        if file["error"]:
            error = file["error"]
            console.print(f"  {error['where'] or file['path']}: {error['message']}\n    → {error['next']}")
