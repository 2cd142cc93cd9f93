"""`backup` and `restore`: a whole home apart from itself, and made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.home import keys_table
from meterkeep.faces.cli.output import by_option, json_option, progress, say_json

_Path = click.Path(path_type=Path)


@click.command()
@click.argument("target", type=_Path)
@by_option()
@json_option
@click.pass_obj
def backup(composition: Any, target: Path, by: str, as_json: bool) -> None:
    """Back up the whole home into the new folder TARGET, while everything goes on. The key store is never in it."""
    with _shown() as told:
        made, left_out = composition.back_up(target, by=by, told=told)
    found = made.manifest
    counts = {
        "customers": found.counts["customers"],
        "entries": found.size,
        "files": found.counts["files of readings"],
    }
    if as_json:
        say_json(
            {
                "path": str(target),
                "id": found.id,
                "bytes": made.bytes,
                **counts,
                "gone": made.gone,
                "left_out": left_out,
            }
        )
        return
    click.echo(
        f"Backed up to {target}: {_megabytes(made.bytes)}, {counts['customers']:,} customers, the log up to {counts['entries']:,} entries."
    )
    if made.gone:
        click.echo(f"{made.gone:,} rows about customers whose keys are destroyed are not in it.")
    if left_out:
        click.echo(f"Not in it, since anybody may be in them: {', '.join(left_out)}.")
    click.echo(
        "It opens only with the key store and the keys folder, which are not in it. Keep them apart, and keep copies:"
    )
    click.echo("  meterkeep vault copy-keys PLACE --by PERSON")


@click.command()
@click.argument("backup", type=_Path)
@click.option(
    "--keys",
    type=_Path,
    required=True,
    help="The key store as it is now: vault/keys.sqlite3, or the newest copy of it.",
)
@click.option(
    "--key-files", type=_Path, required=True, help="The keys folder: kek-….key, blind.key, log.key."
)
@click.option(
    "--witnessed",
    type=_Path,
    help="The newest checkpoint of the log that anybody has, to see whether the backup is behind it.",
)
@click.option(
    "--accept-rollback",
    metavar="WHY",
    default="",
    help="Restore although the log was further; the log says why.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE.toml",
    help="Where a token or a key service seals the key files: the table [keys], as in the home.toml of then.",
)
@click.option("--check", is_flag=True, help="Only open everything in the backup; nothing is restored.")
@click.option("--by", envvar="METERKEEP_PERSON", default="", help="Who acts; not needed with --check.")
@json_option
@click.pass_obj
def restore(composition: Any, by: str, check: bool, as_json: bool, **sources: Any) -> None:
    """Make the home named by METERKEEP_HOME again from BACKUP and the current key store. There must be nothing there yet."""
    if not by and not check:
        raise BadInput(
            "Who restores is not said.", where="--by", next="Add --by PERSON, or set METERKEEP_PERSON."
        )
    sources["root"] = keys_table(sources["root"])
    with _shown() as told:
        done = composition.restore(by=by, told=told, check=check, **sources)
    found = done.manifest
    if as_json:
        say_json(
            {
                "id": found.id,
                "made": found.at,
                "entries": found.size,
                "customers": found.counts["customers"],
                "restored": not check,
            }
            | {"gone": done.gone, "shredded": done.shredded, "strays": done.strays, "behind": done.behind}
            | {"log_keys": [*done.log_keys], "log_renamed": done.renamed}
        )
        return
    for line in _told(done, check=check):
        click.echo(line)


def _told(done: Any, *, check: bool) -> Iterator[str]:
    found = done.manifest
    what = f"{found.provider}, as of {found.at}: {found.counts['customers']:,} customers, {found.size:,} entries of the log"
    yield f"The backup is whole and opens. {what}." if check else f"Restored {what}."
    if done.gone:
        yield f"What was about shredded customers, or of months destroyed since, opens no more and is gone ({done.gone:,} rows); everything else is there."
    if done.behind:
        yield f"The log was {done.behind:,} entries further when it was last seen: what they tell of is not in this home."
    if done.strays:
        yield f"{done.strays:,} keys have nothing under them: of customers who came in after the backup. Import them anew, then: meterkeep vault check."
    if done.renamed:
        yield "Under its old name the log was seen longer, so it goes on under a new name and new keys, and says so. Destroy every copy of the old log.key; tell witnesses and auditors where the old log ended, and give them these:"
    elif done.log_keys:
        yield "The log's key was rotated since the backup, so the log goes on under new keys, and says so. Give them to its witnesses and to whoever checks it:"
    if done.log_keys:
        yield from done.log_keys
    if not check:
        yield "Look at what is due since the backup was made: meterkeep retention plan --by PERSON; then meterkeep doctor and ledger verify."


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


@contextmanager
def _shown() -> Iterator[Callable[[str, int, int], object]]:
    """Progress on stderr, a line for each kind of work."""
    tasks: dict[str, Any] = {}
    with progress() as shown:

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=total or None)
            shown.advance(tasks[what], done)

        yield told
