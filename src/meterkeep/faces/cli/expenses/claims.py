"""`expenses submit|verify|return|decide|list|approval|agency|report|export|form|redact`: claims that are kept in a home."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.json_input import read_json
from meterkeep.faces.cli.output import Day, as_of_option, as_period, by_option, json_option, say_json

_File = click.Path(exists=True, dir_okay=False, path_type=Path)
_REFERENCE = click.argument("reference", metavar="CLAIM")


def _acting(command: Callable[..., Any]) -> Callable[..., Any]:
    """--by, --as-of and --json, which every act has."""
    return by_option()(as_of_option(json_option(click.pass_obj(command))))


def told(claim: Any) -> dict[str, Any]:
    """{"claim","state","claimant","version","filed","claimed","allowed","approved","waiting":[line…],"why":[{"line","clause","reason"}]}; ""
    stands for the claim as a whole. why: what each of them waits for."""
    from meterkeep.desks.expenses.assessing import open_findings, open_lines

    report = claim.report or {}
    approved = None if claim.approved is None else f"{claim.approved // 100}.{claim.approved % 100:02}"
    return {
        "claim": claim.reference,
        "state": str(claim.state),
        "claimant": claim.claimant,
        "version": claim.version,
        "filed": claim.filed,
        "claimed": report.get("claimed"),
        "allowed": report.get("allowed"),
        "approved": approved,
        "waiting": open_lines(report) if report else [],
        "why": [
            {"line": line, "clause": one["clause"], "reason": one["reason"]}
            for line, one in (open_findings(report) if report else ())
        ],
    }


def _say(claim: Any, as_json: bool) -> None:
    said = told(claim)
    if as_json:
        say_json(said)
        return
    click.echo(f"{said['claim']}: {said['state']}, {said['allowed']} of {said['claimed']} by the policy")
    if said["approved"] is not None:
        click.echo(f"  approved {said['approved']}")
        return
    for one in said["why"]:
        click.echo(f"  {one['line'] or 'the claim as a whole'} waits ({one['clause']}): {one['reason']}")


def _day(custodian: Any, as_of: date | None) -> date:
    today: date = custodian.today()
    if as_of not in (None, today) and not custodian.home.synthetic:
        raise BadInput("Claims are handled as of today.", where="--as-of", next="Leave it out.")
    return as_of or today


@click.command()
@click.argument("source", metavar="CLAIM.json|-", type=click.File(encoding="utf-8-sig"))
@click.option("--claimant", default="", metavar="PERSON", help="Whose claim; without, that of --by.")
@click.option(
    "--receipt", "receipts", multiple=True, metavar="LINE:KIND=FILE", help="A receipt of a line; repeat it."
)
@click.option(
    "--again", default="", metavar="CLAIM", help="A claim that was given back, in place of a new one."
)
@_acting
def submit(
    composition: Any,
    source: TextIO,
    claimant: str,
    receipts: tuple[str, ...],
    again: str,
    by: str,
    as_of: Any,
    as_json: bool,
) -> int:
    """Hand a claim in: it is kept as it stands, its receipts sealed in the vault. Exit 1 with cuts or refusals, 3 where a person decides."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions

    document = read_json(source, next="See docs/expenses.md for the form.", number=Decimal)
    if not isinstance(document, dict):
        raise BadInput("A claim is an object.", where=source.name, next="See docs/expenses.md for the form.")
    claim = actions.hand_in(
        document=document,
        files=[_receipt(one) for one in receipts],
        claimant=claimant or by,
        again=again,
        gate=custodian.gate,
        by=by,
        on=_day(custodian, as_of),
    )
    _say(claim, as_json)
    return _exit(claim.report)


def _exit(report: Any) -> int:
    outcomes = {one["outcome"] for line in report["lines"] for one in line["findings"]}
    outcomes |= {one["outcome"] for one in report["findings"]}
    if outcomes & {"cut", "refuse"}:
        return 1
    return 3 if outcomes & {"decide", "missing"} else 0


def _receipt(said: str) -> tuple[str, str, bytes]:
    place, _, path = said.partition("=")
    line, _, kind = place.rpartition(":")
    if not (line and kind and Path(path).is_file()):
        raise BadInput(
            "A receipt is LINE:KIND=FILE.", where="--receipt", next="Such as m1:itemised=dinner.jpg."
        )
    return line, kind, _read(Path(path))


def _read(path: Path) -> bytes:
    from meterkeep.desks.expenses.files import check_size

    check_size(path.stat().st_size)
    return path.read_bytes()


