"""Finding clauses by their words: SQLite FTS5 over the clause ledger, with a strict rule of support.

A clause supports a question if every word of the question that carries content, or one that the documents use for it,
stands in the clause. What no clause supports has no answer.
"""

from __future__ import annotations

import math
import re
import sqlite3
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meterkeep.policy.questions.citing import Entry, Texts
from meterkeep.policy.questions.glossary import compiled
from meterkeep.policy.questions.plain import plain
from meterkeep.policy.questions.scope import rules

FILE = Path(__file__).with_name("synonyms.toml")
WEIGHTS = {
    "own": 4.0,
    "heading": 3.0,
    "section": 1.5,
    "title": 1.0,
    "ruling": 0.5,
}  # where a word counts more
_TABLE = "CREATE VIRTUAL TABLE clauses USING fts5(own, heading, section, title, ruling, tokenize='porter unicode61')"
_ROW = "INSERT INTO clauses (rowid, own, heading, section, title, ruling) VALUES (?, ?, ?, ?, ?, ?)"
RARE = 4  # clauses with the only word that is held, where another word stands elsewhere in the document
NO_SUPPORT = 1.0  # a title or a ruling tells clauses apart, and supports nothing by itself
FOR_A_SYNONYM = 0.7
FOR_A_WEAK_WORD = 0.5
FOR_INFO = 0.75  # what only tells of the document
FOR_THE_LAW = 0.6  # the provider's own documents come first
ALIKE = 0.85  # a clause is cited beside the best one if it fits at least this well
LOOSELY_ALIKE = 0.7
MOST_CITED = 6
Holding = Mapping[str, Mapping[int, float]]  # word → place of a clause → what it is worth there


@dataclass(frozen=True)
class Found:
    """id: the clause. score: higher fits better. missing: content words of the question that it does not hold, without
    the one that only its document need hold (`interest on overdue accounts`, asked of the policy on such accounts)."""

    id: str
    score: float
    missing: tuple[str, ...]


class ClauseIndex:
    """The clauses of one pack on one date."""

    def __init__(self, entries: Mapping[str, Entry], texts: Texts) -> None:
        self.ids = list(entries)
        self.documents = [entry.document.id for entry in entries.values()]
        self.worth = [_standing(entry) for entry in entries.values()]
        self.base = sqlite3.connect(":memory:", check_same_thread=False)
        self.base.execute(_TABLE)
        rows = ((number, *map(plain, _fields(entry, texts))) for number, entry in enumerate(entries.values()))
        self.base.executemany(_ROW, rows)

    def find(self, words: Sequence[str], weak: Sequence[str] = ()) -> list[Found]:
        """The best clauses for the content words, each with the words it lacks; best first. weak: only tell them apart."""
        held = {word: self._holding(word) for word in dict.fromkeys(words)}
        more = {word: self._holding(word) for word in dict.fromkeys(weak)}
        found = [
            self._found(place, held, more) for place in sorted({p for rows in held.values() for p in rows})
        ]
        return sorted(found, key=lambda one: (len(one.missing), -one.score))

    def _holding(self, word: str) -> dict[int, float]:
        """Place of a clause → the best weight of the columns that hold the word or one of its synonyms."""
        rows: dict[int, float] = {}
        for column, weight in WEIGHTS.items():
            for words, worth in (((word,), weight), (synonyms(word), weight * FOR_A_SYNONYM)):
                for place in self._places(column, words):
                    rows[place] = max(worth, rows.get(place, 0.0))
        return rows

    def _places(self, column: str, words: Sequence[str]) -> Iterable[int]:
        if not words:
            return []
        anyone = " OR ".join(f'"{one}"' for one in words)
        query = f"{column} : ({anyone})"
        return (
            place
            for (place,) in self.base.execute("SELECT rowid FROM clauses WHERE clauses MATCH ?", (query,))
        )

    def _found(self, place: int, held: Holding, more: Holding) -> Found:
        score = self._worth(place, held) + self._worth(place, more) * FOR_A_WEAK_WORD
        missing = self._missing(place, held)
        return Found(self.ids[place], score * self.worth[place], missing)

    def _missing(self, place: int, held: Holding) -> tuple[str, ...]:
        lacking = [word for word, rows in held.items() if rows.get(place, 0.0) <= NO_SUPPORT]
        there = [len(rows) for word, rows in held.items() if word not in lacking]
        if len(lacking) == 1 and there and self._in_document(place, held[lacking[0]]):
            rare = min(there) <= len(held[lacking[0]]) and (len(there) > 1 or there[0] <= RARE)
            return () if rare and lacking[0] not in rules().needed else tuple(lacking)
        return tuple(lacking)

    def _in_document(self, place: int, rows: Mapping[int, float]) -> bool:
        return any(self.documents[other] == self.documents[place] for other in rows)

    def _worth(self, place: int, held: Holding) -> float:
        return sum(
            rows[place] * math.log(1 + len(self.ids) / len(rows)) for rows in held.values() if place in rows
        )


def _standing(entry: Entry) -> float:
    law = FOR_THE_LAW if entry.document.law else 1.0
    return law * (FOR_INFO if entry.kinds == {"info"} else 1.0)


def _fields(entry: Entry, texts: Texts) -> tuple[str, ...]:
    kept = texts.get(entry.id)
    own = f"{entry.own} {kept.text}" if kept else entry.own
    return own, entry.heading, entry.paraphrase, entry.document.title, " ".join(entry.rulings)


def supported(found: Iterable[Found], *, all_alike: bool = False) -> list[Found]:
    """Those that hold all content words and are as good as the best of them. all_alike: who asks what something contains
    wants every part of it, in the order of the document."""
    able = [one for one in found if not one.missing]
    if all_alike:
        return [one for one in able if one.score >= LOOSELY_ALIKE * able[0].score]
    return [one for one in able if one.score >= ALIKE * able[0].score][:MOST_CITED]


def retold(text: str) -> str:
    """Plain text with what people say replaced by what the documents say, phrase by phrase."""
    for pattern, by in _phrases():
        text = pattern.sub(by, text)
    return " ".join(text.split())


@cache
def _phrases() -> Sequence[tuple[re.Pattern[str], str]]:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [(compiled(one["says"], {}), one["means"]) for one in table["phrase"]]


@cache
def _groups() -> Mapping[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for line in tomllib.loads(FILE.read_text(encoding="utf-8"))["same"]:
        words = line.casefold().split()
        for word in words:
            groups.setdefault(word, []).extend(words)
    return {word: tuple(dict.fromkeys(words)) for word, words in groups.items()}


def synonyms(word: str) -> tuple[str, ...]:
    return tuple(one for one in _groups().get(word, ()) if one != word)
