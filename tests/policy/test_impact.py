"""Change between two versions: exact, complete, in words, and silent where nothing changes."""

import json
import shutil
import subprocess
import sys
from datetime import date
from random import Random

import pytest
from policy.editing import copied, edit

from meterkeep.policy import decide, load_pack
from meterkeep.policy.assurance.impact import impact
from meterkeep.policy.language import loading
from meterkeep.policy.language.newpack import new_pack
from meterkeep.policy.language.vocabulary import vocabulary

ON = date(2026, 7, 1)
PROMISE = '"contract.no_less_protective", "contract.breach_term"'


@pytest.fixture
def own(tmp_path):
    return copied("cea", tmp_path)


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
    (told,) = found.edits
    assert (told.what, told.name, told.change, told.words) == ("clause", "CEA-04/5.3", "changed", True)
    assert "Not too much." in told.detail


def test_a_dropped_condition_is_one_kind_with_its_clause(own):
    edit(own, "CEA-04.md", PROMISE, '"contract.no_less_protective"', everywhere=True)
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
    edit(own, "parameters.toml", "value = 15,", "value = 10,", everywhere=True)
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
    edit(own, "parameters.toml", "value = 15,", "value = 10,", everywhere=True)
    there, back = impact("cea", own, on=ON).kinds, impact(own, "cea", on=ON).kinds
    assert [(one.before, one.after, one.vectors) for one in there] == [
        (one.after, one.before, one.vectors) for one in back
    ]


def test_another_ruling_is_told_with_the_clause_that_it_moves(own):
    edit(own, "interpretations.toml", 'ruling = "refuse"', 'ruling = "order_prevails"', everywhere=True)
    found = impact("cea", own, on=ON)
    assert {kind.clauses for kind in found.kinds} == {("CEA-04/6.8",)}
    assert all("the Commission explicitly ordered this disclosure" in kind.conditions for kind in found.kinds)
    assert {(one.what, one.name) for one in found.edits} == {("interpretation", "R3")}


def to_come(folder, on="2027-01-01", clause="CEA-03/4.1-a"):
    """Twenty customers instead of fifteen, from a later day on."""
    later = f'value = 15, cite = "{clause}" }}, {{ effective = {on}, value = 20, cite'
    edit(folder, "parameters.toml", "value = 15, cite", later)


def test_a_figure_to_come_is_told_with_its_day(own):
    to_come(own)
    for on in (date(2026, 7, 1), date(2026, 12, 31), date(2027, 1, 1)):
        kinds = impact("cea", own, on=on).kinds
        assert {(one.before, one.after, one.since, one.until) for one in kinds} == {
            ("permit", "refuse", date(2027, 1, 1), None)
        }
        assert "customers in the smallest group: 15 to 19" in kinds[0].conditions
    (number,) = impact("cea", own, on=ON).edits
    assert number.detail.endswith("from 2027-01-01 15 → 20")


def test_a_change_that_both_reach_in_the_end_ends(own, tmp_path):
    shutil.copytree(own, tmp_path / "later")
    to_come(own, "2027-01-01")
    to_come(tmp_path / "later", "2027-06-01")
    found = impact(tmp_path / "later", own, on=ON)
    assert {(one.since, one.until) for one in found.kinds} == {(date(2027, 1, 1), date(2027, 6, 1))}
    assert found.edits[0].detail.endswith("from 2027-01-01 15 → 20; from 2027-06-01 20 in both")


def test_a_kind_that_goes_on_over_other_changes_is_told_once(own):
    edit(own, "CEA-04.md", PROMISE, '"contract.no_less_protective"', everywhere=True)
    before = impact("cea", own, on=ON).kinds
    to_come(own)
    after = [kind for kind in impact("cea", own, on=ON).kinds if "CEA-04/6.5-b" in kind.clauses]
    assert [kind.says for kind in after] == [kind.says for kind in before]
    assert {(kind.since, kind.until) for kind in after} == {(ON, None)}


def test_before_the_new_pack_begins_nothing_is_compared(own):
    for path in own.glob("CEA-*.md"):
        path.write_text(path.read_text().replace("effective = 2020-02-20", "effective = 2027-03-01"))
    found = impact("cea", own, on=ON)
    assert (found.since, found.kinds) == (date(2027, 3, 1), ())


