"""Whom a question is about: named places, providers and kinds of provider decide before anything else does."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts
from meterkeep.policy.questions.glossary import compiled
from meterkeep.policy.questions.plain import plain

FILE = Path(__file__).with_name("scope.toml")
_RECEIVES = re.compile(
    r"\b(?:with|to|give|tell|sell|send|for) (?:an? |the |another |some )(?:(?!customers?\b|households?\b|people\b|residents?\b|(?:may|can|could|must|should|do|does|is|are|if|when|under)\b)\w+ ){0,3}(?:(?:in|of|from) )?(?:the )?$"
)  # whom something is given to does not choose the documents
KIND_WORDS = {
    "municipal": "municipal utilities",
    "cooperative": "cooperatives",
    "investor_owned": "investor-owned utilities",
    "cca": "community choice aggregators",
}


@dataclass(frozen=True)
class Scope:
    """packs: those whose documents may answer. provider: facts about the provider that the question states. rest: the
    text without the words that only said whom it is about; looked_up: what clauses are looked up by, and form: how
    it is asked, where they differ."""

    packs: tuple[Pack, ...]
    provider: Facts
    rest: str
    looked_up: str = ""
    form: str = ""


@dataclass(frozen=True)
class OutOfScope:
    """outcome: no_answer or not_applicable."""

    outcome: str
    reason: str
    jurisdiction: str = ""


@dataclass(frozen=True)
class _Named:
    value: str
    patterns: tuple[re.Pattern[str], ...]
    not_after: re.Pattern[str] | None = None

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [
            hit.span()
            for pattern in self.patterns
            for hit in pattern.finditer(text)
            if not (self.not_after and self.not_after.search(text[: hit.start()]))
        ]


@dataclass(frozen=True)
class Rules:
    """What `scope.toml` holds, compiled."""

    stop: frozenset[str]
    weak: frozenset[str]
    commentary: tuple[str, ...]
    needed: frozenset[str]
    foreign: tuple[re.Pattern[str], ...]
    subjects: re.Pattern[str]
    states: tuple[_Named, ...]
    state_names: Mapping[str, str]
    entities: tuple[_Named, ...]
    kinds: tuple[_Named, ...]
    ask: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    topics: re.Pattern[str] = field(default_factory=lambda: re.compile(""))


@cache
def rules() -> Rules:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    foreign = table["foreign"]["places"].split() + table["foreign"]["phrases"] + table["foreign"]["laws"]
    return Rules(
        stop=frozenset(table["stop"]["words"].split()),
        weak=frozenset(table["stop"]["weak"].split()),
        commentary=tuple(table["commentary"]["prefixes"]),
        needed=frozenset(table["needed"]["words"]),
        foreign=tuple(compiled(one, {}) for one in foreign),
        subjects=_any(table["subjects"]["phrases"]),
        states=tuple(_named(one, "code") for one in table["state"]),
        state_names={one["code"]: one["name"] for one in table["state"]},
        entities=tuple(_named(one, "pack") for one in table["entity"]),
        kinds=tuple(_named(one, "value") for one in table["kind"]),
        ask={
            name: _any([phrases] if isinstance(phrases, str) else phrases)
            for name, phrases in table["ask"].items()
        },
        topics=_any(table["topics"]["phrases"]),
    )


def _any(phrases: Iterable[str]) -> re.Pattern[str]:
    return compiled("|".join(f"(?:{phrase})" for phrase in phrases), {})


def _named(entry: Mapping[str, Any], key: str) -> _Named:
    not_after = re.compile(entry["not_after"]) if "not_after" in entry else None
    return _Named(entry[key], tuple(compiled(one, {}) for one in entry["says"]), not_after)


def state_name(code: str) -> str:
    """`Oklahoma (US-OK)`."""
    return f"{rules().state_names.get(code, code)} ({code})"


def scope_of(
    text: str, *, packs: Sequence[Pack], provider: Pack | None, default: Pack | None = None
) -> Scope | OutOfScope:
    """text: plain. provider: the pack asked, if one is; else packs are searched for those that the question names, and
    default is asked where it names none."""
    known = rules()
    if foreign := next((hit[0] for one in known.foreign if (hit := one.search(text))), ""):
        return OutOfScope("no_answer", f"None of the adopted texts speaks for {_title(foreign)}.")
    named = {one.value for one in known.entities if one.spans(text)} | _by_name(text, packs)
    states = {one.value for one in known.states if one.spans(text)}
    kinds = [one for one in known.kinds if one.spans(text)]
    if named - {""}:
        kinds = [one for one in kinds if _acting(one, text)]
        states = {one.value for one in known.states if _acting(one, text)}
        named = {one.value for one in known.entities if _acting(one, text)} | _by_name(text, packs)
    if "" in named:
        return OutOfScope(
            "no_answer", "None of the adopted texts is of the provider that the question names."
        )
    if default and not (states or named or kinds):
        provider = default
    fitting = [provider] if provider else [one for one in packs if not _law_alone(one)]
    fitting = [one for one in fitting if _fits(one, states, named, packs, text)]
    if provider is None and len(named) > 1 and any(one.id in named and one not in fitting for one in packs):
        return OutOfScope("no_answer", "The question names several providers; ask of one at a time.")
    if not fitting:
        return _elsewhere(states, named, provider, known, [one.value for one in kinds], packs)
    values = [one.value for one in kinds]
    if kinds and not (provider or states or named):
        return OutOfScope(
            "no_answer", f"In which state? The adopted texts differ on {KIND_WORDS[values[0]]}."
        )
    return _reached(fitting, values, text)


def _by_name(text: str, packs: Iterable[Pack]) -> set[str]:
    return {one.id for one in packs if compiled(re.escape(plain(one.name)), {}).search(text)}


def _law_alone(pack: Pack) -> bool:
    return all(document.law for document in pack.documents)


def _fits(pack: Pack, states: set[str], named: set[str], packs: Sequence[Pack], text: str) -> bool:
    if states and pack.jurisdiction not in states:
        return False
    if not named or pack.id in named:
        return True
    own = {plain(document.id) for document in pack.documents}
    others = {plain(document.id) for one in packs if one.id in named for document in one.documents}
    return bool(own & others) and any(compiled(re.escape(name), {}).search(text) for name in own & others)


def _acting(one: _Named, text: str) -> bool:
    """Whether it is named as who acts or where, and not only as whom something is given to."""
    return any(not _RECEIVES.search(text[:start]) for start, _ in one.spans(text))


def _elsewhere(
    states: set[str],
    named: set[str],
    provider: Pack | None,
    known: Rules,
    kinds: Sequence[str],
    packs: Sequence[Pack],
) -> OutOfScope:
    asked = [one for one in packs if one.id in named]
    if provider is None and len(asked) == 1 and kinds and asked[0].kind not in kinds:
        reason = f"What {asked[0].name} adopted does not reach {KIND_WORDS[kinds[0]]}."
        return OutOfScope("not_applicable", reason, state_name(asked[0].jurisdiction))
    places = " and ".join(sorted(known.state_names[code] for code in states)) or ", ".join(sorted(named))
    if provider is None:
        return OutOfScope("no_answer", f"None of the adopted texts speaks for {places}.")
    where = known.state_names.get(provider.jurisdiction, provider.jurisdiction)
    return OutOfScope(
        "no_answer",
        f"The documents of {provider.name} ({where}) do not speak for {places}.",
        state_name(provider.jurisdiction),
    )


def _reached(fitting: list[Pack], kinds: list[str], text: str) -> Scope | OutOfScope:
    provider: Facts = {"provider.kind": kinds[0]} if kinds else {}
    reached = [
        one
        for one in fitting
        if any(document.speaks_to({**one.provider, **provider}) for document in one.documents)
    ]
    if not reached:
        titles = " and ".join(dict.fromkeys(_subject(one) for one in fitting))
        return OutOfScope(
            "not_applicable",
            f"{titles[0].upper()}{titles[1:]} does not reach {KIND_WORDS[kinds[0]]}.",
            state_name(fitting[0].jurisdiction) if len(fitting) == 1 else "",
        )
    return Scope(tuple(reached), provider, rest_of(text))


def _subject(pack: Pack) -> str:
    """What a pack is called in a sentence: its law's title, or the documents of its provider."""
    return pack.documents[0].title if len(pack.documents) == 1 else f"what {pack.name} adopted"


def rest_of(text: str) -> str:
    """The text without the words that only say whom it is about."""
    known = rules()
    letters = list(text)
    for one in (*known.states, *known.entities, *known.kinds):
        for start, end in one.spans(text):
            letters[start:end] = " " * (end - start)
    return " ".join("".join(letters).split())


def _title(words: str) -> str:
    return words.upper() if words in ("gdpr", "ccpa", "cpra", "hipaa", "uk", "eu", "ferc") else words.title()
