"""`release protect`: which cells of a table of totals may be published, from a CSV of its leaves; needs no home."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import aligned, json_option, say_json
from meterkeep.faces.cli.release.merge_map import categories, read_map
from meterkeep.faces.cli.release.searching import Searching, seconds_of, stopped_by_hand

if TYPE_CHECKING:
    from meterkeep.aggregates.rule import Rule
    from meterkeep.aggregates.tables.cells import Cell
    from meterkeep.aggregates.tables.leaves import Leaves
    from meterkeep.aggregates.tables.merging import Merges
    from meterkeep.aggregates.tables.protect import Judged, Protection

SHOWN = 20
"""Cells that are listed without --json."""


@click.command()
@click.argument("leaves", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="LEAF.csv")
@click.option(
    "--by", "by", multiple=True, required=True, help="A dimension, finest level first: 'zip<county'."
)
@click.option("--customers", required=True, help="The column with each leaf's number of customers.")
@click.option("--value", required=True, help="The column with each leaf's total.")
@click.option("--largest", required=True, help="The column with each leaf's largest customer.")
@click.option(
    "--rule", default="15/15", show_default=True, help="Customers/percent; 15/15<= allows the share itself."
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    callback=seconds_of,
    default=60.0,
    show_default=True,
    help="Time to look for fewer cells.",
)
@click.option(
    "--weigh",
    type=click.Choice(("cells", "customers", "value")),
    default="cells",
    show_default=True,
    help="What makes a cell dear to withhold.",
)
@click.option(
    "--never",
    multiple=True,
    metavar="LEVEL=NAME",
    help="Cells that are never withheld, beside the rule: county=north,rate=Total.",
)
@click.option(
    "--rather", multiple=True, metavar="LEVEL=NAME", help="Cells that are withheld rather than others."
)
@click.option(
    "--merge",
    "merge",
    multiple=True,
    metavar="LEVEL",
    help="Combine categories of this level where that publishes more.",
)
@click.option(
    "--merges",
    "kept",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE.json",
    help="Combine what an earlier --merge … --json did, so that quarters of a year stay comparable.",
)
@json_option
@click.pass_context
def protect(
    context: click.Context, /, leaves: Path, by: tuple[str, ...], customers: str, value: str, largest: str,
    rule: str, seconds: float, weigh: Any, never: tuple[str, ...], rather: tuple[str, ...], merge: tuple[str, ...],
    kept: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Say which cells of a table may be published, and why the others may not.

    LEAF.csv has a line for each finest cell. All sums over the levels of --by are cells, too. What is published gives
    nobody away, alone or together; as few cells as possible are withheld for that.
    """
    from meterkeep.aggregates.rule import Rule
    from meterkeep.aggregates.tables.dimensions import Dimension
    from meterkeep.aggregates.tables.leaves import read_leaves
    from meterkeep.aggregates.tables.protect import protect

    if kept and merge:
        raise click.UsageError("A map that is kept with --merges is not changed by --merge.")
    searching = Searching(seconds, "cells" if weigh == "cells" and not rather else "cost")
    table = read_leaves(
        leaves,
        dimensions=[Dimension.parse(text) for text in by],
        customers=customers,
        value=value,
        largest=largest,
    )
    combined = read_map(kept, table) if kept else {}
    price = _price(table, weigh, never, rather, combined)
    with stopped_by_hand(searching):
        table, merges = _combined(table, Rule.parse(rule), merge, combined, price, searching.left)
        found = protect(table, Rule.parse(rule), price=price, left=searching.left, tell=searching.tell)
        _show(found, table, value, searching.taken, merges, Rule.parse(rule), as_json=as_json)
    if searching.stopped:
        context.exit(130)


def _price(
    table: Leaves, weigh: Any, never: tuple[str, ...], rather: tuple[str, ...], merges: Merges
) -> Callable[[Cell], int | None]:
    from meterkeep.aggregates.repair.weights import Weights, pattern
    from meterkeep.aggregates.tables.dimensions import TOTAL

    levels = [level for dimension in table.dimensions for level in dimension.levels]
    weights = Weights(
        weigh,
        [pattern(text, levels=levels, where="--never") for text in never],
        [pattern(text, levels=levels, where="--rather") for text in rather],
    )
    for where, patterns in (("--never", weights.never), ("--rather", weights.rather)):
        _check_categories(table, patterns, merges, where)
    most = sum(table.customers if weigh == "customers" else table.values)

    def price(cell: Cell) -> int | None:
        keys = {
            level: ""
            for of, now in zip(table.dimensions, cell.levels, strict=True)
            if now != TOTAL
            for level in of.levels
        }
        keys |= {level: key for level, key in zip(cell.levels, cell.keys, strict=True) if level != TOTAL}
        return weights.cost(keys, cell.customers if weigh == "customers" else cell.value, most)

    return price


def _check_categories(
    table: Leaves, patterns: Sequence[Mapping[str, str]], merges: Merges, where: str
) -> None:
    """A name that is nowhere would keep nothing published, and nobody would be told."""
    from meterkeep.aggregates.tables.dimensions import TOTAL
    from meterkeep.aggregates.tables.merging import BETWEEN

    known = categories(table)
    for level, name in (pair for pattern in patterns for pair in pattern.items()):
        if name not in {*merges.get(level, ()), TOTAL} and not known[level].issuperset(name.split(BETWEEN)):
            near = get_close_matches(name, sorted(known[level]), n=3, cutoff=0.4) or sorted(known[level])[:5]
            raise BadInput(
                f"There is no {level} {name} in this table.",
                where=where,
                next=f"There is {', '.join(near)}, and {TOTAL} for the sum.",
            )


