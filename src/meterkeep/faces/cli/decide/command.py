"""`decide`: what the adopted documents say, without a home, a database or any data."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, TextIO

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.decide.customer_table import decide_customers, tell, write_outcomes
from meterkeep.faces.cli.deciding_pack import check_provider, pack_for, remark_on
from meterkeep.faces.cli.json_input import read_json
from meterkeep.faces.cli.output import as_of_option, json_option, say_json
from meterkeep.policy import DecideItem, Decision, Pack, parse_decide_input
from meterkeep.policy import decide as decide_request
from meterkeep.policy.deciding.reasons import reason_of

_File = click.Path(path_type=Path, dir_okay=False)
EXITS = {"permit": 0, "refuse": 1, "undetermined": 3}
SAID = {"permit": "Permitted", "refuse": "Refused", "undetermined": "Undetermined"}
COLOURS = {"permit": "green", "refuse": "red", "undetermined": "yellow"}


@click.command()
@click.argument("source", metavar="[FILE|-]", type=click.File(encoding="utf-8-sig"), default="-")
@click.option(
    "--customers",
    "table",
    type=_File,
    metavar="TABLE.csv",
    help="Decide the request for each customer of a table.",
)
@click.option("--to", "out", type=_File, metavar="OUT.csv", help="Write each customer's outcome.")
@as_of_option
@json_option
@click.pass_context
def decide(
    context: click.Context,
    source: TextIO,
    table: Path | None,
    out: Path | None,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Decide a request, or a list of requests, by the adopted documents.

    The input is JSON: {"provider", "action", "on", "facts": {…}}, or a list of these; without "on" it is decided as of
    today. Exit 0 permitted, 1 refused, 3 undetermined; a list exits 0.

    With --customers the request holds the facts common to all; the table has a line for each customer, first a name or
    number, then a column for each fact, empty where it is not known. Exit 0.
    """
    given = read_json(source, next="Give one request or a list of them.")
    today = as_of or datetime.now().astimezone().date()
    items = parse_decide_input(given, on=today, known=cache(partial(check_provider, context.obj)))
    found = cache(partial(pack_for, context.obj))
    if table or out:
        item, customers = _for_all(items, table)
        _check_apart(customers, out)
        pack = found(item.provider, item.on)
        _decide_table(pack, item, customers, out, as_json=as_json)
        if not as_json:
            _remark(remark_on(context.obj, item.provider, item.on))
        return
    packs = [found(item.provider, item.on) for item in items]
    decisions = [
        decide_request(pack, action=item.action, facts=item.facts, on=item.on)
        for pack, item in zip(packs, items, strict=True)
    ]
    several = isinstance(given, list)
    if as_json:
        documents = [decision.as_json() for decision in decisions]
        say_json(documents if several else documents[0])
    else:
        remark = cache(partial(remark_on, context.obj))
        for pack, item, decision in zip(packs, items, decisions, strict=True):
            reason = reason_of(pack, decision.why, item.on, item.facts)
            _tell(decision, reason, remark(item.provider, item.on))
    context.exit(0 if several else EXITS[decisions[0].outcome])


def _for_all(items: list[DecideItem], table: Path | None) -> tuple[DecideItem, Path]:
    if table is None:
        raise BadInput("--to goes with --customers.", where="--to", next="Name the table of customers.")
    if len(items) != 1:
        raise BadInput(
            "One request is decided for a table.", where="--customers", next="Give one request, not a list."
        )
    return items[0], table


def _check_apart(table: Path, out: Path | None) -> None:
    if out and out.exists() and out.samefile(table):
        raise BadInput(
            "The outcomes would take the place of the table.", where="--to", next="Name another file."
        )


def _decide_table(pack: Pack, item: DecideItem, table: Path, out: Path | None, *, as_json: bool) -> None:
    ids, many = decide_customers(pack, action=item.action, common=item.facts, on=item.on, table=table)
    if out:
        write_outcomes(out, ids, many)
    if as_json:
        say_json(many.as_json())
    else:
        tell(many, SAID, COLOURS, lambda why: reason_of(pack, why, item.on, item.facts))


def _tell(decision: Decision, reason: str, remark: str) -> None:
    click.secho(
        f"{SAID[decision.outcome]} · {decision.provider}, {decision.on}",
        fg=COLOURS[decision.outcome],
        bold=True,
    )
    if reason:
        click.echo(f"  {reason}")
    for clause in decision.clauses:
        click.echo(f"  {clause.id}  {clause.summary}")
    _tell_list("Not known, and it matters", decision.missing)
    _tell_list(
        "Read as ruled", [f"{entry.id}: {entry.choices[entry.ruling]}" for entry in decision.interpretations]
    )
    _tell_list("To do", [duty.in_words for duty in decision.duties])
    routes = [
        f"{way.clause}: " + "; ".join(f"{one.says} ({one.remedy})" for one in way.unmet)
        for way in decision.advice
    ]
    _tell_list("What would lawfully change it", routes)
    _remark(remark)
    click.echo()


def _remark(remark: str) -> None:
    if remark:
        click.secho(f"  {remark}", fg="yellow")


def _tell_list(title: str, lines: Any) -> None:
    if lines:
        click.echo(f"  {title}:")
    for line in lines:
        click.echo(f"    - {line}")
