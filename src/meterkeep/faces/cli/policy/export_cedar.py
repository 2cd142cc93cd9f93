"""`policy export-cedar`: the pack as Cedar policies, with their schema."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import click

from meterkeep.faces.cli.output import Day, json_option, say_json
from meterkeep.faces.cli.policy.packs import pack_argument
from meterkeep.policy import load_pack


@click.command("export-cedar")
@pack_argument
@click.option("--on", type=Day(), default=None, help="The day whose pack is exported, instead of today.")
@click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), help="The folder to write the files to."
)
@click.option(
    "--complete", is_flag=True, help="For requests that give every fact: no guards for missing ones."
)
@json_option
def export_cedar_command(
    pack: str | Path, on: date | None, to: Path | None, complete: bool, as_json: bool
) -> None:
    """Compile the pack in force on a day to Cedar policies and a schema.

    Without --to the policies are printed. With it the folder gets policies.cedar, schema.cedarschema and request.json,
    a request to start from.
    """
    from meterkeep.policy.assurance.cedar import export

    loaded = load_pack(pack)
    exported = export(loaded, on or datetime.now().astimezone().date(), complete=complete)
    files = {
        "policies.cedar": exported.policies,
        "schema.cedarschema": exported.schema,
        "request.json": json.dumps(exported.request("disclose", {}), indent=2) + "\n",
    }
    told = {"pack": loaded.id, "pack_digest": loaded.digest, "on": exported.on.isoformat()}
    told |= {"policies": len(exported.written), "clauses": len({one.clause for one in exported.written})}
    if to:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (to / name).write_text(text, encoding="utf-8")
    if as_json:
        say_json({**told, "files": [str(to / name) for name in files] if to else files})
    elif to:
        click.echo(f"{told['policies']} policies of {told['clauses']} clauses: {to / 'policies.cedar'}")
    else:
        click.echo(exported.policies, nl=False)
