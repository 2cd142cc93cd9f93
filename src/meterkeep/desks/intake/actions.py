from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from meterkeep.desks.intake.checks import check_paths, check_source
from meterkeep.desks.intake.models import DaySummary, Defect, InboundFile, Source, Status, Upkeep
from meterkeep.desks.outbox.actions import Event, record
from meterkeep.desks.policies import queries as policies
from meterkeep.gate import Gate
from meterkeep.ledger.names import EventName
from meterkeep.readings.formats.mapped_csv.mapping import CsvMapping

COUNTS = ("records", "stored", "duplicate", "already_stored")
KEPT_ELSEWHERE = ("places", "archive")
"""Parts of a file's report that are in the defect list and in the log once it is noted."""
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
    source: str = "",
    progress: Callable[[], object] = lambda: None,
) -> Report:
    """Takes in meter files: {"files": [FILE…], "records", "stored", "duplicate", "rejected"}.

    A file that cannot be read is `refused` in the result, and the others are done. Each file of an archive is a file of its
    own. mappings: how the provider's own CSV is read. again: known files are read once more. source: id of who sent them.
    progress: told after each path.
    """
    check_paths(paths)
    sender = source_of(id=source, by=by, on=on) if source else None
    reports = []
    for path in paths:
        for report in gate.take_in_all(path, format=format, mappings=mappings, by=by, on=on, again=again):
            note_file(report=_with_digest(report, path), by=by, on=on, source=sender)
            reports.append(_printed(report))
        progress()
    totals = {name: sum(report[name] for report in reports) for name in ("records", "stored", "duplicate")}
    return {
        "files": reports,
        **totals,
        "rejected": sum(sum(report["rejected"].values()) for report in reports),
    }


def take_in_arrival(
    path: Path,
    *,
    arrival: str,
    digest: str,
    gate: Gate,
    by: str,
    on: date,
    format: str = "auto",
    mappings: Sequence[CsvMapping] = (),
    source: str = "",
    unchanged: Callable[[], bool] = lambda: True,
) -> list[Report] | None:
    """The reports on a file of a watched folder. It is entered once, however often it is tried under the same `arrival`.

    digest: SHA-256 of its bytes. unchanged: whether the file is still as it was found; one that was refused and has changed
    meanwhile was not complete: it is not entered, and the answer is None.
    """
    sender = source_of(id=source, by=by, on=on) if source else None
    reports = list(gate.take_in_all(path, format=format, mappings=mappings, by=by, on=on))
    if any(report["status"] == Status.REFUSED for report in reports) and not unchanged():
        return None
    with transaction.atomic():
        if not InboundFile.objects.filter(arrival=arrival).exists():
            for report in reports:
                told = report if report["sha256"] or "archive" in report else {**report, "sha256": digest}
                note_file(report=told, by=by, on=on, source=sender, arrival=arrival)
    return [_printed(report) for report in reports]


def note_killer(
    *, arrival: str, digest: str, error: Mapping[str, str], source: str = "", by: str, on: date
) -> InboundFile | None:
    """Enters a file whose reading never came to an end; nothing of it is known but its digest. None where it is entered.

    error: {"code","message","where","next"}.
    """
    if InboundFile.objects.filter(arrival=arrival).exists():
        return None
    empty = {**dict.fromkeys(COUNTS, 0), "rejected": {}, "notes": {}, "series": [], "format": ""}
    report = {**empty, "sha256": digest, "status": Status.REFUSED, "error": error}
    sender = source_of(id=source, by=by, on=on) if source else None
    return note_file(report=report, by=by, on=on, source=sender, arrival=arrival)


@transaction.atomic
def note_file(
    *, report: Report, by: str, on: date, source: Source | None = None, arrival: str = ""
) -> InboundFile:
    """Enters a file that went through the gate in the register, with its defect list."""
    report = _first_told(report)
    file = InboundFile.objects.create(
        reference=secrets.token_hex(16),
        sha256=report["sha256"] or "",
        format=report["format"] or "",
        by=by,
        on=on,
        status=Status(report["status"]),
        counts={name: report[name] for name in COUNTS},
        error=report["error"]["code"] if report["error"] else "",
        reason=_reason(report["error"]) if report["error"] else {},
        policy=policies.version(on),
        source=source,
        arrival=arrival,
        estimated=sum(series["quality"].get("estimated", 0) for series in report.get("series", ())),
    )
    Defect.objects.bulk_create(_defects(file, report))
    detail = {
        "file": file.reference,
        "format": file.format,
        "status": file.status,
        **file.counts,
        **_stamp(file),
        **_archive(report),
        **({"source": source.pk} if source else {}),
    }
    record(Event(name=EventName.READINGS_TAKEN_IN, by=by, on=on, detail=detail))
    return file


def withdraw(*, digest: str, why: str, gate: Gate, by: str, on: date, apply: bool) -> Any:
    """Takes a file back by its digest, in the store and in this register; without `apply` it is only counted.

    Gives the store's `Withdrawn`. Done again after a crash between the two, it enters what is missing.
    """
    done = gate.correct(digest, why=why, by=by, on=on, apply=apply)
    if apply:
        _enter_withdrawal(digest=digest, by=by, on=on, ceased=done.ceased)
    return done


