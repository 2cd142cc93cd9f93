"""A workbook read by its own XML, and not by the library that wrote it."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

from lxml import etree

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(content, sheet=1):
    """Row by row what a sheet holds: texts, and numbers as spreadsheets take them, doubles of which fifteen digits count."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        shared = [
            "".join(each.itertext())
            for each in etree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{SHEET}si")
        ]
        for row in etree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml")).iter(f"{SHEET}row"):
            yield [
                shared[int(value)] if cell.get("t") == "s" else Decimal(format(float(value), ".15g"))
                for cell in row.iter(f"{SHEET}c")
                if (value := cell.findtext(f"{SHEET}v")) is not None
            ]
