"""`policy lint`: what is wrong with a pack, and what is merely worth knowing."""

from __future__ import annotations

from pathlib import Path

import click

from meterkeep.faces.cli.output import json_option, say_json
from meterkeep.faces.cli.policy.packs import packs_argument
from meterkeep.policy import pack_ids


@click.command("lint")
@packs_argument
@click.option("--notes", is_flag=True, help="Tell what is redundant, unread or meant so, too.")
@json_option
@click.pass_context
def lint_command(context: click.Context, packs: tuple[str | Path, ...], notes: bool, as_json: bool) -> None:
    """Find slips, gaps, doubled versions and clauses that can never speak or win. Exit 1 with findings; notes are none."""
    from meterkeep.policy.assurance.lint import examine

    told = [(str(pack), one) for pack in packs or pack_ids() for one in examine(pack)]
    found = [(pack, one) for pack, one in told if not one.note]
    shown = told if notes else found
    if as_json:
        say_json([{"pack": pack, **one.as_json()} for pack, one in shown])
    else:
        for pack, one in shown:
            click.echo(f"{pack}: {one.where}: {'note: ' if one.note else ''}{one.what}")
        kept = len(told) - len(shown)
        more = f" {kept} notes (--notes)." if kept else ""
        click.echo((_counted(len(found)) if found else "Nothing found.") + more)
    context.exit(1 if found else 0)


def _counted(findings: int) -> str:
    return "1 finding." if findings == 1 else f"{findings} findings."