def test_a_clause_that_no_longer_closes_is_no_silent_change(own):
    edit(own, "CEA-04.md", "closing = true\n", "", everywhere=True)
    assert impact("cea", own, on=ON).kinds != ()


def test_the_clause_that_now_decides_is_named(own):
    edit(own, "parameters.toml", "value = 15,", "value = 20,", everywhere=True)
    assert {kind.carried for kind in impact("cea", own, on=ON).kinds} == {("CEA-03/4.1-a",)}
    there = impact(own, "cea", on=ON).kinds
    for kind in there:
        decision = decide(load_pack("cea"), action=kind.action, facts=kind.example, on=ON)
        assert decision.outcome == "permit"
        assert set(kind.carried) & {clause.id for clause in decision.clauses}


@pytest.fixture
def lakeside(tmp_path):
    new_pack("cea", name="Lakeside Energy", folder=tmp_path / "lakeside")
    return tmp_path / "lakeside"


def test_a_provider_s_copy_is_its_model_until_it_is_edited(lakeside):
    for there, here in (("cea", lakeside), (lakeside, "cea")):
        found = impact(there, here, on=ON)
        assert (found.kinds, found.edits, found.moved_on) == ((), (), False)
    assert impact("cea", lakeside, on=ON).renamed["CEA-04"] == "LE-04"


def test_of_a_copy_only_what_its_provider_changed_is_told(lakeside):
    to_come(lakeside, clause="LE-03/4.1-a")
    edit(lakeside, "interpretations.toml", 'ruling = "refuse"', 'ruling = "order_prevails"')
    found = impact("cea", lakeside, on=ON)
    assert {(kind.clauses, kind.since) for kind in found.kinds} == {
        (("LE-03/4.1-a",), date(2027, 1, 1)),
        (("LE-04/6.8",), ON),
    }
    assert [(one.what, one.name) for one in found.edits] == [
        ("number", "aggregate.minimum_customers"),
        ("interpretation", "R3"),
    ]


def test_two_copies_of_one_model_are_compared_by_their_own_ids(lakeside, tmp_path):
    new_pack("cea", name="Riverside Power", folder=tmp_path / "riverside")
    edit(tmp_path / "riverside", "parameters.toml", "value = 15,", "value = 10,")
    found = impact(lakeside, tmp_path / "riverside", on=ON)
    assert {kind.clauses for kind in found.kinds} == {("RP-03/4.1-a",)}
    assert found.renamed["LE-03"] == "RP-03"
    assert [one.name for one in found.edits if one.what != "interpretation"] == [
        "aggregate.minimum_customers"
    ]


def test_a_copy_of_a_copy_is_compared_with_the_first_model(lakeside, tmp_path):
    loading.look_in(tmp_path)
    try:
        new_pack("lakeside", name="Riverside Power", folder=tmp_path / "riverside")
        found = impact("cea", "riverside", on=ON)
    finally:
        loading.look_in()
    assert (found.kinds, found.edits, found.renamed["CEA-03"]) == ((), (), "RP-03")


def test_a_paper_of_the_provider_s_own_is_told(lakeside):
    (lakeside / "LE-06.md").write_text(
        '# LE-06\n\n```document\nid = "LE-06"\ntitle = "Notes"\neffective = 2026-01-01\n```\n\n## 1 Note\n\n'
        '```clause\nid = "LE-06/1"\nkind = "info"\nfunction = "F01"\nsummary = "Only told."\n```\n'
    )
    edit(lakeside, "pack.toml", '"LE-05"]', '"LE-05", "LE-06"]')
    told = {(one.what, one.name, one.change) for one in impact("cea", lakeside, on=ON).edits}
    assert told == {("document", "LE-06", "added"), ("clause", "LE-06/1", "added")}


def test_a_model_that_moved_on_is_said_so(lakeside):
    said = (lakeside / "pack.toml").read_text()
    digest = load_pack("cea").digest
    (lakeside / "pack.toml").write_text(said.replace(digest, "0" * 64))
    assert impact("cea", lakeside, on=ON).moved_on


