"""Cases answered by hand by a second person, from the documents and the recorded interpretations, not from the packs.

A case is a scene with a few facts changed (`but`) or taken away (`unknown`); `expect` says what has to come out.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from meterkeep.errors import BadInput
from meterkeep.policy import Decision, decide, load_pack, parse_decide_input

FOLDER = Path(__file__).parent / "officer_cases"


def flat(tables: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """`{"data": {"kind": "covered"}, "channel": "post"}` as `{"data.kind": "covered", "channel": "post"}`."""
    facts: dict[str, Any] = {}
    for name, value in tables.items():
        facts |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return facts


def expanded(case: dict[str, Any], scenes: dict[str, Any]) -> dict[str, Any]:
    base = scenes[case["scene"]] if "scene" in case else case
    facts = flat(base["facts"]) | flat(case.get("but", {}))
    request = {key: case.get(key, base.get(key)) for key in ("provider", "action", "on")}
    request["on"] = request["on"].isoformat()
    request["facts"] = {name: value for name, value in facts.items() if name not in case.get("unknown", ())}
    return request


def every_case() -> list[Any]:
    params = []
    for file in sorted(FOLDER.glob("*.toml")):
        book = tomllib.loads(file.read_text())
        for case in book["case"]:
            request = expanded(case, book.get("scene", {}))
            params.append(pytest.param(request, case, id=f"{file.stem}: {case['name']}"))
    return params


def answered(request: dict[str, Any]) -> Decision:
    """Through the command line's own door, so that spelling and types are checked as they are for everyone."""
    (parsed,) = parse_decide_input([request])
    return decide(load_pack(parsed.provider), action=parsed.action, facts=parsed.facts, on=parsed.on)


def cites(decision: Decision, wanted: str) -> bool:
    """`CEA-04/6.5` is cited by itself and by its parts (`CEA-04/6.5-b`), not by `CEA-04/6.50`."""
    return any(
        one.id.startswith(wanted) and not one.id[len(wanted) :][:1].isdigit() for one in decision.clauses
    )


def one_or_many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def complaints(decision: Decision, expect: dict[str, Any]) -> list[str]:
    """What the officer would send back, empty if nothing."""
    advised = {unmet.fact for advice in decision.advice for unmet in advice.unmet}
    asked = set(decision.missing)
    checks = {
        "outcome": decision.outcome in one_or_many(expect["outcome"]),
        "why": decision.why == expect.get("why", decision.why),
        "cites": all(cites(decision, wanted) for wanted in expect.get("cites", [])),
        "cites_any": "cites_any" not in expect or any(cites(decision, some) for some in expect["cites_any"]),
        "cites_not": not any(cites(decision, unwanted) for unwanted in expect.get("cites_not", [])),
        "missing": asked >= set(expect.get("missing", [])),
        "missing_only": "missing_only" not in expect or asked <= set(expect["missing_only"]),
        "missing at all": bool(asked) == (decision.outcome == "undetermined" and decision.why == "facts"),
        "advises": decision.outcome != "refuse" or "advises" not in expect or expect["advises"] in advised,
        "routes": "routes" not in expect
        or all(one.clause.startswith(tuple(expect["routes"])) for one in decision.advice),
        "no_advice": not (expect.get("no_advice") and decision.advice),
        "duties": not expect.get("duties") or bool(decision.duties),
        "interpreted": not expect.get("interpreted") or bool(decision.interpretations),
        "a clause is cited": bool(decision.clauses) or decision.why != "facts",
    }
    return [name for name, held in checks.items() if not held]


@pytest.mark.parametrize(("request_", "case"), every_case())
def test_the_officer_and_the_packs_agree(request_: dict[str, Any], case: dict[str, Any]) -> None:
    expect = case["expect"]
    try:
        decision = answered(request_)
    except BadInput as error:
        wanted = expect.get("error") or expect.get("or_error")
        assert wanted is not None, f"{error}\n{case['because']}"
        assert wanted in str(error) or wanted in error.where
        return
    assert "error" not in expect, "a request that is wrong as a request was decided"
    unmet = complaints(decision, expect)
    assert not unmet, f"{unmet}\n{case['because']}\n{json.dumps(decision.as_json(), indent=1)}"


def test_a_bad_item_of_a_batch_is_named_and_nothing_is_decided() -> None:
    good = {"provider": "cpa", "action": "release_aggregate", "on": "2025-06-02", "facts": {}}
    bad = good | {"facts": {"aggregate.traced": False}}
    with pytest.raises(BadInput) as caught:
        parse_decide_input([good, bad, good])
    assert "1" in caught.value.where and "aggregate.traced" in f"{caught.value} {caught.value.where}"


def test_a_batch_of_both_providers_is_answered_in_its_order() -> None:
    facts = {"use.third_party_solicitation": True, "data.kind": "customer"}
    items = [
        {"provider": name, "action": "disclose", "on": "2025-06-02", "facts": facts}
        for name in ("cea", "cpa")
    ]
    asked = parse_decide_input(items)
    answers = [
        decide(load_pack(one.provider), action=one.action, facts=one.facts, on=one.on) for one in asked
    ]
    assert [one.provider for one in answers] == ["cea", "cpa"]
    assert [cites(answers[0], "CEA-03/5.3"), cites(answers[1], "CPA/3")] == [True, True]
