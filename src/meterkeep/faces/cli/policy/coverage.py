"""`policy coverage`: the clause map."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from meterkeep.faces.cli.output import json_option, say_json
from meterkeep.faces.cli.policy.packs import packs_argument
from meterkeep.policy import pack_ids

if TYPE_CHECKING:
    from meterkeep.policy.assurance.coverage import Row

COLOURS = {"tested": "green", "pending": "yellow", "stated": None, "missing": "red"}
MEANINGS = {
    "tested": "tested",
    "pending": "pending: the desk that carries them, or its part of it, is not built yet",
    "stated": "stated: they bind nobody",
    "missing": "missing a test",
}


@click.command("coverage")
@packs_argument
@json_option
@click.pass_context
def coverage_command(context: click.Context, packs: tuple[str | Path, ...], as_json: bool) -> None:
    """Print the clause map: clause, kind, function, tests. Exit 1 where a clause lacks its tests."""
    from meterkeep.policy.assurance.coverage import coverage

    rows = [(str(pack), row) for pack in packs or pack_ids() for row in coverage(pack)]
    if as_json:
        say_json([{"pack": pack, **row.as_json()} for pack, row in rows])
    else:
        for pack, row in rows:
            _tell(pack, row)
        _tell_sum([row for _, row in rows])
    context.exit(0 if all(row.covered for _, row in rows) else 1)


def _tell(pack: str, row: Row) -> None:
    tests = row.cases + len(row.tests)
    click.echo(f"{pack:10} {row.clause:18} {'/'.join(row.kinds):14} {row.function.code} {tests:3} ", nl=False)
    click.secho(f"{row.status:8}", fg=COLOURS[row.status], nl=False)
    click.echo(f" {row.summary}")


def _tell_sum(rows: list[Row]) -> None:
    click.echo(f"\n{len(rows)} clauses:")
    found = Counter(row.status for row in rows)
    for status, meaning in MEANINGS.items():
        click.echo(f"  {found[status]:4} {meaning}")
    waiting = Counter(row.function for row in rows if row.status == "pending")
    for function, clauses in sorted(waiting.items(), key=lambda one: one[0].code):
        click.echo(f"         {function.code} {function.title}: {clauses}")
