"""From what the gate gives of customers to the table that a release is planned from.

One row for each customer, usage point, month and slot, in whole numbers. Nothing is filled in: what is missing and what was estimated is
counted beside, and travels with the release.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.desks.customers import queries as customers
from meterkeep.desks.releases.entries import BILLED, COUNT
from meterkeep.desks.releases.nothing import nobody_has, nothing
from meterkeep.desks.releases.spec import Spec
from meterkeep.desks.releases.times import TIMES, check_all_there, column, months
from meterkeep.gate import Grant, Period

UNKNOWN: Final = "unknown"
PREMISE: Final = "usage_point"
HOUR: Final = 3600
CENTS: Final = -2
"""The power of ten of a dollar in which bills are kept."""
COUNTS: Final = ("intervals", "missing", "estimated")
_INTERVALS: Final = {"hour": "PT1H", "day": "P1D"}
_LENGTHS: Final = {"hour": (HOUR, HOUR), "day": (23 * HOUR, 25 * HOUR)}
"""The shortest and the longest interval that fills a slot: days have 23 or 25 hours where the clocks change."""


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """table: `customer` (anonymous atoms, since the register of releases outlives customers), `usage_point`, the dimensions and the
    measure, times ten to `power`. coverage: of what went in, by month."""

    table: pa.Table
    power: int
    coverage: list[dict[str, Any]]


def counted(table: pa.Table) -> bytes:
    """The atoms of a table that was taken, each once, as `Release.counted` keeps them."""
    return np.unique(table["customer"].to_numpy()).astype("<u8").tobytes()


def loads(grant: Grant, spec: Spec, *, attributes: bool) -> Taken:
    """attributes: whether any were asked for. Raises BadInput where nothing of what is asked for was measured."""
    rows = _rows(grant, spec)
    everybody = _with_attributes(rows, grant, spec) if attributes else rows
    known = _chosen(everybody, spec)
    coverage, known = _coverage(known), known.filter(pc.is_valid(known["total"]))
    if not len(known):
        raise nothing(grant, spec, everybody)
    if lacking := [name for name in spec.dimensions if name not in TIMES and _is_unknown(known, name)]:
        raise nobody_has(lacking[0], spec)
    check_all_there(pc.unique(_names(known, "month")).to_pylist(), spec.period, spec.by)
    power, values = (0, _ones(known)) if spec.measure == COUNT else _scaled(known)
    columns = {name: _names(known, name) for name in spec.by}
    whose = {"customer": _atoms(known["customer"]), PREMISE: known[PREMISE].cast(pa.string())}
    table = pa.table(whose | columns | _class_of(known, columns) | {spec.quantity: values})
    return Taken(table, power, coverage)


def _rows(grant: Grant, spec: Spec) -> pa.Table:
    """customer, usage_point, channel, unit, month, [slot], total, power_of_ten, intervals, missing, estimated."""
    if spec.measure == BILLED:
        return _bills(grant.billed())
    if not spec.slot:
        return _measured(grant.totals(), spec)
    return pa.concat_tables([_of_slots(grant, month, spec) for month in months(spec.period)])


def _bills(rows: pa.Table) -> pa.Table:
    """As of readings. Whether a bill stands on estimated readings is not known."""
    there = pc.is_valid(rows["cents"]).cast(pa.int64())
    unknown = pa.nulls(len(rows), pa.int64())
    counts = dict(zip(COUNTS, (there, pc.subtract(1, there), unknown), strict=True))
    power = pa.array([CENTS] * len(rows), pa.int8())
    return pa.table(
        {name: rows[name] for name in ("customer", PREMISE, "month")}
        | {"total": rows["cents"], "power_of_ten": power}
        | counts
    )


def _measured(rows: pa.Table, spec: Spec) -> pa.Table:
    """Of the measure; where customers are counted, whoever has any reading of the unit."""
    right = pc.field("unit") == spec.unit
    return rows.filter(right if spec.measure == COUNT else right & (pc.field("channel") == spec.measure))


def _of_slots(grant: Grant, month: Period, spec: Spec) -> pa.Table:
    """Sums of one month for each slot, of intervals that are there as a whole."""
    rows = _measured(grant.readings(period=month, interval=_INTERVALS[spec.slot]), spec)
    shortest, longest = _LENGTHS[spec.slot]
    whole = (pc.field("seconds") >= shortest) & (pc.field("seconds") <= longest)
    rows = rows.filter(whole & (pc.field("n_present") == pc.field("n_expected")))
    local = pc.local_timestamp(rows["start"].cast(pa.timestamp("s", grant.zone.key)))
    rows = rows.append_column(spec.slot, pc.strftime(local, "%H" if spec.slot == "hour" else "%d"))
    keys = ["customer", PREMISE, "channel", "unit", spec.slot, "power_of_ten"]
    sums = rows.group_by(keys, use_threads=False).aggregate(
        [("value", "sum"), ("n_present", "sum"), ("n_missing", "sum"), ("n_estimated", "sum")]
    )
    table = sums.rename_columns([*keys, "total", *COUNTS])
    return table.append_column("month", pa.array([month.start] * len(table), pa.date32()))


def _with_attributes(rows: pa.Table, grant: Grant, spec: Spec) -> pa.Table:
    """With the attributes of each customer, and the areas that follow from these."""
    known = rows.join(grant.attributes(), "customer")
    for area in spec.areas:
        named = pa.array(
            [area.names.get(str(value), "") for value in known[area.of].to_pylist()], pa.string()
        )
        known = known.append_column(area.name, named)
    return known


def _chosen(rows: pa.Table, spec: Spec) -> pa.Table:
    for name, values in spec.filter.items():
        rows = rows.filter(pc.is_in(_names(rows, name), pa.array(values, pa.string())))
    return rows


def _scaled(rows: pa.Table) -> tuple[int, pa.ChunkedArray]:
    power = pc.min(rows["power_of_ten"]).as_py()
    factor = pc.power(pa.scalar(10, pa.int64()), pc.subtract(rows["power_of_ten"].cast(pa.int64()), power))
    return power, pc.multiply_checked(rows["total"].cast(pa.int64()), factor)


def _ones(rows: pa.Table) -> pa.Array:
    """One for each customer and month, at the first of their usage points: customers are counted once."""
    pairs = zip(rows["customer"].to_pylist(), rows["month"].to_pylist(), strict=True)
    seen: set[object] = set()
    return pa.array([0 if pair in seen else (seen.add(pair) or 1) for pair in pairs], pa.int64())


def _names(table: pa.Table, dimension: str) -> pa.ChunkedArray:
    if dimension in TIMES:
        return column(table["month"], dimension)
    named = table[dimension].cast(pa.string())
    return pc.if_else(pc.equal(pc.fill_null(named, ""), ""), UNKNOWN, named)


def _is_unknown(known: pa.Table, dimension: str) -> bool:
    """Of everybody, so that a table by it would be none."""
    return bool(pc.all(pc.equal(_names(known, dimension), UNKNOWN)).as_py())


def _class_of(known: pa.Table, columns: dict[str, pa.ChunkedArray]) -> dict[str, pa.ChunkedArray]:
    """The class of each customer beside the dimensions, for rules that differ by class."""
    name = "customer_class"
    return {name: _names(known, name)} if name in known.column_names and name not in columns else {}


def _coverage(rows: pa.Table) -> list[dict[str, Any]]:
    """Of each month: customers, intervals that went in, those that are missing, those that were estimated."""
    sums = rows.group_by("month", use_threads=False).aggregate(
        [("customer", "count_distinct"), *((name, "sum") for name in COUNTS)]
    )
    names = ("month", "customers", *COUNTS)
    found = [dict(zip(names, row.values(), strict=True)) for row in sums.to_pylist()]
    return [{**row, "month": f"{row['month']:%Y-%m}"} for row in sorted(found, key=lambda row: row["month"])]


def _atoms(ids: pa.ChunkedArray) -> pa.Array:
    encoded = ids.combine_chunks().dictionary_encode()
    return pa.array(atoms(encoded.dictionary.to_pylist()), pa.int64()).take(encoded.indices)


def atoms(ids: list[str]) -> list[int]:
    """The first 60 random bits of each customer's chain: stable, anonymous, and theirs alone. Raises BadInput for an unknown id."""
    return [int(chain[:15], 16) for chain in customers.chains(ids)]
