"""Cedar, compiled from the packs and asked the same, gives the same outcome and cites the same clauses."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from types import MappingProxyType

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.policy import decide, load_pack, pack_ids
from meterkeep.policy.assurance.cedar import agree, export, vectors
from meterkeep.policy.assurance.cedar.agreement import cedar_answers
from meterkeep.policy.deciding.program import outcome_of, program_for
from meterkeep.policy.language.clauses import Clause, Yield, parse_atom
from meterkeep.policy.language.pack import Document, Figure, Interpretation, Pack, Parameter
from meterkeep.policy.language.vocabulary import vocabulary

ON = date(2026, 1, 5)
SOLICITED = {"data.kind": "covered", "use.third_party_solicitation": True}


def days(pack):
    """Before anything is in force, on the first day, and on a later one."""
    first = min(document.effective for document in pack.documents)
    return [first - timedelta(days=1), first, max(first, ON)]


def acted_on(pack):
    """The actions of which a clause speaks, and one of which none does."""
    spoken = {action for clause in pack.clauses if clause.deciding for action in clause.actions}
    silent = [action for action in vocabulary().actions if action not in spoken][:1]
    return [action for action in vocabulary().actions if action in spoken] + silent


@pytest.mark.parametrize("pack_id", pack_ids())
def test_cedar_s_validator_accepts_every_export(pack_id):
    pack = load_pack(pack_id)
    for on in days(pack):
        for complete in (False, True):
            exported = export(pack, on, complete=complete)
            assert cedarpy.validate_policies(exported.policies, exported.schema).errors == []


@pytest.mark.parametrize("pack_id", pack_ids())
def test_cedar_agrees_on_outcome_and_clauses(pack_id):
    compared = agreed(load_pack(pack_id), each=60)
    assert compared >= 60 * 3 * 2


@pytest.mark.slow
@pytest.mark.parametrize("pack_id", pack_ids())
def test_cedar_agrees_on_thirty_thousand_vectors(pack_id):
    pack = load_pack(pack_id)
    each = 30_000 // (len(days(pack)) * len(acted_on(pack)) * 2) + 1
    assert agreed(pack, each=each) >= 30_000


def agreed(pack, *, each):
    """Vectors compared: complete ones, and ones that lack up to four facts."""
    compared = 0
    for on in days(pack):
        for action in acted_on(pack):
            whole = agree(pack, on, action, islice(vectors(pack, on, action), each), complete=True)
            part = agree(pack, on, action, islice(vectors(pack, on, action, seed=1, unknown=4), each))
            assert whole.differences == part.differences == (), (pack.id, on, action)
            compared += whole.compared + part.compared
    return compared


def test_the_vectors_come_to_every_outcome_and_nearly_every_clause():
    """The comparison would be worth nothing if it agreed about clauses that no vector meets."""
    pack = load_pack("cea")
    drawn = list(islice(vectors(pack, ON, "disclose"), 1_500))
    seen = Counter(decide(pack, action="disclose", facts=facts, on=ON).outcome for facts in drawn)
    assert min(seen["permit"], seen["refuse"], seen["undetermined"]) >= 50, seen
    exported = export(pack, ON, actions=["disclose"], complete=True)
    named = {clause for _, answer in cedar_answers(exported, "disclose", drawn) for clause in answer.clauses}
    clauses = {policy.clause for policy in exported.written}
    assert len(named) >= 0.9 * len(clauses), clauses - named


def test_a_pack_ruled_otherwise_is_told_apart():
    shipped = load_pack("cea")
    ruled = shipped.ruled({"R2": "refused"}, by="officer", on=ON)
    facts = {
        "data.kind": "covered",
        "recipient.kind": "emergency_services",
        "circumstance.imminent_threat": True,
        "use.third_party_solicitation": False,
        "use.sale": False,
        "channel": "secure",
    }
    outcomes = [decide(pack, action="disclose", facts=facts, on=ON).outcome for pack in (shipped, ruled)]
    assert [asked(export(pack, ON), facts).outcome for pack in (shipped, ruled)] == outcomes
    assert outcomes[0] != outcomes[1]


def asked(exported, facts, action="disclose"):
    ((_, answer),) = cedar_answers(exported, action, [facts])
    return answer


def test_a_missing_fact_denies_where_cedar_alone_would_let_pass():
    pack = load_pack("cpa")
    facts = next(
        facts
        for facts in vectors(pack, ON, "disclose")
        if decide(pack, action="disclose", facts=facts, on=ON).outcome == "permit"
    )
    exported = export(pack, ON)
    assert asked(exported, facts).outcome == "permit"
    read_by_forbids = {
        atom.fact
        for clause in pack.clauses
        if clause.kind == "forbid" and "disclose" in clause.actions
        for atom in clause.when
    }
    for name in read_by_forbids & facts.keys():
        less = {key: value for key, value in facts.items() if key != name}
        if decide(pack, action="disclose", facts=less, on=ON).outcome != "permit":
            assert asked(exported, less).outcome != "permit", name


@pytest.mark.parametrize("facts", [{"data.kind": "coverd"}, {"data.kynd": "covered"}, {"order.explicit": 1}])
def test_what_the_vocabulary_does_not_have_is_no_decision(facts):
    exported = export(load_pack("cea"), ON)
    request = exported.request("disclose", SOLICITED)
    for name, value in facts.items():
        typed = {"__entity": {"type": "Meterkeep::DataKind", "id": value}} if name == "data.kind" else value
        request["context"][name] = typed
    result = cedarpy.is_authorized(request, exported.policies, [], exported.schema)
    assert (result.decision.name, bool(result.diagnostics.errors)) == ("NoDecision", True)


def test_a_request_means_the_same_without_the_schema():
    """Who times Cedar may leave the schema out, and must not time another question by that."""
    pack = load_pack("cea")
    exported = export(pack, ON, actions=["disclose"], complete=True)
    drawn = list(islice(vectors(pack, ON, "disclose"), 100))
    requests = [exported.request("disclose", facts) for facts in drawn]
    told = [
        cedarpy.is_authorized_batch(requests, exported.policies, [], schema)
        for schema in (None, exported.schema)
    ]
    without, within = ([(one.decision, set(one.diagnostics.reasons)) for one in each] for each in told)
    assert without == within


def test_a_number_beyond_cedars_is_beyond_every_bound():
    exported = export(load_pack("cea"), ON)
    facts = {"aggregate.customers": 10**40, "aggregate.largest_share_ppm": -(10**40)}
    context = exported.request("release_aggregate", facts)["context"]
    assert context["aggregate.customers"] == 2**63 - 1 == -context["aggregate.largest_share_ppm"]


def test_every_policy_names_its_clause_in_words():
    exported = export(load_pack("cea"), ON)
    told = json.loads(cedarpy.policies_to_json_str(exported.policies))["staticPolicies"].values()
    ids = [policy["annotations"]["id"] for policy in told]
    assert len(ids) == len(set(ids)) == len(exported.written)
    known = {clause.id for clause in load_pack("cea").clauses}
    for policy in told:
        notes = policy["annotations"]
        assert notes["clause"] in known
        assert notes["summary"] and notes["source"]
        assert notes["stands"] in ("known", "possible")


BOOLS = ("order.explicit", "law.requires", "approval.given", "contract.in_force")
ATOMS = (
    *BOOLS,
    *(f"not {name}" for name in BOOLS),
    "message.kind is service",
    "message.kind is not service",
    "data.kind is covered",
    "data.kind is not covered",
    "data.kind is one of covered, customer, aggregate, deidentified",
    "aggregate.customers at least fewest",
    "aggregate.customers below 15",
    "provider.kind is municipal",
)
SCOPES = ((), ("provider.kind is cca",), ("provider.kind is one of cca, municipal",))
atoms = st.lists(st.sampled_from(ATOMS), max_size=3).map(
    lambda texts: tuple(parse_atom(text, where="") for text in texts)
)
rulings = st.sampled_from(("", "R1 is yes", "R1 is no"))


@st.composite
def clauses(draw, name):
    kind = draw(st.sampled_from(("permit", "permit", "forbid")))
    closing = kind == "forbid" and draw(st.booleans())
    under = draw(rulings)
    yields = st.builds(Yield, st.sampled_from(("A/1", "B/1", "L/1")), rulings)
    return Clause(
        id=f"{name}/{draw(st.integers(1, 3))}",
        kind=kind,
        summary='says "so"',
        actions=draw(st.sampled_from((("use",), ("use", "disclose"), ("disclose",)))),
        when=draw(atoms),
        unless=draw(atoms),
        under=(under,) if under else (),
        closing=closing,
        yields=tuple(draw(st.lists(yields, max_size=2))) if closing else (),
        effective=draw(st.sampled_from((date(2020, 1, 1), date(2027, 1, 1)))),
    )


@st.composite
def packs(draw):
    def document(name):
        return Document(
            id=name,
            title=name,
            law=name == "L",
            adopted="",
            effective=draw(st.sampled_from((date(2020, 1, 1), date(2020, 1, 1), date(2027, 1, 1)))),
            until=date.max,
            scope=tuple(parse_atom(text, where="") for text in draw(st.sampled_from(SCOPES))),
            clauses=tuple(draw(st.lists(clauses(name), max_size=4))),
        )

    ruling = Interpretation("R1", "?", {"yes": "", "no": ""}, draw(st.sampled_from(("yes", "no"))), ON, "")
    return Pack(
        id="drawn",
        name="Drawn",
        kind="cca",
        jurisdiction="US-CA",
        documents=(document("A"), document("B")),
        law=(document("L"),),
        parameters={"fewest": Parameter("fewest", "", (Figure(15, "", date.min), Figure(100, "", ON)))},
        interpretations=MappingProxyType({"R1": ruling}),
        purposes={},
        elements={},
        implied={"use": {"law.requires": True}},
        source_digest="",
    )


@settings(max_examples=60, deadline=None)
@given(packs(), st.sampled_from(("use", "disclose")), st.booleans(), st.integers(0, 99))
def test_cedar_agrees_on_packs_drawn_at_random(pack, action, complete, seed):
    drawn = list(islice(vectors(pack, ON, action, seed=seed, unknown=0 if complete else 3), 12))
    assert agree(pack, ON, action, drawn, complete=complete).differences == ()


@settings(max_examples=60, deadline=None)
@given(packs(), st.sampled_from(("use", "disclose")), st.integers(0, 99))
def test_cedar_settles_what_three_values_settle_and_nothing_else(pack, action, seed):
    drawn = list(islice(vectors(pack, ON, action, seed=seed, unknown=3), 12))
    for facts, answer in cedar_answers(export(pack, ON, actions=[action]), action, drawn):
        known = {**pack.provider, **pack.implied.get(action, {}), **facts}
        program = program_for(pack, action, ON, known)
        if not isinstance(program, str):
            outcome = outcome_of(program, program.values(known))
            assert (answer.outcome in ("permit", "refuse")) == (outcome in ("permit", "refuse"))


def test_the_law_alone_decides_nothing():
    pack = load_pack("cea")
    silenced = replace(pack, documents=(), compiled={})
    assert export(silenced, ON).written == ()


def meterkeep(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "meterkeep", "policy", "export-cedar", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_the_policies_or_writes_the_files(tmp_path):
    printed = meterkeep("cpa", "--on", "2026-01-05")
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout == export(load_pack("cpa"), ON).policies
    told = json.loads(meterkeep("cpa", "--on", "2026-01-05", "--to", str(tmp_path), "--json").stdout)
    assert told["clauses"] > 3
    texts = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert sorted(texts) == ["policies.cedar", "request.json", "schema.cedarschema"]
    request = json.loads(texts["request.json"])
    result = cedarpy.is_authorized(request, texts["policies.cedar"], [], texts["schema.cedarschema"])
    assert (result.decision.name, result.diagnostics.errors) == ("Deny", [])
