"""`vault`: the keys that stand above the customers' own."""

from __future__ import annotations

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
