"""`ingest`: meter files in, every record stored, counted as a duplicate or rejected under a name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import aligned, as_of_option, by_option, json_option, progress, say_json

COUNTS = ("records", "stored", "duplicate", "already_stored")
HEAD = ("status", "records", "stored", "duplicate", "already", "rejected", "file")
SHOWN = 10
"""Of how many series the usage point is printed."""


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH…]")
@click.option(
    "--format",
    "format_",
    default="auto",
    show_default=True,
    help="The files' format, if known; or a saved mapping.",
)
@click.option(
    "--mapping", type=click.Path(path_type=Path), help="A mapping of CSV columns, in TOML, for these files."
)
@click.option("--again", is_flag=True, help="Read files that are in, or were withdrawn, once more.")
@click.option(
    "--withdraw", metavar="SHA256", help="Take a file back by its digest, instead of taking files in."
)
@click.option("--why", default="", help="Why a file is withdrawn; goes to the log, so name no customer.")
@click.option("--apply", is_flag=True, help="Withdraw it; without, only count.")
@by_option(required=False)
@as_of_option
@json_option
@click.pass_obj
def ingest(
    composition: Any,
    paths: tuple[Path, ...],
    format_: str,
    mapping: Path | None,
    again: bool,
    withdraw: str | None,
    why: str,
    apply: bool,
    by: str,
    as_of: Any,
    as_json: bool,
) -> int:
    """Take meter files in: Green Button, CMEP, NEM12, EDI 867, utility CSV, also in zip or gzip. A folder means every
    file in it but hidden ones."""
    if withdraw is not None:
        return _withdraw(
            composition, withdraw, paths, why=why, by=by, as_of=as_of, apply=apply, as_json=as_json
        )
    if not paths:
        raise BadInput("There is nothing to take in.", next="Name files or folders.")
    files = list(expand(paths))
    if not composition.has_home():
        click.echo("There is no home yet: making an unnamed one (UTC, no documents adopted).", err=True)
    custodian = composition.open_or_unnamed()
    from meterkeep.desks.intake import actions
    from meterkeep.desks.policies.queries import version

    format_, mappings = _mappings(custodian.home.folder / "mappings", mapping, format_)
    with progress() as display:
        task = display.add_task("Taking in", total=len(files))
        report = actions.ingest(
            files,
            format=format_,
            mappings=mappings,
            gate=custodian.gate,
            by=by,
            on=as_of or custodian.today(),
            again=again,
            progress=lambda: display.advance(task),
        )
    if as_json:
        say_json(report)
    else:
        _show(report)
        stamp = version(as_of or custodian.today())
        click.echo(
            f"\nCollected under the documents {stamp[:16]}…" if stamp else "\nCollected under no documents."
        )
    return 2 if any(file["status"] == "refused" for file in report["files"]) else 0


def _withdraw(
    composition: Any,
    digest: str,
    paths: tuple[Path, ...],
    *,
    why: str,
    by: str,
    as_of: Any,
    apply: bool,
    as_json: bool,
) -> int:
    """Shows what a withdrawal does, and with `apply` does it. It is a person's act: the intake itself withdraws nothing."""
    if paths or by == "intake":
        raise BadInput(
            "A file is withdrawn by its digest, by a person.",
            next="Give --withdraw SHA256 --why REASON --by PERSON, and no path.",
        )
    custodian = composition.open()
    from meterkeep.desks.intake import actions

    found = actions.withdraw(
        digest=digest.strip().lower(),
        why=why,
        gate=custodian.gate,
        by=by,
        on=as_of or custodian.today(),
        apply=apply,
    )
    if as_json:
        say_json({**asdict(found), "applied": apply and not found.already})
        return 0
    if found.already:
        click.echo("This file was withdrawn already; nothing changes.")
        return 0
    verb = "no longer count" if apply else "would no longer count"
    click.echo(f"{found.ceased:,} readings {verb}: for {found.restored:,} an earlier one counts again.")
    if found.send_again:
        click.echo("These files said some of the same; take them in with --again, so that their word counts:")
        click.echo("\n".join(found.send_again))
    if not apply:
        click.echo("Nothing was changed. Add --apply to withdraw the file.")
    return 0


def _mappings(saved: Path, given: Path | None, format_: str) -> tuple[str, list[Any]]:
    """The format to read by, and the mappings that there are: the one given, or those saved in the home."""
    from meterkeep.readings.formats.mapping import load_mapping, saved_mappings

    if given is None:
        return format_, saved_mappings(saved)
    if format_ != "auto":
        raise BadInput("A mapping is a format of its own.", next="Give --format or --mapping, not both.")
    mapping = load_mapping(given)
    return mapping.name, [mapping]


def expand(paths: Iterable[Path]) -> Iterable[Path]:
    """Folders as the files they hold, in order of name; a path that is not there is an error before anything is done."""
    for path in paths:
        if not path.exists():
            raise BadInput("There is no such file or folder.", where=str(path), next="Check the path.")
        yield from _files_of(path) if path.is_dir() else [path]


def _files_of(folder: Path) -> list[Path]:
    """Hidden files are what desktops leave behind, never a utility's."""
    found = [item for item in folder.rglob("*") if item.is_file()]
    return sorted(item for item in found if not _hidden(item.relative_to(folder)))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _show(report: dict[str, Any]) -> None:
    """The paths come last, whole: a name that is cut off cannot be found again."""
    rows = [_row(file) for file in report["files"]]
    for line in aligned([HEAD, *rows], left=(0, 6)):
        click.echo(line)
    for file in report["files"]:
        for kind, number in {**file["rejected"], **file["notes"]}.items():
            word = "rejected" if kind in file["rejected"] else "note"
            click.echo(f"{file['path']}: {word} {kind.replace('_', ' ')}: {number:,}")
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