@click.command()
@_REFERENCE
@_acting
def verify(composition: Any, reference: str, by: str, as_of: Any, as_json: bool) -> None:
    """Say that you looked at every expense and receipt of another person's claim."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions, queries

    _say(actions.verify(claim=queries.claim(reference), by=by, on=_day(custodian, as_of)), as_json)


@click.command("return")
@_REFERENCE
@click.option("--why", required=True, help="What is to be changed.")
@_acting
def give_back(composition: Any, reference: str, why: str, by: str, as_of: Any, as_json: bool) -> None:
    """Give a claim back to its claimant."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions, queries

    _say(
        actions.give_back(claim=queries.claim(reference), why=why, by=by, on=_day(custodian, as_of)), as_json
    )


@click.command()
@_REFERENCE
@click.option(
    "--line",
    "lines",
    multiple=True,
    metavar="LINE[:AMOUNT]=WHY",
    help="What is paid of a line, and why; repeat it.",
)
@click.option(
    "--whole", default="", metavar="WHY", help="Where the claim as a whole waits: why it may stand."
)
@click.option("--why", required=True, help="The reason of the decision.")
@_acting
def decide(
    composition: Any,
    reference: str,
    lines: tuple[str, ...],
    whole: str,
    why: str,
    by: str,
    as_of: Any,
    as_json: bool,
) -> None:
    """Decide a verified claim of somebody else. A line may be paid less than the policy allows, never more."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions, queries
    from meterkeep.desks.expenses.assessing import WHOLE

    rulings = dict(_ruling(one) for one in lines)
    if whole:
        rulings[WHOLE] = (None, whole)
    claim = queries.claim(reference)
    actions.decide(claim=claim, rulings=rulings, why=why, by=by, on=_day(custodian, as_of))
    _say(claim, as_json)


def _ruling(said: str) -> tuple[str, tuple[int | None, str]]:
    place, _, why = said.partition("=")
    line, _, amount = place.partition(":")
    return line, (_cents(amount, "--line") if amount else None, why)


def _cents(amount: str, where: str) -> int:
    from meterkeep.desks.expenses.given import Given

    try:
        return Given("", {"amount": amount}).cents("amount") or 0
    except BadInput:
        raise BadInput("This is no amount.", where=where, next="Write it as 12.50.") from None


@click.command("list")
@click.option("--state", default="", help="Those in this state only.")
@json_option
@click.pass_obj
def list_(composition: Any, state: str, as_json: bool) -> None:
    """The claims that are kept, oldest first."""
    composition.open()
    from meterkeep.desks.expenses import queries

    found = queries.claims().filter(state=state) if state else queries.claims()
    if as_json:
        say_json({"claims": [told(claim) for claim in found]})
        return
    for claim in found:
        _say(claim, as_json=False)


@click.command()
@click.option(
    "--about",
    required=True,
    type=click.Choice(["activity", "budget", "international", "trip"]),
    help="What was approved.",
)
@click.option("--what", required=True, help="In words, such as the conference.")
@click.option("--on", "approved_on", required=True, type=Day(), help="The day of the Board's act.")
@click.option("--minutes", required=True, help="Where it stands: minutes or resolution.")
@click.option(
    "--for",
    "claimants",
    multiple=True,
    metavar="PERSON",
    help="Whom it is for; repeat it. Without, for anybody.",
)
@_acting
def approval(composition: Any, by: str, as_of: Any, as_json: bool, **said: Any) -> None:
    """Enter what the Board approved before an expense (5.1.6, 5.9). Claims name it by the reference that this prints."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions

    found = actions.record_approval(**said, by=by, on=_day(custodian, as_of))
    document = {"approval": found.reference, "about": found.about, "on": found.on, "for": found.claimants}
    say_json(document) if as_json else click.echo(
        f"{found.reference}: {found.about}, {found.what}, {found.on}"
    )


@click.command()
@click.argument("source", metavar="FILE.csv", type=click.File(encoding="utf-8-sig"))
@click.option("--agency", required=True, help="The other agency.")
@_acting
def agency(composition: Any, source: TextIO, agency: str, by: str, as_of: Any, as_json: bool) -> None:
    """Enter what another agency paid our people, from its public list: columns person, on, amount. What is claimed here too waits for a person."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions

    rows = [_payment(source.name, at, row) for at, row in enumerate(csv.DictReader(source), start=2)]
    new = actions.record_agency_payments(agency=agency, rows=rows, by=by, on=_day(custodian, as_of))
    say_json({"rows": len(rows), "new": new}) if as_json else click.echo(
        f"{len(rows)} payments, {new} of them new."
    )


def _payment(name: str, line: int, row: dict[str, str]) -> tuple[str, date, int]:
    place = f"{name}, line {line}"
    try:
        return (
            row["person"].strip(),
            date.fromisoformat(row["on"].strip()),
            _cents(row["amount"].strip(), place),
        )
    except (KeyError, ValueError, AttributeError):
        raise BadInput(
            "A line has person, on and amount.", where=place, next="Write days as 2026-03-01."
        ) from None


@click.command()
@click.option("--meeting", required=True, type=Day(), help="The day of the Board's meeting.")
@click.option("--apply", "really", is_flag=True, help="File it; without, only show it.")
@_acting
def report(composition: Any, meeting: date, really: bool, by: str, as_of: Any, as_json: bool) -> int:
    """The item for the Board's next meeting: what officials attended at our expense, joint reports together (6.3). Exit 3 where a report is
    missing."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions, board

    on = _day(custodian, as_of)
    document = (
        actions.report_to_board(meeting=meeting, by=by, on=on).document
        if really
        else board.item(meeting=meeting)
    )
    say_json({**document, "filed": really}) if as_json else _show_item(document, really)
    return 3 if document["without_report"] else 0


