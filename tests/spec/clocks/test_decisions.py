"""Due dates in decisions: the provider's state, its pack's closures, and those that a desk knows of."""

import json
import shutil
import subprocess
import sys
from datetime import date

import pytest

from meterkeep.clocks import Closure
from meterkeep.errors import BadInput
from meterkeep.policy import decide, load_pack
from meterkeep.policy.assurance.cases import run_cases
from meterkeep.policy.language.loading import SHIPPED

ASKED = {"data.kind": "aggregate", "aggregate.traceable": False, "discretion.recorded": True}
THURSDAY = date(2025, 4, 10)


@pytest.fixture
def own(tmp_path):
    """A copy of the CPA pack whose releases carry two duties, one of the staff and one of the law."""
    folder = tmp_path / "own"
    shutil.copytree(SHIPPED / "cpa", folder)
    text = (folder / "CPA.md").read_text()
    permit = text.index('id = "CPA/4"\neffect = "permit"')
    duties = """duties = [
  { do = "Answer whoever asked.", within = "2 business days", clock = "staff" },
  { do = "File the release.", within = "1 week", roll = "next" },
]
"""
    at = text.index("summary", permit)
    (folder / "CPA.md").write_text(text[:at] + duties + text[at:])
    return folder


def dues(folder, on=THURSDAY, facts=ASKED, **more):
    decision = decide(load_pack(folder), action="release_aggregate", facts=facts, on=on, **more)
    assert decision.outcome == "permit"
    return {duty.do.split()[0]: duty.due for duty in decision.duties if duty.due}


def close(folder, day):
    entry = f'[[closure]]\non = {day}\nname = "closed"\ncite = "CPA/0"\n'
    (folder / "closures.toml").write_text(entry)


def test_the_shipped_notice_lists_its_own_closure():
    (closure,) = load_pack("cpa").closures
    assert (closure.on, closure.cite) == (date(2025, 3, 31), "CPA/0")


def test_a_decision_counts_the_providers_state(own):
    assert dues(own) == {"Answer": date(2025, 4, 14), "File": date(2025, 4, 17)}


@pytest.mark.parametrize("from_desk", [False, True], ids=["the pack's closure", "a desk's closure"])
def test_a_closure_moves_the_staffs_day_and_not_the_laws(own, from_desk):
    shut = Closure(date(2025, 4, 11), "closed", "CPA/0")
    if not from_desk:
        close(own, shut.on)
    assert dues(own, closures=[shut] if from_desk else []) == {
        "Answer": date(2025, 4, 15),
        "File": date(2025, 4, 17),
    }


def test_the_json_of_a_duty_is_its_words_and_its_day(own):
    decision = decide(load_pack(own), action="release_aggregate", facts=ASKED, on=THURSDAY)
    assert {"do": "Answer whoever asked.", "due": "2025-04-14"} in decision.as_json()["duties"]


def test_the_text_names_the_days_counted_and_the_clause():
    facts = {
        "data.kind": "covered", "recipient.kind": "court_or_police", "order.subpoena": True, "legal.notice_days": 0,
        "order.notice_forbidden": False, "data.contact_only": False, "circumstance.imminent_threat": False,
    }  # fmt: skip
    asked = {"provider": "cpa", "action": "disclose", "on": "2026-01-05", "facts": facts}
    command = [sys.executable, "-m", "meterkeep", "decide"]
    told = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, check=False
    ).stdout
    assert "By 2026-01-12 (7 calendar days). CPUC/4-c-2" in told


@pytest.mark.parametrize(
    "entry",
    [
        'on = "2025-04-11"\nname = "closed"\ncite = "CPA/0"',
        'on = 2025-04-11\nname = "closed"',
        'on = 2025-04-11\nname = "closed"\ncite = "CPA/77"',
        'on = 2025-04-11\nname = "closed"\ncite = "CPA/0"\nuntil = 2025-04-12',
    ],
)
def test_a_closure_without_its_day_or_its_clause_does_not_load(own, entry):
    (own / "closures.toml").write_text("[[closure]]\n" + entry)
    with pytest.raises(BadInput) as caught:
        load_pack(own)
    assert "own" in caught.value.where


def test_a_case_may_expect_a_duty_and_its_day(own):
    case = """
[[case]]
about = "a release"
clause = "CPA/4"
action = "release_aggregate"
on = 2025-04-10
facts = {{ "aggregate.traceable" = false, "discretion.recorded" = true }}
duties = [{{ do = "Answer", due = {day} }}, {{ do = "File the release" }}]
"""
    for file in (own / "tests").glob("*.toml"):
        file.unlink()
    for day, passed in (("2025-04-14", True), ("2025-04-15", False)):
        (own / "tests" / "duties.toml").write_text(case.format(day=day))
        assert [result.passed for result in run_cases(own)] == [passed]
    (own / "tests" / "duties.toml").write_text(case.replace("{{ do", "{{ by").format(day="2025-04-14"))
    with pytest.raises(BadInput):
        run_cases(own)
