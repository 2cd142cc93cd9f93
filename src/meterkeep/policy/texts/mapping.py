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
RECORDS = {"report": "-ADM", "resolution": "-RES"}  # documents of a pack that record the act of adoption
LETTERED = 1.5  # how much the same letter adds to a likeness
SAME_TITLE = 0.5  # share of common words in two titles
NEAR = 0.22  # wording worth showing to a person
_WORD = re.compile(r"[a-z][a-z-]{2,}|\d[\d.,]*")
_ENDINGS = re.compile(r"(?<=[a-z]{4})(?:ations?|ions?|ings?|ices?|ments?|ed|es|s|ly|al|ive)$")
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
    return mapped, [name for name in matcher.expected if name not in found]


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


def _summaries(versions: Iterable[Clause]) -> str:
    return " ".join({one.summary: None for one in versions})


class Matcher:
    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.clauses = _by_id(pack)
        self.likeness = Likeness({name: _wording(versions) for name, versions in self.clauses.items()})
        # Blocks under one heading share its text; what tells them apart is their summaries.
        self.documents: set[str] = set()  # those of the pack that the file holds
        self.alone = Likeness({name: _summaries(versions) for name, versions in self.clauses.items()})

    def document(self, document: ImportedDocument) -> list[Mapped]:
        name = self._counterpart(document)
        self.documents.add(name)
        scores = [self.likeness.of(passage.words) for passage in document.passages]
        carried = self._carried(name, document.passages)
        near = [one for one in self.clauses if not name or one.startswith(f"{name}/")]
        return [
            _mapped(passage, carried[place], score, near)
            for place, (passage, score) in enumerate(zip(document.passages, scores, strict=True))
        ]

    @property
    def expected(self) -> list[str]:
        """The clauses of the documents that the file holds; of all, where none of them was recognised."""
        known = self.documents - {""}
        return [name for name in self.clauses if not known or name.partition("/")[0] in known]

    def _counterpart(self, document: ImportedDocument) -> str:
        """The pack's document of that number, or of that kind, or of that title; "" where there is none."""
        for own in self.pack.documents:
            same = own.id == document.number or same_policy(own.id, document.number)
            if same or own.id.endswith(RECORDS.get(document.number, "?")):
                return own.id
        subject = frozenset(_words(document.header.subject)) if document.header else frozenset()
        alike = {own.id: _overlap(subject, frozenset(_words(own.title))) for own in self.pack.documents}
        best = max(alike, key=lambda name: alike[name])
        return best if alike[best] >= SAME_TITLE else ""

    def _carried(self, document: str, passages: Sequence[Passage]) -> list[list[str]]:
        """By passage, the clauses of its number. A part goes to the item printed as such, else to the likest of its family."""
        carried: list[list[str]] = [[] for _ in passages]
        numbers = [passage.number for passage in passages]
        scores = [self.alone.of(passage.words) for passage in passages]
        for clause in self.clauses:
            of, _, number = clause.partition("/")
            if of == document and (family := _family(number, numbers)):
                best = max(family, key=lambda place: scores[place][clause])
                if len(family) == 1 or scores[best][clause] >= ALIKE:
                    carried[best].append(clause)
        return carried


def _family(number: str, printed: Sequence[str]) -> list[int]:
    """Places of the passages that may carry the clause: its own, or that of its stem with the items of a plain list."""
    if number in printed:
        own = [place for place, one in enumerate(printed) if one == number]
        return own if "-" in number else own + _items(number, printed)
    while "-" in number:
        number = number.rpartition("-")[0]
        if number in printed:
            return [printed.index(number), *_items(number, printed)]
    return []


def _items(number: str, printed: Sequence[str]) -> list[int]:
    return [
        place
        for place, one in enumerate(printed)
        if one.startswith(f"{number}-") and one.rpartition("-")[2].isdigit()
    ]


def _mapped(
    passage: Passage, carried: Sequence[str], scores: Mapping[str, float], near: Sequence[str]
) -> Mapped:
    if not passage.text:
        return Mapped(passage, tuple(carried), "heading", "number" if carried else "", 0.0)
    if not carried:
        return _by_wording(passage, {name: scores[name] for name in near})
    best = max(scores[name] for name in carried)
    return Mapped(passage, tuple(carried), "mapped" if best >= ALIKE else "check", "number", best)


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _by_wording(passage: Passage, scores: Mapping[str, float]) -> Mapped:
    """An item of a lettered list rather carries the clause of that letter."""
    letter = passage.number.rpartition("-")[2] if "-" in passage.number else "?"
    scores = {
        name: min(1.0, score * (LETTERED if name.endswith(f"-{letter}") else 1))
        for name, score in scores.items()
    }
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
