"""What people do on overdue accounts: files taken in, decisions, holds, payment plans, and what happened."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import Day, aligned, as_of_option, by_option, json_option, say_json

HOLDS = ("dispute", "bankruptcy", "deceased")
FILES = ("overdue", "returned", "payments", "bills")
HAPPENED = (
    "call", "conversation", "validation_notice", "credit_notice", "first_letter", "second_letter", "returned_letter", "dispute_letter",
    "plan_letter", "paid_letter", "write_off_letter", "reported", "corrected", "recalled", "sued",
)  # fmt: skip
why_option = click.option("--why", required=True, help="Why; name no customer.")


@click.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--kind",
    type=click.Choice(FILES),
    default=None,
    help="What a CSV without a mapping is. [default: overdue]",
)
@click.option(
    "--mapping",
    metavar="NAME|FILE.toml",
    default=None,
    help="Which column says what: one saved in the home, or a file.",
)
@by_option()
@as_of_option
@json_option
@click.pass_obj
def take_in(
    composition: Any,
    path: Path,
    kind: str | None,
    mapping: str | None,
    by: str,
    as_of: date | None,
    as_json: bool,
) -> int:
    """Take in a report of overdue or returned accounts, payments or bills: CSV, or X12 810 and 820. The same file again changes nothing. Exit 1 with rejected lines."""
    custodian = composition.open()
    from meterkeep.desks.arrears import actions, checks, queries

    on = past(custodian, as_of)
    checks.check_collector(by, on=custodian.today())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    known = queries.taken_in(digest) is not None
    read = _read(custodian.home.folder, path, kind, mapping, on)
    rejects: list[Any] = []
    file = actions.take_in(read=read, sha256=digest, gate=custodian.gate, by=by, on=on, told=rejects)
    told = {
        "import": file.reference,
        "status": "already_taken_in" if known else "taken_in",
        "kind": file.kind,
        "format": file.format,
        "lines": file.lines,
        "kept": file.kept,
        "amount_in": _dollars(file.cents_in),
        "amount_kept": _dollars(file.cents_kept),
        "amount_rejected": _dollars(file.cents_rejected),
        "rejected": _rejects(file, rejects),
    }
    say_json(told) if as_json else _tell_import(told)
    return 1 if told["rejected"] else 0


def _read(home: Path, path: Path, kind: str | None, mapping: str | None, on: date) -> Any:
    from meterkeep.desks.arrears.kinds import FileKind
    from meterkeep.desks.arrears.reading.mappings import load_layout, plain_layout, saved_layout
    from meterkeep.desks.arrears.reading.tables import read_table
    from meterkeep.desks.arrears.reading.x12 import looks_like_x12, read_x12

    if looks_like_x12(path):
        if kind or mapping:
            raise BadInput("An X12 file says itself what it is.", next="Leave out --kind and --mapping.")
        return read_x12(path, as_of=on)
    if mapping and kind:
        raise BadInput("A mapping says itself what it is for.", next="Give --kind or --mapping, not both.")
    layout = (
        load_layout(saved_layout(home, mapping)) if mapping else plain_layout(FileKind(kind or "overdue"))
    )
    return read_table(path, layout, as_of=on)


def _rejects(file: Any, told: list[Any]) -> list[dict[str, Any]]:
    """Of an earlier import lines and rules are kept, without the words: those are told as they are read now, or in general."""
    from meterkeep.desks.arrears.entering import WHY

    words = {(one.line, one.rule): one.why for one in told}
    return [
        {
            "line": line,
            "rule": rule,
            "why": words.get((line, rule)) or WHY.get(rule, ""),
            "amount": None if cents is None else _dollars(cents),
        }
        for line, rule, cents in file.rejects
    ]


def _tell_import(told: dict[str, Any]) -> None:
    if told["status"] == "already_taken_in":
        click.echo("This file was taken in before; nothing was changed. It came to:")
    click.echo(f"{told['import']}: {told['lines']:,} lines, {told['kept']:,} kept.")
    click.echo(
        f"${told['amount_in']} in = ${told['amount_kept']} kept + ${told['amount_rejected']} rejected."
    )
    for one in told["rejected"][:10]:
        click.echo(f"  line {one['line']}: {one['rule']}. {one['why']}")
    if len(told["rejected"]) > 10:
        click.echo("  … all of them with --json")


@click.command()
@click.argument("what", type=click.Choice(["refer", "write-off"]))
@click.option(
    "--account",
    "references",
    multiple=True,
    help="An account's reference; repeat it for several. All that may, without.",
)
@click.option("--agency", default="", help="To which agency, with refer: a party's id.")
@click.option("--apply", "really", is_flag=True, help="Decide so; without, only show whom it would be about.")
@why_option
@by_option()
@as_of_option
@json_option
@click.pass_obj
def decide(
    composition: Any,
    what: str,
    references: tuple[str, ...],
    agency: str,
    really: bool,
    why: str,
    by: str,
    as_of: date | None,
    as_json: bool,
) -> int:
    """Refer returned accounts to an agency, or write them off: a named person decides, for a reason. Exit 1 where one of those named may not be."""
    custodian = composition.open()
    from meterkeep.desks.arrears import actions, checks, queries
    from meterkeep.desks.arrears.kinds import ActKind
    from meterkeep.desks.arrears.positions import positions

    on = past(custodian, as_of)
    kind = ActKind.REFERRED if what == "refer" else ActKind.WRITTEN_OFF
    checks.check_decider(by, on=on)
    if kind == ActKind.REFERRED:
        checks.check_agency(agency, on=on)
    named = [queries.account(one) for one in dict.fromkeys(references)] if references else None
    found = positions(on=on, accounts=named)
    may = [one for one in found if not checks.undecidable(one, kind)]
    checks.check_last([one.account for one in may], kind, on=on)
    may_not = [(one, checks.undecidable(one, kind)) for one in found if references and one not in may]
    done = (
        actions.decide(found=may, kind=kind, why=why, by=by, on=on, party=agency)
        if really and may and not may_not
        else []
    )
    told = {
        "decided": bool(done),
        "accounts": [
            {
                "account": one.account.reference,
                "amount": _dollars(one.state.balance),
                "reason": _reason(one, kind),
            }
            for one in may
        ],
        "amount": _dollars(sum(one.state.balance for one in may)),
        "may_not": [{"account": one.account.reference, "why": reason} for one, reason in may_not],
    }
    say_json(told) if as_json else _tell_decision(told, really)
    return 1 if may_not else 0


def _reason(position: Any, kind: Any) -> str:
    clause = {"referred": "CEA-05/5.2", "written_off": "CEA-05/5.3"}[str(kind)]
    return next((str(step.reason) for step in position.steps if step.clause == clause), "")


def _tell_decision(told: dict[str, Any], really: bool) -> None:
    rows = [
        ("account", "amount", "reason"),
        *((one["account"], f"${one['amount']}", one["reason"]) for one in told["accounts"]),
    ]
    for line in aligned(rows, left={0, 2}):
        click.echo(line)
    for one in told["may_not"]:
        click.echo(f"{one['account']}: not possible. {one['why']}")
    click.echo(f"{len(told['accounts']):,} accounts, ${told['amount']}.")
    if told["decided"]:
        click.echo("Decided.")
    elif really and told["may_not"]:
        click.echo("Nothing was decided: leave out those that may not be.")
    else:
        click.echo("Nothing was changed. Add --apply to decide so.")


@click.command()
@click.argument("what", type=click.Choice(HOLDS))
@click.argument("reference", metavar="ACCOUNT")
@why_option
@by_option()
@as_of_option
@json_option
@click.pass_obj
def hold(
    composition: Any, what: str, reference: str, why: str, by: str, as_of: date | None, as_json: bool
) -> None:
    """Hold everything on an account: a dispute, a bankruptcy, or because the customer died."""
    _enter(composition, reference, f"{what}_opened", by=by, as_of=as_of, as_json=as_json, why=why)


@click.command()
@click.argument("reference", metavar="ACCOUNT")
@click.option(
    "--instalment",
    "instalments",
    multiple=True,
    required=True,
    metavar="DAY=AMOUNT",
    help="As 2026-04-01=50.00; repeat it.",
)
@why_option
@by_option()
@as_of_option
@json_option
@click.pass_obj
def plan(
    composition: Any,
    reference: str,
    instalments: tuple[str, ...],
    why: str,
    by: str,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Agree on a payment plan: it holds everything while it is kept."""
    detail = {"instalments": [_instalment(one) for one in instalments]}
    _enter(composition, reference, "plan_agreed", by=by, as_of=as_of, as_json=as_json, why=why, detail=detail)


