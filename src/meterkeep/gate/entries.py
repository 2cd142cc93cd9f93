"""The gate's entries in the log: an intent before any data opens, an outcome after."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from meterkeep.gate.request import is_customer
from meterkeep.gate.ruling import Ruling
from meterkeep.gate.withholding import together
from meterkeep.ledger import Entry, Journal
from meterkeep.ledger.leases import current_lease
from meterkeep.ledger.names import EventName

FAMILIES = {
    "collect": "intake",
    "access": "access",
    "use": "use",
    "disclose": "disclosure",
    "release_aggregate": "release",
    "destroy": "destruction",
}


@dataclass(frozen=True)
class Scribe:
    """Writes about one ruling: who acts, on which day, about which chains."""

    journal: Journal
    ruling: Ruling
    chains: Sequence[str]
    by: str
    on: date
    family: str

    def intent(self, at: datetime, *, extra: dict[str, str | int] | None = None) -> Entry:
        """Durable before it returns: from here on a missing outcome is reported as unresolved."""
        return self._write("intent", at, lease=current_lease(), detail={**self._asked(), **(extra or {})})

    def outcome(
        self,
        at: datetime,
        outcome: str,
        *,
        intent: Entry | None = None,
        digest: str = "",
        detail: dict[str, str | int] | None = None,
    ) -> Entry:
        """`delivered`, `not_delivered`, `failed`; or `refused`, `undetermined`, which have no intent."""
        told = (detail or {}) if intent else {**self._asked(), **(detail or {})}
        entry = self._write(
            outcome, at, outcome=outcome, intent=intent.id if intent else "", digest=digest, detail=told
        )
        if intent is None and self.ruling.request.secrecy and self.chains:
            self._pad(at)
        return entry

    def _pad(self, at: datetime) -> None:
        """What goes through leaves an intent and an outcome, one after the other; so does what does not, or their number would
        tell a customer which it was while law forbids to."""
        padding = Entry(
            name=EventName.SECRECY_PADDED,
            at=rfc3339(at),
            on=self.on.isoformat(),
            subjects=sorted(self.chains),
        )
        self.journal.append(together(self.journal, padding, self.ruling.request.secrecy))

    def _asked(self) -> dict[str, str | int]:
        request = self.ruling.request
        asked: dict[str, str | int] = {
            "action": request.action,
            "elements": " ".join(request.elements),
            "channel": request.channel,
            "facts": json.dumps(dict(self.ruling.facts), sort_keys=True),
            "customers": len(self.chains),
        }
        if request.period:
            asked["period"] = str(request.period)
        if self.ruling.left_out:
            asked["left_out"] = sum(len(left.customers) for left in self.ruling.left_out)
        return asked

    def _write(
        self,
        kind: str,
        at: datetime,
        *,
        detail: dict[str, str | int],
        outcome: str = "",
        intent: str = "",
        digest: str = "",
        lease: str = "",
    ) -> Entry:
        decision, request = self.ruling.decision, self.ruling.request
        entry = Entry(
            id=secrets.token_hex(16),
            name=f"{self.family}.{kind}",
            at=rfc3339(at),
            on=self.on.isoformat(),
            actor=_told(self.by),
            purpose=request.purpose,
            clauses=[clause.id for clause in decision.clauses],
            pack_digest=decision.pack_digest,
            recipient=_told(request.recipient or self.by),
            outcome=outcome,
            subjects=sorted(self.chains),
            intent=intent,
            digest=digest,
            nonce=secrets.token_hex(16),
            lease=lease,
            detail=dict(detail),
        )
        self.journal.append(together(self.journal, entry, request.secrecy))
        return entry


def _told(who: str) -> str:
    """A customer who acts or receives is told by the chain among the subjects alone: the log outlives the customer's id."""
    return "customer" if is_customer(who) else who


def rfc3339(at: datetime) -> str:
    """UTC with microseconds and Z, so that text order is time order."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
