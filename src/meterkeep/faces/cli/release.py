"""`release`: totals on their way to the public, planned, approved by two others, published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import as_of_option, by_option, json_option, say_json, text_of
from meterkeep.faces.cli.release_audit import audit
from meterkeep.faces.cli.release_protect import protect


@click.group()
def release() -> None:
    """Plan, approve and publish tables of totals that show nobody."""


release.add_command(audit)
release.add_command(protect)


@release.command()
@click.argument("spec", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="SPEC.toml")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def plan(composition: Any, spec: Path, by: str, as_of: Any, as_json: bool) -> None:
    """Compute the table of SPEC.toml and audit it against everything ever published; nothing leaves yet."""
    custodian = composition.open()
    from meterkeep.desks.releases import actions

    _show(
        actions.plan(spec=text_of(spec), gate=custodian.gate, by=by, on=as_of or custodian.today()),
        as_json=as_json,
    )


@release.command()
@click.argument("reference")
@click.option("--why", default="", help="Your reason, where the documents leave it to your discretion.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def approve(composition: Any, reference: str, why: str, by: str, as_of: Any, as_json: bool) -> None:
    """Approve the planned release REFERENCE; two people other than its planner do."""
    custodian = composition.open()
    from meterkeep.desks.releases import actions

    found = actions.approve(release=_found(reference), by=by, on=as_of or custodian.today(), why=why)
    _show(found, as_json=as_json)


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
        release=_found(reference), gate=custodian.gate, by=by, on=as_of or custodian.today()
    )
    _show(found, as_json=as_json)


@release.command("list")
@json_option
@click.pass_obj
def list_(composition: Any, as_json: bool) -> None:
    """List all releases, newest first."""
    composition.open()
    from meterkeep.desks.releases import queries

    found = [_summary(one) for one in queries.releases()]
    if as_json:
        say_json({"releases": found})
        return
    if not found:
        click.echo("None yet. Next: meterkeep release plan SPEC.toml --by PERSON")
    for one in found:
        click.echo(
            f"{one['reference']}  {one['state']:<10} {one['published']:>6,} of {one['cells']:>6,}  {one['title']}"
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
    }


def _show(release: Any, *, as_json: bool) -> None:
    summary = _summary(release)
    if as_json:
        say_json({**summary, "cells": release.cells, "certificate": release.certificate})
        return
    click.echo(f"{summary['reference']} is {summary['state']}: {release.title}")
    may = "are" if release.state == "published" else "may be"
    click.echo(
        f"{summary['published']:,} of {summary['cells']:,} cells {may} published, {summary['withheld']:,} withheld."
    )
    _show_next(release)


def _show_next(release: Any) -> None:
    from meterkeep.desks.releases.checks import REVIEWERS

    if release.state == "planned":
        click.echo(
            f"{release.approvals.count()} of {REVIEWERS} approvals by people other than {release.planned_by}."
        )
        click.echo(f"Next: meterkeep release approve {release.reference} --by PERSON")
    elif release.state == "approved":
        click.echo(f"Next: meterkeep release publish {release.reference} --by PERSON")
