"""`policy impact OLD NEW`: what a new version changes, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from meterkeep.faces.cli.output import Day, json_option, say_json
from meterkeep.faces.cli.policy.packs import PackName
from meterkeep.faces.cli.policy.prove import large
from meterkeep.policy.language.vocabulary import vocabulary

if TYPE_CHECKING:
    from meterkeep.policy.assurance.impact import Impact, Kind


@click.command("impact")
@click.argument("old", type=PackName())
@click.argument("new", type=PackName())
@click.option(
    "--action",
    "actions",
    multiple=True,
    type=click.Choice(list(vocabulary().actions)),
    help="Only this action.",
)
@click.option("--on", type=Day(), default=None, help="The day on which both are compared, instead of today.")
@json_option
@click.pass_context
def impact_command(
    context: click.Context,
    old: str | Path,
    new: str | Path,
    actions: tuple[str, ...],
    on: date | None,
    as_json: bool,
) -> None:
    """Say which kinds of request NEW decides otherwise than OLD, and what is worded otherwise. Exit 1 with changes."""
    from meterkeep.policy.assurance.impact import impact

    found = impact(old, new, on=on or datetime.now().astimezone().date(), actions=actions)
    if as_json:
        say_json(found.as_json())
    else:
        for line in _told(found):
            click.echo(line)
    context.exit(1 if found.changes else 0)


def _told(found: Impact) -> Iterator[str]:
    yield f"From {found.old} to {found.new}, on {found.on}:"
    if not found.kinds:
        yield "No request is decided otherwise."
    for (before, after), group in groupby(_in_order(found), key=lambda one: (one.before, one.after)):
        yield from _group(before, after, list(group))
    if found.edits:
        yield "\nWritten otherwise:"
    yield from (f"  {edit.what} {edit.name} {edit.change}: {edit.detail}" for edit in found.edits)


def _in_order(found: Impact) -> list[Kind]:
    """What opens first, then what shuts."""
    order = ("permit", "undetermined", "refuse")
    return sorted(found.kinds, key=lambda one: (order.index(one.after), order.index(one.before)))


def _group(before: str, after: str, kinds: list[Kind]) -> Iterator[str]:
    from meterkeep.policy.assurance.words import BECOMES

    these = (
        "This kind of request changes" if len(kinds) == 1 else f"These {len(kinds)} kinds of request change"
    )
    yield f"\n{these} from {BECOMES[before]} to {BECOMES[after]}:"
    for number, kind in enumerate(kinds, 1):
        yield from _kind(number, kind)


def _kind(number: int, kind: Kind) -> Iterator[str]:
    from meterkeep.policy.assurance.words import DOING

    because = ", ".join(kind.clauses) or "the documents in force"
    yield f"  {number}. {DOING[kind.action]}, by {because} ({large(kind.vectors)} combinations of facts), where"
    yield from (f"       - {one}" for one in kind.conditions)
    if kind.besides:
        yield "     and, since other clauses settle the rest alike,"
        yield from (f"       - {one}" for one in kind.besides)
    shown = ", ".join(f"{name} = {_value(value)}" for name, value in kind.example.items())
    yield f"     for example: {shown}"


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
