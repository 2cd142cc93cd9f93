"""Who sends what, how often, how late and how good, as of a day; and what came in on one.

A rhythm is what was agreed on, or else what has been seen: the median gap between the days on which something came. Days
are civil days on which files were taken in. Sums are the database's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.db.models import BigIntegerField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce

from meterkeep.desks.intake.models import DaySummary, InboundFile, Source, Status

WINDOW = 60
"""Days that a feed is judged by."""
LEARNING = 400
"""Days whose gaps a rhythm is learned from: a monthly feed has a year of them."""
FEWEST_GAPS = 3
COUNTS = ("records", "stored", "duplicate", "already_stored")
CAME = ~Q(status=Status.REFUSED)


@dataclass(frozen=True)
class Feed:
    """source: "" for files of which nobody said who sent them. formats: name → files. last: the newest day on which a
    readable file came. late_days: 0 while it is not late. What is counted is counted over the last 60 days; arrivals: files
    a day, the oldest first; refused: how many of them could not be read, arrived_refused: the same for each day.
    """

    source: str
    name: str
    formats: dict[str, int]
    files: int
    last: date | None
    stated_days: int | None
    learned_days: int | None
    late_days: int
    counts: dict[str, int]
    estimated: int
    refused: int
    withdrawn: int
    arrivals: tuple[int, ...]
    arrived_refused: tuple[int, ...]

    @property
    def every_days(self) -> int | None:
        return self.stated_days or self.learned_days

    @property
    def rejected(self) -> int:
        return self.counts["records"] - sum(self.counts[name] for name in COUNTS[1:])


def feeds(on: date) -> list[Feed]:
    """All sources as of a day, the latest ones first, then those that are on time by name."""
    sources = {source.pk: source for source in Source.objects.all()}
    recent = _days(InboundFile.objects.filter(on__gt=on - timedelta(days=WINDOW), on__lte=on))
    totals, formats = _totals(on), _formats(on)
    came = _came(on)
    known = {*sources, *(row for row in totals if row)}
    names = sorted(known) + ([""] if "" in totals else [])
    rows = [
        _feed(
            name,
            sources.get(name),
            came[name],
            totals.get(name, {}),
            formats.get(name, {}),
            recent.get(name, {}),
            on,
        )
        for name in names
    ]
    return sorted(rows, key=lambda feed: (-feed.late_days, feed.source == "", feed.source))


def _feed(
    name: str,
    source: Source | None,
    came: Sequence[date],
    totals: dict[str, int],
    formats: dict[str, int],
    recent: dict[date, tuple[int, int]],
    on: date,
) -> Feed:
    stated = source.every_days if source else None
    learned = learned_gap(came)
    last = came[-1] if came else None
    begun = last or (source.since if source else None)
    window = [recent.get(on - timedelta(days=back), (0, 0)) for back in range(WINDOW - 1, -1, -1)]
    return Feed(
        source=name,
        name=source.name if source else "",
        formats=formats,
        files=totals.get("files", 0),
        last=last,
        stated_days=stated,
        learned_days=learned,
        late_days=late_days(begun, stated or learned, on),
        counts={count: totals.get(count, 0) for count in COUNTS},
        estimated=totals.get("estimated", 0),
        refused=totals.get("refused", 0),
        withdrawn=totals.get("withdrawn", 0),
        arrivals=tuple(files for files, _ in window),
        arrived_refused=tuple(refused for _, refused in window),
    )


def learned_gap(days: Sequence[date]) -> int | None:
    """The median gap in days between the days on which something came, ascending; None while there are fewer than three.
    Of an even number the longer of the two in the middle counts."""
    gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
    return gaps[len(gaps) // 2] if len(gaps) >= FEWEST_GAPS else None


def late_days(last: date | None, every: int | None, on: date) -> int:
    """How many days ago the next one was due: 0 where it is due today or later, or where no rhythm is known."""
    if last is None or every is None:
        return 0
    return max(0, (on - last).days - every)


def figures_of(day: date) -> dict[str, Any]:
    """{"files","records","stored","duplicate","already_stored","rejected","estimated","refused","quarantined","withdrawn",
    "sources":[{"source","files","records","stored","rejected","refused"}…],"late":[{"source","days"}…]}

    records and what they became are of the files that came that day; a file that was withdrawn since is among them.
    """
    files = InboundFile.objects.filter(on=day)
    whole = _summed(files)
    by_source = files.order_by().values(who=Coalesce("source_id", _text(""))).annotate(**_sums())
    return {
        **whole,
        "withdrawn": InboundFile.objects.filter(withdrawn_on=day).count(),
        "sources": [_of_source(row) for row in by_source.order_by("who")],
        "late": [{"source": feed.source, "days": feed.late_days} for feed in feeds(day) if feed.late_days],
    }


def unsummed(on: date) -> list[date]:
    """The days up to this one that have no final summary yet, from the first file on."""
    first = InboundFile.objects.order_by("on").values_list("on", flat=True).first()
    if first is None:
        return []
    final = set(DaySummary.objects.filter(final=True).values_list("day", flat=True))
    days = (first + timedelta(days=number) for number in range((on - first).days + 1))
    return [day for day in days if day not in final]


def summaries(*, until: date, days: int) -> QuerySet[DaySummary]:
    """Newest first."""
    return DaySummary.objects.filter(day__lte=until, day__gt=until - timedelta(days=days))


def with_today(today: date, *, days: int) -> list[DaySummary]:
    """The kept summaries, newest first, and in front of them the day itself as it is now, where anything has come in."""
    kept = [each for each in summaries(until=today, days=days) if each.day != today]
    figures = figures_of(today)
    begun = figures["files"] or figures["withdrawn"]
    return [DaySummary(day=today, final=False, figures=figures), *kept] if begun else kept


def _text(value: str) -> Any:
    from django.db.models import CharField, Value

    return Value(value, output_field=CharField())


def _sums() -> dict[str, Any]:
    counted = {
        name: Coalesce(Sum(Cast(F(f"counts__{name}"), BigIntegerField())), 0, output_field=BigIntegerField())
        for name in COUNTS
    }
    return {
        "files": Count("pk"),
        **counted,
        "estimates": Coalesce(
            Sum("estimated", filter=Q(status=Status.STORED)), 0, output_field=BigIntegerField()
        ),
        "refused": Count("pk", filter=Q(status=Status.REFUSED)),
        "quarantined": Count("pk", filter=Q(status=Status.REFUSED) & ~Q(arrival="")),
        "taken_back": Count("pk", filter=Q(status=Status.WITHDRAWN)),
    }


def _summed(files: QuerySet[InboundFile]) -> dict[str, int]:
    row = files.aggregate(**_sums())
    names = ("files", *COUNTS, "refused", "quarantined")
    return {**{name: row[name] for name in names}, "estimated": row["estimates"], "rejected": _rejected(row)}


def _rejected(row: dict[str, int]) -> int:
    return row["records"] - row["stored"] - row["duplicate"] - row["already_stored"]


def _of_source(row: dict[str, Any]) -> dict[str, Any]:
    told = {name: row[name] for name in ("files", "records", "stored", "refused")}
    return {"source": row["who"], **told, "rejected": _rejected(row)}


def _totals(on: date) -> dict[str, dict[str, int]]:
    """Of each source over the window; a source with older files alone stands with zeros."""
    recent = InboundFile.objects.filter(on__gt=on - timedelta(days=WINDOW), on__lte=on)
    rows = recent.order_by().values(who=Coalesce("source_id", _text(""))).annotate(**_sums())
    return {
        row["who"]: {**row, "estimated": row["estimates"], "withdrawn": row["taken_back"]} for row in rows
    }


def _formats(on: date) -> dict[str, dict[str, int]]:
    recent = InboundFile.objects.filter(on__gt=on - timedelta(days=WINDOW), on__lte=on).exclude(format="")
    rows = recent.order_by().values_list(Coalesce("source_id", _text("")), "format").annotate(Count("pk"))
    formats: dict[str, dict[str, int]] = defaultdict(dict)
    for who, name, number in rows.order_by("format"):
        formats[who][name] = number
    return formats


def _came(on: date) -> dict[str, list[date]]:
    """The days on which each source sent something readable, ascending."""
    files = InboundFile.objects.filter(CAME, on__gt=on - timedelta(days=LEARNING), on__lte=on)
    rows = files.order_by("on").values_list(Coalesce("source_id", _text("")), "on").distinct()
    came: dict[str, list[date]] = defaultdict(list)
    for who, day in rows:
        came[who].append(day)
    return came


def _days(files: QuerySet[InboundFile]) -> dict[str, dict[date, tuple[int, int]]]:
    """Of each source and day: how many files, and how many of them could not be read."""
    rows: Iterable[tuple[str, date, int, int]] = (
        files.order_by()
        .values_list(Coalesce("source_id", _text("")), "on")
        .annotate(number=Count("pk"), unread=Count("pk", filter=Q(status=Status.REFUSED)))
    )
    days: dict[str, dict[date, tuple[int, int]]] = defaultdict(dict)
    for who, day, number, refused in rows:
        days[who][day] = (number, refused)
    return days
