"""Understanding: the words of a question → action and facts, each with the phrase that said so, and what was not understood."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from meterkeep.policy.language.vocabulary import FactValue
from meterkeep.policy.questions.glossary import Choices, NumberPhrase, glossary

Span = tuple[int, int]
KINDS = (
    "deidentified",
    "aggregate",
    "site_visitor",
    "anonymous",
    "covered",
    "customer",
)  # which wins over which
OWN_SUBJECTS = ("order.", "recipient.", "legal.", "circumstance.")  # still counted inside a longer phrase
ENOUGH = 1_000_000  # stands for "more than N" where no upper end is said
_JOINED = re.compile(r"(?:[ ,]|\b(?:and|or|to|not|then|even|also|y|o)\b)*")
_EXCLUDED = re.compile(
    r"\b(?:other than|anything but|all but|nothing but|except|besides|apart from|aside from|rather than|instead of"
    r"|not(?= (?:for|by|via|to|with|from|in|an?|the)\b))(?: (?:for|by|via|to|with|from|in|an?|the|our|any))*$"
)  # what follows is not what is asked about
_PARTICIPLE = re.compile(r"collected|stored|held|used|kept|gathered|obtained")


@dataclass(frozen=True)
class Understood:
    """What a phrase of the question was taken to say."""

    words: str
    action: str
    facts: Choices


@dataclass(frozen=True)
class Reading:
    """actions: in the order of the text. facts: several values where the words leave them open. left: text not understood."""

    actions: tuple[str, ...]
    facts: Choices
    said: tuple[Understood, ...]
    left: str


@dataclass(frozen=True)
class _Match:
    start: int
    end: int
    action: str
    facts: Choices
    number: NumberPhrase | None = None

    @property
    def length(self) -> int:
        return self.end - self.start

    def inside(self, other: _Match) -> bool:
        return other.start <= self.start and self.end <= other.end and self.length < other.length


def read(text: str, *, parameter: Mapping[str, int] | None = None) -> Reading:
    """text: plain (`plain.plain`). parameter: figures of the pack on the date, which a number may be compared with."""
    matches = _kept(sorted(_matches(text, parameter or {}), key=lambda one: -one.length))
    matches = [_unless_excluded(one, text) for one in sorted(matches, key=lambda one: one.start)]
    said = [
        Understood(text[one.start : one.end], one.action, one.facts)
        for one in matches
        if one.action or one.facts
    ]
    facts = _together(matches)
    if unspoken := _unspoken(facts):
        said.append(unspoken)
        facts = {**unspoken.facts, **facts}
    return Reading(_actions(text, matches), facts, tuple(said), _left(text, matches))


def _unless_excluded(match: _Match, text: str) -> _Match:
    """`other than marketing` states nothing of marketing; what it leaves open stays unknown."""
    before = text[: match.start].rstrip()
    return replace(match, action="", facts={}) if _EXCLUDED.search(before) else match


def _unspoken(facts: Choices) -> Understood | None:
    recipients, implied, words = glossary().unspoken
    to = facts.get("recipient.kind", ())
    more = {name: values for name, values in implied.items() if name not in facts}
    return Understood(words, "", more) if to and more and recipients.issuperset(to) else None


def _matches(text: str, parameter: Mapping[str, int]) -> list[_Match]:
    book = glossary()
    found = [
        _Match(hit.start(), hit.end(), phrase.action, phrase.facts)
        for phrase in book.phrases
        for hit in phrase.pattern.finditer(text)
        if hit.group().strip()
    ]
    return found + [
        _Match(hit.start(), hit.end(), "", _counted(number, hit, parameter), number)
        for number in book.numbers
        for hit in number.pattern.finditer(text)
        if not number.over or number.over in parameter
    ]


def _counted(number: NumberPhrase, hit: re.Match[str], parameter: Mapping[str, int]) -> Choices:
    """The values that a count stands for: two ends where only a bound, or a range, is said."""
    value = _in_units(hit["n"], number.times)
    if number.over:
        return {number.fact: (value > parameter[number.over],)}
    other = _in_units(hit["m"], number.times) if number.bound == "between" else value
    ends: dict[str, tuple[FactValue, ...]] = {
        "exact": (value,),
        "between": (value, other),
        "below": (value - 1, min(1, value - 1)),
        "at_most": (value, min(1, value)),
        "at_least": (value, max(value + 1, ENOUGH)),
        "above": (value + 1, max(value + 2, ENOUGH)),
    }
    values = tuple(dict.fromkeys(ends[number.bound]))
    return {number.fact: values} | ({number.twin: values} if number.twin else {})


def _in_units(figure: str, times: int) -> int:
    whole, _, part = figure.partition(".")
    return int(whole) * times + (int(part) * times // 10 ** len(part) if part else 0)


def _kept(matches: Iterable[_Match]) -> list[_Match]:
    """The longest phrases; what stands inside one is dropped unless it speaks of something of its own."""
    kept: list[_Match] = []
    for match in matches:
        outer = [other for other in kept if match.inside(other)]
        if all(_of_its_own(match, other) for other in outer):
            kept.append(match)
    return kept


def _of_its_own(inner: _Match, outer: _Match) -> bool:
    facts = set(inner.facts) - set(outer.facts)
    if (
        "purpose.name" in outer.facts
        and "recipient.kind" in inner.facts
        and "order.subpoena" not in inner.facts
    ):
        return False
    return bool(facts) and facts == set(inner.facts) and any(name.startswith(OWN_SUBJECTS) for name in facts)


def _actions(text: str, matches: list[_Match]) -> tuple[str, ...]:
    """The first action, and those joined to it by `and` or `or`; a participle (`data collected for …`) only if alone."""
    acting = [one for one in matches if one.action]
    if any(name == "message.kind" for one in acting for name in one.facts):
        return ("contact",)
    leading = [one for one in acting if not _PARTICIPLE.fullmatch(text[one.start : one.end])] or acting
    chosen: list[_Match] = []
    for one in leading:
        if not chosen or _JOINED.fullmatch(text[chosen[-1].end : one.start]):
            chosen.append(one)
    return tuple(dict.fromkeys(one.action for one in chosen))


def _together(matches: Iterable[_Match]) -> Choices:
    """All that was said of each fact. What one phrase says definitely beats what another leaves open."""
    said: dict[str, list[tuple[FactValue, ...]]] = {}
    for match in matches:
        for name, values in match.facts.items():
            said.setdefault(name, []).append(values)
    return {name: _values(name, all_said) for name, all_said in said.items()}


def _values(name: str, said: list[tuple[FactValue, ...]]) -> tuple[FactValue, ...]:
    definite = [values for values in said if len(values) == 1]
    merged = tuple(dict.fromkeys(value for values in definite or said for value in values))
    if name != "data.kind" or len(definite) < 2:
        return merged
    return (next(kind for kind in KINDS if kind in merged),)


def _left(text: str, matches: Iterable[_Match]) -> str:
    letters = list(text)
    for match in matches:
        letters[match.start : match.end] = " " * match.length
    return " ".join("".join(letters).split())
