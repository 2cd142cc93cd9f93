"""`init`, `upgrade` and `doctor`: a home is made, brought up to date, examined."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import json_option, say_json

_File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--provider", metavar="PACK", required=True, help="The pack of adopted documents, e.g. cea.")
@click.option(
    "--zone", metavar="TZ", required=True, help="The provider's time zone, e.g. America/Los_Angeles."
)
@click.option("--name", default="", help="The provider's name, as pages show it.")
@click.option("--synthetic", is_flag=True, help="A home for made-up data only; pages say so.")
@click.option("--keys", type=_File, metavar="FILE.toml", help="What seals the key files (docs/vault.md).")
@json_option
@click.pass_obj
def init(
    composition: Any, provider: str, zone: str, name: str, synthetic: bool, keys: Path | None, as_json: bool
) -> None:
    """Make a home: settings, database, store, log and keys, with the pack's documents adopted."""
    custodian = composition.create(
        provider=provider, zone=zone, name=name, synthetic=synthetic, keys=keys_table(keys)
    )
    home = custodian.home
    if as_json:
        say_json({"home": str(home.folder), "provider": provider, "zone": zone, "synthetic": synthetic})
        return
    click.echo(f"Made {home.folder} for {home.name} ({provider}, {zone}).")
    click.echo(
        "Next: meterkeep register FILE.toml --by PERSON     your people and parties (docs/registers.md)"
    )
    click.echo("      meterkeep customers import FILE.csv           your customers")
    click.echo("      meterkeep ingest PATH…                        their meter files")


@click.command()
@json_option
@click.pass_obj
def doctor(composition: Any, as_json: bool) -> int:
    """Examine the home: the log, what is waiting for it, and intents that were never resolved."""
    custodian = composition.open()
    from meterkeep.desks.outbox.queries import waiting
    from meterkeep.desks.workforce.queries import people

    unresolved = [
        {"index": index, "name": entry.name, "at": entry.at, "actor": entry.actor}
        for index, entry in custodian.gate.unresolved()
    ]
    findings = {
        "home": str(custodian.home.folder),
        "people": people(custodian.today()).count(),
        "waiting_for_log": waiting(),
        "unresolved": unresolved,
    }
    if as_json:
        say_json(findings)
    else:
        click.echo(f"{custodian.home.folder}: {custodian.home.name}")
        nobody = (
            "" if findings["people"] else ", so nobody may look: meterkeep register FILE.toml --by PERSON"
        )
        click.echo(f"People in the workforce register: {findings['people']}{nobody}")
        click.echo(f"Events waiting for the log: {findings['waiting_for_log']}")
        click.echo(f"Intents without an outcome: {len(unresolved)}")
        for item in unresolved:
            click.echo(f"  entry {item['index']}: {item['name']} at {item['at']} by {item['actor']}")
    return 1 if unresolved else 0


@click.command()
@click.pass_obj
def upgrade(composition: Any) -> None:
    """Bring the home to this version: its format, and the tables of its database."""
    changes = composition.upgrade()
    counted = f"{changes} change{'s' if changes != 1 else ''}"
    click.echo(f"Brought up to date: {counted} to the database." if changes else "Nothing to do.")


def keys_table(path: Path | None) -> dict[str, Any] | None:
    """The settings of the keys: the file's table [keys], or the file itself."""
    if path is None:
        return None
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise BadInput(
            f"This is not TOML: {problem}.", where=str(path), next="See docs/vault.md, Keys."
        ) from problem
    table: dict[str, Any] = settings.get("keys", settings)
    return table