def _combined(
    table: Leaves,
    rule: Rule,
    levels: tuple[str, ...],
    merges: Merges,
    price: Callable[[Cell], int | None],
    left: Callable[[], float],
) -> tuple[Leaves, Merges]:
    from meterkeep.aggregates.tables.merging import merged, suggested

    if levels:
        merges = suggested(table, rule, levels=levels, price=price, left=left)
    return merged(table, merges), merges


def _show(
    found: Protection,
    table: Leaves,
    value: str,
    seconds: float,
    merges: Merges,
    rule: Rule,
    *,
    as_json: bool,
) -> None:
    if as_json:
        say_json({**_document(found, table, seconds), "merges": merges})
        return
    if merges:
        named = ", ".join(f"{level} {name}" for level, of in merges.items() for name in of)
        click.echo(f"Combined: {named}.")
    click.echo(_counts(found))
    click.echo(_cost(found, table, value))
    click.echo(_proof(found, rule))
    by_rule = [each for each in found.cells if each.status == "primary" and each.cell.customers]
    beside = [each for each in found.cells if each.status == "secondary"]
    _list("breaks the rule", by_rule, table, value)
    _list("withheld beside the rule", beside, table, value)


def _counts(found: Protection) -> str:
    """A cell without customers is never published, and there is nobody in it whom that protects."""
    empty = sum(each.status == "primary" and not each.cell.customers for each in found.cells)
    by_rule, beside = found.count("primary") - empty, found.count("secondary")
    said = [
        f"{found.count('published'):,} of {len(found.cells):,} cells may be published.",
        f"{by_rule:,} {'breaks' if by_rule == 1 else 'break'} the rule by {'itself' if by_rule == 1 else 'themselves'};",
        f"{beside:,} more {'is' if beside == 1 else 'are'} withheld because the others, added and subtracted, would give someone away.",
    ]
    if empty:
        said.append(f"{empty:,} {'has' if empty == 1 else 'have'} no customers.")
    return " ".join(said)


def _document(found: Protection, table: Leaves, seconds: float) -> dict[str, Any]:
    return {
        "cells": [
            {
                "keys": list(each.cell.keys),
                "levels": list(each.cell.levels),
                "customers": each.cell.customers,
                "value": _number(table, each.cell.value),
                "status": each.status,
                "why": each.why,
            }
            for each in found.cells
        ],
        "published": found.count("published"),
        "primary": found.count("primary"),
        "secondary": found.count("secondary"),
        "proof": "exhaustive" if found.exhaustive else "bounded",
        "gap": found.gap,
        "smallest_group": found.smallest_group,
        "worst_share_ppm": found.worst_share_ppm,
        "seconds": round(seconds, 3),
    }


def _number(table: Leaves, value: int) -> int | float:
    return value if table.places == 0 else float(table.amount(value))


def _cost(found: Protection, table: Leaves, value: str) -> str:
    """What is withheld of the finest cells, which together are everything once."""
    finest = tuple(dimension.levels[0] for dimension in table.dimensions)
    leaves = [each for each in found.cells if each.cell.levels == finest]
    total = sum(each.cell.value for each in leaves)
    by_rule = sum(each.cell.value for each in leaves if each.status == "primary")
    more = sum(each.cell.value for each in leaves if each.status == "secondary")
    if total <= 0:
        return f"The finest cells have no {value} to be published."
    return (
        f"Of the finest cells' {value}, the rule by itself withholds {100 * by_rule / total:.1f} %, "
        f"and what else is withheld {100 * more / total:.1f} %."
    )


def _proof(found: Protection, rule: Rule) -> str:
    if not found.exhaustive:
        return "Not proven: the audit ended early. Do not publish this; give it more --seconds."
    gap = (
        "Nothing cheaper is safe."
        if not found.gap
        else f"At most {100 * found.gap:.1f} % of what is withheld beside the rule may be needless; more --seconds may find that out."
    )
    if found.smallest_group is None:
        return "Nothing is published, so nothing can be derived."
    return (
        f"Proven: the smallest group that can be derived has {found.smallest_group:,} customers, and "
        f"{_share(found.worst_share_ppm or 0, rule)} of what they can at most have used. {gap}"
    )


def _share(ppm: int, rule: Rule) -> str:
    """In hundredths of a percent, rounded up. ppm: rounded down under a rule of strictly less, else up."""
    if rule.strict:
        return f"everybody has less than {_hundredths(min(ppm + 1, rule.share_ppm))} %"
    return f"nobody has more than {_hundredths(ppm)} %"


def _hundredths(ppm: int) -> str:
    whole, rest = divmod(-(-ppm // 100), 100)
    return f"{whole}.{rest:02d}"


def _list(title: str, cells: list[Judged], table: Leaves, value: str) -> None:
    from meterkeep.aggregates.tables.words import label

    if not cells:
        return
    shown = cells[:SHOWN]
    rows = [(title, "customers", value)]
    rows += [
        (label(each.cell), f"{each.cell.customers:,}", f"{table.amount(each.cell.value):,f}")
        for each in shown
    ]
    click.echo()
    head, *lines = aligned(rows, left={0})
    click.echo(click.style(head, bold=True))
    for line, each in zip(lines, shown, strict=True):
        click.echo(f"{line}\n    {each.why}")
    if len(cells) > SHOWN:
        click.echo(f"… and {len(cells) - SHOWN:,} more: --json has all.")
