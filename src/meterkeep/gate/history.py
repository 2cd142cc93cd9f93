"""What the log says of one customer: every access, use and disclosure, tried or done."""

from __future__ import annotations

from dataclasses import dataclass

from meterkeep.ledger import Entry, Journal


@dataclass(frozen=True)
class Sighting:
    """One act about a customer, joined from its intent and its outcome.

    outcome: delivered, not_delivered, failed, refused, undetermined, or "unresolved" while no outcome is written.
    index: position of the entry that proves it.
    """

    id: str
    at: str
    on: str
    family: str
    actor: str
    recipient: str
    purpose: str
    elements: tuple[str, ...]
    period: str
    clauses: tuple[str, ...]
    outcome: str
    index: int


def sightings(journal: Journal, chain: str) -> list[Sighting]:
    """Newest first."""
    entries = journal.for_subject(chain)
    outcomes = {entry.intent: entry.outcome for _, entry in entries if entry.intent}
    first = [(index, entry) for index, entry in entries if not entry.intent and "." in entry.name]
    rows = [_sighting(index, entry, outcomes) for index, entry in first if entry.purpose]
    return sorted(rows, key=lambda row: row.at, reverse=True)


def _sighting(index: int, entry: Entry, outcomes: dict[str, str]) -> Sighting:
    return Sighting(
        id=entry.id,
        at=entry.at,
        on=entry.on,
        family=entry.name.split(".")[0],
        actor=entry.actor,
        recipient=entry.recipient,
        purpose=entry.purpose,
        elements=tuple(str(entry.detail.get("elements", "")).split()),
        period=str(entry.detail.get("period", "")),
        clauses=tuple(entry.clauses),
        outcome=entry.outcome or outcomes.get(entry.id, "unresolved"),
        index=index,
    )
