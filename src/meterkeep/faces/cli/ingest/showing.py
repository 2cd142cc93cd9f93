"""What `ingest` says of the files it took in."""

from __future__ import annotations

from typing import Any

import click

from meterkeep.faces.cli.output import aligned

COUNTS = ("records", "stored", "duplicate", "already_stored")
HEAD = ("status", "records", "stored", "duplicate", "already", "rejected", "file")
SHOWN = 10
"""Of how many series the usage point is printed."""


def show(report: dict[str, Any]) -> None:
    """The paths come last, whole: a name that is cut off cannot be found again."""
    rows = [_row(file) for file in report["files"]]
    for line in aligned([HEAD, *rows], left=(0, 6)):
        click.echo(line)
    for file in report["files"]:
        for kind, number in {**file["rejected"], **file["notes"]}.items():
            word = "rejected" if kind in file["rejected"] else "note"
            click.echo(f"{file['path']}: {word} {kind.replace('_', ' ')}: {number:,}")
        if again := file.get("send_again"):
            click.echo(f"{file['path']}: these had said some of what it cancels; take them in with --again:")
            click.echo("\n".join(again))
        if error := file["error"]:
            click.echo(f"{error['where'] or file['path']}: {error['message']}\n  → {error['next']}")
    _show_series([series for file in report["files"] for series in file["series"]])


def _row(file: dict[str, Any]) -> tuple[str, ...]:
    counts = [f"{file[name]:,}" for name in COUNTS]
    return (file["status"].replace("_", " "), *counts, f"{sum(file['rejected'].values()):,}", file["path"])


def _show_series(found: list[dict[str, Any]]) -> None:
    """What `usage` and a look into the store go by; of a great many, the JSON has them all."""
    if not found:
        return
    click.echo("\nReadings by usage point:")
    rows = [
        (series["usage_point"], series["channel"], f"{series['records']:,}", series["first"], series["last"])
        for series in found[:SHOWN]
    ]
    for line in aligned([("number", "channel", "readings", "first", "last"), *rows], left=(0, 1, 3, 4)):
        click.echo(f"  {line}")
    if len(found) > SHOWN:
        click.echo(f"  and {len(found) - SHOWN:,} more; --json lists all.")
