"""The table as CSV, Parquet and a workbook."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from meterkeep.desks.releases.publication.table import plain, text_of

Sheet = Sequence[tuple[str, str]]
METADATA = b"meterkeep.release"
_FORMULA = re.compile(r"[=+@\t\r-](?!\d+(\.\d+)?$)")
"""How a text begins that a spreadsheet would compute instead of showing it."""
_EXACT_DIGITS = 15
"""A cell of a workbook holds a binary double: a longer number is written as text."""


def as_csv(table: pa.Table) -> bytes:
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return csv_bytes([table.column_names, *rows])


def csv_bytes(rows: Iterable[Sequence[Any]]) -> bytes:
    """UTF-8; a text that a spreadsheet would take for a formula gets an apostrophe."""
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    for row in rows:
        texts = [text_of(cell) for cell in row]
        write([f"'{text}" if _FORMULA.match(text) else text for text in texts])
    return out.getvalue().encode()


def as_parquet(table: pa.Table, about: Mapping[str, Any]) -> bytes:
    """about: kept beside the schema, as JSON."""
    said = json.dumps(about, sort_keys=True, ensure_ascii=False).encode()
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({METADATA: said}), out, compression="zstd")
    return out.getvalue()


def as_xlsx(table: pa.Table, sheets: Mapping[str, Sheet], *, on: date) -> bytes:
    """The table, then each data sheet. on: the day in it; the same table on the same day is the same file."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": datetime.combine(on, time())})
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        _totals(book.add_worksheet("Totals"), table, bold)
        for name, rows in sheets.items():
            _about(book.add_worksheet(name), rows, bold, wrapped)
    return out.getvalue()


def _totals(page: Any, table: pa.Table, bold: Any) -> None:
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(table), 1), table.num_columns - 1)
    page.set_column(0, table.num_columns - 1, 18)
    page.write_row(0, 0, table.column_names, bold)
    columns = [column.to_pylist() for column in table.columns]
    for at, row in enumerate(zip(*columns, strict=True), start=1):
        page.write_row(at, 0, [_in_a_cell(cell) for cell in row])


def _about(page: Any, rows: Sheet, bold: Any, wrapped: Any) -> None:
    page.set_column(0, 0, 30)
    page.set_column(1, 1, 100)
    for at, (name, text) in enumerate(rows):
        page.write_string(at, 0, name, bold)
        page.write_string(at, 1, text, wrapped)


def _in_a_cell(cell: Any) -> object:
    if not isinstance(cell, Decimal):
        return cell
    return plain(cell) if len(plain(cell).as_tuple().digits) <= _EXACT_DIGITS else text_of(cell)
