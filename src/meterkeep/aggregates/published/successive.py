"""The same cell twice: told twice for one period, or for two periods that follow each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from meterkeep.aggregates.loads import Bools, Int64s
from meterkeep.aggregates.published.numbers import exact, shown
from meterkeep.aggregates.published.report import Finding, about, people
from meterkeep.aggregates.published.rows import Minimums
from meterkeep.aggregates.published.table import UNKNOWN, Table, cell_codes, key_codes


def once(table: Table) -> tuple[Int64s, list[tuple[int, int]], int]:
    """The rows that tell each cell and period first, published before withheld; pairs (first, other) that say something
    different; and how many rows repeat what another said."""
    code = key_codes([cell_codes(table), table.start, table.months])
    order = np.lexsort((np.arange(len(table)), table.withheld, code))
    new = np.append(True, code[order][1:] != code[order][:-1])
    head = order[np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))]
    again = order[~new]
    first = head[~new]
    same = (
        (table.withheld[again] == table.withheld[first])
        & (table.customers[again] == table.customers[first])
        & (table.withheld[again] | (table.value[again] == table.value[first]))
    )
    pairs = list(zip(first[~same].tolist(), again[~same].tolist(), strict=True))
    return np.sort(order[new]), pairs, int(same.sum())


def twice(table: Table, pairs: list[tuple[int, int]], minimums: Minimums) -> Iterator[Finding]:
    """Two statements about one cell and period: their difference is exact."""
    for first, other in pairs:
        if table.withheld[first]:
            continue
        if table.withheld[other]:
            yield _elsewhere(table, first, other, minimums)
        else:
            yield _differs(table, first, other, minimums)


def _elsewhere(table: Table, first: int, other: int, minimums: Minimums) -> Finding:
    count = int(table.customers[first])
    return Finding(
        "withheld_elsewhere",
        "leak",
        about(table, [other, first]),
        table.key_names(first),
        table.period(first),
        f"the withheld figure is {table.amount(first)}" + (f" of {people(count)}" if count > 0 else ""),
        f"Withheld in one place, {table.amount(first)} in the other.",
        minimums.text(first),
        count if count > 0 else None,
        exact(int(table.value[first])),
    )


def _differs(table: Table, first: int, other: int, minimums: Minimums) -> Finding:
    """Fewer customers apart than the rule asks for is a leak; as many and another total, a correction that shows."""
    more, less = (other, first) if table.customers[other] > table.customers[first] else (first, other)
    apart = int(table.customers[more] - table.customers[less])
    known = UNKNOWN not in (table.customers[more], table.customers[less])
    gap = int(table.value[more]) - int(table.value[less])
    sum_ = f"{table.amount(more)} − {table.amount(less)} = {shown(gap)} {table.unit(more)}"
    leak = known and 0 < apart < int(minimums.asked[more])
    if leak:
        says = f"{people(int(table.customers[more]))} and {int(table.customers[less]):,}: {sum_}."
        told = f"{people(apart)} used {shown(gap)} {table.unit(more)}"
    else:
        says = f"{sum_}, with {apart:,} customers between them." if known else f"{sum_}."
        told = "one figure corrects the other, and the difference is somebody's"
    return Finding(
        "published_twice",
        "leak" if leak else "cannot_decide",
        about(table, [first, other]),
        table.key_names(first),
        table.period(first),
        told,
        says,
        minimums.text(first),
        apart if leak else None,
        exact(gap),
    )


def changes(table: Table, minimums: Minimums) -> Iterator[Finding]:
    """Cells whose customers change from one period to the next by some, but fewer than the rule asks for.

    table: each cell and period once. Exactly, the periods are independent unknowns; but one is much like the next.
    """
    code = cell_codes(table)
    order = np.lexsort((table.start, table.months, code))
    before, after = order[:-1], order[1:]
    apart = np.abs(table.customers[after] - table.customers[before])
    rows: Bools = (
        (code[after] == code[before])
        & (table.months[after] == table.months[before])
        & (table.months[after] > 0)
        & (table.start[after] == table.start[before] + table.months[before])
        & ~table.withheld[after]
        & ~table.withheld[before]
        & (table.customers[after] > 0)
        & (table.customers[before] > 0)
        & (apart > 0)
        & (apart < np.minimum(minimums.asked[after], minimums.asked[before]))
    )
    for earlier, later in zip(before[rows].tolist(), after[rows].tolist(), strict=True):
        yield change(table, earlier, later, minimums)


def change(table: Table, earlier: int, later: int, minimums: Minimums, *, combined: bool = False) -> Finding:
    """What those who came, or left, used, if everyone else used as much as in the other period."""
    came = table.customers[later] > table.customers[earlier]
    more, less = (later, earlier) if came else (earlier, later)
    apart = int(table.customers[more] - table.customers[less])
    gap = int(table.value[more]) - int(table.value[less])
    unit = table.unit(more)
    flag = combined or bool(table.combined[earlier] != table.combined[later])
    who = f"{people(apart)} who {'were added' if flag and came else 'were taken out' if flag else 'came' if came else 'left'}"
    told = (
        f"{who} used about {shown(gap)} {unit} in {table.period(more)}"
        if gap > 0
        else f"{who} used little beside the change of the others in {table.period(more)}"
    )
    says = (
        f"{table.period(more)}: {int(table.customers[more]):,} customers, {table.amount(more)}; "
        f"{table.period(less)}: {int(table.customers[less]):,} customers, {table.amount(less)}; "
        f"the difference is {shown(gap)} {unit} for {people(apart)}, if the others used as much in both."
    )
    return Finding(
        "combined_change" if flag else "small_change",
        "estimate",
        about(table, [earlier, later]),
        table.key_names(later),
        f"{table.period(earlier)} to {table.period(later)}",
        told,
        says,
        minimums.text(later),
        apart,
        exact(gap),
    )
