"""The clause map: every clause of a pack with its kind, its function and what tries it.

A clause is tried by the cases beside the pack and by the tests that the pack's `spec.toml` names for it. What can be missing:

    decides (permit, forbid)          fewer than two cases
    definition, parameter, test,      nothing tries it although the room of its function is there;
    duty, attest                      `pending` while that room, or its part of it, is not there yet
    info                              nothing: it binds nobody
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.assurance.cases import read_cases
from meterkeep.policy.language.clauses import Clause
from meterkeep.policy.language.loading import folder_of, load_pack

AT_LEAST = 2  # cases for a clause that decides: one on each side
ROOMS = Path(__file__).parents[2]
FUNCTIONS = Path(__file__).parents[1] / "functions.toml"


@dataclass(frozen=True, slots=True)
class Function:
    """room: the folder of meterkeep that carries it. waiting: clauses whose part of the room is not built yet."""

    code: str
    title: str
    room: str
    waiting: tuple[str, ...] = ()

    def carries(self, clause: str) -> bool:
        return clause not in self.waiting and (ROOMS / self.room / "__init__.py").is_file()


@dataclass(frozen=True, slots=True)
class Row:
    """tests: names of tests outside the pack; cases: how many of the pack's own are about the clause."""

    clause: str
    kinds: tuple[str, ...]
    function: Function
    summary: str
    anchor: str
    cases: int
    tests: tuple[str, ...]

    @property
    def deciding(self) -> bool:
        return "permit" in self.kinds or "forbid" in self.kinds

    @property
    def status(self) -> str:
        """tested, pending, stated or missing."""
        if self.deciding:
            return "tested" if self.cases >= AT_LEAST else "missing"
        if self.cases or self.tests:
            return "tested"
        if set(self.kinds) == {"info"}:
            return "stated"
        return "missing" if self.function.carries(self.clause) else "pending"

    @property
    def covered(self) -> bool:
        return self.status != "missing"

    def as_json(self) -> dict[str, Any]:
        return {
            "clause": self.clause,
            "kinds": list(self.kinds),
            "function": self.function.code,
            "carried_by": self.function.title,
            "summary": self.summary,
            "anchor": self.anchor,
            "cases": self.cases,
            "tests": list(self.tests),
            "status": self.status,
            "covered": self.covered,
        }


@cache
def functions() -> Mapping[str, Function]:
    entries = tomllib.loads(FUNCTIONS.read_text())
    return {
        code: Function(code, **{**entry, "waiting": tuple(entry.get("waiting", ()))})
        for code, entry in entries.items()
    }


def coverage(pack: str | Path) -> list[Row]:
    """One row for each clause id of the pack's own documents. Raises BadInput where a test names no clause of them."""
    clauses = [clause for document in load_pack(pack).documents for clause in document.clauses]
    cases = Counter(case.clause for case in read_cases(pack))
    named = _named_tests(folder_of(pack))
    ids = dict.fromkeys(clause.id for clause in clauses)
    if stray := sorted({*cases, *named} - set(ids)):
        raise BadInput(f"A test is about {stray[0]}, which is no clause of the pack.", where=str(pack))
    return [
        _row([clause for clause in clauses if clause.id == name], cases[name], named.get(name, ()))
        for name in ids
    ]


def _row(versions: Sequence[Clause], cases: int, tests: Sequence[str]) -> Row:
    first = versions[0]
    if first.function not in functions():
        raise BadInput(
            f"{first.id} names the function {first.function!r}.", where=first.where, next="F01 to F34."
        )
    kinds = tuple(dict.fromkeys(clause.kind for clause in versions))
    function = functions()[first.function]
    return Row(first.id, kinds, function, first.summary, first.cited_from, cases, tuple(tests))


def _named_tests(folder: Path) -> dict[str, list[str]]:
    """`spec.toml`: clause → the tests that prove what no decision can show, such as a desk's deadline."""
    path = folder / "spec.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
