"""The defect list over all files: what was wrong, in which file, at which record and place.

The register has how often each kind was met in each file; the places are in a list beside the store, which the gate reads.
Both are numbers only, so that the list can be sent to whoever has to mend the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from meterkeep.desks.intake.models import Defect, InboundFile, Status
from meterkeep.gate import Gate
from meterkeep.readings.defects import SCHEMA

COLUMNS = (
    "file", "sha256", "on", "format", "outcome", "kind", "count", "record", "last_record", "position_of", "position",
    "series", "usage_point", "channel", "start", "seconds",
)  # fmt: skip
"""Of an export. file: our reference. outcome: "rejected" or "noted". The others: `readings.defects.SCHEMA`."""

REJECTED, NOTED = "rejected", "noted"
Key = tuple[str, bool]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What of the list is looked at; "" and None choose all. file: our reference, or a digest. since, until: whole days."""

    file: str = ""
    kind: str = ""
    outcome: str = ""
    format: str = ""
    since: date | None = None
    until: date | None = None


class KindCount(NamedTuple):
    kind: str
    rejected: bool
    records: int
    files: int


class Cursor(NamedTuple):
    """A place in the list, newest file first: how many of the chosen lines of this file were seen."""

    file: int
    seen: int

    @classmethod
    def of(cls, text: str) -> Self | None:
        parts = text.split(".")
        numbers = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 19]
        return cls(*numbers) if len(numbers) == len(parts) == 2 else None

    def __str__(self) -> str:
        return f"{self.file}.{self.seen}"


class Page(NamedTuple):
    """rows: dictionaries of COLUMNS. following: where the next page begins; None at the end."""

    rows: list[dict[str, Any]]
    following: Cursor | None


def files(chosen: Chosen = Chosen()) -> QuerySet[InboundFile]:
    """Each file once, however often it arrived: the arrival that its readings, and so its defects, came with."""
    same = InboundFile.objects.filter(sha256=OuterRef("sha256")).exclude(status=Status.REFUSED)
    later = same.filter(status=Status.STORED, pk__gt=OuterRef("pk"))
    stored, earlier = same.filter(status=Status.STORED), same.filter(pk__lt=OuterRef("pk"))
    told = InboundFile.objects.exclude(status=Status.REFUSED).filter(
        (Q(status=Status.STORED) & ~Exists(later))
        | (~Q(status=Status.STORED) & ~Exists(stored) & ~Exists(earlier))
    )
    wanted = {"format": chosen.format, "on__gte": chosen.since, "on__lte": chosen.until}
    told = told.filter(**{name: value for name, value in wanted.items() if value})
    return told.filter(Q(reference=chosen.file) | Q(sha256=chosen.file)) if chosen.file else told


def counted(chosen: Chosen = Chosen()) -> QuerySet[Defect]:
    """A row for each kind in each file, without places."""
    rows = Defect.objects.filter(file__in=files(chosen).order_by())
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    return rows.filter(rejected=chosen.outcome == REJECTED) if chosen.outcome else rows


def kinds(chosen: Chosen = Chosen()) -> list[KindCount]:
    """How often each kind was met, and in how many files: what was rejected first, the most frequent first."""
    rows = counted(chosen).order_by().values_list("kind", "rejected")
    found = [KindCount(*row) for row in rows.annotate(Sum("count"), Count("file", distinct=True))]
    return sorted(found, key=lambda each: (not each.rejected, -each.records, each.kind))


def listed(chosen: Chosen, *, gate: Gate, after: Cursor | None = None) -> Iterator[tuple[Cursor, pa.Table]]:
    """The chosen lines in tables of COLUMNS, in flat memory however many; the cursor says what stands before each table."""
    found = files(chosen).filter(Exists(counted(replace(chosen, file="")).filter(file=OuterRef("pk"))))
    found = found.filter(pk__lte=after.file) if after else found
    for file in found.order_by("-pk").iterator():
        skip = after.seen if after and after.file == file.pk else 0
        seen = 0
        for table in _of_file(file, chosen, gate):
            begin = min(max(skip - seen, 0), table.num_rows)
            if begin < table.num_rows:
                yield Cursor(file.pk, seen + begin), table.slice(begin)
            seen += table.num_rows


def page(chosen: Chosen, *, gate: Gate, after: Cursor | None = None, size: int = 100) -> Page:
    """size: at most so many lines."""
    rows = _rows(listed(chosen, gate=gate, after=after))
    shown = list(islice(rows, size))
    following = next(rows, None)
    return Page([row for _, row in shown], following[0] if following else None)


def _rows(tables: Iterator[tuple[Cursor, pa.Table]]) -> Iterator[tuple[Cursor, dict[str, Any]]]:
    for cursor, table in tables:
        for batch in table.to_batches(max_chunksize=1000):
            for row in batch.to_pylist():
                yield cursor, row
                cursor = Cursor(cursor.file, cursor.seen + 1)


def _of_file(file: InboundFile, chosen: Chosen, gate: Gate) -> Iterator[pa.Table]:
    """Its lines, and a line without a place for whatever the register counts beyond them."""
    left: dict[Key, int] = {
        (row.kind, row.rejected): row.count for row in counted(replace(chosen, file=file.reference))
    }
    for batch in gate.defects(file.sha256):
        lines = _wanted(pa.Table.from_batches([batch]), chosen)
        if lines.num_rows:
            for key, count in _counts(lines).items():
                left[key] = left.get(key, 0) - count
            yield _with_file(lines, file)
    rest = [{"kind": kind, "rejected": rejected, "count": n} for (kind, rejected), n in left.items() if n > 0]
    if rest:
        yield _with_file(pa.Table.from_pylist(rest, SCHEMA), file)


def _wanted(lines: pa.Table, chosen: Chosen) -> pa.Table:
    if chosen.kind:
        lines = lines.filter(pc.equal(lines["kind"], chosen.kind))
    if chosen.outcome:
        lines = lines.filter(pc.equal(lines["rejected"], pa.scalar(chosen.outcome == REJECTED)))
    return lines


def _counts(lines: pa.Table) -> dict[Key, int]:
    rows = lines.group_by(["kind", "rejected"]).aggregate([("count", "sum")]).to_pylist()
    return {(row["kind"], row["rejected"]): row["count_sum"] for row in rows}


def _with_file(lines: pa.Table, file: InboundFile) -> pa.Table:
    of_file = {
        "file": file.reference,
        "sha256": file.sha256,
        "on": file.on.isoformat(),
        "format": file.format,
    }
    columns = {name: pa.repeat(pa.scalar(text), lines.num_rows) for name, text in of_file.items()}
    columns["outcome"] = pc.if_else(lines["rejected"], REJECTED, NOTED)
    return pa.table(
        {name: columns.get(name, lines[name] if name in SCHEMA.names else None) for name in COLUMNS}
    )
