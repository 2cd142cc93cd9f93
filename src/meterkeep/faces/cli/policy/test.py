"""`policy test`: the cases beside a pack."""

from __future__ import annotations

from pathlib import Path

import click

from meterkeep.faces.cli.output import json_option, say_json
from meterkeep.faces.cli.policy.packs import packs_argument
from meterkeep.policy import pack_ids


@click.command("test")
@packs_argument
@json_option
@click.pass_context
def test_command(context: click.Context, packs: tuple[str | Path, ...], as_json: bool) -> None:
    """Run the cases in the packs' tests folders. Exit 1 if one decides otherwise than it says."""
    from meterkeep.policy.assurance.cases import run_cases

    results = [(str(pack), result) for pack in packs or pack_ids() for result in run_cases(pack)]
    failed = [(pack, result) for pack, result in results if not result.passed]
    if as_json:
        told = [
            {
                "pack": pack,
                "where": one.case.where,
                "about": one.case.about,
                "differences": list(one.differences),
                "passes_under": list(one.passes_under),
            }
            for pack, one in failed
        ]
        say_json({"cases": len(results), "failed": told})
    else:
        for pack, result in failed:
            click.echo(f"{pack} {result.case.where}: {result.case.about}")
            for difference in result.differences:
                click.echo(f"    {difference}")
            if result.passes_under:
                click.echo(
                    f"    It passes where {' or '.join(result.passes_under)}: was it written under another ruling?"
                )
        click.echo(f"{len(results)} cases, {len(failed)} failed.")
    context.exit(1 if failed else 0)
