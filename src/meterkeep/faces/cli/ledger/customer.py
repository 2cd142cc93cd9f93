"""`ledger prove --customer`, `ledger close-epoch`, `ledger withhold`: the customers' lists in the log, and that they are whole."""

from __future__ import annotations

import os
import secrets
from datetime import date
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import Day, as_of_option, by_option, json_option, say_json

KINDS = ("customer_ref", "account_number", "meter_number", "phone", "email")


def prove_customer(composition: Any, *, ref: str, kind: str, by: str, as_of: date | None) -> Any:
    """The file for one customer, found like anywhere: decided, and in the log."""
    custodian = composition.open()
    on = as_of or custodian.today()
    found = custodian.gate.identify(
        kind,
        ref,
        purpose="customer_service",
        reason="Give a customer the proof of their list in the log",
        by=by,
        on=on,
    )
    if len(found) != 1:
        raise BadInput(
            f"{len(found)} customers are known by this {kind.replace('_', ' ')}.",
            where="--customer",
            next=f"Check it, or say what it is with --known-by: {', '.join(KINDS)}.",
        )
    return custodian.gate.chains.file_for(found[0], on=on)


def tell_customer_file(made: Any, out: Path | None, *, as_json: bool) -> None:
    """Onto stdout, or into the file named; what it shows goes to stderr."""
    if out:
        _write_private(out, made.text)
    if as_json:
        say_json(
            {
                "chain": made.chain,
                "entries": made.entries,
                "later": made.later,
                "epoch": made.epoch.number if made.epoch else None,
                "proof": None if out else made.text,
            }
        )
    elif not out:
        click.echo(made.text, nl=False)
    click.echo(f"{made.entries:,} entries; {_whole(made)}", err=True)
    click.echo("Check it: python -m meterkeep.ledger.verify FILE --key KEYS", err=True)


def _write_private(path: Path, text: str) -> None:
    """Readable by its owner only, from its first byte on, also where there was a file that others could read."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _whole(made: Any) -> str:
    if made.epoch is None:
        return "no epoch is closed yet, so that the list is whole is not shown: meterkeep ledger close-epoch"
    shown = f"the list is shown to be whole up to {made.epoch.at} (epoch {made.epoch.number})"
    if not made.later:
        return f"{shown}."
    return f"{shown}; {made.later:,} came later, and the next epoch will show that none of those is missing."


@click.command("close-epoch")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def close_epoch(composition: Any, by: str, as_of: date | None, as_json: bool) -> None:
    """Sign the lists of all customers as they stand in the log now; `tick` does it once a day."""
    custodian = composition.open()
    closed = custodian.gate.chains.close_epoch(by=by, on=as_of or custodian.today())
    if as_json:
        say_json({"closed": told(closed)})
    elif closed is None:
        click.echo("Nothing has come into the log since the last epoch was closed.")
    else:
        click.echo(
            f"Epoch {closed.number} is closed: the first {closed.upto:,} entries of the log, {closed.chains:,} customers with entries."
        )


def told(closed: Any) -> dict[str, Any] | None:
    """An epoch as JSON has it."""
    if closed is None:
        return None
    return {"epoch": closed.number, "entry": closed.index, "upto": closed.upto, "customers": closed.chains}


@click.command()
@click.argument("entry", type=int)
@click.option(
    "--until", type=Day(), required=True, help="The day on which it is shown; today or earlier: now."
)
@click.option("--clause", required=True, help="The clause that keeps it secret, by its id.")
@click.option(
    "--basis", required=True, help="The order or law; kept in the home, only its digest goes into the log."
)
@by_option()
@as_of_option
@json_option
@click.pass_obj
def withhold(
    composition: Any,
    entry: int,
    until: date,
    clause: str,
    basis: str,
    by: str,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Keep ENTRY, by its number in the log, from the customers it concerns, put the day off, or show it now.

    It stays in the log and counts; they see that an entry is withheld, until when and under which clause.
    """
    custodian = composition.open()
    from meterkeep.desks.disclosures import actions

    on = as_of or custodian.today()
    terms = {"until": until, "clause": clause, "basis": basis}
    index = actions.withhold(entry=entry, gate=custodian.gate, **terms, by=by, on=on)
    if as_json:
        say_json({"entry": entry, "until": until, "clause": clause, "recorded": index})
    elif until <= on:
        click.echo(f"Entry {entry} is shown from now on; entry {index} says so.")
    else:
        click.echo(f"Entry {entry} is withheld until {until}, under {clause}; entry {index} says so.")
