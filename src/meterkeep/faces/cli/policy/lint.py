"""`policy lint`: what is wrong with a pack although it loads."""

from __future__ import annotations

from pathlib import Path

import click

from meterkeep.faces.cli.output import json_option, say_json
from meterkeep.faces.cli.policy.packs import packs_argument
from meterkeep.policy import pack_ids


@click.command("lint")
@packs_argument
@json_option
@click.pass_context
def lint_command(context: click.Context, packs: tuple[str | Path, ...], as_json: bool) -> None:
    """Find gaps, doubled versions and clauses that can never speak. Exit 1 with findings."""
    from meterkeep.policy.assurance.lint import lint

    found = [(str(pack), finding) for pack in packs or pack_ids() for finding in lint(pack)]
    if as_json:
        say_json([{"pack": pack, "where": one.where, "what": one.what} for pack, one in found])
    else:
        for pack, one in found:
            click.echo(f"{pack}: {one.where}: {one.what}")
        click.echo(f"{len(found)} findings." if found else "Nothing found.")
    context.exit(1 if found else 0)
