"""The Cedar schema: every action, every fact with its type, and the values of each enumeration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from meterkeep.policy.assurance.cedar.conditions import NAMESPACE, short_type
from meterkeep.policy.language.vocabulary import Fact, vocabulary

_TYPES = {"bool": "Bool", "int": "Long"}


def schema(pack_id: str, reads: Mapping[str, frozenset[str]], *, complete: bool) -> str:
    """reads: action → the facts its clauses test. complete: exactly these are given; else any, and provider.* always.

    With it a Cedar service refuses a name or a value that the vocabulary does not have, and cannot mistake it for a fact
    that is merely absent.
    """
    facts = vocabulary().facts
    lines = ["  entity Asker;", f'  entity Pack enum ["{pack_id}"];']
    lines += [f"  entity {short_type(one.name)} enum {_values(one)};" for one in facts.values() if one.values]
    if not complete:
        lines.append(_type("Facts", facts.values(), complete=False))
    for action, read in reads.items():
        context = f"{short_type(action)}Facts" if complete else "Facts"
        if complete:
            lines.append(_type(context, (facts[name] for name in sorted(read)), complete=True))
        lines.append(
            f'  action "{action}" appliesTo {{ principal: [Asker], resource: [Pack], context: {context} }};'
        )
    return "\n".join([f"namespace {NAMESPACE} {{", *lines, "}", ""])


def _type(name: str, facts: Iterable[Fact], *, complete: bool) -> str:
    return "\n".join([f"  type {name} = {{", *_attributes(facts, complete=complete), "  };"])


def _attributes(facts: Iterable[Fact], *, complete: bool) -> Iterator[str]:
    for fact in facts:
        mark = "" if complete or fact.name.startswith("provider.") else "?"
        yield f'    "{fact.name}"{mark}: {_TYPES.get(fact.type) or short_type(fact.name)},'


def _values(fact: Fact) -> str:
    return "[" + ", ".join(f'"{value}"' for value in fact.values) + "]"
