from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.ingest.folders import expand
from meterkeep.faces.cli.ingest.reading import Bar
from meterkeep.faces.cli.ingest.showing import show
from meterkeep.faces.cli.ingest.watching import watch_folder
from meterkeep.faces.cli.ingest.withdrawing import withdraw
from meterkeep.faces.cli.output import as_of_option, by_option, json_option, say_json


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
@click.option("--source", default="", metavar="ID", help="Who sent the files, such as sce.")
@click.option("--again", is_flag=True, help="Read files that are in, or were withdrawn, once more.")
@click.option(
    "--watch",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Take in whatever comes into a folder, until interrupted.",
)
@click.option("--once", is_flag=True, help="With --watch: what is complete now, then end.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=10,
    show_default=True,
    help="With --watch: seconds between two looks.",
)
@click.option(
    "--settle",
    type=click.FloatRange(min=0),
    default=5,
    show_default=True,
    help="With --watch: seconds for which a file has to stay as it is.",
)
@click.option(
    "--time-limit",
    type=click.IntRange(min=1),
    default=None,
    help="With --watch: seconds that a file may take.  [default: 900 and 1 for each 200 kB]",
)
@click.option(
    "--withdraw",
    "withdrawn",
    metavar="SHA256",
    help="Take a file back by its digest, instead of taking files in.",
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
    withdrawn: str | None,
    watch: Path | None,
    why: str,
    apply: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Take meter files in: Green Button, CMEP, NEM12, EDI 867, utility CSV, also in zip or gzip. A folder means every
    file in it but hidden ones. With --watch DIR, whatever comes into a folder from now on."""
    if withdrawn is not None:
        who = {"by": options["by"], "as_of": options["as_of"]}
        return withdraw(composition, withdrawn, paths, why=why, apply=apply, as_json=as_json, **who)
    if watch is not None:
        if paths or options["again"]:
            raise BadInput(
                "A watched folder is taken in by itself.",
                next="Give --watch DIR, without a path and --again.",
            )
        return watch_folder(composition, watch, options, as_json=as_json)
    if not paths:
        raise BadInput("There is nothing to take in.", next="Name files or folders.")
    return _take_in(composition, list(expand(paths)), options, as_json=as_json)


def _take_in(composition: Any, files: list[Path], options: dict[str, Any], *, as_json: bool) -> int:
    if not composition.has_home():
        click.echo("There is no home yet: making an unnamed one (UTC, no documents adopted).", err=True)
    custodian = composition.open_or_unnamed()
    from meterkeep.desks.intake import actions
    from meterkeep.desks.intake.mappings import mappings_for
    from meterkeep.desks.policies.queries import version

    format_, mappings = mappings_for(custodian.home.folder, options["mapping"], options["format_"])
    on = options["as_of"] or custodian.today()
    with Bar(files) as bar:
        report = actions.ingest(
            files,
            format=format_,
            mappings=mappings,
            gate=custodian.gate,
            by=options["by"],
            on=on,
            again=options["again"],
            source=options["source"],
            progress=bar.next,
        )
    if as_json:
        say_json(report)
    else:
        show(report)
        stamp = version(on)
        click.echo(
            f"\nCollected under the documents {stamp[:16]}…" if stamp else "\nCollected under no documents."
        )
    return 2 if any(file["status"] == "refused" for file in report["files"]) else 0
