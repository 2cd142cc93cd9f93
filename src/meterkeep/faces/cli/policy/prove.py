"""`policy prove`: what a pack claims of itself, proved; every combination of facts tried; its overlaps listed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from meterkeep.faces.cli.output import aligned, as_of_option, json_option, progress, say_json
from meterkeep.faces.cli.policy.packs import packs_argument
from meterkeep.policy import load_pack, pack_ids

if TYPE_CHECKING:
    from meterkeep.policy.assurance.exhaustive import Count
    from meterkeep.policy.assurance.prove import Proof, Report

MARKS = {"proved": "proved", "as_ruled": "as ruled", "failed": "FAILED", "empty": "EMPTY"}
COLOURS = {"proved": "green", "as_ruled": "green", "failed": "red", "empty": "red"}
RANK = ("failed", "empty", "as_ruled", "proved")


@click.command("prove")
@packs_argument
@click.option(
    "--overlaps", "overlaps_only", is_flag=True, help="List where permits and prohibitions meet instead."
)
@as_of_option
@json_option
@click.pass_context
def prove_command(
    context: click.Context,
    packs: tuple[str | Path, ...],
    overlaps_only: bool,
    as_of: date | None,
    as_json: bool,
) -> None:
    """Prove the packs' invariants for all facts, times and rulings. Exit 1 where one fails, with the counterexample."""
    on = as_of or datetime.now().astimezone().date()
    if overlaps_only:
        _overlaps(packs or tuple(pack_ids()), on, as_json)
        return
    from meterkeep.policy.assurance.prove import prove

    with progress() as bar:
        reports = [prove(pack, on=on) for pack in bar.track(packs or pack_ids(), description="Proving")]
    if as_json:
        say_json([report.as_json() for report in reports])
    else:
        for report in reports:
            _tell(report)
    context.exit(0 if all(report.holds for report in reports) else 1)


def _tell(report: Report) -> None:
    click.secho(f"{report.pack}, from {report.time.first} to {report.time.last}", bold=True)
    for name, group in groupby(sorted(report.proofs, key=lambda one: one.name), key=lambda one: one.name):
        _tell_claim(name, list(group))
    for count in report.counts:
        click.echo(f"  {_counted(count)}")
    _tell_time(report)
    tried = ", ".join(report.rulings) or "none is asked"
    click.echo(f"  Rulings left free in every proof: {tried}.\n")


def _tell_claim(name: str, proofs: list[Proof]) -> None:
    worst = min(proofs, key=lambda one: RANK.index(one.status))
    actions = ", ".join(dict.fromkeys(proof.action for proof in proofs))
    rests = sorted({name for proof in proofs for name in proof.rests_on})
    resting = f"; rests on the rulings of {', '.join(rests)}" if rests else ""
    click.secho(f"  {MARKS[worst.status]:9}", fg=COLOURS[worst.status], nl=False)
    click.echo(f" {name}: {worst.says} ({actions}{resting})")
    for proof in proofs:
        for line in _failure(proof):
            click.echo(f"      {line}")


def _failure(proof: Proof) -> Iterator[str]:
    if proof.status == "empty":
        yield f"{proof.where}: its conditions exclude each other, so it says nothing. Mend them."
    elif proof.status == "failed":
        yield f"{proof.where}, from {proof.since} to {proof.until}:"
        yield from proof.counterexample.lines() if proof.counterexample else ()


def _counted(count: Count) -> str:
    how = f"{count.rows:,} rows tried" if count.method == "tables" else "counted by the decision diagram"
    doubt = "" if count.sound else "  ← tables, diagram and engine do not agree"
    return (
        f"{count.action}: {how} for {large(count.vectors)} combinations of {count.facts} facts: "
        f"{_share(count.permit, count)} permitted, {_share(count.refuse, count)} refused, "
        f"{_share(count.silent, count)} without a clause. {count.tried} put to decide: {count.differing} otherwise, "
        f"{count.uncited} refused without a citation.{doubt}"
    )


def _share(part: int, count: Count) -> str:
    """Never 0.0 % of something that happens."""
    return (
        "less than 0.1 %"
        if 0 < part * 1000 < count.vectors
        else f"{part / count.vectors:.1%}".replace("%", " %")
    )


def large(number: int) -> str:
    """A count as people read it; exact up to nine digits."""
    return f"{number:,}" if number < 10**9 else f"about {number:.1e}"


def _tell_time(report: Report) -> None:
    for day, action, what in report.time.failures:
        click.secho(f"  {day} {action}: {what}", fg="red")
    if not report.time.failures:
        click.echo(f"  Every action can be asked on every day tried ({report.time.tried} questions).")


def _overlaps(packs: tuple[str | Path, ...], on: date, as_json: bool) -> None:
    from meterkeep.policy.assurance.overlaps import overlaps

    found = [(str(pack), one) for pack in packs for one in overlaps(load_pack(pack), on=on)]
    if as_json:
        say_json([{"pack": pack, **one.as_json()} for pack, one in found])
        return
    rows = [("pack", "permit", "prohibition", "settled by", "actions")]
    rows += [
        (pack, one.permit, one.forbid, "; ".join((one.settled, *one.by)), ", ".join(one.actions))
        for pack, one in found
    ]
    for line in aligned(rows, left=range(5)):
        click.echo(line)
    click.echo(f"{len(found)} pairs of clauses meet; where nothing else settles it, the prohibition wins.")