def _instalment(text: str) -> list[Any]:
    from meterkeep.desks.arrears.reading.rows import Bad, cents_of, day_of

    day, _, amount = text.partition("=")
    try:
        on, cents = day_of(day, "The day", "%Y-%m-%d"), cents_of(amount, "The amount")
    except Bad as bad:
        raise BadInput(bad.why, where="--instalment", next="Write it as 2026-04-01=50.00.") from None
    if on is None or cents <= 0:
        raise BadInput(
            "An instalment is an amount on a day.", where="--instalment", next="Write it as 2026-04-01=50.00."
        )
    return [on.isoformat(), cents]


@click.command()
@click.argument("act", metavar="ACT")
@click.option("--broken", is_flag=True, help="Of a payment plan: it was not kept.")
@why_option
@by_option()
@as_of_option
@json_option
@click.pass_obj
def release(
    composition: Any, act: str, broken: bool, why: str, by: str, as_of: date | None, as_json: bool
) -> None:
    """End a hold or a payment plan, named by its act: what is due goes on."""
    composition.open()
    from meterkeep.desks.arrears import queries
    from meterkeep.desks.arrears.kinds import CLOSES, HOLDS, ActKind

    found = queries.act(act)
    if found.kind not in HOLDS:
        raise BadInput("This act holds nothing.", where=act, next="See `meterkeep collections show`.")
    ends = [one for one, begun in CLOSES.items() if begun == found.kind]
    kind = (
        (ActKind.PLAN_BROKEN if broken else ActKind.PLAN_KEPT)
        if found.kind == ActKind.PLAN_AGREED
        else ActKind(ends[0])
    )
    _enter(
        composition,
        found.account.reference,
        kind,
        by=by,
        as_of=as_of,
        as_json=as_json,
        why=why,
        answers=found,
    )


