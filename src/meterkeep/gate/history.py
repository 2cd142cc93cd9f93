"""What the log says of one customer: every access, use and disclosure, tried or done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from meterkeep.ledger import Entry, Journal
from meterkeep.ledger.chains.withholding import Withheld, sorted_out


@dataclass(frozen=True)
class Sighting:
    """One act about a customer, joined from its intent and its outcome.

    outcome: delivered, not_delivered, failed, refused, undetermined, "unresolved" while no outcome is written, or "withheld"
    for one entry that law keeps from the customer: of that nothing is told but the clause and the day, `until`.
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
    until: str = ""


def sightings(journal: Journal, chain: str, *, on: date) -> list[Sighting]:
    """Newest first. on: the day that says what is still withheld."""
    entries, withheld = sorted_out(journal, chain, on=on.isoformat())
    outcomes = {entry.intent: entry.outcome for _, entry in entries if entry.intent}
    first = [(index, entry) for index, entry in entries if not entry.intent and "." in entry.name]
    rows = [_sighting(index, entry, outcomes) for index, entry in first if entry.purpose]
    return sorted([*rows, *map(_withheld, withheld)], key=lambda row: row.at, reverse=True)


def _withheld(held: Withheld) -> Sighting:
    """When the withholding was last ordered stands for when it happened, which is withheld, too."""
    return Sighting(
        id="",
        at=held.at,
        on="",
        family="withheld",
        actor="",
        recipient="",
        purpose="",
        elements=(),
        period="",
        clauses=(held.clause,),
        outcome="withheld",
        index=held.index,
        until=held.until,
    )


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
