"""What law keeps from a customer for a time: the entry and what withholds it go into the log together, or neither does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from meterkeep.errors import BadInput, Refused
from meterkeep.gate.request import Secrecy, check_actor
from meterkeep.ledger import Entry, Journal
from meterkeep.ledger.chains.withholding import NAMES, Withholding, withholding_entry, withholdings
from meterkeep.ledger.entries import encode
from meterkeep.ledger.merkle import leaf_hash
from meterkeep.ledger.names import EventName

_UNTIL, _UNDER, _BASIS, _BY = "withheld_until", "withheld_under", "withheld_basis", "withheld_by"


def as_detail(secrecy: Secrecy | None) -> dict[str, str]:
    """For the detail of a desk's event, which then goes into the log withheld."""
    if secrecy is None:
        return {}
    return {
        _UNTIL: secrecy.until.isoformat(),
        _UNDER: secrecy.clause,
        _BASIS: secrecy.basis,
        _BY: secrecy.by,
    }


def from_detail(detail: Mapping[str, object]) -> Secrecy | None:
    if _UNTIL not in detail:
        return None
    until, clause, basis, by = (str(detail[name]) for name in (_UNTIL, _UNDER, _BASIS, _BY))
    return Secrecy(until=date.fromisoformat(until), clause=clause, basis=basis, by=by)


def together(journal: Journal, entry: Entry, secrecy: Secrecy | None) -> list[Entry]:
    """What to append in one batch: the entry, and with it what withholds it from whoever it concerns."""
    logged = journal.as_logged(entry)
    subjects = journal.subjects(logged)
    if secrecy is None or not subjects:
        return [entry]
    withheld = withholding_entry(
        EventName.WITHHOLDING_PLACED,
        id=sha256(f"withheld {entry.id}".encode()).hexdigest()[:32],
        leaf=leaf_hash(encode(logged)),
        subjects=subjects,
        until=secrecy.until.isoformat(),
        clause=secrecy.clause,
        basis=secrecy.basis,
        by=secrecy.by,
        at=entry.at,
        on=entry.on,
    )
    return [logged, withheld]


@dataclass(frozen=True, kw_only=True)
class Withholdings:
    """Withholding what is in the log already, putting off the day, and ending it early: each an entry of its own. stamp: the time, as
    entries have it."""

    journal: Journal
    stamp: Callable[[], str]

    def of(self, index: int) -> Withholding | None:
        """What holds of an entry now."""
        entry, leaf = self._meant(index)
        subjects = self.journal.subjects(entry)
        return withholdings(self.journal.for_subject(subjects[0])).get(leaf.hex())

    def place(self, index: int, secrecy: Secrecy, *, on: date) -> int:
        """Gives the position of the new entry. A later day than the one that holds is an extension; a day that has come ends
        it. Raises BadInput, Refused."""
        check_actor(secrecy.by)
        entry, leaf = self._meant(index)
        held = self.of(index)
        name = _name(held, until=secrecy.until.isoformat(), on=on.isoformat())
        told = withholding_entry(
            name,
            id=sha256(f"{name} {leaf.hex()} {secrecy.until} {self.journal.size}".encode()).hexdigest()[:32],
            leaf=leaf,
            subjects=self.journal.subjects(entry),
            until=secrecy.until.isoformat(),
            clause=secrecy.clause,
            basis=secrecy.basis,
            by=secrecy.by,
            at=self.stamp(),
            on=on.isoformat(),
        )
        return self.journal.append([told])[0]

    def _meant(self, index: int) -> tuple[Entry, bytes]:
        entry = self.journal.entry(index)
        if not self.journal.subjects(entry):
            raise BadInput("This entry concerns no customer, so it is withheld from nobody.", where="entry")
        if entry.name in NAMES:
            raise Refused("What says that an entry is withheld cannot be withheld itself.", where="entry")
        return entry, leaf_hash(self.journal.entry_bytes(index))


def _name(held: Withholding | None, *, until: str, on: str) -> EventName:
    if held is None or not held.holds(on):
        if until <= on:
            raise BadInput(
                "The day until which it is withheld has come already.",
                where="until",
                next="Give a later day.",
            )
        return EventName.WITHHOLDING_PLACED
    if until <= on:
        return EventName.WITHHOLDING_LIFTED
    if until <= held.until:
        raise BadInput(
            f"It is withheld until {held.until} already.",
            where="until",
            next="Give a later day to extend it, or end it now.",
        )
    return EventName.WITHHOLDING_EXTENDED
