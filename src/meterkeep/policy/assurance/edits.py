"""What two versions of a pack say differently, word by word: clauses, numbers, purposes, elements, rulings, documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from itertools import takewhile
from typing import Any

from meterkeep.policy.language.clauses import Atom, Clause
from meterkeep.policy.language.pack import Pack, Parameter

Changes = list[tuple[str, str]]  # field and, in words, what becomes of it
Pairing = tuple[date, str, str]  # from this day on, the old figure and the new one

_UNTOLD = {"where", "law", "clauses", "name", "id"}  # the place in a file, and what the entry is listed under
_WORDS = {
    "summary",
    "heading",
    "text",
    "anchor",
    "source",
    "title",
    "says",
    "question",
    "adopted",
    "verified",
}
_AROUND = 4  # words told on either side of those that change


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that is worded, numbered or ruled otherwise. what: number, interpretation, clause, document, purpose,
    element, implied, closure or provider; change: added, removed or changed; detail: in words. words: nothing but its
    wording changes, so that it decides as before."""

    what: str
    name: str
    change: str
    detail: str
    words: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "name": self.name,
            "change": self.change,
            "detail": self.detail,
            "words": self.words,
        }


def edits(old: Pack, new: Pack) -> list[Edit]:
    """Everything that was added, removed or changed: numbers, rulings, clauses, the rest, and last what is only worded
    otherwise; each in the order of the new pack, what is gone last."""
    return sorted(_every(old, new), key=lambda one: one.words)


def _every(old: Pack, new: Pack) -> Iterator[Edit]:
    yield from _compared("number", old.parameters, new.parameters, _figure_changes)
    yield from _compared("interpretation", old.interpretations, new.interpretations, _field_changes)
    yield from _compared("clause", _clauses(old), _clauses(new), _block_changes)
    yield from _compared("document", _documents(old), _documents(new), _field_changes)
    yield from _compared("purpose", old.purposes, new.purposes, _field_changes)
    yield from _compared("element", old.elements, new.elements, _field_changes)
    yield from _compared("implied", old.implied, new.implied, _plain_change)
    yield from _compared("closure", _closures(old), _closures(new), _field_changes)
    yield from _compared("provider", old.provider, new.provider, _plain_change)


def _documents(pack: Pack) -> Mapping[str, Any]:
    return {document.id: document for document in pack.layers}


def _clauses(pack: Pack) -> Mapping[str, list[Clause]]:
    """By id. Where a clause has its document's days they are left to the document, which tells them once."""
    found: dict[str, list[Clause]] = {}
    for document in pack.layers:
        for clause in document.clauses:
            begins = date.min if clause.effective == document.effective else clause.effective
            ends = date.max if clause.until == document.until else clause.until
            found.setdefault(clause.id, []).append(replace(clause, effective=begins, until=ends))
    return found


def _closures(pack: Pack) -> Mapping[str, Any]:
    return {closure.on.isoformat(): closure for closure in pack.closures}


def _compared(
    what: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    changes: Callable[[Any, Any], Changes],
) -> Iterator[Edit]:
    for name, entry in new.items():
        if name not in old:
            yield Edit(what, name, "added", _about(entry))
        elif told := changes(old[name], entry):
            detail = "; ".join(dict.fromkeys(said for _, said in told))
            detail = f"{entry.says}: {detail}" if isinstance(entry, Parameter) else detail
            yield Edit(what, name, "changed", detail, all(field in _WORDS for field, _ in told))
    for name in old:
        if name not in new:
            yield Edit(what, name, "removed", _about(old[name]))


def _about(entry: Any) -> str:
    """What is told of an entry that only one version has."""
    if isinstance(entry, Parameter):
        return entry.says + "".join(f"; from {one.effective}: {one.value:,}" for one in entry.figures)
    one = entry[0] if isinstance(entry, list) else entry
    for name in ("summary", "says", "question", "title"):
        if hasattr(one, name):
            return str(getattr(one, name))
    return ""


def _block_changes(old: list[Clause], new: list[Clause]) -> Changes:
    """The blocks of one clause, those that stand in both versions left out; what remains is compared in order."""
    was = [block for block in old if not any(_same(block, other) for other in new)]
    becomes = [block for block in new if not any(_same(block, other) for other in old)]
    told = [change for one, other in zip(was, becomes, strict=False) for change in _field_changes(one, other)]
    told += [("", f"a block is gone: {block.summary}") for block in was[len(becomes) :]]
    told += [("", f"a block is new: {block.summary}") for block in becomes[len(was) :]]
    return told


