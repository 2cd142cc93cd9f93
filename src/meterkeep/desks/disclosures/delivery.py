"""What a grant gives: one table with its coverage, or the same as a file."""

from __future__ import annotations

import hashlib
import hmac
import io
import uuid
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.errors import BadInput
from meterkeep.gate import Grant
from meterkeep.gate.grant import ATTRIBUTES
from meterkeep.readings.formats.writing.extract import ENDINGS, Extract, write_extract

__all__ = ["ENDINGS", "Delivered", "FileKind", "delivered", "granted_table"]


@dataclass(frozen=True, slots=True)
class FileKind:
    """How a table leaves as a file. format: csv, parquet, xlsx or greenbutton. zone: of its stamps. made: the instant in
    it. secret: makes the ids of a Green Button file repeatable, and what they stand for unknowable."""

    format: str
    zone: str
    made: datetime
    secret: str


@dataclass(frozen=True, slots=True)
class Delivered:
    """table: what was granted. coverage: for readings and totals, what there is of them and how good it is. file: the
    bytes that left, where a file was asked for; their digest is in the log."""

    table: pa.Table
    coverage: pa.Table | None
    file: bytes | None = None


def delivered(
    grant: Grant, table: pa.Table, *, to: str, kind: FileKind | None = None, usage_point: int | None = None
) -> Delivered:
    """Hands the table over, as it is or as a file; the log gets the digest of exactly that.

    usage_point: the only one that the table is about, of all that were granted.
    """
    coverage = grant.coverage(table) if "usage_point" in table.column_names else None
    if coverage is not None and usage_point is not None:
        coverage = coverage.filter(pc.field("usage_point") == usage_point)
    if kind is None:
        grant.deliver(table, to=to)
        return Delivered(table, coverage)
    content = _as_file(table, coverage, kind)
    grant.deliver(content, to=to)
    return Delivered(table, coverage, content)


def _as_file(table: pa.Table, coverage: pa.Table | None, kind: FileKind) -> bytes:
    if coverage is None:
        raise BadInput("Only readings and totals leave as a file.", next="Ask for them among the elements.")
    out = io.BytesIO()
    extract = Extract(table, coverage, kind.zone, kind.made, namespace(kind.secret))
    write_extract(extract, out, format=kind.format)
    return out.getvalue()


def namespace(secret: str) -> uuid.UUID:
    """Under which the ids of Green Button files are made."""
    return uuid.UUID(bytes=hmac.digest(secret.encode(), b"green button", hashlib.sha256)[:16])


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