def test_what_matters_comes_first(own):
    """Numbers, rulings, clauses, and last what is only worded otherwise."""
    edit(
        own,
        "CEA-04.md",
        "No more covered information than the primary purpose reasonably needs.",
        "Less.",
        everywhere=True,
    )
    edit(own, "CEA-04.md", PROMISE, '"contract.no_less_protective"', everywhere=True)
    edit(own, "interpretations.toml", 'ruling = "refuse"', 'ruling = "order_prevails"', everywhere=True)
    edit(own, "parameters.toml", "value = 15,", "value = 10,", everywhere=True)
    told = [(one.what, one.words) for one in impact("cea", own, on=ON).edits]
    assert told == [("number", False), ("interpretation", False), ("clause", False), ("clause", True)]


def test_what_an_action_says_by_itself_is_told_too(own):
    edit(
        own,
        "pack.toml",
        '[implied.destroy]\n"data.kind" = "customer"',
        '[implied.destroy]\n"data.kind" = "covered"',
    )
    (told,) = impact("cea", own, on=ON).edits
    assert (told.what, told.name) == ("implied", "destroy")


def test_the_day_of_a_document_is_told_once_not_for_each_of_its_clauses(own):
    edit(own, "CEA-04.md", "effective = 2020-02-20", "effective = 2026-01-01", everywhere=True)
    (told,) = impact("cea", own, on=ON).edits
    assert (told.what, told.name, told.detail) == (
        "document",
        "CEA-04",
        "effective 2020-02-20 → 2026-01-01",
    )


def test_of_a_long_text_the_words_that_change_are_told(own):
    edit(
        own,
        "CEA-04.md",
        "than the primary purpose reasonably needs.",
        "than the primary purpose strictly needs.",
    )
    (told,) = impact("cea", own, on=ON).edits
    assert told.detail.count("strictly") == 1
    assert len(told.detail) < 200


def test_purposes_elements_and_clauses_that_come_and_go_are_told(own):
    edit(
        own,
        "purposes.toml",
        'title = "Collect unpaid bills"',
        'title = "Chase unpaid bills"',
        everywhere=True,
    )
    edit(own, "CEA-03.md", 'id = "CEA-03/5.2-e"', 'id = "CEA-03/5.2-z"', everywhere=True)
    edit(
        own,
        "elements.toml",
        "[zip]",
        '[postcode]\ntitle = "Code"\nkind = "customer"\n\n[zip]',
        everywhere=True,
    )
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
        edit(own, "parameters.toml", "value = 15,", "value = 10,", everywhere=True)
    elif change == "ruling":
        edit(own, "interpretations.toml", 'ruling = "refuse"', 'ruling = "order_prevails"', everywhere=True)
    else:
        edit(own, "CEA-04.md", PROMISE, '"contract.no_less_protective"', everywhere=True)
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
    assert "No request is decided otherwise, on 2026-07-01 or any later day." in same.stdout
    edit(own, "parameters.toml", "value = 15,", "value = 10,", everywhere=True)
    told = meterkeep("cea", str(own), "--on", "2026-07-01")
    assert told.returncode == 1
    assert "From 2026-07-01 on, this kind of request changes from refused to permitted:" in told.stdout
    assert "a disclosure or a release of totals, permitted by" in told.stdout
    assert "after what changed in CEA-03/4.1-a" in told.stdout
    only = meterkeep("cea", str(own), "--on", "2026-07-01", "--action", "disclose", "--json")
    assert [kind["action"] for kind in json.loads(only.stdout)["kinds"]] == ["disclose"]


def test_the_command_names_the_day_and_the_clause_that_refuses_now(lakeside):
    to_come(lakeside, clause="LE-03/4.1-a")
    told = meterkeep("cea", str(lakeside), "--on", "2026-07-01")
    assert told.returncode == 1
    lines = told.stdout.splitlines()
    assert "Until 2026-12-31 no request is decided otherwise." in lines
    assert "From 2027-01-01 on, this kind of request changes from permitted to refused:" in lines
    assert "  1. a disclosure or a release of totals, refused by LE-03/4.1-a, where" in lines
    assert "CEA-03/" not in told.stdout
    assert len(lines) < 25
