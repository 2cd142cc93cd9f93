"""`policy coverage`: the clause map."""

from __future__ import annotations

from pathlib import Path

import click

from meterkeep.faces.cli.output import json_option, say_json
from meterkeep.faces.cli.policy.packs import packs_argument
from meterkeep.policy import pack_ids


@click.command("coverage")
@packs_argument
@json_option
@click.pass_context
def coverage_command(context: click.Context, packs: tuple[str | Path, ...], as_json: bool) -> None:
    """Print the clause map: clause, kind, function, tests. Exit 1 where a deciding clause lacks its tests."""
    from meterkeep.policy.assurance.coverage import coverage

    rows = [(str(pack), row) for pack in packs or pack_ids() for row in coverage(pack)]
    if as_json:
        say_json([{"pack": pack, **row.as_json()} for pack, row in rows])
    else:
        for pack, row in rows:
            lack = "" if row.covered else "  ← too few tests"
            click.echo(
                f"{pack:10} {row.clause:16} {'/'.join(row.kinds):14} {row.function:5} {row.cases:3}  {row.summary}{lack}"
            )
    context.exit(0 if all(row.covered for _, row in rows) else 1)
