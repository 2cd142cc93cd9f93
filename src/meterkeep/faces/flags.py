"""Flags of the checks as rows that people and programs can read: instants in UTC, amounts as exact decimals."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from meterkeep.faces.rows import exact

NAMES = ("usage_point", "channel", "check", "start", "end", "found", "limit", "unit", "count")


def flag_rows(flags: pa.Table) -> list[dict[str, Any]]:
    """One dict for each flag, in the order of the table."""
    return [
        {
            **{name: row[name] for name in ("usage_point", "channel", "check")},
            **{name: f"{row[name]:%Y-%m-%dT%H:%M:%SZ}" for name in ("start", "end")},
            **{name: exact(row[name], row["power_of_ten"]) for name in ("found", "limit")},
            "unit": row["unit"],
            "count": row["count"],
        }
        for row in flags.to_pylist()
    ]


def amount(value: str, unit: str) -> str:
    """An amount with its unit; whole hours of seconds as hours."""
    seconds = int(value) if unit == "s" else 1
    return f"{seconds // 3600:,} h" if unit == "s" and seconds % 3600 == 0 else f"{value} {unit}"
