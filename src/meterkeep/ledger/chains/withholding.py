"""Entries that law keeps from the customer for a time: in the log and counted at once, shown only when the time is over.

A withholding is an entry of its own, about the same customers. It names the withheld one by its leaf hash and says until
when and under which clause; who ordered it and why stands with the order, and here only a digest of both. An extension is
one more such entry, and so is an early end: the newest one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from meterkeep.ledger.entries import Entry
from meterkeep.ledger.merkle import leaf_hash
from meterkeep.ledger.names import EventName

if TYPE_CHECKING:
    from meterkeep.ledger.journal import Journal

NAMES = (EventName.WITHHOLDING_PLACED, EventName.WITHHOLDING_EXTENDED, EventName.WITHHOLDING_LIFTED)


@dataclass(frozen=True)
class Withholding:
    """at: when the newest entry that says so was recorded. until: the day on which the entry is shown."""

    leaf: str
    until: str
    clause: str
    at: str

    def holds(self, on: str) -> bool:
        return on < self.until


def withholding_entry(
    name: EventName,
    *,
    id: str,
    leaf: bytes,
    subjects: Sequence[str],
    until: str,
    clause: str,
    basis: str,
    by: str,
    at: str,
    on: str,
) -> Entry:
    """leaf: of the entry meant. basis: SHA-256 (hex) of the record that says why. until, on: days, YYYY-MM-DD.

    The customers can read it: of `at` only the day is kept, and of who ordered it and why only a digest.
    """
    return Entry(
        id=id,
        name=name,
        at=f"{at[:10]}T00:00:00Z",
        on=on,
        clauses=[clause],
        subjects=list(subjects),
        detail={"leaf": leaf.hex(), "until": until, "order": order_of(leaf, basis=basis, by=by)},
    )


def order_of(leaf: bytes, *, basis: str, by: str) -> str:
    """Binds who ordered it and why, for whoever has the order; of nobody else's use, and another for each entry."""
    return sha256(f"{basis} {by} {leaf.hex()}".encode()).hexdigest()


def withholdings(entries: Iterable[tuple[int, Entry]]) -> dict[str, Withholding]:
    """Leaf hash (hex) → what holds of it now. entries: all about one customer, oldest first."""
    found = {}
    for _, entry in entries:
        if entry.name in NAMES:
            leaf, until = str(entry.detail.get("leaf", "")), str(entry.detail.get("until", ""))
            found[leaf] = Withholding(leaf, until, " ".join(entry.clauses), entry.at)
    return found


@dataclass(frozen=True)
class Withheld:
    """A withheld entry, as far as its customer may know. at: when that was last ordered."""

    index: int
    until: str
    clause: str
    at: str


def sorted_out(journal: Journal, chain: str, *, on: str) -> tuple[list[tuple[int, Entry]], list[Withheld]]:
    """The entries about a customer that may be shown on this day, and those that may not; oldest first."""
    entries = journal.for_subject(chain)
    held = {leaf: one for leaf, one in withholdings(entries).items() if one.holds(on)}
    if not held:
        return entries, []
    shown, withheld = [], []
    for index, entry in entries:
        one = held.get(leaf_hash(journal.entry_bytes(index)).hex())
        if one is None:
            shown.append((index, entry))
        else:
            withheld.append(Withheld(index, one.until, one.clause, one.at))
    return shown, withheld
