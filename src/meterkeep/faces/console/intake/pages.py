"""The pages of meter files as plain values: what came in, what became of each record, and what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from meterkeep.desks.intake.defects import NOTED, REJECTED, Chosen, Cursor, KindCount, Page
from meterkeep.desks.intake.models import Defect, InboundFile, Status
from meterkeep.faces import kinds, refusals
from meterkeep.faces.charts.bars import Part, bar, parts, share

STATES = {
    Status.STORED: (_("Stored"), "good"),
    Status.ALREADY_STORED: (_("Already stored"), "plain"),
    Status.REFUSED: (_("Refused"), "bad"),
    Status.WITHDRAWN: (_("Withdrawn"), "open"),
}
FATES = {
    "stored": _("stored"),
    "duplicate": _("duplicate"),
    "already_stored": _("already stored"),
    "rejected": _("rejected"),
}
CLASSES = {
    "actual": _("measured"),
    "edited": _("edited"),
    "estimated": _("estimated"),
    "unknown": _("quality not told"),
    "missing": _("missing"),
}
CHANNELS = {
    "delivered": _("from the grid"),
    "received": _("to the grid"),
    "net": _("net"),
    "register": _("register"),
    "demand": _("demand"),
    "other": _("other"),
}
COLUMNS = {
    "reference": _("File"),
    "on": _("Came in"),
    "format": _("Format"),
    "status": _("State"),
    "records": _("Records"),
    "stored": _("Stored"),
    "duplicate": _("Duplicate"),
    "already_stored": _("Already stored"),
    "rejected": _("Rejected"),
}
"""Of the list of files, each to be sorted by."""
NUMBERS = ("records", "stored", "duplicate", "already_stored", "rejected")
OUTCOMES = {REJECTED: (_("Rejected"), "bad"), NOTED: (_("Noted"), "open")}
SHORT = 8
"""Of a reference: as much as people need to tell files apart."""


@dataclass(frozen=True)
class FileRow:
    reference: str
    short: str
    day: str
    format: str
    source: str
    state: str
    tone: str
    records: int
    stored: int
    duplicate: int
    known: int
    rejected: int
    picture: str


@dataclass(frozen=True)
class Choice:
    value: str
    label: str


@dataclass(frozen=True)
class Column:
    """order: "ascending" or "descending" where the table is sorted by it; query: what sorts it, or turns it round."""

    label: str
    number: bool
    order: str
    query: str


@dataclass(frozen=True)
class FilesPage:
    columns: tuple[Column, ...]
    rows: tuple[FileRow, ...]
    count: int
    number: int
    states: tuple[Choice, ...]
    formats: tuple[str, ...]
    chosen: Mapping[str, str]
    query: str
    before: str
    following: str


@dataclass(frozen=True)
class KindRow:
    kind: str
    outcome: str
    tone: str
    count: int
    files: int
    means: str
    remedy: str
    places: str
    query: str


@dataclass(frozen=True)
class SeriesRow:
    usage_point: str
    channel: str
    unit: str
    interval: str
    first: str
    last: str
    records: int
    coverage: str
    gaps: bool
    picture: str


@dataclass(frozen=True)
class FilePage:
    """fates, qualities: the parts of the two bars. original: the reference of the arrival that its readings came with.
    later: whether that one came after this. why, then, place: of a refused file, what its reader said.
    taken_back: by whom and when.
    """

    row: FileRow
    sha256: str
    by: str
    error: str
    why: refusals.Told
    then: refusals.Told
    place: str
    taken_back: str
    original: str
    later: bool
    fates: tuple[Part, ...]
    fate_bar: str
    qualities: tuple[Part, ...]
    quality_bar: str
    kinds: tuple[KindRow, ...]
    series: tuple[SeriesRow, ...]
    more_series: int


@dataclass(frozen=True)
class Line:
    reference: str
    short: str
    day: str
    outcome: str
    tone: str
    kind: str
    means: str
    count: int
    place: str
    series: str
    start: str


@dataclass(frozen=True)
class DefectsPage:
    kinds: tuple[KindRow, ...]
    all_kinds: tuple[Choice, ...]
    outcomes: tuple[Choice, ...]
    lines: tuple[Line, ...]
    rejected: int
    noted: int
    chosen: Mapping[str, str]
    query: str
    following: str
    first: bool


SHOWN_SERIES = 200


def files_page(
    files: Sequence[InboundFile],
    *,
    count: int,
    number: int,
    pages: int,
    formats: Sequence[str],
    chosen: Mapping[str, str],
) -> FilesPage:
    """files: those of page `number`, of `count` in all."""
    kept = {name: value for name, value in chosen.items() if value}
    return FilesPage(
        columns=tuple(_column(name, str(label), kept) for name, label in COLUMNS.items()),
        rows=tuple(file_row(file) for file in files),
        count=count,
        number=number,
        states=(
            Choice("", gettext("All")),
            *(Choice(code.value, str(name)) for code, (name, _tone) in STATES.items()),
        ),
        formats=tuple(formats),
        chosen=chosen,
        query=_query(kept),
        before=_query({**kept, "page": str(number - 1)}) if number > 1 else "",
        following=_query({**kept, "page": str(number + 1)}) if number < pages else "",
    )


def _column(name: str, label: str, chosen: Mapping[str, str]) -> Column:
    """Numbers and days are first sorted from the top, texts from the beginning."""
    number, down = name in NUMBERS, f"-{name}"
    first = down if number or name == "on" else name
    now = chosen.get("sort", "")
    other = {name: down, down: name}.get(now, first)
    order = {name: "ascending", down: "descending"}.get(now, "")
    return Column(label, number, order, _query({**chosen, "sort": other}))


def file_row(file: InboundFile) -> FileRow:
    state, tone = STATES[Status(file.status)]
    fates = fates_of(file)
    return FileRow(
        reference=file.reference,
        short=file.reference[:SHORT],
        day=date_format(file.on, "j M Y"),
        format=file.format or gettext("not known"),
        source=str(file.source.name) if file.source else "",
        state=str(state),
        tone=tone,
        records=file.counts["records"],
        stored=file.counts["stored"],
        duplicate=file.counts["duplicate"],
        known=file.counts["already_stored"],
        rejected=rejected(file),
        picture=bar(fates, label=_told(fates)) if fates else "",
    )


def rejected(file: InboundFile) -> int:
    """What is left of the records: each is stored, a duplicate, already stored, or rejected."""
    counts: Mapping[str, int] = file.counts
    return counts["records"] - counts["stored"] - counts["duplicate"] - counts["already_stored"]


def fates_of(file: InboundFile) -> tuple[Part, ...]:
    counts = {**file.counts, "rejected": rejected(file)}
    return parts([(kind, str(name), counts[kind]) for kind, name in FATES.items()])


def file_page(
    file: InboundFile,
    *,
    defects: Iterable[Defect],
    series: Sequence[Mapping[str, Any]],
    original: InboundFile | None,
) -> FilePage:
    """series: as `Gate.series_of` gives them; defects: those of `original`, the arrival that the file's readings came with."""
    fates, qualities = fates_of(file), _qualities(series)
    return FilePage(
        row=file_row(file),
        sha256=file.sha256,
        by=file.by,
        error=file.error.replace("_", " "),
        why=refusals.told(file.reason.get("message", "")),
        then=refusals.told(file.reason.get("next", "")),
        place=refusals.place_told(file.reason.get("place", "")),
        taken_back=_taken_back(file),
        original=original.reference if original else "",
        later=bool(original and original.pk > file.pk),
        fates=fates,
        fate_bar=bar(fates, label=_told(fates), height=40),
        qualities=qualities,
        quality_bar=bar(qualities, label=_told(qualities), height=40),
        kinds=tuple(_kind_of_file(defect, original.reference) for defect in defects) if original else (),
        series=tuple(_series(each) for each in series[:SHOWN_SERIES]),
        more_series=max(0, len(series) - SHOWN_SERIES),
    )


