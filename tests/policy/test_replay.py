"""The decisions of a log come out again as they were recorded, and a candidate pack says in words what it would change."""

import json
from dataclasses import replace as changed
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from meterkeep.faces.cli.policy.replay import replay_command
from meterkeep.policy import decide, load_pack
from meterkeep.policy.assurance.cedar import vectors
from meterkeep.policy.assurance.replay import Recorded, replay
from meterkeep.policy.language.clauses import parse_atom

ON = date(2026, 1, 5)
SOLICITED = {"data.kind": "covered", "recipient.kind": "contractor", "use.third_party_solicitation": True}


@pytest.fixture(scope="module")
def pack():
    return load_pack("cpa")


def recorded(pack, action, facts, *, index=0, on=ON, at=None):
    decision = decide(pack, action=action, facts=facts, on=on)
    cited = frozenset(clause.id for clause in decision.clauses)
    return Recorded(index, action, facts, on, at or on, (decision.outcome,), cited, pack.digest)


def many(pack, number):
    drawn = vectors(pack, ON, "disclose", unknown=2)
    return [recorded(pack, "disclose", next(drawn), index=index) for index in range(number)]


def stricter(pack, *, effective=date.min):
    """The pack with one prohibition more: nothing by post."""
    document = pack.documents[0]
    example = next(clause for clause in document.clauses if clause.kind == "forbid")
    clause = changed(
        example,
        id="CPA/99",
        actions=("disclose",),
        when=(parse_atom("channel is post", where=""),),
        unless=(),
        under=(),
        closing=False,
        yields=(),
        effective=effective,
    )
    documents = (changed(document, clauses=(*document.clauses, clause)), *pack.documents[1:])
    return changed(pack, documents=documents, source_digest="stricter", compiled={})


def test_what_was_decided_comes_out_again(pack):
    found = replay(iter(many(pack, 50)), then=lambda on: pack, candidate=pack)
    assert (found.decisions, found.reproduced, found.findings, found.changed) == (50, 50, [], 0)
    assert (found.first, found.last) == (ON, ON)


def test_an_entry_that_says_otherwise_is_a_finding(pack):
    told = changed(recorded(pack, "disclose", SOLICITED, index=7), outcomes=("permit",))
    (finding,) = replay([told], then=lambda on: pack, candidate=pack).findings
    assert (finding.index, finding.why, finding.recorded, finding.now) == (7, "otherwise", "permit", "refuse")
    told = changed(recorded(pack, "disclose", SOLICITED), clauses=frozenset(["CPA/8"]))
    (finding,) = replay([told], then=lambda on: pack, candidate=pack).findings
    assert finding.cited == ("CPA/8",) != finding.cites


def test_a_decision_by_another_version_is_counted_and_no_finding(pack):
    told = changed(recorded(pack, "disclose", SOLICITED), pack_digest="0" * 64)
    found = replay([told], then=lambda on: pack, candidate=pack)
    assert (found.superseded, found.reproduced, found.findings) == (1, 0, [])


def test_catch_up_is_reproduced_by_the_day_it_was_recorded(pack):
    """A day gone by opens nothing that today would not, so such a refusal may rest on the later day."""
    before = min(document.effective for document in pack.documents) - timedelta(days=1)
    told = changed(recorded(pack, "disclose", SOLICITED), on=before, at=ON)
    assert replay([told], then=lambda on: pack, candidate=pack).reproduced == 1


def test_a_fact_that_no_longer_exists_is_a_finding(pack):
    told = changed(recorded(pack, "disclose", SOLICITED), facts={"data.king": "covered"})
    (finding,) = replay([told], then=lambda on: pack, candidate=pack).findings
    assert finding.why == "unreadable" and "data.king" in finding.now


def test_before_adoption_nothing_is_decided():
    told = Recorded(0, "collect", {}, ON, ON, ("permit", "undetermined"), frozenset(), "")
    assert replay([told], then=lambda on: None, candidate=load_pack("cpa")).reproduced == 1


