"""Why nothing was decided, in words: from which day the documents are in force, or to whom they speak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from meterkeep.policy.language.clauses import Atom
from meterkeep.policy.language.pack import Document, Pack
from meterkeep.policy.language.vocabulary import Facts, fact


def reason_of(pack: Pack, why: str, on: date, facts: Facts) -> str:
    """A sentence or two for the `why` of a decision under these facts; "" where facts decided or left it open."""
    if why == "not_in_force":
        return _not_in_force(pack, on)
    return _not_applicable(pack, on, facts) if why == "not_applicable" else ""


def _not_in_force(pack: Pack, on: date) -> str:
    """A document of a pack that was not adopted for the day begins and ends on its own first day."""
    said = f"None of the documents of {pack.name} is in force on {on}"
    deciding = [document for document in pack.documents if document.decides]
    first = min((document.effective for document in deciding), default=None)
    if first and on < first:
        return f"{said}: the first takes effect on {first}."
    return f"{said}."


def _not_applicable(pack: Pack, on: date, facts: Facts) -> str:
    provider = {name: facts.get(name, own) for name, own in pack.provider.items()}
    deciding = [one for one in pack.documents if one.decides and one.in_force(on)]
    if any(document.speaks_to(provider) for document in deciding):
        return "None of the documents speaks of this."
    outside = dict.fromkeys(words for document in deciding for words in _outside(document, provider))
    return " ".join(outside)


def _outside(document: Document, provider: Facts) -> Iterator[str]:
    for atom in document.scope:
        if provider[atom.fact] not in atom.literal(lambda _: 0).ok:
            yield f"{document.title} speaks only where {_said(atom)}; here {_with(atom.fact, [provider[atom.fact]])}."


def _said(atom: Atom) -> str:
    """A scope asks about the provider, and its facts are enumerations."""
    assert isinstance(atom.operand, frozenset)  # noqa: S101
    return _with(atom.fact, sorted(atom.operand, key=str))


def _with(name: str, values: Sequence[object]) -> str:
    words = " or ".join(str(value).replace("_", " ") for value in values)
    return fact(name).says.replace("{v}", words)
