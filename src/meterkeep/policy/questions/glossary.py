"""The glossary: phrases → action and facts, read from `glossary.toml` and compiled once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meterkeep.policy.language.vocabulary import Facts, FactValue, check_action, check_facts

Choices = Mapping[str, tuple[FactValue, ...]]
FILE = Path(__file__).with_name("glossary.toml")
_NUMBERS = {"n": r"(?P<n>\d+(?:\.\d+)?)", "m": r"(?P<m>\d+(?:\.\d+)?)"}


@dataclass(frozen=True)
class Phrase:
    """action: "" where the phrase states facts only. facts: the values each fact may have; one value is a known fact."""

    pattern: re.Pattern[str]
    action: str
    facts: Choices


@dataclass(frozen=True)
class NumberPhrase:
    """A count or share in the question. bound: exact, at_least, at_most, above, below or between two. twin: another fact of the same value. over: the parameter it is compared with."""

    pattern: re.Pattern[str]
    fact: str
    bound: str
    times: int
    twin: str
    over: str


@dataclass(frozen=True)
class Glossary:
    """unspoken: recipients of whom some facts go without saying, these facts, and how the answer tells of it."""

    phrases: tuple[Phrase, ...]
    numbers: tuple[NumberPhrase, ...]
    unspoken: tuple[frozenset[FactValue], Choices, str]


@cache
def glossary() -> Glossary:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    words = table["words"]
    phrases = tuple(phrase for entry in table["phrase"] for phrase in _phrases(entry, words))
    numbers = tuple(number for entry in table["number"] for number in _numbers(entry, words))
    unspoken = table["unspoken"]
    to = frozenset(unspoken["recipients"])
    return Glossary(phrases, numbers, (to, _choices(unspoken["facts"]), unspoken["words"]))


def compiled(phrase: str, words: Mapping[str, str]) -> re.Pattern[str]:
    """`{name}` is replaced by a list of words; a phrase matches whole words only."""
    filled = phrase
    while (full := re.sub(r"\{([a-z]+)\}", lambda found: _word(found[1], words), filled)) != filled:
        filled = full
    return re.compile(rf"(?<!\w)(?:{filled})(?!\w)")


def _word(name: str, words: Mapping[str, str]) -> str:
    return _NUMBERS.get(name) or words[name]


def _phrases(entry: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[Phrase]:
    action, facts = entry.get("action", ""), _choices(entry.get("facts", {}))
    if action:
        check_action(action, where=FILE.name)
    for phrase in entry["says"]:
        yield Phrase(compiled(phrase, words), action, facts)


def _choices(facts: Mapping[str, FactValue | Sequence[FactValue]]) -> Choices:
    choices = {name: tuple(given) if isinstance(given, list) else (given,) for name, given in facts.items()}
    for name, values in choices.items():
        for value in values:
            known: Facts = {name: value}
            check_facts(known, where=FILE.name)
    return choices


def _numbers(entry: Mapping[str, Any], words: Mapping[str, str]) -> Iterator[NumberPhrase]:
    for phrase in entry["says"]:
        yield NumberPhrase(
            compiled(phrase, words),
            entry["fact"],
            entry["bound"],
            entry.get("times", 1),
            entry.get("twin", ""),
            entry.get("over", ""),
        )