@pytest.mark.parametrize("effective", [date.min, date(2031, 1, 1)])
def test_a_candidate_says_what_would_change_in_words(pack, effective):
    """Also one that is in force only from a day to come."""
    drawn = vectors(pack, ON, "disclose")
    permitted = next(
        facts
        for facts in drawn
        if decide(pack, action="disclose", facts=facts, on=ON).outcome == "permit"
        and decide(pack, action="disclose", facts={**facts, "channel": "post"}, on=ON).outcome == "permit"
    )
    log = [
        recorded(pack, "disclose", {**permitted, "channel": channel}, index=index)
        for index, channel in enumerate(("post", "secure", "post"))
    ]
    found = replay(log, then=lambda on: pack, candidate=stricter(pack, effective=effective))
    ((change, count),) = found.changes.items()
    assert (count, change.before, change.after) == (2, "permit", "refuse")
    assert "information goes to somebody outside" in change.kind
    assert change.clauses_after == ("CPA/99",)
    assert found.as_json()["changes"][0]["entries"] == [0, 2]


@pytest.fixture
def logged(gate, adopted, today, tmp_path):
    """A log with a file taken in, a search that is recorded as not permitted, and one that is."""
    from meterkeep.desks.workforce import actions
    from meterkeep.errors import MeterkeepError

    path = tmp_path / "SECRET-NAME.csv"
    hours = ",".join(f"HR{hour:02d}00" for hour in range(1, 25))
    values = ",".join("1" for _ in range(24))
    path.write_text(
        f"SERVICE_POINT_ID,READ_DATE,DIRECTION,UNIT,QUALITY,{hours}\nSP-1,2026-02-01,DELIVERED,Wh,actual,{values}\n"
    )
    assert gate.take_in(path, by="intake", on=today)["status"] == "stored"
    search = {"purpose": "customer_service", "reason": "A call.", "on": today}
    with pytest.raises(MeterkeepError):
        gate.identify("phone", "5550100", by="stranger", **search)
    person = actions.record_person(id="clerk", display="Clerk", role="clerk", by="board", on=today)
    actions.assign(person=person, purposes=["customer_service"], by="board", on=today)
    actions.record_training(
        person=person, module="privacy", valid_until=today + timedelta(days=9), by="officer", on=today
    )
    actions.acknowledge(person=person, document="CEA-02", by="clerk", on=today)
    gate.identify("phone", "5550100", by="clerk", **search)
    return gate


def told(home, *arguments):
    composition = SimpleNamespace(open=lambda: SimpleNamespace(home=home))
    return CliRunner().invoke(replay_command, list(arguments), obj=composition, standalone_mode=False)


def test_a_real_log_is_replayed_from_its_published_files(home, logged):
    answer = told(home, "cea", "--json")
    found = json.loads(answer.stdout)
    assert (answer.return_value, found["findings"], found["changed"]) == (0, [], 0)
    assert (found["decisions"], found["reproduced"], found["superseded"]) == (3, 3, 0)


def test_only_the_days_asked_for_are_replayed(home, logged, today):
    after = str(today + timedelta(days=1))
    assert json.loads(told(home, "cea", "--json", "--from", after).stdout)["decisions"] == 0
    assert json.loads(told(home, "cea", "--json", "--to", after).stdout)["decisions"] == 3


def test_nobody_is_named(home, logged):
    for arguments in (["cpa"], ["cpa", "--json"]):
        answer = told(home, *arguments)
        assert answer.return_value == 1, "another provider's documents decide something otherwise"
        for secret in ("SECRET", "5550100", "stranger", "clerk", "SP-1"):
            assert secret not in answer.output


def test_a_damaged_log_is_told(home, logged):
    from meterkeep.errors import BadInput

    for bundle in (home.ledger / "tile/entries").rglob("*.p/*"):
        bundle.write_bytes(bundle.read_bytes()[:-5])
    answer = told(home, "cea")
    assert isinstance(answer.exception, BadInput)
    assert "ledger verify" in answer.exception.next
