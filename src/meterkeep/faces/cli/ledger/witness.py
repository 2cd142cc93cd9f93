"""`ledger cosign`, `ledger witness` and `ledger rotate-key`: outside eyes on the log, and new keys for it."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterkeep.faces.cli.output import by_option, json_option, say_json, text_of

if TYPE_CHECKING:
    from meterkeep.ledger.witness.asking import Witnessing

folder_argument = click.argument("folder", required=False, type=click.Path(path_type=Path))
_own_folder = click.argument("folder", type=click.Path(path_type=Path))
_SAYS = {
    "cosigned": "cosigned",
    "not_reached": "not reached",
    "refused": "refused",
    "contradicts": "CONTRADICTS THIS LOG",
}


def log_folder(given: Path | None) -> Path:
    return given or Path(os.environ.get("METERKEEP_HOME") or "meterkeep-home") / "ledger"


@click.command()
@folder_argument
@json_option
def cosign(folder: Path | None, as_json: bool) -> int:
    """Ask the witnesses of the log's policy to cosign its checkpoint.

    Exit 3 if too few have. Exit 1 if one has seen another history of this log.
    """
    from meterkeep.ledger.witness.asking import ask
    from meterkeep.ledger.witness.web import post

    found = ask(log_folder(folder), post=post)
    if as_json:
        say_json(asdict(found))
    else:
        _tell(found)
    return 1 if found.contradicted else 0 if found.met else 3


def _tell(found: Witnessing) -> None:
    done = "is witnessed" if found.met else "is not witnessed yet"
    click.echo(f"The checkpoint of {found.size:,} entries {done}; the policy asks for {found.needs}.")
    for told in found.witnesses:
        click.echo(f"  {told.name}: {outcome_in_words(told.outcome, told.says)}")
    if found.contradicted:
        click.echo("  → Stop, keep all files, and compare this log with what that witness holds.", err=True)


def outcome_in_words(outcome: str, says: str) -> str:
    """What came of asking a witness: `Told` as a line."""
    return f"{_SAYS[outcome]}: it {says}" if says else _SAYS[outcome]


@click.group()
def witness() -> None:
    """Be a witness of others' logs, on a machine of your own: FOLDER is the witness's folder.

    The three steps are `new`, `trust` and `serve`.
    """


@witness.command()
@_own_folder
@click.argument("name")
def new(folder: Path, name: str) -> None:
    """Make a witness with new keys. NAME is its own, such as witness.example.org/w1.

    Prints its verifier keys: the log's policy names one of them.
    """
    from meterkeep.ledger.witness.witness import Witness

    made = Witness.create(folder, name=name)
    for key in made.public_keys:
        click.echo(str(key))
    made.close()


@witness.command()
@_own_folder
@click.argument("keys", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def trust(folder: Path, keys: Path) -> None:
    """Look at the log whose verifier keys are in the file KEYS, from now on: its `public-key`."""
    from meterkeep.ledger.witness.witness import trust

    for name in trust(folder, text_of(keys)):
        click.echo(name)


@witness.command()
@_own_folder
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8470, show_default=True, type=click.IntRange(1, 65535))
def serve(folder: Path, host: str, port: int) -> None:
    """Cosign what logs send to http://HOST:PORT/add-checkpoint, until interrupted."""
    from meterkeep.faces.cli.serve import check_address
    from meterkeep.ledger.witness.web import server
    from meterkeep.ledger.witness.witness import Witness

    check_address(host, port)
    judge = Witness(folder)
    http = server(judge, host=host, port=port, clock=lambda: int(time.time()))
    click.echo(f"Witnessing at http://{host}:{port}/ (stop with Ctrl-C)", err=True)
    try:
        http.serve_forever()
    finally:
        http.server_close()
        judge.close()


@click.command("rotate-key")
@by_option()
@click.option("--lost", is_flag=True, help="The old key is gone, also from its backup.")
@json_option
@click.pass_obj
def rotate_key(composition: Any, by: str, lost: bool, as_json: bool) -> None:
    """Give the home's log new keys. The old one signs their introduction, and is gone then."""
    keys = composition.rotate_log_key(by=by, lost=lost)
    if as_json:
        say_json({"public_keys": keys, "lost": lost})
        return
    for key in keys:
        click.echo(key)
    click.echo("The log has these keys now. Give them to its witnesses and to whoever checks it.", err=True)
