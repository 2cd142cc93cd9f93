"""Files to take away."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = re.compile(r"[=+@\t\r-](?!\d+(\.\d+)?$)")
"""How a text begins that a spreadsheet would compute instead of showing it; a number with its sign is none."""


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """One line per row. A name or title that looks like a formula gets an apostrophe, so that it stays a text."""
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    for row in rows:
        write(f"'{cell}" if _FORMULA.match(str(cell)) else cell for cell in row)
    return out.getvalue()


def attachment(content: str | bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
