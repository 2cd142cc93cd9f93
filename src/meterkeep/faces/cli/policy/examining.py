"""What a pack is held against before it is adopted: lint, its own tests, the proofs, and what it would change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from meterkeep.policy import Pack


@dataclass(frozen=True)
class Examination:
    """proofs: how many were asked, None where they were not run. changes: kinds of request whose outcome changes."""

    lint: tuple[str, ...]
    cases: int
    failed: tuple[str, ...]
    proofs: int | None
    unproved: tuple[str, ...]
    changes: tuple[dict[str, Any], ...] | None

    @property
    def clean(self) -> bool:
        return not (self.lint or self.failed or self.unproved)

    def as_json(self) -> dict[str, Any]:
        return {
            "lint": list(self.lint),
            "cases": self.cases,
            "failed": list(self.failed),
            "proofs": self.proofs,
            "unproved": list(self.unproved),
            "impact": None if self.changes is None else list(self.changes),
            "clean": self.clean,
        }


def examine(pack: str | Path, *, before: Pack | None, on: date, proofs: bool = True) -> Examination:
    """before: what is in force until then. on: the day from which the pack is to decide."""
    from meterkeep.policy.assurance.cases import run_cases
    from meterkeep.policy.assurance.lint import lint

    found = tuple(f"{one.where}: {one.what}" for one in lint(pack) if not one.note)
    if found:
        return Examination(found, 0, (), None, (), None)
    results = run_cases(pack)
    failed = tuple(
        f"{one.case.where}, {one.case.about}: {'; '.join(one.differences)}"
        for one in results
        if not one.passed
    )
    asked, unproved = _proved(pack, on) if proofs else (None, ())
    return Examination((), len(results), failed, asked, unproved, _changes(before, pack, on))


def _proved(pack: str | Path, on: date) -> tuple[int, tuple[str, ...]]:
    from meterkeep.policy.assurance.prove import prove

    report = prove(pack, on=on)
    failures = [
        f"{proof.says} ({proof.action}, since {proof.since})" for proof in report.proofs if not proof.holds
    ]
    failures += [str(failure) for failure in report.time.failures]
    failures += [f"{count.action}: the engines disagree" for count in report.counts if not count.sound]
    return len(report.proofs), tuple(failures)


def _changes(before: Pack | None, pack: str | Path, on: date) -> tuple[dict[str, Any], ...] | None:
    if before is None:
        return None
    from meterkeep.policy.assurance.impact import outcome_changes
    from meterkeep.policy.assurance.kinship import pair

    both = pair(before, pack)
    return tuple(kind.as_json() for kind in outcome_changes(both.old, both.new, on=on))


def told(examination: Examination) -> Iterator[str]:
    yield f"Lint: {_count(examination.lint)}"
    yield from (f"  {finding}" for finding in examination.lint)
    yield f"Tests: {examination.cases} cases, {len(examination.failed)} failed"
    yield from (f"  {failure}" for failure in examination.failed)
    if examination.proofs is None:
        yield "Proofs: not run"
    else:
        yield f"Proofs: {examination.proofs} asked, {len(examination.unproved)} failed"
    yield from (f"  {failure}" for failure in examination.unproved)
    yield from _impact(examination.changes)


def _count(found: tuple[str, ...]) -> str:
    return f"{len(found)} findings" if found else "nothing found"


def _impact(changes: tuple[dict[str, Any], ...] | None) -> Iterator[str]:
    if changes is None:
        yield "Impact: nothing is in force until then, so nothing changes"
        return
    yield f"Impact on what is in force until then: {len(changes)} kinds of request change"
    for kind in changes:
        said = "; ".join(kind["conditions"]) or "every request"
        clauses = ", ".join(kind["carried"] or kind["clauses"])
        yield f"  from {kind['since']}, {kind['action']}: {kind['before']} becomes {kind['after']} ({clauses}): {said}"
