"""`release`: totals on their way to the public, planned, reviewed by two others, published, withdrawn."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import as_of_option, by_option, json_option, say_json, text_of
from meterkeep.faces.cli.release.audit import audit
from meterkeep.faces.cli.release.protect import protect
from meterkeep.faces.cli.release.searching import Searching, stopped_by_hand
from meterkeep.faces.cli.release.why import say_share
from meterkeep.faces.cli.release.why import why as why_command


def why_option(says: str) -> Any:
    return click.option("--why", required=True, help=says)


@click.group()
def release() -> None:
    """Plan, approve and publish tables of totals that show nobody."""


release.add_command(audit)
release.add_command(protect)
release.add_command(why_command)


def spec_argument() -> Any:
    path = click.Path(path_type=Path, exists=True, dir_okay=False)
    return click.argument("spec", type=path, metavar="SPEC.toml")


def seconds_option() -> Any:
    says = "How long to look for fewer figures to withhold; what is found is safe at any time."
    return click.option("--seconds", type=click.IntRange(min=0), default=60, show_default=True, help=says)


@release.command()
@spec_argument()
@click.option(
    "--corrects", metavar="REFERENCE", help="The published release in whose place this one is to come."
)
@seconds_option()
@by_option()
@as_of_option
@json_option
@click.pass_obj
def plan(
    composition: Any, spec: Path, corrects: str | None, seconds: int, by: str, as_of: Any, as_json: bool
) -> None:
    """Compute the table of SPEC.toml and audit it against everything ever published; nothing leaves yet."""
    custodian = composition.open()
    from meterkeep.desks.releases import actions

    with stopped_by_hand(Searching(seconds)) as searching:
        found = actions.plan(
            spec=text_of(spec),
            gate=custodian.gate,
            by=by,
            on=as_of or custodian.today(),
            corrects=_found(corrects) if corrects else None,
            left=searching.left,
            tell=searching.tell,
        )
    _show(found, on=found.planned_on, as_json=as_json)


@release.command()
@spec_argument()
@seconds_option()
@by_option()
@as_of_option
@json_option
@click.pass_obj
def check(composition: Any, spec: Path, seconds: int, by: str, as_of: Any, as_json: bool) -> None:
    """Say what would be published of the table of SPEC.toml, and keep nothing but the log's entry."""
    custodian = composition.open()
    from meterkeep.desks.releases import actions

    on = as_of or custodian.today()
    with stopped_by_hand(Searching(seconds)) as searching:
        said = {"spec": text_of(spec), "left": searching.left, "tell": searching.tell}
        found = actions.try_out(gate=custodian.gate, by=by, on=on, **said).plan
    counts = {"cells": len(found.cells), "published": len(found.published), "withheld": len(found.withheld)}
    if as_json:
        say_json({**counts, "finding": found.finding, "caution": found.caution})
        return
    click.echo("\n".join(text for text in (found.finding, found.caution) if text))


@release.command()
@click.argument("reference")
@why_option("Your reason. It stays on record.")
@click.option(
    "--discretion",
    is_flag=True,
    help="Say that you use the discretion that the documents leave to your role.",
)
@by_option()
@as_of_option
@json_option
@click.pass_obj
def approve(
    composition: Any, reference: str, why: str, discretion: bool, by: str, as_of: Any, as_json: bool
) -> None:
    """Accept the planned release REFERENCE; two people other than its planner decide, each alone."""
    custodian = composition.open()
    said = {"accept": True, "why": why, "discretion": discretion, "gate": custodian.gate, "by": by}
    _review(reference, on=as_of or custodian.today(), as_json=as_json, **said)


