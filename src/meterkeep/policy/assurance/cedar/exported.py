"""The pack in force on a date, under its rulings, as Cedar policies.

A clause is one policy, with the clause's id, summary and source as annotations. A closing clause is one policy for each
action, since what it yields to differs: an `unless` for every permit of its document, and for those it gives way to.
The scope of documents is a condition on the provider, and the law speaks only where a document of the provider does.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from meterkeep.policy.assurance.cedar import schemas
from meterkeep.policy.assurance.cedar.conditions import (
    NAMESPACE,
    Condition,
    Number,
    condition,
    conditions,
    entity_type,
    joined,
)
from meterkeep.policy.language.clauses import Clause
from meterkeep.policy.language.pack import Document, Pack
from meterkeep.policy.language.vocabulary import Facts, FactValue, vocabulary

LONGEST = 2**63 - 1  # Cedar's Long


@dataclass(frozen=True, slots=True)
class Policy:
    """known: it fires where the clause is known to hold; otherwise where a missing fact leaves that possible."""

    id: str
    clause: str
    known: bool
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What Cedar's answer means in our words. undetermined: nothing permits, and nothing is known to forbid."""

    outcome: str
    clauses: frozenset[str]


@dataclass(frozen=True)
class CedarPolicies:
    """complete: every request gives all facts that its action reads; the policies are leaner and take nothing else."""

    pack: Pack
    on: date
    complete: bool
    written: tuple[Policy, ...]
    schema: str
    reads: Mapping[str, frozenset[str]]  # action → the facts its clauses test

    @cached_property
    def policies(self) -> str:
        head = f"// {self.pack.name}, in force on {self.on}. Pack digest {self.pack.digest}.\n"
        return "\n".join([head, *(policy.text for policy in self.written)])

    def request(self, action: str, facts: Facts) -> dict[str, Any]:
        """The request for Cedar, as structured as `cedarpy` takes it; what the pack and the action say is added."""
        known = {**self.pack.provider, **self.pack.implied.get(action, {}), **facts}
        if self.complete:
            known = {name: value for name, value in known.items() if name in self.reads[action]}
        return {
            "principal": f'{NAMESPACE}::Asker::"anyone"',
            "action": f'{NAMESPACE}::Action::"{action}"',
            "resource": {"type": f"{NAMESPACE}::Pack", "id": self.pack.id},
            "context": {name: _attribute(name, value) for name, value in known.items()},
        }

    def read(self, allowed: bool, ids: Iterable[str]) -> Answer:
        """allowed: Cedar's decision. ids: the `@id` of the policies that its diagnostics name."""
        named = [self._by_id[id] for id in ids]
        known = frozenset(policy.clause for policy in named if policy.known)
        if allowed:
            return Answer("permit", known)
        return (
            Answer("refuse", known)
            if known
            else Answer("undetermined", frozenset(one.clause for one in named))
        )

    @cached_property
    def _by_id(self) -> dict[str, Policy]:
        return {policy.id: policy for policy in self.written}


def export(
    pack: Pack, on: date, *, actions: Sequence[str] | None = None, complete: bool = False
) -> CedarPolicies:
    """Compiles the pack for all actions, or for some. A fact that a request lacks denies and never lets pass.

    complete: for requests that give every fact, without the guards for those that do not.
    """
    wanted = tuple(actions if actions is not None else vocabulary().actions)
    writer = _Writer(pack, on, complete)
    written = _numbered(policy for one in writer.clauses for policy in writer.policies(one, wanted))
    reads = {action: writer.reads(action) for action in wanted}
    schema = schemas.schema(pack.id, reads, complete=complete)
    return CedarPolicies(pack, on, complete, written, schema, reads)


@dataclass(frozen=True)
class _Live:
    """A clause in force, its conditions, and the scope within which its document speaks."""

    clause: Clause
    own: tuple[Condition, ...]
    scope: tuple[str, ...]

    def holds(self, within: tuple[str, ...] = ()) -> list[str]:
        """within: a scope that is already given."""
        return [*self._beyond(within), *(one.holds for one in self.own)]

    def may_hold(self, within: tuple[str, ...] = ()) -> list[str]:
        return [*self._beyond(within), *(one.may_hold for one in self.own)]

    def _beyond(self, within: tuple[str, ...]) -> list[str]:
        return [part for part in self.scope if part not in within]


