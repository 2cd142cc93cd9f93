"""`store`: how much is kept, compaction, and the destruction of readings, with its proof."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from msgspec import to_builtins

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import (
    Day,
    aligned,
    as_of_option,
    by_option,
    day_of_destruction,
    json_option,
    say_json,
)

FACTS = ("still_needed", "hold", "law_requires_keeping", "floor_reached", "past_ceiling")
EXITS = {"permit": 0, "refuse": 1, "undetermined": 3}
FOUND = {
    "orphan": "a file that the store does not know",
    "missing": "a file that the store names is not there",
    "unreadable": "a file that cannot be read, so nobody knows what is in it",
    "present": "readings that were destroyed are in it",
    "registered": "entries that speak of what was destroyed",
    "statistics": "least and greatest values of files",
    "unfinished": "a destruction that has not come to its end: ask for it again",
}


class Fact(click.ParamType):
    """NAME=yes or NAME=no, of the facts about a record."""

    name = "fact"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, bool]:
        name, _, said = str(value).partition("=")
        if name not in FACTS or said not in ("yes", "no"):
            self.fail(f"Give one of {', '.join(FACTS)} as NAME=yes or NAME=no.", param, ctx)
        return f"record.{name}", said == "yes"


class Month(click.ParamType):
    """A civil month as YYYY-MM."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else date.fromisoformat(f"{value}-01")
        except ValueError:
            self.fail(f"{value[:60]!r} is not a month; write it as YYYY-MM.", param, ctx)


