"""What a rule found in a line, and the line as far as it has been checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """decide: a named person decides, with a reason. missing: something that a rule needs was not given."""

    ALLOW = "allow"
    CUT = "cut"
    REFUSE = "refuse"
    DECIDE = "decide"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    clause: str
    outcome: Outcome
    reason: str


@dataclass(slots=True)
class Sheet:
    """A line while it is checked, in cents: what was claimed, and what of the price and of the gratuity is still allowed.
    `missing`: what to add, in words."""

    claimed: int
    price: int
    tip: int
    findings: list[Finding] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def allowed(self) -> int:
        return self.price + self.tip

    def allow(self, clause: str, reason: str) -> None:
        self.findings.append(Finding(clause, Outcome.ALLOW, reason))

    def cut_price(self, cents: int, clause: str, reason: str) -> None:
        """Lowers what is allowed; says nothing where it is as low already."""
        if cents < self.price:
            self.price = max(cents, 0)
            self.findings.append(Finding(clause, Outcome.CUT, reason))

    def cut_tip(self, cents: int, clause: str, reason: str) -> None:
        if cents < self.tip:
            self.tip = max(cents, 0)
            self.findings.append(Finding(clause, Outcome.CUT, reason))

    def cut_to(self, cents: int, clause: str, reason: str) -> None:
        """Lowers both together, the gratuity first."""
        if cents < self.allowed:
            self.price = max(min(self.price, cents), 0)
            self.tip = max(cents - self.price, 0)
            self.findings.append(Finding(clause, Outcome.CUT, reason))

    def refuse(self, clause: str, reason: str) -> None:
        self.price = self.tip = 0
        self.findings.append(Finding(clause, Outcome.REFUSE, reason))

    def decide(self, clause: str, reason: str) -> None:
        self.findings.append(Finding(clause, Outcome.DECIDE, reason))

    def miss(self, clause: str, what: str, reason: str) -> None:
        self.missing.append(what)
        self.findings.append(Finding(clause, Outcome.MISSING, reason))

    def without(self, clause: str, what: str, reason: str) -> None:
        """What cannot be reckoned is not allowed until it can."""
        self.price = self.tip = 0
        self.miss(clause, what, reason)
