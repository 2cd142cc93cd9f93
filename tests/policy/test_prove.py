"""Proofs that fail when the pack is broken, and say so in words that lead to the clause."""

import json
import subprocess
import sys
from datetime import date

import pytest
from policy.editing import copied, edit

from meterkeep.errors import BadInput
from meterkeep.policy import decide, load_pack, pack_ids
from meterkeep.policy.assurance import prove as proving
from meterkeep.policy.assurance.overlaps import overlaps
from meterkeep.policy.assurance.prove import prove, prove_claims
from meterkeep.policy.assurance.proving import symbols
from meterkeep.policy.assurance.proving.invariants import read_claims

ON = date(2026, 7, 1)


@pytest.fixture
def own(tmp_path):
    return copied("cea", tmp_path)


def cut(folder, name, clause, *, effect="forbid", holding=""):
    """Takes a clause's blocks of one effect out of the document, those whose text holds a word only."""
    blocks = (folder / name).read_text().split("```clause\n")
    gone = [
        one
        for one in blocks
        if f'id = "{clause}"' in one and f'effect = "{effect}"' in one and holding in one
    ]
    assert gone
    (folder / name).write_text("```clause\n".join(one for one in blocks if one not in gone))


def claims(folder, *wanted):
    """Leaves the named claims alone in the file, so that a test asks for no more than it is about."""
    entries = (folder / "invariants.toml").read_text().split("\n[[")
    kept = [one for one in entries if any(f'name = "{name}"' in one for name in wanted)]
    assert len(kept) == len(wanted)
    (folder / "invariants.toml").write_text("".join(f"\n[[{one}" for one in kept))


def failed(folder, name):
    found = [proof for proof in prove_claims(folder, on=ON) if proof.name == name and not proof.holds]
    return found[0] if found else None


@pytest.mark.parametrize("pack", pack_ids())
def test_every_shipped_pack_keeps_what_it_claims(pack):
    report = prove(pack, on=ON)
    assert [(proof.name, proof.action) for proof in report.proofs if not proof.holds] == []
    assert report.holds
    assert {"unknown-permit", "unknown-refuse"} < {proof.name for proof in report.proofs}


@pytest.mark.parametrize("pack", pack_ids())
def test_every_shipped_pack_claims_something_of_its_own(pack):
    named = {claim.name for claim in read_claims(pack)}
    assert len(named) >= 8
    by_pack = {
        "cea": {
            "solicitation",
            "sale",
            "email",
            "website",
            "few-customers",
            "large-share",
            "ceased",
            "withdrawn",
            "need",
        },
        "cpa": {"solicitation", "sale", "traceable", "withdrawn"},
        "lce": {"sale", "ceased", "re-identification", "withdrawn"},
        "us-ca-cca": {"sale", "warrant", "subpoena"},
        "ok-utility": {"municipal", "marketing", "habits"},
        "citizens": {"children", "commercial-marketing"},
    }
    assert by_pack[pack] <= named


def test_a_permit_without_its_condition_is_found_and_told_in_words(own):
    claims(own, "breach-term")
    cut(own, "CEA-04.md", "CEA-04/6.7")
    edit(
        own,
        "CEA-04.md",
        '"contract.no_less_protective", "contract.breach_term"',
        '"contract.no_less_protective"',
    )
    proof = failed(own, "breach-term")
    told = "\n".join(proof.counterexample.lines())
    assert told.startswith("This would be permitted: a disclosure, where")
    assert "not so: the contract makes a pattern or practice of violations a material breach" in told
    assert "CEA-04/6.5-b" in told
    assert "Add a prohibition" in told