@click.command()
@click.argument("what", type=click.Choice(HAPPENED))
@click.argument("reference", metavar="ACCOUNT")
@click.option("--party", default="", help="Which agency or credit bureau.")
@click.option(
    "--ends", default="", metavar="ACT", help="Which act it takes back, with recalled and corrected."
)
@click.option("--why", default="", help="Why, with recalled and corrected; name no customer.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def record(
    composition: Any,
    what: str,
    reference: str,
    party: str,
    ends: str,
    why: str,
    by: str,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Enter what the provider, the agency or a bureau did on an account."""
    custodian = composition.open()
    from meterkeep.desks.arrears import queries
    from meterkeep.desks.arrears.kinds import ActKind
    from meterkeep.desks.arrears.positions import positions

    answers = queries.act(ends) if ends else None
    more: dict[str, Any] = {}
    if what == ActKind.REPORTED:  # a later amount is then known to be another
        (found,) = positions(on=past(custodian, as_of), accounts=[queries.account(reference)])
        more["cents"] = found.state.balance
    _enter(
        composition,
        reference,
        what,
        by=by,
        as_of=as_of,
        as_json=as_json,
        why=why,
        party=party,
        answers=answers,
        **more,
    )


@click.command()
@click.argument("reference", metavar="ACCOUNT")
@as_of_option
@json_option
@click.pass_obj
def show(composition: Any, reference: str, as_of: date | None, as_json: bool) -> int:
    """Show an account as of a day: what is open, its steps, all that happened, and what the law asks. Exit 1 where the law was broken."""
    custodian = composition.open()
    from meterkeep.desks.arrears import telling

    told = telling.account(reference, on=as_of or custodian.today())
    say_json(told) if as_json else _tell_account(told)
    return 1 if any(one["broken"] for one in told["law"]) else 0


def _tell_account(told: dict[str, Any]) -> None:
    click.echo(f"{told['account']} as of {told['on']}: ${told['balance']} overdue.")
    for one in told["open"]:
        click.echo(f"  ${one['amount']} due on {one['due']}")
    for one in told["steps"]:
        click.echo(f"{one['step'].replace('_', ' ')} ({one['clause']}): {one['reason']}")
    for one in told["acts"]:
        ended = f", ended on {one['ended']}" if one["ended"] else ""
        click.echo(f"{one['on']}  {one['act']}  {one['what']}{ended}")
    for one in told["law"]:
        click.echo(f"{'broken' if one['broken'] else 'due'} by law, {one['clause']}: {one['says']}")
    click.echo(f"The agency may call today: {'no. ' + told['no_call'] if told['no_call'] else 'yes.'}")


@click.command()
@click.argument("party")
@click.option("--licence", required=True, help="Its number in the state's register.")
@click.option("--until", type=Day(), default=None, help="The first day on which it no longer holds.")
@click.option("--source", required=True, help="Where it was looked up.")
@by_option()
@as_of_option
@click.pass_obj
def agency(
    composition: Any, party: str, licence: str, until: date | None, source: str, by: str, as_of: date | None
) -> None:
    """Enter what was seen of a collection agency's licence."""
    custodian = composition.open()
    from meterkeep.desks.arrears import actions, checks

    checks.check_collector(by, on=custodian.today())
    actions.check_agency(
        party=party, licence=licence, until=until, source=source, by=by, on=past(custodian, as_of)
    )
    click.echo(f"The licence of {party} is on record.")


def _enter(
    composition: Any, reference: str, kind: str, *, by: str, as_of: date | None, as_json: bool, **said: Any
) -> None:
    custodian = composition.open()
    from meterkeep.desks.arrears import actions, checks, queries
    from meterkeep.desks.arrears.kinds import ActKind

    checks.check_collector(by, on=custodian.today())
    account = queries.account(reference)
    made = actions.enter(account=account, kind=ActKind(kind), by=by, on=past(custodian, as_of), **said)
    if as_json:
        say_json({"act": made.reference, "account": reference, "kind": made.kind, "on": made.on})
    else:
        click.echo(f"{made.reference}: {ActKind(made.kind).label.lower()}, on {made.on}.")


def past(custodian: Any, as_of: date | None) -> date:
    """What is still to come is not entered, but in a home for made-up data."""
    on: date = as_of or custodian.today()
    if on > custodian.today() and not custodian.home.synthetic:
        raise BadInput("What is still to come is not entered.", where="--as-of", next="Enter it on its day.")
    return on


def _dollars(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


ACTS = (take_in, decide, hold, plan, release, record, show, agency)
