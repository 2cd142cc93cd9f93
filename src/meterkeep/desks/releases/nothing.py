"""What to say where there is nothing of what a specification asks for: what there is instead."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.desks.releases.entries import BILLED, DERIVED, UNITS
from meterkeep.desks.releases.names import listed, some
from meterkeep.desks.releases.spec import Spec
from meterkeep.errors import BadInput
from meterkeep.gate import Grant

_WRITTEN: Final = {kept: written for written, kept in UNITS.items() if written != "MWh"}


def nothing(grant: Grant, spec: Spec, before: pa.Table) -> BadInput:
    """before: what was measured, of all customers, before the filter chose among them."""
    if len(before):
        return _of_filter(spec, before)
    what = "bills" if spec.measure == BILLED else f"{spec.measure} {_WRITTEN.get(spec.unit, spec.unit)}"
    if spec.slot:
        what += f" for each {spec.slot}"
    when = f"from {spec.period.start:%Y-%m} until {spec.period.end:%Y-%m}"
    if spec.measure != BILLED and (there := _measures(grant.totals())):
        return BadInput(
            f"There is no {what} {when}.",
            where="measure",
            next=f"Sums of whole months there are of {', '.join(there)}.",
        )
    return BadInput(
        f"Nothing was measured {when}." if spec.measure != BILLED else f"There are no {what} {when}.",
        where="from",
        next="Choose months of which meter files have come in, or take them in first.",
    )


def _measures(rows: pa.Table) -> list[str]:
    pairs = rows.select(["channel", "unit"]).group_by(["channel", "unit"], use_threads=False).aggregate([])
    return sorted(f"{row['channel']} {_WRITTEN.get(row['unit'], row['unit'])}" for row in pairs.to_pylist())


def _of_filter(spec: Spec, before: pa.Table) -> BadInput:
    """The first entry of the filter that nobody fits, or that there is nobody who fits all."""
    for name, values in spec.filter.items():
        known = sorted(
            {str(value) for value in pc.unique(before[name].cast(pa.string())).to_pylist() if value}
        )
        if not set(values) & set(known):
            return BadInput(
                f"None of the customers has {name} {some(values, between=' or ')}.",
                where=f"filter.{name}",
                next=f"There is {listed(values[0], known)}." if known else "Nobody's is known: leave it out.",
            )  # fmt: skip
    return BadInput(
        "No customer fits all of the filter.", where="filter", next="Leave out a part of it, and look again."
    )


def nobody_has(dimension: str, spec: Spec) -> BadInput:
    """Where a dimension is unknown of everybody."""
    area = next((area for area in spec.areas if area.name == dimension), None)
    if area:
        return BadInput(
            f"No customer has a {area.of} that areas.{dimension} names, so there is no {dimension} to show.",
            where=f"areas.{dimension}",
            next=f"Compare what it names with the {area.of} of the customers' records.",
        )
    derived = f", or derive it from one that they have: [areas.{dimension}]" if dimension in DERIVED else ""
    return BadInput(
        f"No customer's record has a {dimension}, so every figure would be of “unknown”.",
        where="by",
        next=f"Take {dimension} out of `by`, have it entered with `meterkeep customers import`{derived}.",
    )