def test_the_counterexample_is_decided_as_it_says_and_needs_every_fact(own):
    claims(own, "few-customers")
    edit(own, "parameters.toml", "value = 15,", "value = 10,", everywhere=True)
    found = failed(own, "few-customers").counterexample
    action = failed(own, "few-customers").action
    pack = load_pack(own)
    assert decide(pack, action=action, facts=found.facts, on=ON).outcome == "permit"
    assert found.facts["aggregate.customers"] == 10
    for name in found.facts:
        fewer = {key: value for key, value in found.facts.items() if key != name}
        needed = decide(pack, action=action, facts=fewer, on=ON).outcome != "permit"
        assert needed or name in ("data.kind", "aggregate.customers")


@pytest.mark.parametrize(
    ("document", "clause", "claim"),
    [
        ("CEA-03.md", "CEA-03/5.3-a", "solicitation"),
        ("CEA-03.md", "CEA-03/4.1-a", "few-customers"),
        ("CEA-03.md", "CEA-03/4.1-b", "large-share"),
        ("CEA-04.md", "CEA-04/6.8", "ceased"),
    ],
)
def test_without_its_prohibition_a_promise_no_longer_holds(own, document, clause, claim):
    claims(own, claim)
    cut(own, document, clause)
    assert failed(own, claim).status == "failed"


def test_a_share_bound_that_lets_exactly_15_percent_pass_is_found(own):
    claims(own, "large-share")
    edit(own, "parameters.toml", "150_000", "150_001", everywhere=True)
    found = failed(own, "large-share").counterexample
    assert found.facts["aggregate.largest_share_ppm"] == 150_000
    assert any("parts per million" in one and ": 150000" in one for one in found.conditions)


def test_a_ruling_in_force_that_breaks_a_promise_fails_and_another_one_is_named(own):
    claims(own, "ceased")
    (proof,) = [one for one in prove_claims(own, on=ON) if one.name == "ceased"]
    assert (proof.status, proof.rests_on) == ("as_ruled", ("R3",))
    edit(own, "interpretations.toml", 'ruling = "refuse"', 'ruling = "order_prevails"', everywhere=True)
    found = failed(own, "ceased")
    assert "the Commission explicitly ordered this disclosure" in found.counterexample.conditions


def test_a_comparison_that_opens_a_permission_names_what_changed(own):
    with (own / "CEA-04.md").open("a") as file:
        file.write("""
```clause
id = "CEA-04/6.9-w"
effect = "forbid"
actions = ["disclose"]
when = ["data.kind is covered", "authorization.given", "not authorization.written"]
summary = "synthetic: an authorization must be in writing, whatever else there is."
```
""")
    with (own / "invariants.toml").open("a") as file:
        file.write("""
[[comparison]]
name = "any-withdrawal"
says = "Withdrawing whatever authorization there is never opens a permission."
actions = ["disclose"]
before = ["authorization.given"]
after = ["not authorization.given"]
never_gained = "permit"
""")
    claims(own, "any-withdrawal")
    told = "\n".join(failed(own, "any-withdrawal").counterexample.lines())
    assert "once this changes (the customer gave an authorization: yes → no)" in told
    assert "not so: it is express and in writing or electronically signed" in told


def test_a_claim_holds_only_in_its_time(own):
    text = '\n[[invariant]]\nname = "early"\nsays = "s"\nactions = ["disclose"]\nwhen = []\noutcome_always = "refuse"\n'
    (own / "invariants.toml").write_text(text + "until = 2019-01-01\n")
    assert not [proof for proof in prove_claims(own, on=ON) if proof.name == "early"]
    (own / "invariants.toml").write_text(text)
    assert failed(own, "early")


def test_a_change_in_time_is_proved_on_both_sides(own):
    claims(own, "few-customers")
    edit(
        own,
        "parameters.toml",
        "value = 15, cite",
        'value = 15, cite = "CEA-03/4.1-a" }, { effective = 2027-01-01, value = 12, cite',
    )
    found = [proof for proof in prove_claims(own, on=ON) if proof.name == "few-customers"]
    assert {(proof.since.year, proof.status) for proof in found} == {(2020, "proved"), (2027, "failed")}


