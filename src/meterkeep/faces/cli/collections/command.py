"""`collections`: which step of collection is due on which overdue account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.collections.acts import ACTS
from meterkeep.faces.cli.collections.files import FILES
from meterkeep.faces.cli.deciding_pack import pack_with
from meterkeep.faces.cli.output import aligned, as_of_option, json_option, say_json

SHOWN = 10
"""Rejected lines that people are shown; --json has all."""


@click.group()
def collections() -> None:
    """Overdue accounts, by the provider's policy on collections."""


for command in (*ACTS, *FILES):
    collections.add_command(command)


@collections.command()
@click.option(
    "--accounts",
    "path",
    metavar="FILE.csv",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A line for each overdue account, instead of the home's ledger.",
)
@click.option("--provider", metavar="PACK", help="Whose policy, with --accounts and without a home.")
@click.option("--apply", "really", is_flag=True, help="Enter the steps that are new in the home's worklist.")
@click.option("--by", envvar="METERKEEP_PERSON", default="", help="Who acts, with --apply.")
@as_of_option
@json_option
@click.pass_obj
def run(
    composition: Any,
    path: Path | None,
    provider: str | None,
    really: bool,
    by: str,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Say which steps each account has reached: of the home's ledger, or of FILE.csv. It decides nothing and sends nothing."""
    if path:
        if really:
            raise BadInput(
                "A file of accounts is only looked at.",
                where="--apply",
                next="Take it in first: meterkeep collections import.",
            )
        _run_on_file(composition, path, provider, as_of, as_json)
    else:
        _run_on_ledger(composition, really, by, as_of, as_json)


def _run_on_file(
    composition: Any, path: Path, provider: str | None, as_of: date | None, as_json: bool
) -> None:
    from meterkeep.desks.arrears.steps import steps_of
    from meterkeep.desks.arrears.table import read_accounts
    from meterkeep.desks.arrears.terms import DOCUMENT, terms_of

    on = as_of or datetime.now().astimezone().date()
    terms = terms_of(pack_with(composition, DOCUMENT, provider=provider, on=on), on)
    given = read_accounts(path)
    steps = [
        _step(account.number, step) for _, account in given.accounts for step in steps_of(account, terms, on)
    ]
    rejected = [{"line": one.line, "why": one.why} for one in given.rejected]
    if given.unread:
        click.echo(f"Columns that were not read: {', '.join(given.unread)[:200]}.", err=True)
    if as_json:
        say_json({"steps": steps, "rejected": rejected})
    else:
        _show(steps, rejected, on)


def _run_on_ledger(composition: Any, really: bool, by: str, as_of: date | None, as_json: bool) -> None:
    custodian = composition.open()
    from meterkeep.desks.arrears import actions, checks
    from meterkeep.desks.arrears.positions import positions, steps_reached

    if really:
        checks.check_collector(by, on=custodian.today())
    on = as_of or custodian.today()
    found = positions(on=on)
    steps = [
        {**_step(one.account.reference, step), "todo": step in one.todo}
        for one in found
        for step in one.steps
    ]
    entered = []
    if really:
        _check_day(custodian, on)
        entered = actions.enter_steps(found=steps_reached(on=on), by=by, on=on)
    if as_json:
        new = [
            {
                "account_number": one.account.reference,
                "step": one.name,
                "clause": one.clause,
                "due": one.due,
                "reason": one.reason,
            }
            for one in entered
        ]
        say_json({"steps": steps, "rejected": [], "entered": new})
        return
    _show(steps, [], on)
    if really:
        click.echo(f"Entered: {len(entered):,} new steps.")


def _check_day(custodian: Any, on: date) -> None:
    if on > custodian.today() and not custodian.home.synthetic:
        raise BadInput(
            "What is still to come is not entered.", where="--as-of", next="Leave out --apply to look ahead."
        )


def _step(number: str, step: Any) -> dict[str, Any]:
    return {
        "account_number": number,
        "step": str(step.name),
        "clause": step.clause,
        "due": step.due.isoformat() if step.due else None,
        "reason": step.reason,
    }


def _show(steps: list[dict[str, Any]], rejected: list[dict[str, Any]], on: date) -> None:
    """How many of each: an account's number beside its debt belongs in a file that its reader asked for."""
    click.echo(f"As of {on}:")
    counts = Counter((step["step"], step["clause"]) for step in steps)
    waiting = Counter((step["step"], step["clause"]) for step in steps if step.get("todo"))
    head, with_todo = ("step", "clause", "accounts"), any("todo" in step for step in steps)
    rows: Iterable[tuple[str, ...]] = (
        (name.replace("_", " "), clause, f"{n:,}", *([f"{waiting[name, clause]:,}"] if with_todo else []))
        for (name, clause), n in sorted(counts.items())
    )
    for line in aligned([(*head, "to do") if with_todo else head, *rows], left={0, 1}):
        click.echo(f"  {line}")
    if rejected:
        click.echo(f"Left out, {len(rejected):,}:")
    for one in rejected[:SHOWN]:
        click.echo(f"  line {one['line']}: {one['why']}")
    if len(rejected) > SHOWN:
        click.echo("  … all of them with --json")
    click.echo("Each account with its steps and reasons: --json.")
