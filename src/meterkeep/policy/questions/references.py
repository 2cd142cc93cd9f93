"""Clauses that a question names: `CEA-04 6.8`, `section 5.2(g) of CEA-03`, `17 O.S. 710.7`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from meterkeep.policy.language.pack import Pack

_NUMBER = r"(?P<number>\d+(?:\.\d+)*)(?:\s?\(?(?P<part>[a-z])\)|-(?P<dashed>[a-z0-9]+))?(?![\w%])"
_WORD = r"(?:sections?|clauses?|paragraphs?|articles?|subsections?|rules?|§)"
_BARE = re.compile(rf"{_WORD}\s*(?:no\.? ?)?{_NUMBER}", re.I)
_STATUTE = re.compile(r"(?:\b17 ?o\.? ?s\.? ?(?:§ ?)?)?\b(?P<number>710\.\d+)(?P<part>\b)(?P<dashed>)", re.I)


@dataclass(frozen=True)
class Reference:
    """words: as the question has it. ids: the clauses it means, none where there is no such clause."""

    words: str
    ids: tuple[str, ...]
    start: int
    end: int


def references(question: str, packs: Sequence[Pack]) -> list[Reference]:
    """question: as it was asked, since a clause's own brackets and hyphens count."""
    found: list[Reference] = []
    documents = {document.id: pack for pack in packs for document in pack.layers}
    for document in sorted(documents, key=len, reverse=True):
        for hit in _named(document).finditer(question):
            found.append(_reference(hit, [f"{document}/"], packs))
    found += [
        Reference(hit[0].strip(), (), hit.start(), hit.end())
        for family in {one.partition("-")[0] for one in documents if one.partition("-")[2].isdigit()}
        for hit in re.finditer(rf"\b{family}[- ]?0*(\d+)\b(?!\.)", question, re.I)
        if int(hit[1])
        not in {
            int(one.partition("-")[2])
            for one in documents
            if one.startswith(f"{family}-") and one.partition("-")[2].isdigit()
        }
    ]
    if any(document == "OK" for document in documents):
        found += [_reference(hit, ["OK/"], packs) for hit in _STATUTE.finditer(question)]
    found += [
        _reference(hit, [f"{document}/" for document in documents], packs) for hit in _BARE.finditer(question)
    ]
    return _apart(found)


def _named(document: str) -> re.Pattern[str]:
    """`CEA-04`, `CEA 4` and the scan's `CEA-004`, before or after the number."""
    letters, _, number = document.partition("-")
    spelled = letters + (
        rf"[- ]?0*{int(number)}" if number.isdigit() else rf"[- ]?{number}" if number else ""
    )
    after = rf"\b{spelled}\b,?\s*{_WORD}?\s*{_NUMBER}"
    before = rf"{_WORD}\s*{_NUMBER.replace('?P<number>', '?P<number2>').replace('?P<part>', '?P<part2>').replace('?P<dashed>', '?P<dashed2>')},?\s+(?:of|in|from)\s+(?:the\s+)?{spelled}\b"
    return re.compile(rf"(?:{after}|{before})", re.I)


def _reference(hit: re.Match[str], prefixes: Iterable[str], packs: Iterable[Pack]) -> Reference:
    groups = hit.groupdict()
    number = groups["number"] or groups.get("number2") or ""
    part = next((groups[key] for key in ("part", "part2", "dashed", "dashed2") if groups.get(key)), "")
    known = list(dict.fromkeys(clause.id for pack in packs for clause in pack.clauses))
    ids = [one for prefix in prefixes for one in _meant(known, prefix + number, part.lower())]
    return Reference(hit[0].strip(), tuple(dict.fromkeys(ids)), hit.start(), hit.end())


def _meant(known: Sequence[str], start: str, part: str) -> list[str]:
    """The clause itself with its parts, or the part alone. `6.1` is not `6.11`."""
    wanted = start + f"-{part}" if part else start
    exact = [one for one in known if one == wanted or one.startswith((f"{wanted}-", f"{wanted}."))]
    joined = [one for one in known if part and one.startswith(start + part)]
    whole = [one for one in known if part and one == start]
    return exact or joined or whole


def _apart(found: list[Reference]) -> list[Reference]:
    """The longest of those that overlap, in the order of the text."""
    kept: list[Reference] = []
    for one in sorted(found, key=lambda one: one.start - one.end):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
