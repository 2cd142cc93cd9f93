"""The clause map: every clause of a pack with its kind, its function and the cases that try it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meterkeep.policy.assurance.cases import read_cases
from meterkeep.policy.language.loading import load_pack

AT_LEAST = 2  # cases for a clause that decides: one on each side


@dataclass(frozen=True, slots=True)
class Row:
    clause: str
    kinds: tuple[str, ...]
    function: str
    summary: str
    cases: int

    @property
    def deciding(self) -> bool:
        return "permit" in self.kinds or "forbid" in self.kinds

    @property
    def covered(self) -> bool:
        return not self.deciding or self.cases >= AT_LEAST

    def as_json(self) -> dict[str, Any]:
        return {
            "clause": self.clause,
            "kinds": list(self.kinds),
            "function": self.function,
            "summary": self.summary,
            "tests": self.cases,
            "covered": self.covered,
        }


def coverage(pack: str | Path) -> list[Row]:
    """One row for each clause id of the pack's own documents."""
    loaded = load_pack(pack)
    tried = Counter(case.clause for case in read_cases(pack))
    clauses = [clause for document in loaded.documents for clause in document.clauses]
    ids = dict.fromkeys(clause.id for clause in clauses)
    rows = []
    for name in ids:
        versions = [clause for clause in clauses if clause.id == name]
        kinds = tuple(dict.fromkeys(clause.kind for clause in versions))
        rows.append(Row(name, kinds, versions[0].function, versions[0].summary, tried[name]))
    return rows
