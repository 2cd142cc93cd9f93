"""Who sends meter files, as staff read it: what, when last, how late, how good; and what came in on the last days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from meterkeep.desks.intake.feeds import WINDOW, Feed
from meterkeep.desks.intake.models import DaySummary
from meterkeep.faces.charts.arrivals import arrivals
from meterkeep.faces.downloads import csv_text
from meterkeep.faces.shares import tenths


@dataclass(frozen=True)
class SourceRow:
    source: str
    name: str
    formats: str
    files: int
    last: str
    last_sort: str
    every: str
    late: str
    late_days: int
    records: int
    stored: str
    estimated: str
    rejected: str
    sorts: tuple[int, int, int]
    refused: int
    picture: SafeString


@dataclass(frozen=True)
class DayRow:
    day: str
    day_sort: str
    final: bool
    figures: dict[str, Any]
    nothing_new: int
    late: str


@dataclass(frozen=True)
class SourcesPage:
    today: str
    window: int
    late: int
    rows: tuple[SourceRow, ...]
    days: tuple[DayRow, ...]


def sources_page(feeds: Sequence[Feed], summaries: Iterable[DaySummary], *, today: date) -> SourcesPage:
    return SourcesPage(
        today=date_format(today, "j F Y"),
        window=WINDOW,
        late=sum(1 for feed in feeds if feed.late_days),
        rows=tuple(_row(feed, number) for number, feed in enumerate(feeds)),
        days=tuple(_day(summary) for summary in summaries),
    )


def as_csv(feeds: Sequence[Feed]) -> str:
    head = ("source", "name", "formats", "files", "last", "every_days", "rhythm", "late_days", "records", "stored",
            "duplicate", "already_stored", "rejected", "estimated", "refused", "withdrawn")  # fmt: skip
    return csv_text([head, *map(_cells, feeds)])


def _cells(feed: Feed) -> tuple[object, ...]:
    rhythm = "agreed" if feed.stated_days else "learned" if feed.learned_days else "unknown"
    said = (
        feed.source,
        feed.name,
        " ".join(feed.formats),
        feed.files,
        feed.last or "",
        feed.every_days or "",
        rhythm,
    )
    good = (feed.rejected, feed.estimated, feed.refused, feed.withdrawn)
    return (*said, feed.late_days, *feed.counts.values(), *good)


def _row(feed: Feed, number: int) -> SourceRow:
    records, stored = feed.counts["records"], feed.counts["stored"]
    parts = ((stored, records), (feed.estimated, stored), (feed.rejected, records))
    return SourceRow(
        source=feed.source or gettext("Nobody named"),
        name=feed.name if feed.name != feed.source else "",
        formats=", ".join(feed.formats) or "–",
        files=feed.files,
        last=date_format(feed.last, "j M Y") if feed.last else gettext("never"),
        last_sort=feed.last.isoformat() if feed.last else "",
        every=_every(feed),
        late=_days(feed.late_days) if feed.late_days else "",
        late_days=feed.late_days,
        records=records,
        stored=share(*parts[0]),
        estimated=share(*parts[1]),
        rejected=share(*parts[2]),
        sorts=(_ppm(*parts[0]), _ppm(*parts[1]), _ppm(*parts[2])),
        refused=feed.refused,
        picture=_picture(feed, number),
    )


def _every(feed: Feed) -> str:
    if not feed.every_days:
        return gettext("not known yet")
    days = gettext("every %(count)s days") % {"count": feed.every_days}
    days = gettext("each day") if feed.every_days == 1 else days
    return days if feed.stated_days else gettext("mostly %(rhythm)s") % {"rhythm": days}


def _days(count: int) -> str:
    return ngettext("%(count)s day late", "%(count)s days late", count) % {"count": count}


def _ppm(part: int, whole: int) -> int:
    return part * 1_000_000 // whole if whole else -1


def share(part: int, whole: int) -> str:
    """In percent to a tenth: never 100 % of almost all, and a little is not nothing."""
    if not whole:
        return "–"
    shown = tenths(part, whole)
    if shown is None:
        return f"<{number_format('0.1')} %"
    return f"{number_format(f'{shown // 10}.{shown % 10}')} %"


def _picture(feed: Feed, number: int) -> SafeString:
    days = sum(1 for files in feed.arrivals if files)
    title = gettext("Files a day over %(window)s days: %(files)s files on %(days)s days, %(unread)s refused") % {
        "window": WINDOW, "files": feed.files, "days": days, "unread": feed.refused,
    }  # fmt: skip
    svg = arrivals(feed.arrivals, feed.arrived_refused, title=title, name=f"feed-{number}")
    return mark_safe(svg)  # noqa: S308 - made of numbers and one escaped sentence


def _day(summary: DaySummary) -> DayRow:
    late = [
        f"{one['source'] or gettext('Nobody named')}: {_days(one['days'])}" for one in summary.figures["late"]
    ]
    return DayRow(
        day=date_format(summary.day, "j M Y"),
        day_sort=summary.day.isoformat(),
        final=summary.final,
        figures=summary.figures,
        nothing_new=summary.figures["duplicate"] + summary.figures["already_stored"],
        late=", ".join(late),
    )
