"""From monthly totals of customers to the table that a release is planned from."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.desks.customers import queries as customers
from meterkeep.desks.releases.spec import Spec
from meterkeep.errors import BadInput

UNKNOWN = "unknown"
PREMISE = "usage_point"


def loads(totals: pa.Table, attributes: pa.Table, spec: Spec) -> tuple[pa.Table, int]:
    """One row per customer, usage point and month: `customer`, `usage_point`, the dimensions, the measure; and its power of ten.

    totals: as the gate's `Grant.totals`. customer: anonymous atoms, since the register of releases outlives customers.
    """
    chosen = totals.filter((pc.field("channel") == spec.measure) & (pc.field("unit") == spec.unit))
    if not len(chosen):
        raise BadInput(
            f"There is no {spec.measure} {spec.unit} in {spec.period}.",
            next="Choose another measure, unit or period.",
        )
    power = pc.min(chosen["power_of_ten"]).as_py()
    factor = pc.power(pa.scalar(10, pa.int64()), pc.subtract(chosen["power_of_ten"].cast(pa.int64()), power))
    value = pc.multiply_checked(chosen["total"], factor)
    known = chosen.append_column(spec.measure, value).join(attributes, "customer")
    columns = {name: _names(known, name) for name in spec.by}
    whose = {"customer": _atoms(known["customer"]), PREMISE: known["usage_point"].cast(pa.string())}
    return pa.table(whose | columns | {spec.measure: known[spec.measure]}), power


def _names(table: pa.Table, dimension: str) -> pa.ChunkedArray:
    if dimension == "month":
        return pc.strftime(table["month"], "%Y-%m")
    named = table[dimension].cast(pa.string())
    return pc.if_else(pc.equal(pc.fill_null(named, ""), ""), UNKNOWN, named)


def _atoms(ids: pa.ChunkedArray) -> pa.Array:
    """The first 60 random bits of each customer's chain: stable, anonymous, and theirs alone."""
    encoded = ids.combine_chunks().dictionary_encode()
    named = encoded.dictionary.to_pylist()
    atoms = pa.array([int(chain[:15], 16) for chain in customers.chains(named)], pa.int64())
    return atoms.take(encoded.indices)
