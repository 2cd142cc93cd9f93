"""The decisions of a log, decided again: by the pack that was in force then, and by a candidate.

Pure: it takes recorded decisions from whoever reads the log, one by one, and keeps counts and kinds, never a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.deciding.engine import Decision, decide
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts, vocabulary

TOLD = ("data.kind", "recipient.kind", "purpose.name")  # what makes a kind of request, besides its action
EXAMPLES = 20  # entries named for each kind of change; the counts are whole


@dataclass(frozen=True, slots=True)
class Recorded:
    """One decision as the log holds it.

    index: the entry's position. on: the day it was decided for; at: the day it was recorded, where that is a later one.
    outcomes: what the decision may have been, where the entry leaves more than one open; the first is what was done.
    """

    index: int
    action: str
    facts: Facts
    on: date
    at: date
    outcomes: tuple[str, ...]
    clauses: frozenset[str]
    pack_digest: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A recorded decision that the pack of its day does not give. why: otherwise, or unreadable."""

    index: int
    why: str
    recorded: str
    now: str
    cited: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A kind of request that the candidate decides otherwise. missing: the facts it asks for and the log does not have."""

    before: str
    after: str
    kind: str
    clauses_before: tuple[str, ...]
    clauses_after: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass
class Replay:
    """first, last: days of the decisions met. superseded: those decided by a version of the pack that is not here."""

    decisions: int = 0
    first: date | None = None
    last: date | None = None
    reproduced: int = 0
    superseded: int = 0
    findings: list[Finding] = field(default_factory=list)
    changes: Counter[Change] = field(default_factory=Counter)
    examples: dict[Change, list[int]] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        return self.changes.total()

    def as_json(self) -> dict[str, Any]:
        return {
            "decisions": self.decisions,
            "from": self.first.isoformat() if self.first else None,
            "to": self.last.isoformat() if self.last else None,
            "reproduced": self.reproduced,
            "superseded": self.superseded,
            "findings": [_plain(finding) for finding in self.findings],
            "changed": self.changed,
            "changes": [
                {**_plain(change), "count": count, "entries": self.examples[change]}
                for change, count in self.changes.most_common()
            ],
        }


def replay(decisions: Iterable[Recorded], *, then: Callable[[date], Pack | None], candidate: Pack) -> Replay:
    """Decides each again. then: the pack in force on a day, under the rulings of that day, or None.

    The candidate decides as if it had been adopted: on the day itself, or on the first on which all of it is in force.
    """
    found, whole_from = Replay(), _whole_from(candidate)
    for recorded in decisions:
        found.decisions += 1
        found.first = min(found.first or recorded.on, recorded.on)
        found.last = max(found.last or recorded.on, recorded.on)
        try:
            before = _again(recorded, then(recorded.on), found)
            after = decide(
                candidate, action=recorded.action, facts=recorded.facts, on=max(recorded.on, whole_from)
            )
        except BadInput as error:
            found.findings.append(Finding(recorded.index, "unreadable", recorded.outcomes[0], error.message))
            continue
        _compare(recorded, before, after, found)
    return found


def kind_in_words(action: str, facts: Facts) -> str:
    """What was asked, in the vocabulary's own sentences: the action, the data, the recipient, the purpose."""
    known = vocabulary()
    said = [
        known.facts[name].says.format(v=str(facts[name]).replace("_", " ")) for name in TOLD if name in facts
    ]
    return "; ".join([known.actions[action], *said])


def _again(recorded: Recorded, pack: Pack | None, found: Replay) -> tuple[str, frozenset[str]]:
    """Outcome and clauses before the candidate: as recorded, after a look whether the pack of the day gives the same."""
    then = recorded.outcomes[0], recorded.clauses
    digest = pack.digest if pack else ""
    if digest != recorded.pack_digest:
        found.superseded += 1
        return then
    tries = [_decided(recorded, pack, on) for on in dict.fromkeys((recorded.on, recorded.at))]
    for outcome, cited in tries:
        if outcome in recorded.outcomes and cited == recorded.clauses:
            found.reproduced += 1
            return outcome, cited
    outcome, cited = tries[0]
    cites = tuple(sorted(recorded.clauses)), tuple(sorted(cited))
    found.findings.append(Finding(recorded.index, "otherwise", then[0], outcome, *cites))
    return then


def _decided(recorded: Recorded, pack: Pack | None, on: date) -> tuple[str, frozenset[str]]:
    if pack is None:
        return "undetermined", frozenset()
    decision = decide(pack, action=recorded.action, facts=recorded.facts, on=on)
    return decision.outcome, frozenset(clause.id for clause in decision.clauses)


def _compare(recorded: Recorded, before: tuple[str, frozenset[str]], after: Decision, found: Replay) -> None:
    outcome, clauses = before
    if after.outcome == outcome:
        return
    change = Change(
        before=outcome,
        after=after.outcome,
        kind=kind_in_words(recorded.action, recorded.facts),
        clauses_before=tuple(sorted(clauses)),
        clauses_after=tuple(sorted({clause.id for clause in after.clauses})),
        missing=after.missing,
    )
    found.changes[change] += 1
    entries = found.examples.setdefault(change, [])
    if len(entries) < EXAMPLES:
        entries.append(recorded.index)


def _whole_from(pack: Pack) -> date:
    """The first day on which everything the pack has begun is in force."""
    layers = [layer.effective for layer in pack.layers]
    clauses = [clause.effective for clause in pack.clauses]
    figures = [figure.effective for parameter in pack.parameters.values() for figure in parameter.figures]
    return max(layers + clauses + figures)


def _plain(one: Finding | Change) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in one.__slots__}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