def _same(one: Clause, other: Clause) -> bool:
    return not _field_changes(one, other)


def _figure_changes(old: Parameter, new: Parameter) -> Changes:
    """The stretches of time in which the number differs, and where it is cited or described otherwise."""
    days = sorted({figure.effective for parameter in (old, new) for figure in parameter.figures})
    pairs = [(day, _figure(old, day), _figure(new, day)) for day in days]
    first = [pair for before, pair in zip([None, *pairs], pairs, strict=False) if _turns(before, pair)]
    told = [
        ("value", f"from {day} {was} → {becomes}" if was != becomes else f"from {day} {was} in both")
        for day, was, becomes in first
    ]
    cites = [(day, old.at(day), new.at(day)) for day in days]
    told += [
        ("says", f"from {day} cited as {_shown(other.cite)}, not {_shown(one.cite)}")
        for day, one, other in cites
        if one and other and one.cite != other.cite
    ]
    return told + [change for change in _field_changes(old, new) if change[0] == "says"]


def _turns(before: Pairing | None, now: Pairing) -> bool:
    """Whether the day begins another difference than there was, or ends one."""
    was = before[1:] if before else ("", "")
    return now[1:] != was and (now[1] != now[2] or was[0] != was[1])


def _figure(parameter: Parameter, day: date) -> str:
    figure = parameter.at(day)
    return f"{figure.value:,}" if figure else "no figure"


def _plain_change(old: Any, new: Any) -> Changes:
    return [("value", f"{_shown(old)} → {_shown(new)}")] if old != new else []


def _field_changes(old: Any, new: Any) -> Changes:
    names = [entry.name for entry in fields(new) if entry.name not in _UNTOLD]
    return [
        (name, f"{name} {_difference(getattr(old, name), getattr(new, name))}")
        for name in names
        if getattr(old, name) != getattr(new, name)
    ]


def _difference(old: Any, new: Any) -> str:
    """Of lists what they lose and gain, so that one condition is found among many."""
    if isinstance(old, str) and isinstance(new, str):
        return _wording(old, new)
    if not isinstance(new, tuple | frozenset):
        return f"{_shown(old)} → {_shown(new)}"
    lost = [_shown(one) for one in old if one not in new]
    gained = [_shown(one) for one in new if one not in old]
    told = [
        f"{word} {', '.join(sorted(names))}" for word, names in (("loses", lost), ("gains", gained)) if names
    ]
    return " and ".join(told) or "is in another order"


def _wording(old: str, new: str) -> str:
    """Of a long text the words that change, with a few around them."""
    was, becomes = old.split(), new.split()
    if max(len(was), len(becomes)) <= 3 * _AROUND:
        return f"{_shown(old)} → {_shown(new)}"
    alike = list(takewhile(lambda pair: pair[0] == pair[1], zip(was, becomes, strict=False)))
    rest = list(zip(reversed(was[len(alike) :]), reversed(becomes[len(alike) :]), strict=False))
    after = len(list(takewhile(lambda pair: pair[0] == pair[1], rest)))
    return " → ".join(_excerpt(words, len(alike), len(words) - after) for words in (was, becomes))


def _excerpt(words: list[str], first: int, last: int) -> str:
    start, end = max(0, first - _AROUND), min(len(words), last + _AROUND)
    return ("… " if start else "") + " ".join(words[start:end]) + (" …" if end < len(words) else "")


def _shown(value: Any) -> str:
    if isinstance(value, Atom):
        return _atom(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {_shown(one)}" for name, one in sorted(value.items())) or "none"
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(_shown, value))) or "none"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value)) or "none"
    if is_dataclass(value):
        return " ".join(str(getattr(value, entry.name)) for entry in fields(value))
    return str(value) if value != "" else "none"


def _atom(atom: Atom) -> str:
    """The condition as it is written."""
    if not isinstance(atom.operand, frozenset):
        return f"{atom.fact} {atom.test} {atom.operand}"
    if atom.operand <= {True, False}:
        return atom.fact if True in atom.operand else f"not {atom.fact}"
    values = sorted(map(str, atom.operand))
    return f"{atom.fact} is {values[0]}" if len(values) == 1 else f"{atom.fact} is one of {', '.join(values)}"