def _taken_back(file: InboundFile) -> str:
    if not file.withdrawn_on:
        return ""
    told = {"person": file.withdrawn_by, "day": date_format(file.withdrawn_on, "j F Y")}
    return gettext("%(person)s withdrew this file on %(day)s: its readings ceased to count.") % told


def _qualities(series: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
    counts = [
        (name, str(said), sum(each["quality"].get(name, 0) for each in series))
        for name, said in CLASSES.items()
    ]
    return parts(counts)


def _told(shown: Iterable[Part]) -> str:
    return ", ".join(f"{part.name}: {number_format(part.count, force_grouping=True)}" for part in shown)


def _kind_of_file(defect: Defect, reference: str) -> KindRow:
    counted = KindCount(defect.kind, defect.rejected, defect.count, 1)
    return kind_row(counted, query={"file": reference}, places="; ".join(defect.places))


def kind_row(counted: KindCount, *, query: Mapping[str, str], places: str = "") -> KindRow:
    outcome = REJECTED if counted.rejected else NOTED
    word, tone = OUTCOMES[outcome]
    said = kinds.said(counted.kind, rejected=counted.rejected)
    return KindRow(
        kind=counted.kind,
        outcome=str(word),
        tone=tone,
        count=counted.records,
        files=counted.files,
        means=said.means,
        remedy=said.remedy,
        places=places,
        query=_query({**query, "kind": counted.kind, "outcome": outcome}),
    )


def _series(told: Mapping[str, Any]) -> SeriesRow:
    shown = _qualities([told])
    coverage, gaps = _coverage(told)
    return SeriesRow(
        usage_point=told["usage_point"],
        channel=str(CHANNELS.get(told["channel"], told["channel"])),
        unit=told["unit"],
        interval=_interval(told["interval_seconds"]),
        first=_instant(told["first"]),
        last=_instant(told["last"]),
        records=told["records"],
        coverage=coverage,
        gaps=gaps,
        picture=bar(shown, label=_told(shown)),
    )


def _coverage(told: Mapping[str, Any]) -> tuple[str, bool]:
    """How many of the intervals from the first to the last are there, and whether some are not."""
    seconds = told["interval_seconds"]
    if not seconds:
        return "", False
    first, last = (datetime.fromisoformat(told[name]).timestamp() for name in ("first", "last"))
    expected = int(last - first) // seconds + 1
    return share(min(told["records"], expected), expected), told["records"] < expected


def _interval(seconds: int | None) -> str:
    if not seconds:
        return gettext("varies") if seconds is None else gettext("a point")
    if seconds % 3600 == 0:
        hours = seconds // 3600
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return gettext("%(count)s min") % {"count": seconds // 60}


def _instant(text: str | datetime | None) -> str:
    """In UTC, as it is kept."""
    when = datetime.fromisoformat(text) if isinstance(text, str) else text
    return f"{when:%Y-%m-%d %H:%M}" if when else ""


# ── the defect list ──


def chosen_of(asked: Mapping[str, str]) -> Chosen:
    """What the address chooses; a day or an outcome that is none chooses all."""
    return Chosen(
        file=asked.get("file", "").strip().lower(),
        kind=asked.get("kind", ""),
        outcome=asked.get("outcome", "") if asked.get("outcome", "") in OUTCOMES else "",
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def defects_page(
    page: Page,
    *,
    counted: Sequence[KindCount],
    known: Sequence[KindCount],
    chosen: Chosen,
    after: Cursor | None,
) -> DefectsPage:
    """counted: the kinds of what is chosen; known: those of all files."""
    fields = {
        "file": chosen.file,
        "kind": chosen.kind,
        "outcome": chosen.outcome,
        "since": chosen.since.isoformat() if chosen.since else "",
        "until": chosen.until.isoformat() if chosen.until else "",
    }
    kept = {name: value for name, value in fields.items() if value}
    return DefectsPage(
        kinds=tuple(kind_row(each, query=kept) for each in counted),
        all_kinds=(
            Choice("", gettext("All")),
            *(Choice(name, name.replace("_", " ")) for name in sorted({each.kind for each in known})),
        ),
        outcomes=(
            Choice("", gettext("All")),
            *(Choice(code, str(name)) for code, (name, _tone) in OUTCOMES.items()),
        ),
        lines=tuple(_line(row) for row in page.rows),
        rejected=sum(each.records for each in counted if each.rejected),
        noted=sum(each.records for each in counted if not each.rejected),
        chosen=fields,
        query=_query(kept),
        following=_query({**kept, "after": str(page.following)}) if page.following else "",
        first=after is None,
    )


def _line(row: Mapping[str, Any]) -> Line:
    word, tone = OUTCOMES[row["outcome"]]
    return Line(
        reference=row["file"],
        short=row["file"][:SHORT],
        day=date_format(date.fromisoformat(row["on"]), "j M Y"),
        outcome=str(word),
        tone=tone,
        kind=row["kind"],
        means=kinds.said(row["kind"], rejected=row["outcome"] == REJECTED).means,
        count=row["count"],
        place=place(row),
        series=_of_store(row),
        start=_instant(row["start"]),
    )


POSITIONS = {
    "line": _("line %(at)s"),
    "row": _("row %(at)s"),
    "segment": _("segment %(at)s"),
    "block": _("in the block at line %(at)s"),
}


def place(row: Mapping[str, Any]) -> str:
    words = []
    if row["record"] is not None and row["record"] == row["last_record"]:
        words.append(gettext("record %(at)s") % {"at": row["record"]})
    elif row["record"] is not None:
        words.append(
            gettext("records %(first)s to %(last)s") % {"first": row["record"], "last": row["last_record"]}
        )
    if row["position"] is not None:
        words.append(str(POSITIONS[row["position_of"]]) % {"at": row["position"]})
    return ", ".join(words) or ("" if row["start"] else gettext("the file as a whole"))


def _of_store(row: Mapping[str, Any]) -> str:
    if row["usage_point"] is None:
        return ""
    channel = CHANNELS.get(row["channel"], row["channel"] or "")
    return gettext("usage point %(number)s, %(channel)s") % {"number": row["usage_point"], "channel": channel}


def _query(fields: Mapping[str, str]) -> str:
    return "?" + urlencode(fields) if fields else ""
