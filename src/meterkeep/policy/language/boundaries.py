"""What a provider's own pack may not do: speak as the law, change what the law holds, or take a fact for granted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.language.pack import Document, Interpretation, Pack
from meterkeep.policy.language.tables import read_table
from meterkeep.policy.language.vocabulary import check_action, check_facts

LAWS = ("us-ca-cca",)
IMPLIED = frozenset(("data.kind",))
"""The facts that an action may say by itself: what totals and records are. Anything else a request has to state."""


def check_about(about: Mapping[str, Any], *, where: str) -> None:
    """pack.toml: a provider of a known kind and place, and nothing taken for granted that decides."""
    provider = about["provider"]
    check_facts({f"provider.{key}": value for key, value in provider.items()}, where=where)
    for action, facts in about.get("implied", {}).items():
        check_action(action, where=where)
        check_facts(facts, where=where)
        if taken := sorted(set(facts) - IMPLIED):
            raise BadInput(
                f"[implied.{action}] takes {taken[0]} for granted.",
                where=where,
                next="A request states it; only data.kind may be implied by an action.",
            )


def check_bases(bases: Sequence[Pack], *, where: str) -> None:
    """A pack stands on law, never on what another provider adopted."""
    for base in bases:
        if not all(document.law for document in base.layers):
            raise BadInput(
                f"{base.id} is a provider's pack, no law.",
                where=where,
                next=f"Inherit the law alone; `meterkeep policy new --from {base.id}` copies a provider's pack.",
            )


def check_boundaries(pack: Pack, bases: Sequence[Pack], *, is_law: bool) -> None:
    """Raises BadInput where the pack goes beyond its own documents."""
    for problem in (*_beneath(pack, bases, is_law), *_as_the_law(pack, is_law), *_over_the_law(pack, bases)):
        raise BadInput(problem, where=pack.id, next="See “A provider's own pack” in docs/policy.md.")


def check_over(
    name: str, own: Interpretation, bases: Sequence[Mapping[str, Interpretation]], *, where: str
) -> None:
    """A question of the law may be ruled otherwise, among the law's own choices."""
    for base in bases:
        given = base.get(name)
        if given and (given.question, given.choices) != (own.question, own.choices):
            raise BadInput(
                f"{name} is a question of the law beneath; its words and choices are the law's.",
                where=where,
                next="Change its ruling only.",
            )


def _beneath(pack: Pack, bases: Sequence[Pack], is_law: bool) -> Iterator[str]:
    inherited = {base.id for base in bases}
    for law in () if is_law else LAWS:
        if law not in inherited and _about_law(law) == (pack.kind, pack.jurisdiction):
            yield f"A provider of kind {pack.kind} in {pack.jurisdiction} stands on {law}: inherits = [{law!r}]."


def _as_the_law(pack: Pack, is_law: bool) -> Iterator[str]:
    laws = {document.id for document in pack.law}
    for document in pack.documents:
        if document.law and not is_law:
            yield f"{document.id} says that it is law; a provider adopts documents."
        if document.id in laws:
            yield f"{document.id} is a part of the law beneath; a document needs a name of its own."
        yield from _foreign(document)


def _foreign(document: Document) -> Iterator[str]:
    for clause in document.clauses:
        if not clause.id.startswith(f"{document.id}/"):
            yield f"{clause.id} ({clause.where}) stands in {document.id}, so its id begins with {document.id}/."
    for atom in document.scope:
        if not atom.fact.startswith("provider."):
            yield f"The scope of {document.id} reads {atom.fact}; it may read the provider's kind and jurisdiction."


def _over_the_law(pack: Pack, bases: Sequence[Pack]) -> Iterator[str]:
    for base in bases:
        for name, parameter in base.parameters.items():
            if pack.parameters[name] != parameter:
                yield f"The figure {name} is the law's; a provider's own needs another name."


@cache
def _about_law(law: str) -> tuple[str, str]:
    about = read_table(Path(__file__).parents[1] / "packs" / law / "pack.toml")
    return about["provider"]["kind"], about["provider"]["jurisdiction"]