@release.command()
@click.argument("reference")
@why_option("Your reason. It stays on record.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def refuse(composition: Any, reference: str, why: str, by: str, as_of: Any, as_json: bool) -> None:
    """Refuse the planned release REFERENCE; it is not published then."""
    custodian = composition.open()
    said = {"accept": False, "why": why, "gate": custodian.gate, "by": by}
    _review(reference, on=as_of or custodian.today(), as_json=as_json, **said)


def _review(reference: str, *, as_json: bool, **said: Any) -> None:
    from meterkeep.desks.releases import actions

    _show(actions.review(release=_found(reference), **said), on=said["on"], as_json=as_json)


@release.command()
@click.argument("reference")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def publish(composition: Any, reference: str, by: str, as_of: Any, as_json: bool) -> None:
    """Publish the approved release REFERENCE, if the documents permit it."""
    custodian = composition.open()
    from meterkeep.desks.releases import actions

    found = actions.publish(
        release=_found(reference),
        gate=custodian.gate,
        outlet=custodian.outlet(),
        by=by,
        on=as_of or custodian.today(),
    )
    _show(found, on=found.published_on, as_json=as_json)


@release.command()
@click.argument("reference")
@why_option("Why. Everybody reads it in the catalogue, so name nobody.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def withdraw(composition: Any, reference: str, why: str, by: str, as_of: Any, as_json: bool) -> None:
    """Take the release REFERENCE back. Later audits count its figures still: whoever has read them keeps them."""
    custodian = composition.open()
    from meterkeep.desks.releases import actions

    found = actions.withdraw(
        release=_found(reference), why=why, gate=custodian.gate, by=by, on=as_of or custodian.today()
    )
    _show(found, on=found.withdrawn_on, as_json=as_json)


@release.command()
@as_of_option
@json_option
@click.pass_obj
def budget(composition: Any, as_of: Any, as_json: bool) -> None:
    """What releases with noise have spent of each year's budget, in millionths of rho."""
    custodian = composition.open()
    from meterkeep.desks.releases import noise, queries

    on = as_of or custodian.today()
    yearly = noise.yearly(on)
    spent = {on.year: 0, **queries.noise_spent()}
    if as_json:
        say_json({"yearly": yearly, "spent": {str(year): micro for year, micro in sorted(spent.items())}})
        return
    for year, micro in sorted(spent.items()):
        click.echo(f"{year}  {micro:>12,} of {yearly:,} spent, {max(yearly - micro, 0):,} left")


@release.command("list")
@json_option
@click.pass_obj
def list_(composition: Any, as_json: bool) -> None:
    """List all releases, newest first."""
    today = composition.open().today()
    from meterkeep.desks.releases import checks, queries

    found = [
        {**_summary(one), "outdated": checks.outdated(one, on=today) != ""} for one in queries.releases()
    ]
    if as_json:
        say_json({"releases": found})
        return
    if not found:
        click.echo("None yet. Next: meterkeep release plan SPEC.toml --by PERSON")
    for one in found:
        click.echo(
            f"{one['reference']}  {one['state']:<10} {one['published']:>6,} of {one['cells']:>6,}  {one['title']}"
            f"{' (out of date: plan it again)' if one['outdated'] else ''}"
        )


def _found(reference: str) -> Any:
    from meterkeep.desks.releases import queries

    found = queries.by_reference(reference)
    if found is None:
        raise BadInput(
            "There is no such release.", where=reference, next="meterkeep release list names them."
        )
    return found


def _summary(release: Any) -> dict[str, Any]:
    published = sum(cell["status"] == "published" for cell in release.cells)
    return {
        "reference": release.reference,
        "title": release.title,
        "state": str(release.state),
        "cells": len(release.cells),
        "published": published,
        "withheld": len(release.cells) - published,
        "corrects": release.corrects.reference if release.corrects else None,
    }


def _show(release: Any, *, on: date, as_json: bool) -> None:
    summary = _summary(release)
    if as_json:
        files = {file.name: file.sha256 for file in release.files.defer("content")}
        said = {"cells": release.cells, "certificate": release.certificate, "files": files}
        say_json({**summary, **said})
        return
    click.echo(f"{summary['reference']} is {summary['state']}: {release.title}")
    if release.state == "withdrawn":
        click.echo(f"Why: {release.withdrawn_why}")
        return
    may = "are" if release.state == "published" else "may be"
    click.echo(
        f"{summary['published']:,} of {summary['cells']:,} cells {may} published, {summary['withheld']:,} withheld."
    )
    if release.state == "planned" and summary["withheld"]:
        say_share(release)
    for file in release.files.defer("content"):
        click.echo(f"  {file.name}  SHA-256 {file.sha256}")
    if release.state == "published" and release.certificate["independent"]:
        click.echo(_second_look(release.certificate["independent"]))
    _show_next(release, on=on)


def _number(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _second_look(said: dict[str, Any]) -> str:
    """What the independent checker looked at, and what it could not."""
    figures, parts = _number(said["figures"], "figure"), _number(said["parts"], "part")
    text = f"The independent checker agrees, on {figures} in {parts}."
    if large := said["too_large"]:
        which = "which is" if len(large) == 1 else "which are"
        text += f" It did not look at {_number(len(large), 'part')} of {_number(sum(large), 'figure')}, {which} too large for it."
    if unsure := said["open_groups"] + said["open_bounds"]:
        text += f" It could neither confirm nor deny {unsure:,} of its questions."
    if alone := said["not_bounded"]:
        text += f" It did not look at every share of {_number(alone, 'customer')}: nothing says any more how much they can have used in some time."
    return text


def _show_next(release: Any, *, on: date) -> None:
    from meterkeep.desks.releases.checks import REVIEWERS, outdated

    if why := outdated(release, on=on):
        click.echo(f"This plan is out of date: {why} Plan it again.")
        return
    if release.state == "planned":
        decided = release.reviews.count()
        click.echo(
            f"{decided} of {REVIEWERS} reviewers have decided; {release.planned_by}, who planned it, may not."
        )
        click.echo(f"Next: meterkeep release approve {release.reference} --why REASON --by PERSON")
        click.echo(f"  or: meterkeep release refuse {release.reference} --why REASON --by PERSON")
        return
    if release.state in ("disputed", "refused"):
        for one in release.reviews.order_by("pk"):
            click.echo(f"  {one.by} {'accepts' if one.accepted else 'refuses'} it: {one.why}")
    if release.state == "disputed":
        click.echo(_who_decides(release))
    elif release.state == "approved":
        click.echo(f"Next: meterkeep release publish {release.reference} --by PERSON")


def _who_decides(release: Any) -> str:
    from meterkeep.desks.policies import queries
    from meterkeep.desks.releases.reviews import arbiter

    role = arbiter(queries.pack_in_force(release.planned_on))
    if not role:
        return f"Next: whoever planned it withdraws it and plans it again: meterkeep release withdraw {release.reference}"
    return f"Next: a {role.replace('_', ' ')} who has not reviewed it decides, with approve or refuse."
