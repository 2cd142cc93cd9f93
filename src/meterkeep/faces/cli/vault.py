"""`vault`: the keys that stand above the customers' own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from meterkeep.faces.cli.output import as_of_option, by_option, json_option, progress, say_json


@click.group()
def vault() -> None:
    """The keys of the vault."""


@vault.command()
@by_option()
@as_of_option
@json_option
@click.pass_obj
def rotate(composition: Any, by: str, as_of: Any, as_json: bool) -> None:
    """Begin a new epoch: move every key to it, then destroy the old one. After a crash the same command goes on."""
    custodian = composition.open()
    from meterkeep.gate.rotating import keys_to_move, rotate_keys

    total = keys_to_move(custodian.gate)
    with progress() as shown:
        task = shown.add_task("keys", total=total)
        done = rotate_keys(
            custodian.gate,
            by=by,
            on=as_of or custodian.today(),
            told=lambda moved: shown.update(task, completed=moved),
        )
    if as_json:
        say_json({"epoch": done.epoch, "moved": done.moved, "destroyed": done.destroyed})
        return
    gone = ", ".join(map(str, done.destroyed))
    click.echo(f"{done.moved:,} keys moved to epoch {done.epoch}; the key of epoch {gone} is destroyed.")
    click.echo("Whatever was shredded before can be read from no backup any more that lacks the keys folder.")


@vault.command("copy-keys")
@click.argument("place", type=click.Path(path_type=Path))
@click.option(
    "--keep-days", type=click.IntRange(0), default=7, show_default=True, help="How long copies live."
)
@by_option()
@as_of_option
@json_option
@click.pass_obj
def copy(composition: Any, place: Path, keep_days: int, by: str, as_of: Any, as_json: bool) -> None:
    """Copy the key store to a folder apart from the home, verified, and remove older copies there."""
    custodian = composition.open()
    from meterkeep.gate.rotating import copy_keys

    on = as_of or custodian.today()
    done = copy_keys(custodian.gate, place=place, keep=timedelta(days=keep_days), by=by, on=on)
    if as_json:
        say_json({"path": str(done.path), "keys": done.keys, "removed": done.removed})
    else:
        click.echo(f"{done.keys:,} keys are in {done.path}; {done.removed:,} older copies are removed.")


@vault.command()
@click.option("--apply", is_flag=True, help="Destroy keys that have nothing under them.")
@click.option("--by", envvar="METERKEEP_PERSON", default="", help="Who acts, with --apply.")
@as_of_option
@json_option
@click.pass_obj
def check(composition: Any, apply: bool, by: str, as_of: Any, as_json: bool) -> int:
    """Say whether keys and sealed values belong together. Exit 1 where a key has nothing under it, or is missing."""
    custodian = composition.open()
    from meterkeep.gate.rotating import shred_strays, strays

    gone = shred_strays(custodian.gate, by=by, on=as_of or custodian.today()) if apply else 0
    found = strays(custodian.gate)
    if as_json:
        say_json({"idle": len(found.keys), "lost": len(found.lost), "destroyed": gone})
        return 1 if found.keys or found.lost else 0
    if gone:
        click.echo(f"{gone:,} keys that had nothing under them are destroyed.")
    if found.keys:
        click.echo(
            f"{len(found.keys):,} keys have nothing under them: an older key store was put back, and they were destroyed since."
            " Destroy them again with --apply."
        )
    if found.lost:
        click.echo(
            f"{len(found.lost):,} customers or usage points have no key: what is kept of them can never be read."
        )
    if not found.keys and not found.lost:
        click.echo("Every key has something under it, and nothing lacks its key.")
    return 1 if found.keys or found.lost else 0