@dataclass(frozen=True)
class _Writer:
    pack: Pack
    on: date
    complete: bool

    @cached_property
    def clauses(self) -> list[_Live]:
        """The deciding clauses in force, in the order of the pack; none where no document of the provider decides."""
        if not self._adopted:
            return []
        layers = [layer for layer in self.pack.layers if layer.in_force(self.on)]
        return [self._live(clause, layer) for layer in layers for clause in layer.clauses if self._in(clause)]

    def policies(self, live: _Live, wanted: Sequence[str]) -> Iterator[Policy]:
        actions = [action for action in wanted if action in live.clause.actions]
        if not live.clause.closing:
            if actions:
                yield from self._readings(live, actions, [])
            return
        for action in actions:
            yield from self._readings(live, [action], self._exceptions(live.clause, action))

    def reads(self, action: str) -> frozenset[str]:
        live = [one for one in self.clauses if action in one.clause.actions]
        return frozenset(self.pack.provider) | {part.fact for one in live for part in one.own}

    def _readings(self, live: _Live, actions: Sequence[str], exceptions: list[_Live]) -> Iterator[Policy]:
        """A permit stands where it is known to hold; a prohibition also where a missing fact leaves it possible."""
        id = live.clause.id + (f" {actions[0]}" if live.clause.closing else "")
        excluded = [(one.clause.id, one.may_hold(live.scope)) for one in exceptions]
        yield _policy(id, live.clause, actions, live.holds(), excluded, known=True)
        if live.clause.kind == "forbid" and not all(
            part.always for one in (live, *exceptions) for part in one.own
        ):
            met = [(one.clause.id, one.holds(live.scope)) for one in exceptions]
            yield _policy(f"{id} possible", live.clause, actions, live.may_hold(), met, known=False)

    def _exceptions(self, closing: Clause, action: str) -> list[_Live]:
        yielded = {entry.to for entry in closing.yields if not entry.under or self.pack.holds(entry.under)}
        permits = [
            one for one in self.clauses if one.clause.kind == "permit" and action in one.clause.actions
        ]
        return [one for one in permits if one.clause.document == closing.document or one.clause.id in yielded]

    def _in(self, clause: Clause) -> bool:
        return clause.deciding and clause.in_force(self.on) and all(map(self.pack.holds, clause.under))

    def _live(self, clause: Clause, layer: Document) -> _Live:
        own = conditions(clause, self._number, complete=self.complete)
        return _Live(clause, own, self._scope(layer))

    def _scope(self, layer: Document) -> tuple[str, ...]:
        """The layer speaks to the provider, and so does at least one document of the provider's own."""
        speaking = [self._speaks(one) for one in self._adopted]
        own = self._speaks(layer)
        if () in speaking or layer in self._adopted:
            return own
        either = list(dict.fromkeys(" && ".join(one) for one in speaking))
        if either == [" && ".join(own)]:
            return own
        return (*own, "(" + " || ".join(f"({one})" for one in either) + ")")

    @cached_property
    def _adopted(self) -> list[Document]:
        """The provider's own documents in force. One without a clause that decides is a record, and lets no law speak."""
        return [one for one in self.pack.documents if one.decides and one.in_force(self.on)]

    def _speaks(self, layer: Document) -> tuple[str, ...]:
        return tuple(condition(atom, self._number, complete=True).test for atom in layer.scope)

    @property
    def _number(self) -> Number:
        return lambda name: self.pack.figure(name, self.on).value


def _policy(
    id: str,
    clause: Clause,
    actions: Sequence[str],
    when: Sequence[str],
    unless: Sequence[tuple[str, Sequence[str]]],
    *,
    known: bool,
) -> Policy:
    entities = [f'{NAMESPACE}::Action::"{action}"' for action in actions]
    scope = f"== {entities[0]}" if len(entities) == 1 else f"in [{', '.join(entities)}]"
    notes = {
        "id": id,
        "clause": clause.id,
        "summary": clause.full_summary,
        "source": clause.cited_from or clause.law or clause.document,
        "stands": "known" if known else "possible",
    }
    lines = [f"@{name}({_quoted(text)})" for name, text in notes.items()]
    lines.append(f"{clause.kind} (principal, action {scope}, resource)")
    lines += [f"when {{\n  {joined(when)}\n}}"] if when else []
    lines += [f"unless {{  // {id_}\n  {joined(parts) or 'true'}\n}}" for id_, parts in unless]
    return Policy(id, clause.id, known, "\n".join(lines) + ";\n")


def _numbered(policies: Iterable[Policy]) -> tuple[Policy, ...]:
    """Blocks of one clause share its id; their policies are told apart by a number."""
    seen: Counter[str] = Counter()
    told = []
    for policy in policies:
        seen[policy.id] += 1
        id = policy.id if seen[policy.id] == 1 else f"{policy.id} #{seen[policy.id]}"
        old, new = f"@id({_quoted(policy.id)})", f"@id({_quoted(id)})"
        told.append(Policy(id, policy.clause, policy.known, policy.text.replace(old, new, 1)))
    return tuple(told)


def _attribute(name: str, value: FactValue) -> object:
    """Numbers beyond Cedar's are as far beyond every bound as its last one."""
    if vocabulary().facts[name].type == "enum":
        return {
            "__entity": {"type": entity_type(name), "id": value}
        }  # read as an entity without a schema too
    if type(value) is int:
        return max(-LONGEST, min(LONGEST, value))
    return value


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False)
