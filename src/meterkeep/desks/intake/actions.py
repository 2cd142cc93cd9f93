from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from meterkeep.desks.intake.checks import check_paths
from meterkeep.desks.intake.models import Defect, InboundFile, Status
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import queries as policies
from meterkeep.gate import Gate
from meterkeep.ledger.names import EventName
from meterkeep.readings.formats.mapping import CsvMapping

COUNTS = ("records", "stored", "duplicate", "already_stored")
Report = dict[str, Any]


def ingest(
    paths: Sequence[Path],
    *,
    gate: Gate,
    by: str,
    on: date,
    format: str = "auto",
    mappings: Sequence[CsvMapping] = (),
    again: bool = False,
    progress: Callable[[], object] = lambda: None,
) -> Report:
    """Takes in meter files: {"files": [FILE…], "records", "stored", "duplicate", "rejected"}.

    A file that cannot be read is `refused` in the result, and the others are done. Each file of an archive is a file of its
    own. mappings: how the provider's own CSV is read. again: known files are read once more. progress: told after each path.
    """
    check_paths(paths)
    reports = []
    for path in paths:
        for report in gate.take_in_all(path, format=format, mappings=mappings, by=by, on=on, again=again):
            note_file(report=report, by=by, on=on)
            for noted in ("places", "archive"):  # They are in the defect list and in the log now.
                report.pop(noted, None)
            reports.append(report)
        progress()
    totals = {name: sum(report[name] for report in reports) for name in ("records", "stored", "duplicate")}
    return {
        "files": reports,
        **totals,
        "rejected": sum(sum(report["rejected"].values()) for report in reports),
    }


@transaction.atomic
def note_file(*, report: Report, by: str, on: date) -> InboundFile:
    """Enters a file that went through the gate in the register, with its defect list."""
    file = InboundFile.objects.create(
        reference=secrets.token_hex(16),
        sha256=report["sha256"] or "",
        format=report["format"] or "",
        by=by,
        on=on,
        status=Status(report["status"]),
        counts={name: report[name] for name in COUNTS},
        error=report["error"]["code"] if report["error"] else "",
        policy=policies.version(on),
    )
    Defect.objects.bulk_create(_defects(file, report))
    detail = {
        "file": file.reference,
        "format": file.format,
        "status": file.status,
        **file.counts,
        **_stamp(file),
        **_archive(report),
    }
    record(Event(name=EventName.READINGS_TAKEN_IN, by=by, on=on, detail=detail))
    return file


def _archive(report: Report) -> dict[str, str]:
    """The digest of the archive in which the file came."""
    return {"archive": report["archive"]} if "archive" in report else {}


def _stamp(file: InboundFile) -> dict[str, str]:
    return {"policy": file.policy} if file.policy else {}


def _defects(file: InboundFile, report: Report) -> Iterator[Defect]:
    places: dict[str, list[str]] = report.get("places", {})
    for rejected, kinds in ((True, report["rejected"]), (False, report["notes"])):
        for kind, count in kinds.items():
            yield Defect(file=file, kind=kind, rejected=rejected, count=count, places=places.get(kind, []))
