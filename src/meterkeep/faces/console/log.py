"""The log as staff read it: what happened, by whom, under which clauses; never about whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from meterkeep.faces import words
from meterkeep.ledger import Entry


@dataclass(frozen=True)
class EntryRow:
    index: int
    at: str
    name: str
    actor: str
    purpose: str
    clauses: tuple[str, ...]
    outcome: str
    tone: str


@dataclass(frozen=True)
class LogPage:
    size: int
    unresolved: tuple[EntryRow, ...]
    entries: tuple[EntryRow, ...]


def log_page(
    entries: Sequence[tuple[int, Entry]],
    *,
    unresolved: Sequence[tuple[int, Entry]],
    size: int,
    zone: ZoneInfo,
) -> LogPage:
    return LogPage(
        size=size,
        unresolved=tuple(_row(index, entry, zone) for index, entry in unresolved),
        entries=tuple(_row(index, entry, zone) for index, entry in entries),
    )


def _row(index: int, entry: Entry, zone: ZoneInfo) -> EntryRow:
    family = entry.name.partition(".")[0]
    outcome, tone = words.outcome(entry.outcome, family=family) if entry.outcome else ("", "plain")
    return EntryRow(
        index=index,
        at=f"{datetime.fromisoformat(entry.at).astimezone(zone):%Y-%m-%d %H:%M:%S}",
        name=entry.name,
        actor=entry.actor,
        purpose=entry.purpose,
        clauses=tuple(entry.clauses),
        outcome=outcome,
        tone=tone,
    )
