"""`release why`: what the rule costs, and why a number is left out, with the sum that anybody could do. For staff."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import aligned, as_of_option, by_option, json_option, say_json

if TYPE_CHECKING:
    from meterkeep.desks.releases.models import Release
    from meterkeep.faces.console.releases.withheld import Line, WithheldPage

SHOWN = 40
"""Numbers that are listed without --json."""


@click.command()
@click.argument("reference")
@click.argument("number", type=click.IntRange(min=0), required=False)
@by_option()
@as_of_option
@json_option
@click.pass_obj
def why(composition: Any, reference: str, number: int | None, by: str, as_of: Any, as_json: bool) -> None:
    """Say what was left out of the release REFERENCE and what that cost; with NUMBER, why, and the sum that it blocks."""
    custodian = composition.open()
    from meterkeep.desks.releases import actions, queries

    release = queries.by_reference(reference)
    if release is None:
        raise BadInput(
            "There is no such release.", where=reference, next="meterkeep release list names them."
        )
    on = as_of or custodian.today()
    actions.explain(release=release, gate=custodian.gate, by=by, on=on, number=number)
    if number is not None:
        _one(release, number, as_json=as_json)
    elif as_json:
        say_json(
            cost_document(release) | {"withheld": [{"number": at, **cell} for at, cell in _left_out(release)]}
        )
    else:
        say_cost(release)
        _list(release)


def _left_out(release: Release) -> list[tuple[int, dict[str, Any]]]:
    return [(at, cell) for at, cell in enumerate(release.cells) if cell["status"] != "published"]


def say_cost(release: Release) -> None:
    """What the rule cost, in a sentence and a table."""
    from meterkeep.faces.console.releases.cost import cost_view
    from meterkeep.faces.figures import Figures

    view = cost_view(release, Figures(release))
    click.echo(view.says)
    rows = [("", "numbers", "%", view.unit, "%")]
    rows += [
        (f"{'' if row.main else '  '}{row.name}", row.numbers, row.numbers_share, row.amount, row.amount_share)
        for row in view.rows
    ]  # fmt: skip
    click.echo()
    for line in aligned(rows, left={0}):
        click.echo(line.rstrip())


def say_share(release: Release) -> None:
    """What the rule cost, in a sentence, and where more is to be found."""
    from meterkeep.faces.console.releases.cost import cost_view
    from meterkeep.faces.figures import Figures

    click.echo(cost_view(release, Figures(release)).says)
    click.echo(f"Why: meterkeep release why {release.reference} --by PERSON")


def cost_document(release: Release) -> dict[str, Any]:
    """The same for programs; amounts in the release's own unit."""
    from meterkeep.aggregates.explaining.cost import cost
    from meterkeep.faces.console.releases.cost import merged_cells
    from meterkeep.faces.figures import Figures

    found = cost(merged_cells(release, Figures(release)))
    parts = {"all": found.all, "published": found.published, "merged": found.merged, "by_itself": found.by_itself, "beside": found.beside}  # fmt: skip
    return {
        "reference": release.reference,
        "unit": release.unit,
        "power_of_ten": release.power_of_ten,
        "cost": {name: {"cells": part.cells, "value": part.value} for name, part in parts.items()},
        "reasons": {code: {"cells": part.cells, "value": part.value} for code, part in found.reasons},
    }


def _list(release: Release) -> None:
    from meterkeep.faces.console.releases.reasons import headline
    from meterkeep.faces.figures import Figures

    figures, out = Figures(release), _left_out(release)
    if not out:
        return
    click.echo()
    rows = [("number", "left out", "why")]
    rows += [(str(at), figures.name(cell["keys"]), headline(cell)) for at, cell in out[:SHOWN]]
    for line in aligned(rows, left={1, 2}):
        click.echo(line.rstrip())
    if len(out) > SHOWN:
        click.echo(f"… and {len(out) - SHOWN:,} more; --json has them all.")
    click.echo(f"Next: meterkeep release why {release.reference} {out[0][0]} --by PERSON")


def _one(release: Release, number: int, *, as_json: bool) -> None:
    from meterkeep.desks.releases import queries
    from meterkeep.faces.console.releases.withheld import withheld_page

    cell = dict(_left_out(release)).get(number)
    if cell is None:
        raise BadInput(
            "No number of this release that is left out has this place.",
            where=str(number),
            next=f"meterkeep release why {release.reference} --by PERSON lists them.",
        )
    if as_json:
        say_json({"reference": release.reference, "number": number, **cell})
        return
    others = {name: other for name in cell["releases"] if (other := queries.by_reference(name))}
    _say(withheld_page(release, number, others))


def _say(page: WithheldPage) -> None:
    click.echo(click.style(f"{page.name}: {page.headline}", bold=True))
    click.echo(" ".join(page.sentences))
    if page.lines or page.result:
        click.echo()
        rows = [
            ("", page.period, "", "customers", page.unit),
            *map(_row, page.lines),
            *map(_row, page.result),
        ]
        for line in aligned(rows, left={0, 1, 2}):
            click.echo(f"  {line}".rstrip())
        click.echo()
    for note in page.notes:
        click.echo(note)
    if page.rule:
        click.echo(f"{page.rule} {page.verdict}".strip())


def _row(line: Line) -> Sequence[str]:
    return (line.sign, line.name, line.where, line.customers, line.amount)
