"""Cedar asked the same: outcome and cited clauses must be ours, on every vector that it can settle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from meterkeep.errors import BadInput
from meterkeep.policy.assurance.cedar.exported import Answer, CedarPolicies, export
from meterkeep.policy.deciding.engine import decide
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts

if TYPE_CHECKING:
    from cedarpy import AuthzResult

BATCH = 500


@dataclass(frozen=True, slots=True)
class Difference:
    action: str
    facts: Facts
    ours: Answer
    cedars: Answer


@dataclass(frozen=True)
class Agreement:
    """compared: vectors asked of both. settled: those that Cedar permitted or refused."""

    compared: int
    settled: int
    differences: tuple[Difference, ...]


def agree(
    pack: Pack, on: date, action: str, vectors: Iterable[Facts], *, complete: bool = False
) -> Agreement:
    """Asks both engines about each vector. complete: no vector lacks a fact; then undetermined must agree as well.

    Raises BadInput where `cedarpy` is not installed, or where Cedar's validator does not accept the export.
    """
    exported = export(pack, on, actions=[action], complete=complete)
    compared = settled = 0
    differences = []
    for facts, cedars in cedar_answers(exported, action, vectors):
        decision = decide(pack, action=action, facts=facts, on=on)
        ours = Answer(decision.outcome, frozenset(clause.id for clause in decision.clauses))
        compared += 1
        settled += cedars.outcome != "undetermined"
        if ours != cedars and (complete or cedars.outcome != "undetermined"):
            differences.append(Difference(action, facts, ours, cedars))
    return Agreement(compared, settled, tuple(differences))


def cedar_answers(
    exported: CedarPolicies, action: str, vectors: Iterable[Facts]
) -> Iterator[tuple[Facts, Answer]]:
    """Each vector with what Cedar says of it."""
    try:
        import cedarpy
    except ImportError:
        raise BadInput("Cedar is not installed.", next="Install the package cedarpy.") from None
    _check_valid(cedarpy.validate_policies(exported.policies, exported.schema).errors)
    policies = cedarpy.PolicySet.from_str(exported.policies)
    schema = cedarpy.Schema.from_str(exported.schema)
    entities = cedarpy.Entities.from_json_str("[]", schema)
    waiting = iter(vectors)
    while batch := list(islice(waiting, BATCH)):
        requests = [exported.request(action, facts) for facts in batch]
        results = cedarpy.is_authorized_batch(requests, policies, entities, schema)
        yield from zip(batch, (_answer(exported, one) for one in results), strict=True)


def _answer(exported: CedarPolicies, result: AuthzResult) -> Answer:
    _check_valid(result.diagnostics.errors)
    return exported.read(result.allowed, result.diagnostics.id_annotations_by_reason.values())


def _check_valid(errors: Sequence[object]) -> None:
    if errors:
        raise BadInput(f"Cedar does not accept the export: {errors[0]}")
