"""What a grant gives, as one table."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.errors import BadInput
from meterkeep.gate import Grant
from meterkeep.gate.grant import ATTRIBUTES


def granted_table(grant: Grant, *, elements: tuple[str, ...], interval: str | None = None) -> pa.Table:
    """Readings where interval usage was granted, monthly totals where those were, each with the granted attributes;
    identity fields where nothing else was."""
    if {"interval_usage", "monthly_usage"} <= set(elements):
        raise BadInput("Readings and monthly totals are two tables.", next="Ask for them in two requests.")
    if "interval_usage" in elements:
        return _with_attributes(grant.readings(interval=interval), grant, elements)
    if "monthly_usage" in elements:
        return _with_attributes(grant.totals(), grant, elements)
    if set(elements) <= set(ATTRIBUTES):
        return grant.attributes()
    return pa.Table.from_pylist(
        [{"customer": customer, **known} for customer, known in grant.identities().items()]
    )


def _with_attributes(table: pa.Table, grant: Grant, elements: tuple[str, ...]) -> pa.Table:
    """Looked up and not joined, so that readings stay in their order: the digest is of rows in an order."""
    if not set(elements) & set(ATTRIBUTES):
        return table
    known = grant.attributes()
    place = pc.index_in(table["customer"], value_set=known["customer"].combine_chunks())
    for name in known.column_names[1:]:
        table = table.append_column(name, known[name].combine_chunks().take(place))
    return table
