"""An act of adoption: who, when and by which vote; what it keeps, what it ends, and what cannot be an act at all."""

import shutil
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.policies import actions, checks, copies, queries
from meterkeep.desks.policies.models import Adoption, AdoptionAct, Attachment, Ballot, PackCopy
from meterkeep.desks.policies.models import Signature as SignatureRow
from meterkeep.errors import BadInput, Refused
from meterkeep.policy import load_pack, pack_ids
from meterkeep.policy.language import loading
from meterkeep.policy.language.adoption import (
    AdoptionRecord,
    Signature,
    Votes,
    adoption_of,
    findings,
    problems,
    read_adoption,
    read_votes,
)
from meterkeep.policy.language.newpack import new_pack

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)
LATER = date(2026, 4, 1)
ROLL = Votes(ayes=("Heron", "Tern"), noes=("Gull",), members=3, result="2-1")
RECORD = AdoptionRecord(number="2026-7", adopted=ON, effective=LATER, votes=ROLL)


@pytest.fixture
def lakeside(tmp_path):
    loading.look_in(tmp_path)
    new_pack("cea", name="Lakeside Energy", folder=tmp_path / "lakeside")
    yield tmp_path / "lakeside"
    loading.look_in()


def adopt(pack="lakeside", record=RECORD, by="board", on=ON, **more):
    return actions.adopt(pack_id=pack, record=record, by=by, on=on, **more)


def raise_number(folder, old=15, new=20):
    path = folder / "parameters.toml"
    head, mark, tail = path.read_text().partition('["aggregate.minimum_customers"]')
    assert f"value = {old}" in tail
    path.write_text(head + mark + tail.replace(f"value = {old}", f"value = {new}", 1))


def number(on):
    return queries.pack_in_force(on).figure("aggregate.minimum_customers", on).value


def test_the_record_of_cea_is_kept_whole(adopted):
    act = queries.act_in_force(ON)
    assert (act.kind, act.number, act.body, act.item) == (
        "board_resolution",
        "2020-002",
        "Board of Directors",
        "6",
    )
    assert (act.result, act.ayes, act.noes, act.detached) == ("3-0", 3, 0, True)
    assert [(one.name, one.vote) for one in act.ballots.all()] == [
        (name, "ayes") for name in ("Schumacher", "Haviland", "Becker")
    ]
    assert {one["id"] for one in act.recitals} == {f"CEA-RES/{row}" for row in (2, 3, 4, 5)}
    assert {one.state for one in act.signatures.all()} == {"illegible", "missing"}
    header = act.documents.get(document="CEA-01")
    assert (header.pages_said, header.pages_run, header.supersedes, header.staff_contact) == (3, 4, "N/A", "")
    assert act.documents.get(document="CEA-05").aliases == ["CEA-005", "CEA-OS"]
    event = OutboxEvent.objects.get(name="policy.adopted")
    assert event.detail["record"] == act.record_digest and event.detail["copy"] == act.copy_id


@pytest.mark.parametrize("pack", pack_ids())
def test_every_shipped_pack_says_how_it_was_adopted(pack):
    record = adoption_of(pack)
    assert record is not None and problems(record) == []
    assert set(record.document) <= {document.id for document in load_pack(pack).documents}
    assert record.effective == min(document.effective for document in load_pack(pack).documents)


def test_the_next_act_ends_the_earlier_one_which_still_decides_its_days(adopted, lakeside):
    raise_number(lakeside)
    adopt()
    first = AdoptionAct.objects.get(pack="cea")
    assert first.until == LATER and {one.until for one in first.documents.all()} == {LATER}
    assert (number(LATER - timedelta(days=1)), number(LATER)) == (15, 20)
    assert queries.adopted_pack(LATER) == "lakeside"
    assert set(queries.documents_in_force(LATER)) >= {"LE-03", "LE-04"}
    assert "CEA-04" in queries.documents_in_force(LATER - timedelta(days=1))
    names = list(OutboxEvent.objects.values_list("name", flat=True))
    assert names.count("policy.adopted") == 2 and names.count("policy.superseded") == 1


def test_editing_the_folder_afterwards_changes_nothing_and_is_told(adopted, lakeside):
    adopt()
    assert not any("not as adopted" in point for point in queries.open_points(queries.last_act(), on=LATER))
    raise_number(lakeside)
    assert number(LATER) == 15
    told = queries.open_points(queries.last_act(), on=LATER)
    assert any("lakeside/parameters.toml: not as adopted any more" in point for point in told)
    shutil.rmtree(lakeside)
    assert number(LATER) == 15
    assert any("is gone" in point for point in queries.open_points(queries.last_act(), on=LATER))


