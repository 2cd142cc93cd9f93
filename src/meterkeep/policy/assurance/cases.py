"""The tests beside a pack, in TOML that a lawyer can read: facts in, outcome, clauses and missing facts out.

[[case]]
about = "a contract without the breach term"
clause = "CEA-04/6.7"           # the clause the case is about, counted by `policy coverage`
like = "contractor"             # a [base.NAME] of the file, whose facts the case changes
without = ["order.explicit"]    # facts of the base that are unknown here
facts = { "contract.breach_term" = false }
outcome = "refuse"
cites = ["CEA-04/6.7"]          # at least these
missing = []                    # exactly these, where given
duties = [{ do = "part of its words", due = 2026-01-12 }]       # at least these; without `due` its day is left open
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.deciding.duties import Duty
from meterkeep.policy.deciding.engine import Decision, check_request, decide
from meterkeep.policy.language.loading import folder_of, load_pack
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import Facts

_KEYS = {
    "about",
    "clause",
    "like",
    "without",
    "facts",
    "action",
    "on",
    "outcome",
    "why",
    "cites",
    "not_cites",
    "missing",
    "interpretations",
    "advice",
    "duties",
}


@dataclass(frozen=True, slots=True)
class Case:
    where: str
    about: str
    clause: str
    action: str
    on: date
    facts: Facts
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """passes_under: rulings, such as `R1 is allowed`, each of which alone would make a failing case pass."""

    case: Case
    differences: tuple[str, ...]
    passes_under: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.differences


def run_cases(pack: str | Path) -> list[Result]:
    """Decides every case of the pack's tests folder."""
    loaded, tried = load_pack(pack), dict[str, Pack]()
    return [_result(case, loaded, tried) for case in read_cases(pack)]


def _result(case: Case, pack: Pack, tried: dict[str, Pack]) -> Result:
    """tried: the pack under each other ruling, made where a case fails and kept for the next."""
    differences = tuple(_against(case, pack))
    if not differences:
        return Result(case, ())
    for name, entry in pack.interpretations.items():
        for choice in entry.choices:
            if choice != entry.ruling and f"{name} is {choice}" not in tried:
                tried[f"{name} is {choice}"] = pack.ruled({name: choice}, by=entry.by, on=entry.on)
    under = tuple(ruling for ruling, other in tried.items() if not any(_against(case, other)))
    return Result(case, differences, under)


def _against(case: Case, pack: Pack) -> Iterator[str]:
    return _differences(case, decide(pack, action=case.action, facts=case.facts, on=case.on))


def read_cases(pack: str | Path) -> list[Case]:
    """Raises BadInput where a case has an unknown key or names a base that the file does not have."""
    return [case for path in sorted((folder_of(pack) / "tests").glob("*.toml")) for case in _read(path)]


def _read(path: Path) -> Iterator[Case]:
    table = _table(path)
    bases, cases = table.get("base", {}), table.get("case", [])
    if not isinstance(bases, dict) or not isinstance(cases, list):
        raise BadInput("A file of cases has [base.NAME] and [[case]].", where=path.name)
    for number, entry in enumerate(cases, 1):
        where = f"{path.name} case {number}"
        try:
            yield _case(entry, bases, where)
        except KeyError as error:
            raise BadInput(
                f"The case has no {error.args[0]!r}, and its base has none.", where=where
            ) from error
        except (TypeError, AttributeError) as error:
            raise BadInput(
                f"The case cannot be understood: {error}.",
                where=where,
                next="Compare it with a case of a shipped pack.",
            ) from error


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except RecursionError:
        problem = "it is nested too deep"
    except (OSError, ValueError) as error:
        problem = str(error)
    raise BadInput(
        f"The file cannot be read: {problem}.", where=path.name, next="Write it as TOML, in UTF-8."
    )


def _case(entry: Mapping[str, Any], bases: Mapping[str, Any], where: str) -> Case:
    if stray := set(entry) - _KEYS:
        raise BadInput(f"A case has no key {sorted(stray)[0]!r}.", where=where)
    if not all(isinstance(duty, dict) and "do" in duty for duty in entry.get("duties", ())):
        raise BadInput("An expected duty is { do = a part of its words, due = its day }.", where=where)
    base = _base(bases, entry.get("like", ""), where)
    gone = set(entry.get("without", ()))
    facts = {name: value for name, value in base["facts"].items() if name not in gone}
    case = Case(
        where=where,
        about=entry["about"],
        clause=entry["clause"],
        action=entry.get("action") or base["action"],
        on=entry.get("on") or base["on"],
        facts=facts | entry.get("facts", {}),
        expected=entry,
    )
    check_request(case.action, case.facts, where=where)
    if type(case.on) is not date or not isinstance(case.clause, str):
        raise BadInput(
            "A case has a clause in quotes and a day without.", where=where, next="on = 2026-01-05"
        )
    return case


def _base(bases: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    if name and name not in bases:
        raise BadInput(f"There is no [base.{name}].", where=where)
    found: Mapping[str, Any] = bases[name] if name else {"facts": {}}
    return found


def _differences(case: Case, decision: Decision) -> Iterator[str]:
    cited = [clause.id for clause in decision.clauses]
    expected = case.expected
    if decision.why == "not_in_force" and expected.get("why") != "not_in_force":
        yield f"no document of the pack is in force on {case.on}; give the case, or its base, a later `on`"
        return
    for key, found in (("outcome", decision.outcome), ("why", decision.why)):
        if key in expected and expected[key] != found:
            yield f"{key} is {found}, not {expected[key]}; cited {', '.join(cited)}; missing {', '.join(decision.missing)}"
    for key, found_ids in _lists(decision, cited):
        if absent := set(expected.get(key, ())) - set(found_ids):
            yield f"{key} lacks {', '.join(sorted(absent))}: {', '.join(found_ids)}"
    for wanted in expected.get("duties", ()):
        if not any(_meets(duty, wanted) for duty in decision.duties):
            found_duties = "; ".join(duty.in_words for duty in decision.duties)
            yield f"duties lack {wanted['do']!r} due {wanted.get('due', 'at any time')}: {found_duties}"
    if unwanted := set(expected.get("not_cites", ())) & set(cited):
        yield f"cites {', '.join(sorted(unwanted))}"
    if "missing" in expected and set(expected["missing"]) != set(decision.missing):
        yield f"missing is {', '.join(decision.missing)}"


def _meets(duty: Duty, wanted: Mapping[str, Any]) -> bool:
    return wanted["do"] in duty.do and wanted.get("due", duty.due) == duty.due


def _lists(decision: Decision, cited: list[str]) -> tuple[tuple[str, list[str]], ...]:
    advised = [unmet.fact for advice in decision.advice for unmet in advice.unmet]
    return (
        ("cites", cited),
        ("interpretations", [one.id for one in decision.interpretations]),
        ("advice", advised),
    )
