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
    """A line while it is checked: what is still allowed, in cents, and what was found. `missing`: what to add, in words."""

    claimed: int
    allowed: int
    findings: list[Finding] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def allow(self, clause: str, reason: str) -> None:
        self.findings.append(Finding(clause, Outcome.ALLOW, reason))

    def cut_to(self, cents: int, clause: str, reason: str) -> None:
        """Lowers what is allowed; says nothing where it is as low already."""
        if cents < self.allowed:
            self.allowed = max(cents, 0)
            self.findings.append(Finding(clause, Outcome.CUT, reason))

    def refuse(self, clause: str, reason: str) -> None:
        self.allowed = 0
        self.findings.append(Finding(clause, Outcome.REFUSE, reason))

    def decide(self, clause: str, reason: str) -> None:
        self.findings.append(Finding(clause, Outcome.DECIDE, reason))

    def miss(self, clause: str, what: str, reason: str) -> None:
        self.missing.append(what)
        self.findings.append(Finding(clause, Outcome.MISSING, reason))

    def without(self, clause: str, what: str, reason: str) -> None:
        """What cannot be reckoned is not allowed until it can."""
        self.allowed = 0
        self.miss(clause, what, reason)


def money(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02}"
