"""An extract: the table that the store reads, written as CSV, Parquet, XLSX or Green Button.

All four come from the same Arrow table, and the same table gives the same bytes in each (Parquet of one version of its
library): rows are put in one order, and the only instant in a file is `made`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from meterkeep.errors import BadInput
from meterkeep.readings.coverage import with_coverage
from meterkeep.readings.formats.columns.localtime import named_zone
from meterkeep.readings.formats.columns.texts import decimals, local_times
from meterkeep.readings.formats.writing.green_button import write_greenbutton
from meterkeep.readings.formats.writing.outgoing import Outgoing
from meterkeep.readings.formats.writing.xlsx import write_xlsx
from meterkeep.readings.model import Channel

FIRST: Final = (
    "customer",
    "usage_point",
    "channel",
    "start",
    "month",
    "seconds",
    "value",
    "total",
    "unit",
    "quality",
)
"""The order of columns; those that a table does not have are left out."""

ORDER: Final = ("customer", "usage_point", "channel", "unit", "start", "month", "seconds", "value", "total")
COUNTS: Final = {
    name: f"n_{name}"
    for name in ("present", "expected", "actual", "estimated", "edited", "unknown", "missing")
}
HIDDEN: Final = frozenset({"power_of_ten", "interval_seconds", *COUNTS.values()})
"""Columns of a read that people see in another form, or not at all."""
ESPI_QUALITY: Final = {"actual": "espi:0", "edited": "espi:7", "estimated": "espi:8", "missing": "espi:10"}
"""Valid, manually edited, estimated, questionable (NAESB REQ.21, QualityOfReading); of the unknown nothing is said."""

_FORMULA = r"^[=+@\t\r-]"
"""How a text begins that a spreadsheet would compute instead of showing it."""


@dataclass(frozen=True, slots=True)
class Extract:
    """What leaves.

    readings: as `Store.read` gives them, `customer` and granted attributes beside them or not. coverage: what there is of
    what there should be, for each usage point and channel (`readings.coverage`). zone: the clock of the stamps. made: when.
    namespace: the provider's secret behind the ids of a Green Button file.
    """

    readings: pa.Table
    coverage: pa.Table
    zone: str
    made: datetime
    namespace: uuid.UUID

    def tidy(self) -> pa.Table:
        """One row per reading or total, as people read it: the instant by the local clock with its offset, an exact decimal."""
        table = _in_order(self.readings)
        amount = "value" if "value" in table.column_names else "total"
        value = decimals(table[amount].combine_chunks(), table["power_of_ten"].combine_chunks())
        counts = {name: table[column] for name, column in COUNTS.items() if column in table.column_names}
        shown = {amount: value, **self._when(table), **counts}
        own = [name for name in (*FIRST, *counts) if name in {*shown, *table.column_names}]
        others = [name for name in table.column_names if name not in HIDDEN.union(own)]
        columns = {name: shown[name] if name in shown else table[name] for name in own}
        return pa.table(columns | {name: _harmless(table[name]) for name in others})

    def _when(self, table: pa.Table) -> dict[str, pa.Array]:
        if "start" not in table.column_names:
            return {"month": pc.utf8_slice_codeunits(table["month"].cast(pa.string()), 0, 7)}
        return {"start": local_times(table["start"].combine_chunks(), named_zone(self.zone))}


def write_extract(extract: Extract, file: BinaryIO, *, format: str) -> None:
    """format: one of FORMATS. Raises BadInput where the format cannot hold what is in the extract."""
    if format not in FORMATS:
        raise BadInput(f"There is no format {format!r} to write.", next=f"Use one of {', '.join(FORMATS)}.")
    FORMATS[format](extract, file)


def _csv(extract: Extract, file: BinaryIO) -> None:
    """The library quotes all texts or none, and decimals are texts here: they stay bare unless some other text needs it."""
    table = extract.tidy()
    texts = [column for column in table.columns if pa.types.is_string(column.type)]
    special = any(pc.any(pc.match_substring_regex(column, r'[",\r\n]')).as_py() for column in texts)
    style = "needed" if special else "none"
    pa.csv.write_csv(table, file, pa.csv.WriteOptions(quoting_style=style, quoting_header=style))


def _parquet(extract: Extract, file: BinaryIO) -> None:
    """Integers and powers of ten as they are; zone and coverage in the file's metadata."""
    said = {"zone": extract.zone, "made": extract.made.isoformat()}
    table = _in_order(extract.readings).replace_schema_metadata(said)
    pa.parquet.write_table(with_coverage(table, extract.coverage), file, compression="zstd")


