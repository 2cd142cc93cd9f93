"""`tick`: what is due as of a day, done once."""

from __future__ import annotations

from typing import Any

import click

from meterkeep.faces.cli.ledger.witness import outcome_in_words
from meterkeep.faces.cli.output import aligned, as_of_option, by_option, json_option, say_json

HEAD = (
    "day",
    "files",
    "records",
    "stored",
    "duplicate",
    "already",
    "rejected",
    "refused",
    "quarantine",
    "withdrawn",
    "late",
)
COUNTS = (
    "files", "records", "stored", "duplicate", "already_stored", "rejected", "refused", "quarantined", "withdrawn",
)  # fmt: skip
"""refused: files that could not be read; quarantined: those of them that came in a watched folder."""


@click.command()
@by_option(required=False)
@as_of_option
@json_option
@click.pass_obj
def tick(composition: Any, by: str, as_of: Any, as_json: bool) -> int:
    """Do what is due: sum up the days that have ended, compact the months that have, check what came in, close the log's epoch, ask its witnesses.

    Exit 1 if a witness has seen another history of the log; everything else is done then all the same.
    """
    custodian = composition.open()
    from meterkeep.jobs import tick as jobs

    done = jobs.tick(gate=custodian.gate, by=by, on=as_of or custodian.today())
    if as_json:
        say_json(done)
    else:
        _say(done)
    return 1 if (done["witnesses"] or {}).get("contradicted") else 0


def _say(done: dict[str, Any]) -> None:
    _say_summaries(done["summaries"])
    compaction = done["compaction"]
    click.echo(
        f"Compaction: {compaction['before']:,} files became {compaction['after']:,}."
        if compaction and compaction["before"]
        else "Compaction: nothing to do."
    )
    click.echo(_checks(done["checks"]))
    click.echo(_epoch(done["epoch"]))
    if done["witnesses"]:
        _say_witnesses(done["witnesses"])
    for one in done["expenses"]:
        when = f"was to be handed in by {one['due']}" if one["late"] else f"is handed in by {one['due']}"
        click.echo(f"Expenses: {one['claim']} of {one['claimant']} {when} (CEA-01/6.1.2-a).")


def _say_witnesses(told: dict[str, Any]) -> None:
    if "not_done" in told:
        click.echo(f"Witnesses: not asked. {told['not_done']}\n  → {told['next']}")
        return
    done = "met" if told["met"] else "NOT met"
    click.echo(f"Witnesses: the policy ({told['needs']}) is {done} for {told['size']:,} entries.")
    for one in told["witnesses"]:
        click.echo(f"  {one['name']}: {outcome_in_words(one['outcome'], one['says'])}")
    if told["contradicted"]:
        click.echo("  → Stop, keep all files, and compare this log with what that witness holds.", err=True)


def _epoch(epoch: dict[str, Any] | None) -> str:
    if epoch is None:
        return "Log: its epoch was closed today."
    return f"Log: epoch {epoch['epoch']} is closed, over {epoch['upto']:,} entries and the lists of {epoch['customers']:,} customers."


def _checks(checks: dict[str, Any] | None) -> str:
    if checks is None:
        return "Checks: done today."
    if "not_done" in checks:
        return f"Checks: not done. {checks['not_done']}\n  → {checks['next']}"
    return f"Checks: {checks['flags']:,} flags; `meterkeep readings check` and the console's page of readings list them."


def _say_summaries(summaries: list[dict[str, Any]]) -> None:
    if not summaries:
        click.echo("No day to sum up: nothing has come in.")
        return
    for line in aligned([HEAD, *map(_row, summaries)], left=(0, len(HEAD) - 1)):
        click.echo(line)
    if not summaries[-1]["final"]:
        click.echo("* so far")


def _row(summary: dict[str, Any]) -> tuple[str, ...]:
    late = ", ".join(f"{one['source'] or '(not named)'} {one['days']} d" for one in summary["late"])
    day = f"{summary['day']}{'' if summary['final'] else ' *'}"
    return (day, *(f"{summary[name]:,}" for name in COUNTS), late or "–")
