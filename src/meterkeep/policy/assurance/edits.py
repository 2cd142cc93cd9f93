"""What two versions of a pack say differently, word by word: clauses, numbers, purposes, elements, rulings, documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from meterkeep.policy.language.clauses import Atom, Clause
from meterkeep.policy.language.pack import Pack, Parameter

_UNTOLD = {
    "where",
    "law",
    "clauses",
    "name",
    "id",
    "says",
}  # the place in a file, and what the entry is listed under


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that is worded, numbered or ruled otherwise. what: clause, number, purpose, element, interpretation or
    document; change: added, removed or changed; detail: in words."""

    what: str
    name: str
    change: str
    detail: str

    def as_json(self) -> dict[str, Any]:
        return {"what": self.what, "name": self.name, "change": self.change, "detail": self.detail}


def edits(old: Pack, new: Pack) -> Iterator[Edit]:
    """Everything that was added, removed or changed, in the order of the new pack, what is gone last."""
    yield from _compared("document", _documents(old), _documents(new), _field_changes)
    yield from _compared("clause", _clauses(old), _clauses(new), _block_changes)
    yield from _compared("number", old.parameters, new.parameters, _figure_changes)
    yield from _compared("interpretation", old.interpretations, new.interpretations, _field_changes)
    yield from _compared("purpose", old.purposes, new.purposes, _field_changes)
    yield from _compared("element", old.elements, new.elements, _field_changes)


def _documents(pack: Pack) -> Mapping[str, Any]:
    return {document.id: document for document in pack.layers}


def _clauses(pack: Pack) -> Mapping[str, list[Clause]]:
    found: dict[str, list[Clause]] = {}
    for clause in pack.clauses:
        found.setdefault(clause.id, []).append(clause)
    return found


def _compared(
    what: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    changes: Callable[[Any, Any], list[str]],
) -> Iterator[Edit]:
    for name, entry in new.items():
        if name not in old:
            yield Edit(what, name, "added", _about(entry))
        elif told := changes(old[name], entry):
            yield Edit(what, name, "changed", "; ".join(told))
    for name in old:
        if name not in new:
            yield Edit(what, name, "removed", _about(old[name]))


def _about(entry: Any) -> str:
    """What is told of an entry that only one version has."""
    one = entry[0] if isinstance(entry, list) else entry
    for name in ("summary", "says", "question", "title"):
        if hasattr(one, name):
            return str(getattr(one, name))
    return ""


def _block_changes(old: list[Clause], new: list[Clause]) -> list[str]:
    """The blocks of one clause, those that stand in both versions left out; what remains is compared in order."""
    was = [block for block in old if not any(_same(block, other) for other in new)]
    becomes = [block for block in new if not any(_same(block, other) for other in old)]
    told = [change for one, other in zip(was, becomes, strict=False) for change in _field_changes(one, other)]
    told += [f"a block is gone: {block.summary}" for block in was[len(becomes) :]]
    told += [f"a block is new: {block.summary}" for block in becomes[len(was) :]]
    return list(dict.fromkeys(told))


def _same(one: Clause, other: Clause) -> bool:
    return not _field_changes(one, other)


def _figure_changes(old: Parameter, new: Parameter) -> list[str]:
    was, becomes = (
        {figure.effective: f"{figure.value} ({figure.cite})" for figure in parameter.figures}
        for parameter in (old, new)
    )
    return [
        f"{new.says}: from {day} {was.get(day, 'no figure')} → {becomes.get(day, 'no figure')}"
        for day in sorted(was.keys() | becomes.keys())
        if was.get(day) != becomes.get(day)
    ]


def _field_changes(old: Any, new: Any) -> list[str]:
    names = [entry.name for entry in fields(new) if entry.name not in _UNTOLD]
    return [
        f"{name} {_difference(getattr(old, name), getattr(new, name))}"
        for name in names
        if getattr(old, name) != getattr(new, name)
    ]


def _difference(old: Any, new: Any) -> str:
    """Of lists what they lose and gain, so that one condition is found among many."""
    if not isinstance(new, tuple | frozenset):
        return f"{_shown(old)} → {_shown(new)}"
    lost = [_shown(one) for one in old if one not in new]
    gained = [_shown(one) for one in new if one not in old]
    told = [
        f"{word} {', '.join(sorted(names))}" for word, names in (("loses", lost), ("gains", gained)) if names
    ]
    return " and ".join(told) or "is in another order"


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
