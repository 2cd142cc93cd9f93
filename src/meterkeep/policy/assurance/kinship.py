"""Two packs of one family under one set of ids: a copy that `policy new` began and its model, or two copies of one model.

The older of a comparison is told in the ids of the newer; what `policy new` itself changes (the papers of the model's act,
its source files and lines, who made its rulings) is no change of anybody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.language.loading import load_pack
from meterkeep.policy.language.newpack import NOBODY, begun_ruling, origin_of, renaming
from meterkeep.policy.language.pack import Document, Interpretation, Pack

Named = Mapping[str, str]


@dataclass(frozen=True)
class Pair:
    """Two packs that can be compared clause by clause. renamed: document of the older as it is called there → as it is
    called here, where that differs. moved_on: the model is no longer the version from which the copy was begun."""

    old: Pack
    new: Pack
    renamed: Named
    moved_on: bool = False


def pair(old: str | Path | Pack, new: str | Path | Pack) -> Pair:
    """The two as they can be compared; packs that are no kin as they are."""
    there, here = _line(old), _line(new)
    one, other = _loaded(old), _loaded(new)
    model = next((name for name in there if name in here), None)
    if model is None or one.id == other.id:
        return Pair(one, other, {})
    names = {is_there: here[model][id] for id, is_there in there[model].items() if id in here[model]}
    if model == one.id:
        one = _as_begun(one, other, set(names))
    elif model == other.id:
        other = _as_begun(other, one, set(names.values()))
    renamed = {id: becomes for id, becomes in sorted(names.items()) if id != becomes}
    return Pair(_renamed_pack(one, other, names), other, renamed, _moved_on(old) or _moved_on(new))


def _loaded(pack: str | Path | Pack) -> Pack:
    return pack if isinstance(pack, Pack) else load_pack(pack)


def _line(pack: str | Path | Pack) -> dict[str, Named]:
    """The pack and those it was begun from, nearest first: each with its documents → their ids in the pack itself."""
    loaded = _loaded(pack)
    names: Named = {id: id for id in _document_ids(loaded)}
    line = {loaded.id: names}
    origin = None if isinstance(pack, Pack) else origin_of(pack)
    while origin and origin.pack not in line:
        names = {id: names[becomes] for id, becomes in origin.renamed.items() if becomes in names}
        line[origin.pack] = names
        try:
            origin = origin_of(origin.pack)
        except BadInput:  # the model is not here any more
            origin = None
    return line


def _document_ids(pack: Pack) -> set[str]:
    return {document.id for document in pack.documents} | {
        clause.document for document in pack.documents for clause in document.clauses
    }


def _moved_on(pack: str | Path | Pack) -> bool:
    origin = None if isinstance(pack, Pack) else origin_of(pack)
    try:
        return origin is not None and load_pack(origin.pack).digest != origin.digest
    except BadInput:
        return False


def _as_begun(model: Pack, copy: Pack, copied: set[str]) -> Pack:
    """The model as `policy new` takes it over."""
    documents = tuple(_without_sources(one) for one in model.documents if one.decides or one.id in copied)
    rulings = {
        name: _unmade(entry, copy.interpretations.get(name), model)
        for name, entry in model.interpretations.items()
    }
    return replace(model, documents=documents, interpretations=MappingProxyType(rulings), compiled={})


def _unmade(entry: Interpretation, taken: Interpretation | None, model: Pack) -> Interpretation:
    """A ruling of the model's, which is nobody's yet in a copy; one of the law's stays."""
    if entry == taken:
        return entry
    nobody = taken is not None and taken.by.startswith(NOBODY)
    return replace(entry, by=taken.by if taken and nobody else begun_ruling(model.id))


def _without_sources(document: Document) -> Document:
    clauses = tuple(replace(clause, anchor="", source="") for clause in document.clauses)
    return replace(document, adopted="", source="", clauses=clauses)


def _renamed_pack(old: Pack, new: Pack, names: Named) -> Pack:
    """The older pack with the newer one's ids wherever it speaks of its documents; the law's own words stay."""
    if all(id == becomes for id, becomes in names.items()):
        return old
    say = renaming(names)
    return replace(
        old,
        documents=_said(old.documents, say),
        closures=_said(old.closures, say),
        parameters=_kept(old.parameters, new.parameters, say),
        interpretations=_kept(old.interpretations, new.interpretations, say),
        purposes=_kept(old.purposes, new.purposes, say),
        elements=_kept(old.elements, new.elements, say),
        compiled={},
    )


def _kept(old: Mapping[str, Any], new: Mapping[str, Any], say: Callable[[str], str]) -> Mapping[str, Any]:
    said = {name: entry if new.get(name) == entry else _said(entry, say) for name, entry in old.items()}
    return MappingProxyType(said)


def _said(value: Any, say: Callable[[str], str]) -> Any:
    """The value with every text in it said anew, however deep."""
    if isinstance(value, str):
        return say(value)
    if isinstance(value, tuple | frozenset):
        return type(value)(_said(one, say) for one in value)
    if isinstance(value, Mapping):
        return MappingProxyType({_said(name, say): _said(one, say) for name, one in value.items()})
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _said(getattr(value, one.name), say) for one in fields(value)})
    return value