@transaction.atomic
def _enter_withdrawal(*, digest: str, by: str, on: date, ceased: int) -> None:
    """All arrivals of these bytes: none of them counts now."""
    files = InboundFile.objects.filter(sha256=digest, status__in=(Status.STORED, Status.ALREADY_STORED))
    references = list(files.values_list("reference", flat=True))
    if not references:
        return
    files.update(status=Status.WITHDRAWN, withdrawn_by=by, withdrawn_on=on)
    for reference in references:
        detail = {"file": reference, "ceased": ceased}
        record(Event(name=EventName.INTAKE_WITHDRAWN, by=by, on=on, detail=detail))


@transaction.atomic
def record_source(*, id: str, name: str, every_days: int | None = None, by: str, on: date) -> Source:
    """Enters who sends meter files, or changes the name or the rhythm that was agreed on."""
    check_source(id, every_days)
    source, _ = Source.objects.update_or_create(
        id=id, defaults={"name": name, "every_days": every_days}, create_defaults=_new(name, every_days, on)
    )
    detail: dict[str, str | int] = {"source": id, "every_days": every_days or 0}
    record(Event(name=EventName.SOURCE_RECORDED, by=by, on=on, detail=detail))
    return source


def source_of(*, id: str, by: str, on: date) -> Source:
    """Who goes by this id; somebody new is entered under it."""
    return Source.objects.filter(pk=id).first() or record_source(id=id, name=id, by=by, on=on)


@transaction.atomic
def keep_summary(*, day: date, figures: Mapping[str, Any], final: bool, by: str, on: date) -> DaySummary:
    """What came in on a day. Once it is final it stays as it is; the same figures again are no new act."""
    known = DaySummary.objects.filter(day=day).first()
    if known and (known.final or (known.figures == figures and known.final == final)):
        return known
    kept, _ = DaySummary.objects.update_or_create(
        day=day, defaults={"figures": dict(figures), "final": final}
    )
    detail = {"day": day.isoformat(), **{name: figures[name] for name in ("files", "records", "stored")}}
    record(Event(name=EventName.INTAKE_SUMMED_UP, by=by, on=on, detail=detail))
    return kept


@transaction.atomic
def keep_up(*, job: str, detail: Mapping[str, int], by: str, on: date) -> Upkeep:
    """Enters that a job on the store was done on a day."""
    done, new = Upkeep.objects.get_or_create(job=job, on=on, defaults={"detail": dict(detail)})
    if new:
        record(Event(name=EventName.STORE_KEPT_UP, by=by, on=on, detail={"job": job, **detail}))
    return done


def _new(name: str, every_days: int | None, on: date) -> dict[str, Any]:
    return {"name": name, "every_days": every_days, "since": on}


def _printed(report: Report) -> Report:
    return {name: value for name, value in report.items() if name not in KEPT_ELSEWHERE}


PLACE = re.compile(r"(?:(?:after )?(?:record|line|row|segment)|column) \d+")
"""Of what an error says of its place, what is kept: names of files and of what is in them are covered information."""


def _reason(error: Mapping[str, str]) -> dict[str, str]:
    told = {"message": error.get("message", ""), "next": error.get("next", "")}
    place = ", ".join(PLACE.findall(error.get("where", "").rpartition(": ")[2]))
    return {name: text for name, text in {**told, "place": place}.items() if text}


def _with_digest(report: Report, path: Path) -> Report:
    """A file that was refused goes by its digest too, where it can be read; one of an archive has none of its own."""
    if report["sha256"] or "archive" in report or not path.is_file():
        return report
    try:
        with path.open("rb") as file:
            return {**report, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    except OSError:
        return report


def _first_told(report: Report) -> Report:
    """A file that the store has and the register has not: the process died between the two, and this is its first entry."""
    if report["status"] != Status.ALREADY_STORED or _known(report["sha256"]):
        return report
    return {**report, "status": Status.STORED, "stored": report["already_stored"], "already_stored": 0}


def _known(digest: str) -> bool:
    return InboundFile.objects.filter(sha256=digest, status__in=(Status.STORED, Status.WITHDRAWN)).exists()


def _archive(report: Report) -> dict[str, str]:
    """The digest of the archive in which the file came."""
    return {"archive": report["archive"]} if "archive" in report else {}


def _stamp(file: InboundFile) -> dict[str, str]:
    return {"policy": file.policy} if file.policy else {}


def _defects(file: InboundFile, report: Report) -> Iterator[Defect]:
    places: dict[str, list[str]] = report.get("places", {})
    duplicates = {"duplicate": report["duplicate"]} if report["duplicate"] else {}
    for rejected, kinds in ((True, report["rejected"]), (False, {**report["notes"], **duplicates})):
        for kind, count in kinds.items():
            yield Defect(file=file, kind=kind, rejected=rejected, count=count, places=places.get(kind, []))
