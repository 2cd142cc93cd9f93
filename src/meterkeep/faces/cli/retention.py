"""`retention`: how long records are kept, what is held, what is due, and its destruction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from meterkeep.faces.cli.output import (
    Day,
    aligned,
    as_of_option,
    by_option,
    day_of_destruction,
    json_option,
    say_json,
)

RECORDS = ("customer", "readings", "files")
WORDS = {
    "readings": ("reading", "readings"),
    "customer": ("former customer", "former customers"),
    "files": ("file", "files"),
}


@click.group()
def retention() -> None:
    """How long records are kept, legal holds, and what is due to be destroyed."""


@retention.command()
@click.option(
    "--by", envvar="METERKEEP_PERSON", default="retention", show_default=True, help="For whom it is decided."
)
@as_of_option
@json_option
@click.pass_obj
def plan(composition: Any, by: str, as_of: Any, as_json: bool) -> int:
    """Show the schedule, what is due, what is held and what comes. Nothing is changed. Exit 3 where a floor is above its ceiling."""
    custodian = composition.open()
    from meterkeep.desks.retention import plan as plans

    found = plans.plan(gate=custodian.gate, by=by, on=as_of or custodian.today())
    if as_json:
        say_json(plans.as_json(found))
    else:
        _tell(found)
    return 3 if found.conflicts or any(due.outcome != "permit" for due in found.due) else 0


@retention.command("apply")
@click.option("--apply", "really", is_flag=True, help="Destroy; without, only show the plan.")
@click.option("--consent", default="", help="Resolution and attorney's consent, for the certificate.")
@by_option()
@as_of_option
@json_option
@click.pass_context
def carry_out(context: click.Context, really: bool, consent: str, by: str, as_of: Any, as_json: bool) -> int:
    """Destroy what is due, each lot to its certificate. After a crash the same command goes on."""
    if not really:
        shown: int = context.invoke(plan, by=by, as_of=as_of, as_json=as_json)
        if not as_json:
            click.echo("\nNothing was changed. Add --apply to destroy.")
        return shown
    custodian = context.obj.open()
    from meterkeep.desks.retention import actions

    told = (lambda lot: None) if as_json else _tell_lot
    ended = actions.apply(
        gate=custodian.gate,
        home=custodian.home.folder,
        by=by,
        on=day_of_destruction(custodian, as_of),
        asked=custodian.today(),
        consent=consent,
        told=told,
    )
    if as_json:
        say_json({"lots": [_lot(lot) for lot in ended]})
    elif not ended:
        click.echo("Nothing is due.")
    return 1 if any(lot.state == "stopped" or _unread(lot) for lot in ended) else 0


@retention.command()
@click.option("--customer", "named", multiple=True, help="A customer's id; repeat it for several.")
@click.option("--everyone", is_flag=True, help="Everyone's records.")
@click.option(
    "--kind",
    type=click.Choice(["legal", "law", "needed"]),
    default="legal",
    show_default=True,
    help="A legal hold, a law that asks for it, or records that are still needed.",
)
@click.option(
    "--records", type=click.Choice(RECORDS), default=None, help="One class of records; all without."
)
@click.option("--until", type=Day(), default=None, help="The first day on which it no longer holds.")
@click.option("--why", required=True, help="Why; name no customer.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def hold(
    composition: Any,
    named: tuple[str, ...],
    records: str | None,
    by: str,
    as_of: Any,
    as_json: bool,
    **said: Any,
) -> None:
    """Keep records although their time is over, until somebody lifts it."""
    custodian = composition.open()
    from meterkeep.desks.retention import actions

    placed = actions.place_hold(
        named=named,
        record_class=records or "",
        by=by,
        on=as_of or custodian.today(),
        asked=custodian.today(),
        **said,
    )
    if as_json:
        say_json(_hold(placed))
    else:
        click.echo(f"{placed.reference} holds. Lift it: meterkeep retention lift {placed.reference}")


@retention.command()
@click.argument("reference")
@click.option("--why", required=True, help="Why; name no customer.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def lift(composition: Any, reference: str, why: str, by: str, as_of: Any, as_json: bool) -> None:
    """End a hold."""
    custodian = composition.open()
    from meterkeep.desks.retention import actions

    today = custodian.today()
    lifted = actions.lift_hold(reference=reference, why=why, by=by, on=as_of or today, asked=today)
    if as_json:
        say_json(_hold(lifted))
    else:
        click.echo(f"{reference} is lifted.")


@retention.command()
@click.argument("reference", required=False)
@json_option
@click.pass_obj
def holds(composition: Any, reference: str | None, as_json: bool) -> None:
    """List all holds, those that were lifted too; or the ids of the customers whom one of them names."""
    composition.open()
    from meterkeep.desks.retention import queries

    found = list(queries.holds())
    if reference:
        ids = queries.named_in(reference)
        click.echo("\n".join(ids)) if not as_json else say_json({"hold": reference, "ids": ids})
    elif as_json:
        say_json({"holds": [_hold(one) for one in found]})
    elif not found:
        click.echo("Nothing is held.")
    else:
        head = ("hold", "kind", "records", "customers", "since", "until", "lifted", "why")
        for line in aligned([head, *map(_hold_row, found)], left=(0, 1, 2, 4, 5, 6, 7)):
            click.echo(line)


@retention.command()
@click.option("--add", type=click.Path(path_type=Path), default=None, help="Enter a folder.")
@click.option("--remove", type=click.Path(path_type=Path), default=None, help="Take a folder off the list.")
@click.option("--by", envvar="METERKEEP_PERSON", default="", help="Who acts, with --add or --remove.")
@as_of_option
@json_option
@click.pass_obj
def places(
    composition: Any, add: Path | None, remove: Path | None, by: str, as_of: Any, as_json: bool
) -> None:
    """Folders outside the home that are looked through for files about destroyed customers."""
    custodian = composition.open()
    from meterkeep.desks.retention import actions, queries

    today = custodian.today()
    on = as_of or today
    if add:
        actions.enter_place(path=add, by=by, on=on, asked=today)
    if remove:
        actions.leave_place(path=remove, by=by, on=on, asked=today)
    found = [str(path) for path in queries.places()]
    if as_json:
        say_json({"places": found})
    else:
        click.echo("\n".join(found) or "No folder is on the list; the home itself is always looked through.")


@retention.command()
@click.argument("reference", required=False)
@json_option
@click.pass_obj
def certificates(composition: Any, reference: str | None, as_json: bool) -> int:
    """List the destructions, or print the certificate of one."""
    composition.open()
    from meterkeep.desks.retention import queries
    from meterkeep.errors import BadInput

    if reference:
        lot = queries.lot(reference)
        if lot is None or lot.certificate is None:
            raise BadInput(
                f"There is no certificate {reference}.", next="See `meterkeep retention certificates`."
            )
        say_json(lot.certificate)
        return 0
    found = list(queries.lots())
    if as_json:
        say_json({"lots": [_lot(lot) for lot in found]})
    else:
        for lot in found:
            _tell_lot(lot)
        if not found:
            click.echo("Nothing was destroyed yet.")
    return 0


def _tell(found: Any) -> None:
    click.echo(f"As of {found.on}.\n")
    if not found.terms:
        click.echo("No document that is in force says how long records are kept.")
    else:
        rows = [("records", "at most", "at least", "")]
        rows += [
            (term.record, _bound(term.ceiling), _bound(term.floor), "in conflict" if term.conflict else "")
            for term in found.terms
        ]
        for line in aligned(rows, left=(0, 1, 2, 3)):
            click.echo(line)
    click.echo("")
    for due in found.due:
        click.echo(_due(due))
    for held in found.held:
        whose = "1 customer" if held.number == 1 else f"{held.number:,} customers"
        click.echo(
            f"{held.record}: of {whose} held by {held.hold.reference}{_of_class(held)}, {held.hold.why}"
        )
    for term in found.conflicts:
        click.echo(
            f"{term.record}: they must be kept longer than they may be ({' and '.join(term.cites)}). Nothing of them is destroyed"
            " until somebody has ruled which one binds."
        )
    if not found.due and not found.held:
        click.echo("Nothing is due.")
    if found.due:
        for clause, do in found.duties.items():
            click.echo(f"before it: {do} ({clause})")
    for record, day, number in found.coming:
        click.echo(f"coming: {_number(record, number) if number else WORDS[record][1]} from {day} on")
    if found.under_way:
        click.echo(
            f"{found.under_way} destructions are under way; `retention apply --apply` goes on with them."
        )


def _of_class(held: Any) -> str:
    """A hold on a part of what is kept of customers keeps them whole, which the plan says."""
    record = held.hold.record
    return (
        f" (on their {record}, and who is held in part is not destroyed)"
        if record not in ("", held.record)
        else ""
    )


def _due(due: Any) -> str:
    what = _number(due.record, due.number)
    when = f" before {due.end}" if due.end else ""
    told = f"{what}{when} {_are(due.number)} due since {due.since}: {due.why} ({', '.join(due.term.cites)})."
    if due.outcome == "permit":
        return told
    missing = f", not known: {', '.join(due.missing)}" if due.missing else ""
    return f"{told} The documents do not permit it: {due.outcome}{missing}."


def _number(record: str, number: int) -> str:
    return f"{number:,} {WORDS[record][number != 1]}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _bound(bound: Any) -> str:
    if bound is None:
        return "not set"
    unit = bound.unit if bound.value == 1 else f"{bound.unit}s"
    return f"{bound.value} {unit} ({bound.cite}{'' if bound.verified else ', not checked against its text'})"


def _tell_lot(lot: Any) -> None:
    what = f"{lot.reference}: {WORDS[lot.record][1]}"
    number = f" ({lot.number:,})" if lot.number else ""
    when = f" before {lot.end}" if lot.end else ""
    if lot.state == "stopped":
        click.echo(f"{what}{number}{when} were not destroyed: {lot.stopped}")
    elif lot.state == "due":
        click.echo(f"{what}{number}{when}: under way since {lot.on}")
    else:
        if unread := _unread(lot):
            click.echo(
                f"{what}: {unread:,} files in the home or its places could not be looked into and are still there; an identifier may be"
                " in them. Unpack them or take them away (7z, rar, zstd, encrypted or damaged ones)."
            )
        click.echo(
            f"{what}{number}{when} are destroyed. Certificate: certificates/{lot.reference}.json, SHA-256 {lot.sha256}"
        )


def _unread(lot: Any) -> int:
    """How many files nobody could look into, so that nobody knows whether a copy is left."""
    return int((lot.certificate or {}).get("destroyed", {}).get("copies_unread", 0))


def _lot(lot: Any) -> dict[str, Any]:
    return {
        "reference": lot.reference,
        "records": lot.record,
        "customers": lot.number,
        "start": lot.start,
        "end": lot.end,
        "state": lot.state,
        "on": lot.on,
        "by": lot.by,
        "why": lot.why,
        "stopped": lot.stopped,
        "sha256": lot.sha256,
        "certificate": lot.certificate,
    }


def _hold(one: Any) -> dict[str, Any]:
    return {
        "hold": one.reference,
        "kind": one.kind,
        "records": one.record or "all",
        "everyone": one.everyone,
        "customers": one.customers.count(),
        "why": one.why,
        "by": one.placed_by,
        "on": one.placed_on,
        "until": one.until,
        "lifted_by": one.lifted_by,
        "lifted_on": one.lifted_on,
        "lifted_why": one.lifted_why,
    }


def _hold_row(one: Any) -> tuple[str, ...]:
    who = "everyone" if one.everyone else f"{one.customers.count():,}"
    until, lifted = str(one.until or "it is lifted"), str(one.lifted_on or "–")
    return one.reference, one.kind, one.record or "all", who, str(one.placed_on), until, lifted, one.why