def _acting(command: Any) -> Any:
    """What a destruction is told besides what it is about."""
    options = [
        click.option("--why", required=True, help="Why; goes to the log, so name no customer."),
        click.option(
            "--fact", "facts", type=Fact(), multiple=True, help="What is known of the records, e.g. hold=no."
        ),
        click.option("--apply", is_flag=True, help="Destroy; without, only decide and count."),
        by_option(),
        as_of_option,
        json_option,
        click.pass_obj,
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def store() -> None:
    """The store of readings: how much there is, and what is destroyed of it."""


@store.command()
@as_of_option
@json_option
@click.pass_obj
def status(composition: Any, as_of: Any, as_json: bool) -> None:
    """Say how much is kept, and what waits for a compaction."""
    custodian = composition.open()
    found = to_builtins(custodian.gate.store_status(as_of=as_of or custodian.today()))
    if as_json:
        say_json(found)
        return
    each = f", {found['bytes_per_reading']:.2f} bytes each" if found["readings"] else ""
    months = f"{found['months']} months, {found['first']} to {found['last']}" if found["months"] else "none"
    waiting = f"{found['waiting_files']:,} files in {len(found['waiting_months'])} months and {len(found['waiting_years'])} years"
    rows = [
        ("readings", f"{found['readings']:,}{each}"),
        ("months", months),
        ("files", f"{found['files']:,} of {found['bytes']:,} bytes, in {found['intakes']:,} intakes"),
        ("beside them", f"{found['log_bytes']:,} bytes of logs, {found['registry_bytes']:,} of the registry"),
        ("to be compacted", waiting if found["waiting_files"] else "nothing"),
        (
            "under way",
            f"{found['under_way']:,} intakes, {found['unfinished']:,} destructions not at their end",
        ),
    ]
    for line in aligned(rows, left=(0, 1)):
        click.echo(line)


@store.command()
@by_option()
@as_of_option
@json_option
@click.pass_obj
def compact(composition: Any, by: str, as_of: Any, as_json: bool) -> None:
    """Rewrite months and years that have ended, so that they are read fast. No answer changes."""
    custodian = composition.open()
    done = custodian.gate.compact(by=by, on=as_of or custodian.today())
    if as_json:
        say_json(to_builtins(done))
    else:
        click.echo(
            f"{done.before:,} files became {done.after:,}."
            if done.before
            else "Nothing waited to be compacted."
        )


@store.command()
@click.option(
    "--usage-point", "usage_points", type=int, multiple=True, help="A number as `ingest` prints it."
)
@click.option(
    "--customer", "customers", multiple=True, help="A customer's id: the time they held their usage points."
)
@click.option("--from", "start", type=Day(), help="First civil day; from the beginning where it is left out.")
@click.option("--to", "end", type=Day(), help="The day after the last; with today where it is left out.")
@_acting
def erase(
    composition: Any,
    usage_points: tuple[int, ...],
    customers: tuple[str, ...],
    start: date | None,
    end: date | None,
    **acting: Any,
) -> int:
    """Destroy the readings of usage points or customers, by bytes, in every version."""
    if not usage_points and not customers:
        raise BadInput("This names nobody.", next="Give --usage-point N or --customer ID.")
    period = None
    if start or end:
        on = acting["as_of"] or composition.open().today()
        period = start or date(1970, 1, 1), end or date.fromordinal(on.toordinal() + 1)
    return _destroy(composition, period, customers=customers, usage_points=usage_points, **acting)


@store.command()
@click.option("--month", type=Month(), required=True, help="The civil month, as YYYY-MM.")
@_acting
def purge(composition: Any, month: date, **acting: Any) -> int:
    """Destroy the readings of everyone that end in a month, by bytes, in every version."""
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return _destroy(composition, (month, after), **acting)


def _destroy(
    composition: Any,
    period: tuple[date, date] | None,
    *,
    why: str,
    facts: tuple[tuple[str, bool], ...],
    apply: bool,
    by: str,
    as_of: Any,
    as_json: bool,
    **named: Any,
) -> int:
    custodian = composition.open()
    from meterkeep.gate import Disposal, Period

    on = day_of_destruction(custodian, as_of) if apply else as_of or custodian.today()
    disposal = Disposal(period=Period(*period) if period else None, declared=dict(facts), **named)
    done = custodian.gate.destroy(disposal, why=why, by=by, on=on, apply=apply)
    if as_json:
        say_json(to_builtins(done))
    else:
        _tell(done)
    return 1 if done.findings else EXITS[done.outcome]


def _whom(number: int, customers: int) -> str:
    return f" for {number:,} of {customers:,} customers" if 0 < number < customers else ""


def _tell(done: Any) -> None:
    if done.already:
        click.echo("This was destroyed before; nothing is left of it.")
    else:
        verb = "are destroyed" if done.applied else "would be destroyed"
        click.echo(f"{done.readings:,} readings in {done.files:,} files {verb}, all versions counted.")
    cited = ", ".join(done.clauses)
    if done.outcome == "permit":
        click.echo(f"Permitted by {cited}.")
    elif done.outcome == "refuse":
        click.echo(f"It is refused by {cited}{_whom(done.refused, done.customers)}.")
    else:
        whom = _whom(done.undecided, done.customers)
        click.echo(
            f"It is not decided{whom}; not known: {', '.join(done.missing) or 'any document in force'}."
        )
    if done.applied:
        click.echo(f"Files before: {done.before}\nFiles after:  {done.after}")
    _tell_findings(done.findings)
    if not done.applied and not done.already:
        click.echo("Nothing was changed. Add --apply to destroy.")


@store.command()
@json_option
@click.pass_obj
def prove(composition: Any, as_json: bool) -> int:
    """Read every file that may hold something of what was destroyed; exit 1 with findings."""
    custodian = composition.open()
    findings = custodian.gate.prove(beyond=custodian.home.folder)
    if as_json:
        say_json({"findings": to_builtins(findings)})
    elif findings:
        _tell_findings(findings)
    else:
        click.echo("Every file is known and can be read, and nothing that was destroyed is in any.")
    return 1 if findings else 0


def _tell_findings(findings: Any) -> None:
    for finding in findings:
        click.echo(f"{finding.where}: {FOUND[finding.kind]} ({finding.count:,})")
