"""`policy approve`: the privacy officer approves a use that the documents leave to a reasoned approval."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from meterkeep.faces.cli.output import Day, as_of_option, by_option, json_option, say_json


@click.command("approve")
@click.argument("purpose")
@click.option(
    "--elements",
    required=True,
    metavar="NAMES",
    help="What may be used for it: names of the data catalogue, with commas between.",
)
@click.option("--why", required=True, help="The reason. It stays on record.")
@click.option(
    "--until", type=Day(), default=None, help="The day from which it holds no longer. None: for good."
)
@by_option()
@as_of_option
@json_option
@click.pass_obj
def approve_command(
    composition: Any,
    purpose: str,
    elements: str,
    why: str,
    until: date | None,
    by: str,
    as_of: Any,
    as_json: bool,
) -> None:
    """Approve the use of ELEMENTS for PURPOSE, where the documents ask for a reasoned approval."""
    custodian = composition.open()
    from meterkeep.desks.policies import actions

    named = [name.strip() for name in elements.split(",") if name.strip()]
    on = as_of or custodian.today()
    kept = actions.approve_use(purpose=purpose, elements=named, why=why, by=by, on=on, until=until)
    if as_json:
        ends = kept.until.isoformat() if kept.until else None
        said = {"purpose": kept.purpose, "elements": kept.elements, "why": kept.why}
        say_json({**said, "on": kept.on.isoformat(), "until": ends, "by": kept.signed_by})
        return
    end = f" until {kept.until}" if kept.until else ""
    click.echo(f"Approved from {kept.on}{end}: {', '.join(kept.elements)} may be used for {kept.purpose}.")
    click.echo("It is for use within the house; nothing may be disclosed for it, and nobody contacted.")
