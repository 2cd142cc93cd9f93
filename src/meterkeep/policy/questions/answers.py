"""What a question gets: conditions → outcome with the clauses' own words, or the reason why there is no answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from meterkeep.policy.questions.branches import Branch
from meterkeep.policy.questions.citing import Citation

ANSWERED = ("permit", "refuse", "undetermined")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """outcome: permit (yes, or the clauses say it), refuse (no), undetermined (it depends), no_answer, not_applicable.

    basis: decision (facts were decided), clauses (the clauses speak for themselves) or "" without an answer.
    corrected: clauses whose number the question supposed otherwise; the reason says how.
    understood: what the words of the question were taken to say. missing: facts that can still change the outcome.
    """

    outcome: str
    reason: str = ""
    basis: str = ""
    branches: tuple[Branch, ...] = ()
    citations: tuple[Citation, ...] = ()
    jurisdiction: str = ""
    provider: str = ""
    understood: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    on: date | None = None

    @property
    def answered(self) -> bool:
        return self.outcome in ANSWERED

    def as_json(self) -> dict[str, Any]:
        """The object that `meterkeep ask` prints (design, section 8)."""
        if not self.answered:
            return {"outcome": self.outcome, "reason": self.reason}
        return {
            "outcome": self.outcome,
            "answer": [
                {"condition": one.condition, "outcome": one.outcome, "clauses": list(one.clauses)}
                for one in self.branches
            ],
            "citations": [one.as_json() for one in self.citations],
            "jurisdiction": self.jurisdiction,
            "basis": self.basis,
            "provider": self.provider,
            "understood": list(self.understood),
            "missing": list(self.missing),
            "corrected": list(self.corrected),
            "on": self.on.isoformat() if self.on else None,
            **({"reason": self.reason} if self.reason else {}),
        }


def clauses_of(branches: Iterable[Branch]) -> list[str]:
    """Ids in the order in which they are first named."""
    return list(dict.fromkeys(id for one in branches for id in one.clauses))