def test_conditions_that_exclude_each_other_claim_nothing(own):
    text = '[[invariant]]\nname = "void"\nsays = "s"\nactions = ["use"]\nwhen = ["use.sale", "not use.sale"]\noutcome_never = "permit"\n'
    (own / "invariants.toml").write_text(text)
    assert failed(own, "void").status == "empty"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("[[invariant]]\nname = 'a'", "lacks"),
        ("[[invariant]]\nname = 'a'\nsays = 's'\nactions = ['use']", "outcome_never"),
        ("[[invariant]]\nname = 'a'\nsays = 's'\nactions = ['peek']\noutcome_never = 'permit'", "peek"),
        (
            "[[invariant]]\nname = 'a'\nsays = 's'\nactions = ['use']\nwhen = ['use.sail']\noutcome_never = 'permit'",
            "use.sail",
        ),
        (
            "[[invariant]]\nname = 'a'\nsays = 's'\nactions = ['use']\noutcome_never = 'maybe'",
            "outcome_never",
        ),
        ("[[theorem]]\nname = 'a'", "theorem"),
        (
            "[[invariant]]\nname = 'a'\nsays = 's'\nactions = ['use']\noutcome_never = 'permit'\n" * 2,
            "Two claims",
        ),
        ("[[invariant]\n", "cannot be read"),
    ],
)
def test_a_slip_in_a_claim_is_bad_input_that_names_it(own, entry, said):
    (own / "invariants.toml").write_text(entry)
    with pytest.raises(BadInput) as caught:
        read_claims(own)
    assert said in caught.value.message
    assert "invariants.toml" in caught.value.where


def test_without_z3_the_next_step_is_named(own, monkeypatch):
    monkeypatch.setitem(sys.modules, "z3", None)
    with pytest.raises(BadInput) as caught:
        symbols.solver_library()
    assert "z3-solver" in caught.value.next


def test_two_engines_that_disagree_are_our_fault_and_no_proof(own, monkeypatch):
    claims(own, "solicitation")
    monkeypatch.setattr(proving, "_broken", lambda *anything: 1)
    with pytest.raises(AssertionError):
        prove_claims(own, on=ON)


def test_overlaps_say_what_settles_them():
    found = {(one.permit, one.forbid): one for one in overlaps(load_pack("cea"), on=ON)}
    assert found["CEA-04/6.5-b", "CEA-03/5.3-a"].settled == "prohibition"
    assert found["CEA-04/6.5-a", "CEA-04/6.7"].settled == "unless"
    assert "the Commission explicitly ordered this disclosure" in found["CEA-04/6.5-a", "CEA-04/6.7"].by
    assert found["CPUC/4-c-2", "CEA-04/6.9"].settled == "yields"
    override = found["CEA-02/5.1-c", "CEA-03/5.3-a"]
    assert (override.settled, override.by) == ("ruling", ("11.1 is override",))
    assert ("CEA-03/5.3-b", "CEA-04/6.8") not in found  # totals and usage never meet


def meterkeep(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "meterkeep", "policy", *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_exits_by_its_proofs_and_prints_the_sentence(own):
    claims(own, "solicitation", "few-customers")
    whole = meterkeep("prove", str(own), "--as-of", "2026-07-01", "--json")
    assert whole.returncode == 0
    assert json.loads(whole.stdout)[0]["holds"] is True
    edit(own, "parameters.toml", "value = 15,", "value = 10,", everywhere=True)
    broken = meterkeep("prove", str(own), "--as-of", "2026-07-01")
    assert broken.returncode == 1
    assert "FAILED" in broken.stdout
    assert "customers in the smallest group: 10 to 14" in broken.stdout
    assert "rows tried" in broken.stdout


def test_the_command_lists_overlaps_as_a_table():
    done = meterkeep("prove", "cpa", "--overlaps", "--as-of", "2026-07-01")
    assert done.returncode == 0
    assert "settled by" in done.stdout.splitlines()[0]
    assert "CPA/3" in done.stdout
