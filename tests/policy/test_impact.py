"""Change between two versions: exact, complete, in words, and silent where nothing changes."""

import json
import shutil
import subprocess
import sys
from datetime import date
from random import Random

import pytest

from meterkeep.policy import decide, load_pack
from meterkeep.policy.assurance.impact import impact
from meterkeep.policy.language.loading import SHIPPED
from meterkeep.policy.language.vocabulary import vocabulary

ON = date(2026, 7, 1)
PROMISE = '"contract.no_less_protective", "contract.breach_term"'


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(SHIPPED / "cea", folder)
    return folder


def edit(folder, name, old, new):
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new))


def test_a_copy_changes_nothing(own):
    found = impact("cea", own, on=ON)
    assert (found.kinds, found.edits) == ((), ())


def test_a_reworded_summary_changes_no_outcome_but_is_told(own):
    edit(
        own,
        "CEA-04.md",
        "No more covered information than the primary purpose reasonably needs.",
        "Not too much.",
    )
    found = impact("cea", own, on=ON)
    assert found.kinds == ()
    assert {(one.what, one.name, one.change) for one in found.edits} == {("clause", "CEA-04/5.3", "changed")}
    assert "Not too much." in found.edits[0].detail


def test_a_dropped_condition_is_one_kind_with_its_clause(own):
    edit(own, "CEA-04.md", PROMISE, '"contract.no_less_protective"')
    kinds = [kind for kind in impact("cea", own, on=ON).kinds if "CEA-04/6.5-b" in kind.clauses]
    assert [(kind.action, kind.before, kind.after) for kind in kinds] == [("disclose", "refuse", "permit")]
    assert (
        "not so: the contract makes a pattern or practice of violations a material breach"
        in kinds[0].conditions
    )
    assert "the customer gave an authorization" in kinds[0].besides  # else 6.7 refuses in both versions
    assert kinds[0].vectors > 0
    (edit_,) = impact("cea", own, on=ON).edits
    assert edit_.detail == "when loses contract.breach_term"


def test_a_lower_number_changes_what_lies_between(own):
    edit(own, "parameters.toml", "value = 15,", "value = 10,")
    found = impact("cea", own, on=ON)
    assert {(kind.action, kind.before, kind.after, kind.clauses) for kind in found.kinds} == {
        ("disclose", "refuse", "permit", ("CEA-03/4.1-a",)),
        ("release_aggregate", "refuse", "permit", ("CEA-03/4.1-a",)),
    }
    assert all("customers in the smallest group: 10 to 14" in kind.conditions for kind in found.kinds)
    (number,) = found.edits
    assert (number.what, number.name) == ("number", "aggregate.minimum_customers")
    assert "15" in number.detail
    assert "10" in number.detail


def test_the_other_way_round_it_is_the_other_way_round(own):
    edit(own, "parameters.toml", "value = 15,", "value = 10,")
    there, back = impact("cea", own, on=ON).kinds, impact(own, "cea", on=ON).kinds
    assert [(one.before, one.after, one.vectors) for one in there] == [
        (one.after, one.before, one.vectors) for one in back
    ]


def test_another_ruling_is_told_with_the_clause_that_it_moves(own):
    edit(own, "interpretations.toml", 'ruling = "refuse"', 'ruling = "order_prevails"')
    found = impact("cea", own, on=ON)
    assert {kind.clauses for kind in found.kinds} == {("CEA-04/6.8",)}
    assert all("the Commission explicitly ordered this disclosure" in kind.conditions for kind in found.kinds)
    assert {(one.what, one.name) for one in found.edits} == {("interpretation", "R3")}


def test_a_figure_to_come_changes_nothing_before_its_day(own):
    edit(
        own,
        "parameters.toml",
        "value = 15, cite",
        'value = 15, cite = "CEA-03/4.1-a" }, { effective = 2027-01-01, value = 20, cite',
    )
    assert impact("cea", own, on=date(2026, 12, 31)).kinds == ()
    later = impact("cea", own, on=date(2027, 1, 1)).kinds
    assert {(kind.before, kind.after) for kind in later} == {("permit", "refuse")}
    assert "customers in the smallest group: 15 to 19" in later[0].conditions


def test_purposes_elements_and_clauses_that_come_and_go_are_told(own):
    edit(own, "purposes.toml", 'title = "Collect unpaid bills"', 'title = "Chase unpaid bills"')
    edit(own, "CEA-03.md", 'id = "CEA-03/5.2-e"', 'id = "CEA-03/5.2-z"')
    edit(own, "elements.toml", "[zip]", '[postcode]\ntitle = "Code"\nkind = "customer"\n\n[zip]')
    told = {(one.what, one.name, one.change) for one in impact("cea", own, on=ON).edits}
    assert {
        ("purpose", "bill_collection", "changed"),
        ("clause", "CEA-03/5.2-z", "added"),
        ("clause", "CEA-03/5.2-e", "removed"),
        ("element", "postcode", "added"),
    } <= told


def random_facts(choice):
    facts = {}
    for name, known in vocabulary().facts.items():
        if not name.startswith("provider."):
            facts[name] = (
                choice((0, 7, 12, 15, 149_999, 150_000))
                if known.type == "int"
                else choice(known.values or (True, False))
            )
    return facts


@pytest.mark.parametrize("change", ["number", "ruling", "condition"])
def test_every_request_is_in_a_kind_if_and_only_if_it_is_decided_otherwise(own, change):
    """Random requests, many of them near the change: the kinds' examples with other facts around them."""
    if change == "number":
        edit(own, "parameters.toml", "value = 15,", "value = 10,")
    elif change == "ruling":
        edit(own, "interpretations.toml", 'ruling = "refuse"', 'ruling = "order_prevails"')
    else:
        edit(own, "CEA-04.md", PROMISE, '"contract.no_less_protective"')
    old, new, found = load_pack("cea"), load_pack(own), impact("cea", own, on=ON)
    choice = Random(1).choice
    for kind in found.kinds:
        for _ in range(20):
            facts = random_facts(choice) | dict(kind.example)
            outcomes = [decide(pack, action=kind.action, facts=facts, on=ON).outcome for pack in (old, new)]
            assert outcomes == [kind.before, kind.after]
    for _ in range(300):
        facts = random_facts(choice)
        action = choice(("disclose", "release_aggregate", "use"))
        outcomes = [decide(pack, action=action, facts=facts, on=ON).outcome for pack in (old, new)]
        if outcomes[0] != outcomes[1]:
            assert (action, *outcomes) in {(kind.action, kind.before, kind.after) for kind in found.kinds}


def test_packs_that_share_little_are_compared_in_time(own):
    found = impact("cea", "cpa", on=ON, actions=("disclose",))
    assert {kind.action for kind in found.kinds} == {"disclose"}
    assert len(found.kinds) < 500


def meterkeep(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "meterkeep", "policy", "impact", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_speaks_in_kinds_and_exits_1_with_changes(own):
    same = meterkeep("cea", str(own), "--on", "2026-07-01")
    assert same.returncode == 0
    assert "No request is decided otherwise." in same.stdout
    edit(own, "parameters.toml", "value = 15,", "value = 10,")
    told = meterkeep("cea", str(own), "--on", "2026-07-01")
    assert told.returncode == 1
    assert "These 2 kinds of request change from refused to permitted:" in told.stdout
    only = meterkeep("cea", str(own), "--on", "2026-07-01", "--action", "disclose", "--json")
    assert [kind["action"] for kind in json.loads(only.stdout)["kinds"]] == ["disclose"]
