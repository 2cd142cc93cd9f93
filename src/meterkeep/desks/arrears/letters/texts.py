"""The wording of each language, read from its file and checked before anything is written with it.

A body is paragraphs between empty lines. `# ` begins a heading, `@name` asks for a part that is built (status, bills, which, ways, contact,
itemised, agency, plan, form), `?fact: ` keeps a paragraph for letters of which the fact holds, `!name` is the law's own wording, and stands only where it
applies. A word in braces is filled in; what customers are called is filled in after the body was taken apart, so it is never a sign.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meterkeep.desks.arrears.letters.letter import ABOUT_OVERDUE, LANGUAGES, Kind
from meterkeep.errors import BadInput

SHIPPED = Path(__file__).parent
PARTS = ("status", "bills", "which", "ways", "contact", "itemised", "agency", "plan", "form")
FACTS = (
    "next", "website", "one_bill", "more_bills", "billed", "returned", "referred", "recalled", "reported", "never_referred", "never_reported",
)  # fmt: skip
_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    **dict.fromkeys(ABOUT_OVERDUE, ("status", "bills", "ways", "contact")),
    Kind.VALIDATION: ("itemised", "agency", "form"),
    Kind.CREDIT: ("status", "ways", "contact"),
    Kind.PLAN: ("plan", "ways", "contact"),
    Kind.DISPUTE: ("which", "contact"),
    Kind.WRITTEN_OFF: ("which", "contact"),
    Kind.PAID: ("which", "contact"),
}
"""Parts without which a letter of the kind is not what the policy or the law asks for."""
_COLLECTING = (*ABOUT_OVERDUE, Kind.VALIDATION, Kind.CREDIT, Kind.PLAN)


@dataclass(frozen=True, slots=True)
class Passage:
    """sign: what stood before it: "#", "@", "!", "?" or "" for a paragraph. name: of the part, the fixed wording or the fact."""

    sign: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Wording:
    """words: labels. fixed: the law's wording. titles, bodies: by kind."""

    language: str
    words: Mapping[str, str]
    fixed: Mapping[str, str]
    titles: Mapping[Kind, str]
    bodies: Mapping[Kind, tuple[Passage, ...]]


@cache
def wording(language: str) -> Wording:
    if language not in LANGUAGES:
        raise BadInput(
            f"There are no letters in {language!r}.", where="language", next=f"Use {', '.join(LANGUAGES)}."
        )
    return read_wording(SHIPPED / f"{language}.toml", language)


def read_wording(path: Path, language: str) -> Wording:
    """Raises BadInput where a letter lacks what it has to say."""
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    bodies = {kind: tuple(map(_passage, _paragraphs(given[kind]["body"]))) for kind in Kind}
    found = Wording(
        language=language,
        words=given["words"],
        fixed=given["fixed"],
        titles={kind: given[kind]["title"] for kind in Kind},
        bodies=bodies,
    )
    if wrong := lint(found):
        raise BadInput(
            wrong[0], where=path.name, next="docs/arrears.md, “Letters”, says what each has to say."
        )
    return found


def lint(found: Wording) -> list[str]:
    """What each letter lacks of that which the policy and the law ask of it, in sentences."""
    wrong = []
    for kind, body in found.bodies.items():
        parts = {passage.name for passage in body if passage.sign == "@"}
        lacking = [part for part in _NEEDED.get(kind, ()) if part not in parts]
        wrong += [f"The {kind} has no part {part!r}, which it has to state." for part in lacking]
        fixed = {passage.name for passage in body if passage.sign == "!"}
        if kind in _COLLECTING and not {"old", "very_old"} <= fixed:
            wrong.append(f"The {kind} lacks what the law asks to be said of an old debt.")
        wrong += _unknown(kind, body)
    return wrong


def _unknown(kind: Kind, body: tuple[Passage, ...]) -> list[str]:
    known = {"@": PARTS, "?": FACTS, "!": ("rosenthal", "old", "very_old")}
    return [
        f"The {kind} asks for {passage.sign}{passage.name}, which is nothing."
        for passage in body
        if passage.sign in known and passage.name not in known[passage.sign]
    ]


def fields_of(text: str) -> set[str]:
    """The words in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _paragraphs(body: Any) -> list[str]:
    return [" ".join(part.split()) for part in str(body).split("\n\n") if part.strip()]


def _passage(text: str) -> Passage:
    sign, rest = (text[0], text[1:].strip()) if text[0] in "#@!?" else ("", text)
    if sign == "?":
        name, _, said = rest.partition(": ")
        return Passage(sign, name, said)
    if sign in ("@", "!"):
        name, _, said = rest.partition(" ")
        return Passage(sign, name, said)
    return Passage(sign, "", rest)
