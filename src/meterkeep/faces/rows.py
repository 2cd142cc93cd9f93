"""Arrow tables of readings as rows that people and JSON can read: local times, exact decimals, coverage."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa


def usage_rows(table: pa.Table, *, zone: str) -> list[dict[str, Any]]:
    """One dict per row of `Store.read`, in order of channel and time; values are exact decimal strings."""
    local = ZoneInfo(zone)
    ordered = table.sort_by([("channel", "ascending"), ("start", "ascending")])
    return [_row(row, local) for row in ordered.to_pylist()]


def coverage_rows(coverage: pa.Table | None) -> list[dict[str, Any]]:
    """One dict per usage point, channel and unit: how much there is of what should be, and of what quality."""
    rows = coverage.to_pylist() if coverage is not None else []
    return [
        {name: cell.isoformat() if isinstance(cell, datetime) else cell for name, cell in row.items()}
        for row in rows
    ]


def coverage_sentence(row: dict[str, Any]) -> str:
    """The same in words: "delivered: 23 of 24 intervals of 60 minutes, 1 missing, 2 estimated."."""
    if row["channel"] is None:
        erased = "; some of them were destroyed on purpose" if row["seconds_destroyed"] else ""
        return f"There are no readings{erased}."
    of = f" of {row['n_expected']:,}" if row["n_expected"] is not None else ""
    length = f" of {row['interval_seconds'] / 60:g} minutes" if row["interval_seconds"] else ""
    kinds = ("missing", "destroyed", "estimated", "edited", "unknown")
    others = [f"{row[f'n_{kind}']:,} {kind}" for kind in kinds if row[f"n_{kind}"]]
    return ", ".join([f"{row['channel']}: {row['n_present']:,}{of} intervals{length}", *others]) + "."


def _row(row: dict[str, Any], local: ZoneInfo) -> dict[str, Any]:
    return {
        "start": _instant(row["start"]).astimezone(local).isoformat(),
        "seconds": row["seconds"],
        "channel": row["channel"],
        "value": exact(row["value"], row["power_of_ten"]),
        "unit": row["unit"],
        "quality": row["quality"],
        "present": row["n_present"],
        "expected": row["n_expected"],
    }


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.fromtimestamp(value, UTC)


def exact(value: int | None, power_of_ten: int) -> str | None:
    """An integer times a power of ten, without exponent and without trailing zeros."""
    if value is None:
        return None
    number = Decimal(value).scaleb(power_of_ten)
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