def _show_item(document: dict[str, Any], really: bool) -> None:
    click.secho(f"Board meeting of {document['meeting']}: meetings attended at our expense", bold=True)
    for one in document["meetings"]:
        who = ", ".join(each["name"] or each["claimant"] for each in one["attended"])
        joint = " (joint report)" if one["joint"] else ""
        click.echo(
            f"  {one['start']} {one['place'] or '–'}: {one['purpose'] or one['activity']}, {one['paid']}{joint}"
        )
        click.echo(f"    {who}{'; an earlier meeting did not hear of it' if one['missed'] else ''}")
        for text in one["reports"]:
            click.echo(f"    {text}")
    for reference in document["without_report"]:
        click.echo(f"  {reference}: no report was written yet")
    if not document["meetings"]:
        click.echo("  Nothing to report.")
    if not really:
        click.echo("Not filed. Add --apply to file it.")


@click.command()
@click.option("--from", "start", required=True, type=Day(), help="First day of decision.")
@click.option("--to", "end", required=True, type=Day(), help="The day after the last.")
@click.option(
    "--public", is_flag=True, help="What anybody may have: decided claims, without what is private."
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="FILE.csv or FILE.xlsx."
)
@_acting
def export(
    composition: Any, start: date, end: date, public: bool, out: Path, by: str, as_of: Any, as_json: bool
) -> None:
    """Write approved claims, a row for each line, for the ledger of accounts; with --public what the public may have (6.4)."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions, exports

    start, end = as_period(start, end)
    kind = exports.kind_of(out.name)
    on = _day(custodian, as_of)
    if public:
        rows = actions.export_public(start=start, end=end, gate=custodian.gate, by=by, on=on)
    else:
        rows = actions.export(start=start, end=end, by=by, on=on)
    content = exports.as_bytes(rows, exports.PUBLIC if public else exports.APPROVED, kind=kind, on=end)
    out.write_bytes(content)
    total = exports.total(rows)
    said = {"file": str(out), "rows": len(rows), "paid": total, "sha256": exports.sha256(content)}
    say_json(said) if as_json else click.echo(f"{out}: {len(rows)} lines, {total} paid.")


@click.command()
@_REFERENCE
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="FILE.pdf.")
@click.option(
    "--language", type=click.Choice(["en", "es"]), default="en", show_default=True, help="Of the form."
)
@_acting
def form(
    composition: Any, reference: str, out: Path, language: str, by: str, as_of: Any, as_json: bool
) -> None:
    """Write the Report of Actual Travel Expense as PDF, with the claimant's address; it is not for the public."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions, exports, queries

    claim = queries.claim(reference)
    content = actions.print_form(
        claim=claim,
        provider=custodian.home.name,
        language=language,
        gate=custodian.gate,
        by=by,
        on=_day(custodian, as_of),
    )
    out.write_bytes(content)
    said = {"file": str(out), "sha256": exports.sha256(content)}
    say_json(said) if as_json else click.echo(f"{out}: {said['sha256']}")


@click.command()
@_REFERENCE
@click.argument("number", type=int)
@click.argument("picture", type=_File)
@_acting
def redact(
    composition: Any, reference: str, number: int, picture: Path, by: str, as_of: Any, as_json: bool
) -> None:
    """Give receipt NUMBER of a claim a copy for the public: a picture on which you covered card number, address and phone."""
    custodian = composition.open()
    from meterkeep.desks.expenses import actions, queries

    receipt = queries.receipt(reference, number)
    if receipt is None:
        raise BadInput(
            "The claim has no such receipt.",
            where=f"{reference} {number}",
            next="Its page shows the numbers.",
        )
    actions.redact(
        receipt=receipt, content=_read(picture), gate=custodian.gate, by=by, on=_day(custodian, as_of)
    )
    said = {"claim": reference, "receipt": number, "sha256": receipt.public_sha256}
    say_json(said) if as_json else click.echo(
        f"{reference}, receipt {number}: a copy for the public is kept."
    )


COMMANDS = (submit, verify, give_back, decide, list_, approval, agency, report, export, form, redact)