def test_what_was_edited_while_it_was_examined_is_not_adopted(lakeside):
    examined = actions.rehearse(pack_id="lakeside", record=RECORD, by="board", on=ON).copy_id
    raise_number(lakeside)
    with pytest.raises(Refused, match="changed while they were examined"):
        adopt(examined=examined)
    assert not AdoptionAct.objects.exists() and not PackCopy.objects.exists()
    raise_number(lakeside, 20, 15)
    adopt(examined=examined)


def test_a_later_edition_of_the_same_pack_follows_the_earlier_one(lakeside):
    adopt()
    raise_number(lakeside)
    second = LATER + timedelta(days=30)
    adopt(record=replace(RECORD, number="2026-9", effective=second))
    assert (number(LATER), number(second)) == (15, 20)
    assert queries.as_adopted("lakeside", LATER).digest != queries.as_adopted("lakeside", second).digest
    before = queries.as_adopted("lakeside", LATER - timedelta(days=1))
    assert not any(document.in_force(LATER) for document in before.documents)
    assert queries.as_adopted("nowhere", LATER) is None


@pytest.mark.parametrize("effective", [date(2020, 2, 20), date(2020, 1, 1)])
def test_nothing_takes_effect_on_or_before_what_is_adopted_already(adopted, lakeside, effective):
    with pytest.raises(Refused):
        adopt(record=replace(RECORD, adopted=date(2019, 12, 1), effective=effective))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"effective": date(2026, 3, 1)}, "before it is adopted"),
        ({"adopted": date(2026, 3, 3)}, "still to come"),
        ({"number": ""}, "has a number"),
        ({"kind": "decree"}, "no kind"),
        ({"votes": replace(ROLL, result="3-0")}, "count 2-1"),
        ({"votes": replace(ROLL, noes=("Heron",))}, "stands twice"),
        ({"votes": Votes(ayes=("Heron",), noes=("Gull",))}, "not adopted"),
        ({"votes": Votes(ayes=("Heron",), absent=("Gull", "Tern"), members=3)}, "No quorum"),
        ({"votes": replace(ROLL, members=2)}, "2 members"),
        ({"signature": (Signature("Chair", "signed"),)}, "no name is given"),
        ({"signature": (Signature("Chair", "smudged"),)}, "smudged"),
        ({"document": {"LE-99": None}}, "LE-99"),
    ],
)
def test_what_cannot_be_true_of_an_act_is_refused_and_nothing_is_kept(lakeside, said, why):
    with pytest.raises(BadInput, match=why):
        adopt(record=replace(RECORD, **said))
    assert not AdoptionAct.objects.exists() and not OutboxEvent.objects.exists()


def test_nobody_adopts_the_law(db):
    with pytest.raises(BadInput, match="is the law"):
        adopt("us-ca-cca", record=replace(RECORD, kind="statute"))


def test_a_rehearsal_says_what_would_be_kept_and_keeps_nothing(adopted, lakeside):
    act = actions.rehearse(pack_id="lakeside", record=RECORD, by="board", on=ON)
    assert (act.pack, act.effective_on, act.pack_digest) == ("lakeside", LATER, load_pack("lakeside").digest)
    assert AdoptionAct.objects.get().until is None and OutboxEvent.objects.count() == 1
    assert PackCopy.objects.count() == 1


def test_only_the_privacy_officer_adopts_and_rules_once_there_is_one(people, lakeside):
    for by in ("clerk", "board"):
        with pytest.raises(Refused, match="privacy officer"):
            adopt(by=by)
        with pytest.raises(Refused, match="privacy officer"):
            actions.record_interpretation(number="R1", ruling="allowed", reason="As before.", by=by, on=ON)
        assert not checks.can_rule(by, on=ON)
    assert checks.can_rule("officer", on=ON)
    assert adopt(by="officer")


def test_of_two_rulings_the_later_one_holds(adopted, lakeside):
    actions.record_interpretation(
        number="R1", ruling="not_allowed", reason="Counsel's advice.", by="officer", on=ON
    )
    path = lakeside / "interpretations.toml"
    text = path.read_text()
    adopt()
    assert queries.pack_in_force(LATER).interpretations["R1"].ruling == "not_allowed", (
        "nobody ruled in the file"
    )
    head, mark, tail = text.partition("[R1]")
    ruled = tail.replace("on = 2020-02-20", "on = 2026-04-05", 1).replace("nobody yet; as in cea", "Board", 1)
    path.write_text(head + mark + ruled)
    later = LATER + timedelta(days=9)
    adopt(record=replace(RECORD, number="2026-9", effective=later))
    assert queries.pack_in_force(later).interpretations["R1"].ruling == "allowed"
    assert "R1" not in queries.questions_to_rule(queries.pack_in_force(later))


