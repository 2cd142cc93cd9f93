"""`ledger`: the log, verified by anyone who has its files. Nothing here opens the journal for writing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterkeep.faces.cli.ledger.customer import (
    KINDS,
    close_epoch,
    prove_customer,
    tell_customer_file,
    withhold,
)
from meterkeep.faces.cli.ledger.witness import cosign, folder_argument, log_folder, rotate_key, witness
from meterkeep.faces.cli.output import as_of_option, json_option, say_json, text_of

if TYPE_CHECKING:
    from meterkeep.ledger import Verification

_File = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group()
def ledger() -> None:
    """The log: verify it, take its checkpoint, prove an entry, have it witnessed, change its key.

    FOLDER is the log's folder, by default that of the home.
    """


@ledger.command()
@folder_argument
@click.option("--older", type=_File, help="A checkpoint kept from before, which this log must continue.")
@click.option("--key", type=_File, help="The log's verifier keys, from a source you trust.")
@json_option
def verify(folder: Path | None, older: Path | None, key: Path | None, as_json: bool) -> int:
    """Read the whole log and hold it against its signed checkpoint; exit 1 if anything contradicts it."""
    from meterkeep.ledger.verification import verify

    found = verify(log_folder(folder), text_of(key) if key else None, older=text_of(older) if older else None)
    if as_json:
        say_json({"ok": found.ok, **asdict(found)})
    else:
        _tell(found, own_key=key is None)
    return 0 if found.ok else 1


def _tell(found: Verification, *, own_key: bool) -> None:
    if found.ok:
        click.echo(f"The log holds: {found.size:,} entries, root {found.root}.")
    else:
        click.echo(f"The log does not hold. {len(found.problems)} found, the first is the one to look at:")
    for problem in found.problems:
        click.echo(f"  {problem.where}: {problem.message}")
    for note in found.notes:
        click.echo(f"  {note}")
    if found.witnessed:
        click.echo(f"  Witnessed up to {found.witnessed:,} entries by {', '.join(found.witnesses)}.")
    if own_key:
        click.echo("The key is the one in the folder; --key takes one from a source you trust.", err=True)


@ledger.command()
@folder_argument
@json_option
def checkpoint(folder: Path | None, as_json: bool) -> None:
    """Print the signed checkpoint, with what witnesses cosigned of it. Whoever keeps an older one notices any change before it."""
    from meterkeep.ledger import published_checkpoint

    note = published_checkpoint(log_folder(folder))
    if as_json:
        say_json({"checkpoint": note})
    else:
        click.echo(note, nl=False)


@ledger.command()
@click.argument("id", metavar="ID", required=False)
@folder_argument
@click.option(
    "--customer", metavar="REF", help="Prove a customer's whole list instead; in the log, as any access."
)
@click.option(
    "--known-by", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="What REF is."
)
@click.option("--by", envvar="METERKEEP_PERSON", default="", help="Who asks for a customer's list.")
@as_of_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the customer's file here."
)
@json_option
@click.pass_obj
def prove(
    composition: Any,
    id: str | None,
    folder: Path | None,
    customer: str | None,
    known_by: str,
    by: str,
    as_of: date | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Print a proof that the entry with this id (or index) is in the log, for a .tlog-proof file.

    With --json also the entry itself, which whoever checks the proof needs. With --customer, a file that proves every entry
    about a customer, and that none is missing.
    """
    from meterkeep.ledger import prove, published_entry

    if customer is not None:
        made = prove_customer(composition, ref=customer, kind=known_by, by=by, as_of=as_of)
        tell_customer_file(made, out, as_json=as_json)
        return
    if id is None:
        raise click.UsageError("Name an entry by its ID, or a customer with --customer REF.")
    wanted = int(id) if id.isdecimal() and len(id) < 32 else id
    text = prove(log_folder(folder), wanted)
    if as_json:
        index, entry = published_entry(log_folder(folder), wanted)
        say_json({"index": index, "entry": entry.decode(), "proof": text})
    else:
        click.echo(text, nl=False)


ledger.add_command(close_epoch)
ledger.add_command(cosign)
ledger.add_command(rotate_key)
ledger.add_command(withhold)
ledger.add_command(witness)
