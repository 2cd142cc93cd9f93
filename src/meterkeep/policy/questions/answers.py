"""What a question gets: conditions → outcome with the clauses' own words, or the reason why there is no answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from meterkeep.policy.questions.branches import Branch
from meterkeep.policy.questions.citing import Citation

ANSWERED = ("permit", "refuse", "undetermined")


@dataclass(frozen=True)
class Passage:
    """What is shown of a section, once: its clauses with what no line of the answer says yet, its words, and where they are."""

    clauses: tuple[tuple[str, str], ...]
    text: str
    sources: tuple[str, ...]


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

    @property
    def adopted_words(self) -> tuple[Passage, ...]:
        """The clauses that were imported, in the words that were adopted."""
        return tuple(
            Passage(((one.id, ""),), one.text, (one.source,)) for one in self.citations if one.adopted
        )

    @property
    def paraphrases(self) -> tuple[Passage, ...]:
        """The other clauses in our words, section by section, without what the lines have said."""
        said = " ".join(one.condition for one in self.branches)
        sections: dict[str, list[Citation]] = {}
        for one in self.citations:
            if not one.adopted:
                sections.setdefault(one.section, []).append(one)
        return tuple(_passage(section, several, said) for section, several in sections.items())

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


def _passage(section: str, several: Sequence[Citation], said: str) -> Passage:
    text = "" if section in said or any(section in one.summaries for one in several) else section
    return Passage(tuple((one.id, _unsaid(one, said)) for one in several), text, tuple(_places(several)))


def _unsaid(one: Citation, said: str) -> str:
    """What the clause says and no line has said yet."""
    words = [words for words in one.summaries if words not in said]
    figures = [figure for figure in one.figures if figure not in said]
    return " ".join(words + ([f"({'; '.join(figures)})"] if figures else []))


def _places(several: Sequence[Citation]) -> Iterator[str]:
    """`policy.txt L1-2, L5 (Title, adopted by …)`: lines of one file together."""
    lines: dict[tuple[str, str], list[str]] = {}
    for one in several:
        place, bracket, adopted = one.source.partition(" (")
        file, _, line = place.partition(" ")
        lines.setdefault((file if bracket else place, bracket + adopted), []).append(line if bracket else "")
    for (file, adopted), found in lines.items():
        yield f"{file} {', '.join(dict.fromkeys(filter(None, found)))}".rstrip() + adopted


def clauses_of(branches: Iterable[Branch]) -> list[str]:
    """Ids in the order in which they are first named."""
    return list(dict.fromkeys(id for one in branches for id in one.clauses))
