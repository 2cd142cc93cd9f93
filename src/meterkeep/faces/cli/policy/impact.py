"""`policy impact OLD NEW`: what a new version changes, in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from meterkeep.faces.cli.output import Day, json_option, say_json
from meterkeep.faces.cli.policy.packs import PackName
from meterkeep.policy.language.vocabulary import vocabulary

if TYPE_CHECKING:
    from meterkeep.policy.assurance.edits import Edit
    from meterkeep.policy.assurance.impact import Impact, Kind

TITLES = {
    "number": "Numbers",
    "interpretation": "Rulings",
    "clause": "Clauses",
    "document": "Documents",
}
FEW = 5  # clauses named for one kind of request


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
@click.option(
    "--on", type=Day(), default=None, help="The first day on which both are compared, instead of today."
)
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
    """Say which kinds of request NEW decides otherwise than OLD, on the day or later, and what is written otherwise. Exit 1 with changes."""
    from meterkeep.policy.assurance.impact import impact

    found = impact(old, new, on=on or datetime.now().astimezone().date(), actions=actions)
    if as_json:
        say_json(found.as_json())
    else:
        for line in _told(found):
            click.echo(line)
    context.exit(1 if found.changes else 0)


def _told(found: Impact) -> Iterator[str]:
    yield from _compared(found)
    if not found.kinds:
        yield f"No request is decided otherwise, on {found.since} or any later day."
    elif (first := min(kind.since for kind in found.kinds)) > found.since:
        yield f"Until {first - timedelta(days=1)} no request is decided otherwise."
    for _, group in groupby(sorted(found.kinds, key=_order), key=_order):
        yield from _group(list(group))
    for title, told in groupby(found.edits, key=_title):
        yield f"\n{title}:"
        yield from (f"  {_edit(edit)}" for edit in told)


def _compared(found: Impact) -> Iterator[str]:
    """What is compared, from which day on, and under which names."""
    yield f"From {found.old} to {found.new}, from {found.since} on:"
    if found.since > found.on:
        yield f"Nothing of {found.new} is in force before that day."
    if found.renamed:
        names = ", ".join(f"{old} as {new}" for old, new in found.renamed.items())
        yield f"Documents of {found.old} are told under their names in {found.new}: {names}."
    if found.moved_on:
        yield "The model is no longer the version that was copied; what it has changed since is told as well."


def _order(kind: Kind) -> tuple[date, int, int, date]:
    """By day; what opens first, then what shuts."""
    order = ("permit", "undetermined", "refuse")
    return kind.since, order.index(kind.after), order.index(kind.before), kind.until or date.max


def _group(kinds: list[Kind]) -> Iterator[str]:
    """Kinds that change alike on the same days. What all of them share is said once."""
    from meterkeep.policy.assurance.words import BECOMES

    alike: dict[tuple[object, ...], list[Kind]] = {}
    for kind in kinds:
        alike.setdefault((kind.clauses, kind.carried, kind.conditions), []).append(kind)
    one, many = kinds[0], len(alike)
    these = "this kind of request changes" if many == 1 else f"these {many} kinds of request change"
    days = f"until {one.until - timedelta(days=1)}" if one.until else "on"
    yield f"\nFrom {one.since} {days}, {these} from {BECOMES[one.before]} to {BECOMES[one.after]}:"
    shared = _shared([(*kind.conditions, *kind.besides) for kind in kinds]) if many > 1 else ()
    for number, same in enumerate(alike.values(), 1):
        yield from _kind(number, same, shared)
    if shared:
        yield "  In all of them"
        yield from (f"       - {said}" for said in shared)


def _kind(number: int, kinds: list[Kind], shared: tuple[str, ...]) -> Iterator[str]:
    """Kinds that differ in the action alone, as one."""
    from meterkeep.policy.assurance.words import DOING

    yield f"  {number}. {' or '.join(DOING[kind.action] for kind in kinds)}, {_because(kinds[0])}"
    yield from (f"       - {said}" for said in kinds[0].conditions if said not in shared)
    settled = _shared([kind.besides for kind in kinds])
    besides = [said for said in settled if said not in shared]
    for kind in kinds:
        further = [said for said in kind.besides if said not in (*settled, *shared)]
        besides += [f"for {DOING[kind.action]}: {said}" for said in further]
    if besides:
        yield "     and, since other clauses settle the rest alike,"
        yield from (f"       - {said}" for said in besides)


def _because(kind: Kind) -> str:
    """Which clause gives the outcome now, and which change makes it so where that is another one."""
    changed = ", ".join(name for name in kind.clauses if name not in kind.carried)
    if kind.carried:
        now = {"permit": "permitted by ", "refuse": "refused by "}[kind.after] + _few(kind.carried)
        return f"{now}{f', after what changed in {changed}' if changed else ''}, where"
    return f"of which no clause speaks any more{f' (changed: {changed})' if changed else ''}, where"


def _few(names: tuple[str, ...]) -> str:
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")


def _shared(lists: list[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(said for said in lists[0] if all(said in other for other in lists))


def _title(edit: Edit) -> str:
    return "Worded otherwise" if edit.words else TITLES.get(edit.what, "Purposes, elements and the rest")


def _edit(edit: Edit) -> str:
    what = "" if edit.what in TITLES and not edit.words else f"{edit.what} "
    change = "" if edit.change == "changed" else f" {edit.change}"
    return f"{what}{edit.name}{change}: {edit.detail}".removesuffix(": ")
