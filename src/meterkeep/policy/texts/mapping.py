"""Which clauses of a pack a passage carries: by number where the document is the same, else by wording.

Wording is compared by content words weighed by their rarity in the pack (cosine). A match by number whose wording is
foreign is not trusted: it is shown to a person, as is a match by wording alone that only just holds.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meterkeep.policy.language.clauses import Clause
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.texts.passages import ImportedDocument, Passage
from meterkeep.policy.texts.scan import same_policy

ALIKE = 0.10  # wording that goes with a number
SURE = 0.42  # wording that stands for itself
SAME_TITLE = 0.5  # share of common words in two titles
NEAR = 0.22  # wording worth showing to a person
_WORD = re.compile(r"[a-z][a-z-]{2,}|\d[\d.,]*")
_ENDINGS = re.compile(r"(?:ations?|ions?|ings?|ments?|ed|es|s|ly|al|ive)$")
_EMPTY = frozenset(
    [
        "the",
        "and",
        "for",
        "that",
        "with",
        "this",
        "not",
        "are",
        "may",
        "shall",
        "will",
        "has",
        "have",
        "been",
        "from",
        "such",
        "which",
        "any",
        "all",
        "other",
        "than",
        "where",
        "when",
        "its",
        "their",
        "they",
        "them",
        "was",
        "were",
        "who",
        "whom",
        "into",
        "upon",
        "under",
        "each",
        "only",
        "also",
        "must",
        "can",
        "could",
        "would",
        "should",
        "being",
        "those",
        "these",
        "there",
        "here",
        "but",
        "nor",
    ]
)


@dataclass(frozen=True, slots=True)
class Mapped:
    """status: mapped; check: a person has to confirm; new: nothing in the pack resembles it; heading: it has no text.

    by: number or wording. likeness: of the wording, 0 to 1.
    """

    passage: Passage
    clauses: tuple[str, ...]
    status: str
    by: str
    likeness: float


def map_documents(documents: Sequence[ImportedDocument], pack: Pack | None) -> tuple[list[Mapped], list[str]]:
    """Each passage with its clauses, and the clauses of the pack's own documents that no passage carries."""
    if pack is None:
        return [_unmapped(one) for document in documents for one in document.passages], []
    matcher = Matcher(pack)
    mapped = [one for document in documents for one in matcher.document(document)]
    found = {name for one in mapped for name in one.clauses}
    return mapped, [name for name in matcher.clauses if name not in found]


def _unmapped(passage: Passage) -> Mapped:
    return Mapped(passage, (), "new" if passage.text else "heading", "", 0.0)


def _by_id(pack: Pack) -> dict[str, list[Clause]]:
    clauses: dict[str, list[Clause]] = {}
    for document in pack.documents:
        for clause in document.clauses:
            clauses.setdefault(clause.id, []).append(clause)
    return clauses


def _wording(versions: Iterable[Clause]) -> str:
    return " ".join({part: None for one in versions for part in (one.heading, one.text, one.summary)})


class Matcher:
    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.clauses = _by_id(pack)
        self.likeness = Likeness({name: _wording(versions) for name, versions in self.clauses.items()})

    def document(self, document: ImportedDocument) -> list[Mapped]:
        name = self._counterpart(document)
        printed = frozenset(f"{name}/{passage.number}" for passage in document.passages)
        return [self._match(passage, name, printed) for passage in document.passages]

    def _counterpart(self, document: ImportedDocument) -> str:
        """The pack's document of that number, or else of that title; "" where there is none."""
        for own in self.pack.documents:
            if own.id == document.number or same_policy(own.id, document.number):
                return own.id
        subject = frozenset(_words(document.header.subject)) if document.header else frozenset()
        alike = {own.id: _overlap(subject, frozenset(_words(own.title))) for own in self.pack.documents}
        best = max(alike, key=lambda name: alike[name])
        return best if alike[best] >= SAME_TITLE else ""

    def _match(self, passage: Passage, document: str, printed: frozenset[str]) -> Mapped:
        """printed: the ids of all passages, so that `5.2` leaves the clause 5.2-a to the item that is printed as such."""
        name = f"{document}/{passage.number}"
        own = (name,) if name in self.clauses else ()
        if not passage.text:
            return Mapped(passage, own, "heading", "number" if own else "", 0.0)
        scores = self.likeness.of(passage.words)
        parts = tuple(one for one in self.clauses if one.startswith(f"{name}-") and one not in printed)
        names = own + parts or self._likest(name, passage, scores)
        if not names:
            return _by_wording(passage, scores)
        best = max(scores[one] for one in names)
        return Mapped(passage, names, "mapped" if best >= ALIKE else "check", "number", best)

    def _likest(self, name: str, passage: Passage, scores: Mapping[str, float]) -> tuple[str, ...]:
        """For an item of a list that the pack divides otherwise: the clauses of that number which it resembles most."""
        if "-" not in passage.number:
            return ()
        stem = name.rpartition("-")[0]
        family = [one for one in self.clauses if one == stem or one.startswith(f"{stem}-")]
        best = max((scores[one] for one in family), default=0.0)
        return tuple(one for one in family if scores[one] >= max(ALIKE, 0.8 * best))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _by_wording(passage: Passage, scores: Mapping[str, float]) -> Mapped:
    best = max(scores.values(), default=0.0)
    near = tuple(name for name, score in scores.items() if score >= NEAR and score >= 0.8 * best)
    if not near:
        return Mapped(passage, (), "new", "", best)
    return Mapped(passage, near, "mapped" if best >= SURE else "check", "wording", best)


class Likeness:
    """Cosine of two texts over the rarity of their words in the pack."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        counted = {name: Counter(_words(text)) for name, text in texts.items()}
        spread = Counter(word for words in counted.values() for word in words)
        self.weight = {word: math.log(1 + len(texts) / times) for word, times in spread.items()}
        self.rare = math.log(1 + len(texts))
        self.vectors = {name: self._vector(words) for name, words in counted.items()}

    def of(self, text: str) -> dict[str, float]:
        asked = self._vector(Counter(_words(text)))
        return {
            name: sum(asked.get(word, 0.0) * value for word, value in vector.items())
            for name, vector in self.vectors.items()
        }

    def _vector(self, words: Counter[str]) -> dict[str, float]:
        weighed = {
            word: (1 + math.log(times)) * self.weight.get(word, self.rare) for word, times in words.items()
        }
        length = math.sqrt(sum(value * value for value in weighed.values())) or 1.0
        return {word: value / length for word, value in weighed.items()}


def _words(text: str) -> list[str]:
    found = _WORD.findall(text.lower().replace("’", "'"))
    return [_ENDINGS.sub("", word) if len(word) > 5 else word for word in found if word not in _EMPTY]