def test_purposes_that_only_the_earlier_pack_named_end(adopted, lakeside):
    path = lakeside / "purposes.toml"
    text = path.read_text()
    assert "[grid_operations]" in text
    head, _, rest = text.partition("[grid_operations]")
    path.write_text(head + rest[rest.index("\n[") :])
    actions.register_purpose(
        code="load_study", name="research", title="Load study", cls="secondary", elements=["monthly_usage"],
        by="officer", on=ON,
    )  # fmt: skip
    adopt()
    assert queries.purpose("grid_operations", on=ON) and not queries.purpose("grid_operations", on=LATER)
    assert queries.purpose("load_study", on=LATER), "the provider's own stay"


def test_a_given_number_or_day_tells_of_another_act_whose_votes_these_are_not():
    record = adoption_of("cea")
    assert record.changed(number="2020-002", adopted=record.adopted) == record
    another = record.changed(number="2026-1")
    assert (another.number, another.votes.taken, another.signature, another.recital) == (
        "2026-1",
        False,
        (),
        (),
    )
    assert set(another.document) == set(record.document)


def test_a_copy_that_somebody_changed_decides_nothing(adopted):
    copy = PackCopy.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PackCopy.objects.update(pack="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        Ballot.objects.update(vote="noes")
    files = {**copy.files, "cea/parameters.toml": ""}
    forged = PackCopy.objects.create(digest="0" * 64, pack="cea", files=files)
    with pytest.raises(Refused, match="not the one that was adopted"):
        copies.stored_pack(forged.digest)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "decree"},
        {"effective_on": date(2020, 1, 1)},
        {"until": date(2020, 2, 20)},
        {"ayes": 1, "noes": 1},
        {"members": 2},
        {"ayes": 2, "absent": 3, "members": 5},
        {"by": ""},
    ],
)
def test_the_database_holds_acts_to_the_rules_too(adopted, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        AdoptionAct.objects.update(**wrong)


def test_the_day_of_operation_is_recorded_and_no_longer_open(adopted):
    act = queries.act_in_force(ON)
    assert any("yearly reports" in point for point in queries.open_points(act, on=ON))
    actions.record_operational(act=act, since=date(2021, 5, 1), by="officer", on=ON)
    assert not any("yearly reports" in point for point in queries.open_points(act, on=ON))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = 3", "a text"),
        ("colour = 'red'", "colour"),
        ("adopted = 'yesterday'", "a day such as"),
        ("[votes]\nayes = 'Heron'", "a list of texts"),
        ("[signature]\nrole = 'Chair'", "two brackets"),
        ("[[signature]]\nrole = 'Chair'", "missing"),
        ("[document]\nX = 3", "A table"),
        ("[votes", "cannot be read"),
    ],
)
def test_a_slip_in_a_record_is_named(tmp_path, text, said):
    path = tmp_path / "adoption.toml"
    path.write_text(text)
    with pytest.raises(BadInput, match=said):
        read_adoption(path)


def test_a_roll_call_may_stand_alone(tmp_path):
    path = tmp_path / "votes.toml"
    for text in ('ayes = ["Heron"]', '[votes]\nayes = ["Heron"]'):
        path.write_text(text)
        assert read_votes(path).counted == "1-0"


def test_what_a_record_leaves_open_is_told():
    told = " ".join(findings(adoption_of("cea")))
    for said in ("stand apart", "illegible", "CEA-01 says 3 pages and runs 4", "CEA-OS", "staff contact"):
        assert said in told


@pytest.mark.parametrize("day", ["adopted", "effective"])
def test_the_days_of_a_copied_pack_are_asked_for_and_never_taken_from_its_model(lakeside, day):
    with pytest.raises(BadInput, match="does not say") as asked:
        adopt(record=replace(RECORD, **{day: None}))
    assert asked.value.where == day and f"--{day}" in asked.value.next
    assert adopt(record=replace(RECORD, **{day: None}), **{f"{day}_on": getattr(RECORD, day)})


def test_a_copy_says_that_its_days_are_those_of_the_model(lakeside):
    assert "as in the model" in (lakeside / "LE-04.md").read_text()
    record = adoption_of("lakeside")
    assert (record.adopted, record.effective) == (None, None)
    assert "# effective = " in (lakeside / "adoption.toml").read_text()


def test_a_version_that_an_older_home_has_on_record_is_told_and_no_riddle(adopted):
    Adoption.objects.update(act=None)
    SignatureRow.objects.all().delete()
    for kept in (Ballot, Attachment, AdoptionAct):
        kept.objects.all().delete()
    with pytest.raises(Refused, match=r"CEA-.* is on record as taking effect on 2020-02-20"):
        actions.adopt(pack_id="cea", by="board", on=ON)


def test_a_resolution_without_its_roll_call_is_not_kept():
    with pytest.raises(BadInput, match="no roll call"):
        checks.check_roll_call(replace(RECORD, votes=Votes()))
    checks.check_roll_call(RECORD)
    checks.check_roll_call(replace(RECORD, kind="administrative", votes=Votes()))
