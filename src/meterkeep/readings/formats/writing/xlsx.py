"""Excel out, for extracts that somebody looks at: a sheet for each table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, Final

import pyarrow as pa
import xlsxwriter

from meterkeep.errors import BadInput

MOST_ROWS: Final = 100_000
"""Of one sheet. It is put together in memory, because the library's other way leaves readings in temporary files."""

_EXACT_DIGITS: Final = 15
"""A cell holds a binary double: a number of more digits would come back as another one, and is written as text."""

_ROWS: Final = 10_000


def write_xlsx(file: BinaryIO, sheets: Mapping[str, pa.Table], *, made: datetime) -> None:
    """sheets: name → table. Columns `value` and `total` hold exact decimals as texts, and become numbers where a cell can
    hold them exactly. Raises BadInput for a table of more than MOST_ROWS.
    """
    longest = max(map(len, sheets.values()))
    if longest > MOST_ROWS:
        raise BadInput(
            f"{longest:,} rows are too many for a workbook; it takes {MOST_ROWS:,}.",
            next="Choose CSV or Parquet.",
        )
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"created": made.astimezone(UTC).replace(tzinfo=None)})
        head = book.add_format({"bold": True, "bottom": 1})
        for name, table in sheets.items():
            _write(book.add_worksheet(name), table, head)


def _write(sheet: Any, table: pa.Table, head: Any) -> None:
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(table), 1), len(table.column_names) - 1)
    for at, name in enumerate(table.column_names):
        sheet.set_column(at, at, 26 if name == "start" else max(12, len(name) + 4))
    sheet.write_row(0, 0, table.column_names, head)
    numbers = [name in ("value", "total") for name in table.column_names]
    row = 1
    for batch in table.to_batches(max_chunksize=_ROWS):
        for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            sheet.write_row(
                row,
                0,
                [
                    _number(cell) if is_number else _plain(cell)
                    for cell, is_number in zip(cells, numbers, strict=True)
                ],
            )
            row += 1


def _plain(cell: object) -> object:
    return cell.isoformat() if hasattr(cell, "isoformat") else cell


def _number(text: str | None) -> object:
    """As a number where a double gives the same decimal back."""
    try:
        number = Decimal(text or "")
    except InvalidOperation:
        return text
    return float(number) if len(number.as_tuple().digits) <= _EXACT_DIGITS else text