def _xlsx(extract: Extract, file: BinaryIO) -> None:
    write_xlsx(file, {"Readings": extract.tidy(), "Coverage": extract.coverage}, made=extract.made)


def _green_button(extract: Extract, file: BinaryIO) -> None:
    """One feed for one customer: what several have cannot be told apart in it."""
    if "start" not in extract.readings.column_names:
        raise BadInput(
            "Green Button holds readings, not totals of months.", next="Choose CSV, Parquet or XLSX."
        )
    named = (
        set(extract.readings["customer"].to_pylist()) if "customer" in extract.readings.column_names else {""}
    )
    if len(named) > 1:
        raise BadInput(
            "A Green Button file holds the readings of one customer.",
            next="Choose CSV or Parquet, or ask for one customer at a time.",
        )
    write_greenbutton(
        file,
        series_of(extract.readings),
        customer=str(uuid.uuid5(extract.namespace, named.pop() if named else "")),
        namespace=extract.namespace,
        made=extract.made,
        zone=extract.zone,
    )


FORMATS: Final[dict[str, Callable[[Extract, BinaryIO], None]]] = {
    "csv": _csv,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "greenbutton": _green_button,
}
ENDINGS: Final = {".csv": "csv", ".parquet": "parquet", ".xlsx": "xlsx", ".xml": "greenbutton"}
"""What a file's name ends in → its format."""


def series_of(readings: pa.Table) -> Iterator[Outgoing]:
    """Readings of the same usage point, channel, unit, power and length one after the other, as a writer takes them."""
    key = ["usage_point", "channel", "unit", "power_of_ten", "seconds"]
    table = readings.sort_by([(name, "ascending") for name in [*key, "start", "value"]]).combine_chunks()
    if not len(table):
        return
    codes = _espi_codes(table).to_pylist()
    start = table["start"].cast(pa.int64()).to_numpy()
    value = table["value"].to_numpy()
    for first, end in pairwise(_edges(table, key)):
        point, channel, unit, power, seconds = (table[name][first].as_py() for name in key)
        yield Outgoing(
            usage_point=str(point),
            channel=Channel(channel),
            unit=unit,
            seconds=seconds,
            start=start[first:end],
            value=value[first:end],
            power_of_ten=power,
            quality=tuple(codes[first:end]),
        )


def _edges(table: pa.Table, key: list[str]) -> list[int]:
    """Where a row's key differs from that of the row before, with both ends."""
    new = np.zeros(len(table), bool)
    for name in key:
        codes = table[name].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
        new[1:] |= codes[1:] != codes[:-1]
    return [0, *np.flatnonzero(new).tolist(), len(table)]


def _espi_codes(table: pa.Table) -> pa.Array:
    """A sum of which a part is not there is questionable, whatever the rest."""
    place = pc.index_in(table["quality"].combine_chunks(), value_set=pa.array([*ESPI_QUALITY]))
    stated = pc.coalesce(pa.array([*ESPI_QUALITY.values()]).take(place), "")
    partial = pc.less(table["n_present"], table["n_expected"]).combine_chunks()
    return pc.if_else(partial, "espi:10", stated)


def _in_order(readings: pa.Table) -> pa.Table:
    order = [(name, "ascending") for name in ORDER if name in readings.column_names]
    return readings.sort_by(order).combine_chunks()


def _harmless(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A granted attribute that looks like a formula gets an apostrophe, so that it stays a text."""
    if not pa.types.is_string(column.type):
        return column
    return pc.if_else(
        pc.match_substring_regex(column, _FORMULA), pc.binary_join_element_wise("'", column, ""), column
    )
