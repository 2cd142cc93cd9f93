"""Two people decide on every release, each alone; where they differ a third does, or it goes back."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import actions, checks, queries
from meterkeep.desks.releases.models import Release, Review
from meterkeep.desks.releases.reviews import arbiter, outcome
from meterkeep.desks.releases.screening import NotBuilt, Outlet
from meterkeep.desks.workforce import actions as members
from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, Refused, Undetermined
from meterkeep.policy import load_pack
from meterkeep.site.screens import SyntheticOnly

ON = date(2026, 3, 2)
SPEC = """
title = "Usage by area and class"
by = ["zip", "customer_class", "month"]
from = "2026-02"
until = "2026-03"
purpose = "reporting"
"""
pytestmark = pytest.mark.django_db


@pytest.fixture
def release(people, take_in, gate):
    take_in(*((f"C-{number}", f"SYN-{number}", "91910") for number in range(15)))
    return planned(gate)


def planned(gate, spec=SPEC):
    return actions.plan(spec=spec, gate=gate, by="analyst", on=ON)


@pytest.fixture
def review(gate):
    def do(release, by, accept=True, why="I looked.", **more):
        return actions.review(release=release, accept=accept, why=why, gate=gate, by=by, on=ON, **more)

    return do


def publish(release, gate, screen=None, by="officer"):
    return actions.publish(
        release=release,
        gate=gate,
        outlet=Outlet("Test Energy", "cea", True, screen or SyntheticOnly()),
        by=by,
        on=ON,
    )


def newcomer(id, role="manager"):
    person = members.record_person(id=id, display=id, role=role, by="officer", on=ON)
    members.assign(person=person, purposes=["reporting"], by="officer", on=ON)
    members.record_training(
        person=person, module="privacy", valid_until=date(2027, 1, 1), by="officer", on=ON
    )
    members.acknowledge(person=person, document="CEA-02", by=id, on=ON)
    return person


def test_two_others_decide_before_it_goes_out(release, gate, review):
    assert not checks.can_review(release, by="analyst", on=ON)
    with pytest.raises(Refused, match="planned"):
        review(release, "analyst")
    review(release, "officer")
    with pytest.raises(Refused, match="already"):
        review(release, "officer")
    assert not checks.can_publish(release, on=ON)
    with pytest.raises(Refused):
        publish(release, gate)
    review(release, "manager")
    assert release.state == "approved" and checks.can_publish(release, on=ON)
    with pytest.raises(Refused, match="cannot become approved"):
        review(release, newcomer("fourth").pk)


def test_a_decision_has_its_reason(release, review):
    with pytest.raises(BadInput) as told:
        review(release, "officer", why=" ")
    assert told.value.where == "why" and not release.reviews.exists()


@pytest.mark.parametrize("first", [True, False])
def test_nobody_learns_the_others_decision_before_both_are_in(release, first, review):
    review(release, "officer", accept=first)
    assert release.state == "planned"
    assert [one.by for one in queries.reviews_seen(release, by="officer")] == ["officer"]
    for other in ("manager", "analyst"):
        assert not queries.reviews_seen(release, by=other).exists()
    review(release, "manager", accept=first)
    assert queries.reviews_seen(release, by="analyst").count() == 2


def test_two_refusals_end_it(release, gate, review):
    for by in ("officer", "manager"):
        review(release, by, accept=False)
    assert release.state == "refused"
    with pytest.raises(Refused):
        publish(release, gate)
    with pytest.raises(Refused):
        review(release, newcomer("late").pk)


@pytest.mark.parametrize(("says", "becomes"), [(True, "approved"), (False, "refused")])
def test_where_they_differ_the_officer_decides(release, gate, says, becomes, review):
    newcomer("second")
    review(release, "manager")
    review(release, "second", accept=False)
    assert release.state == "disputed"
    with pytest.raises(Refused):
        publish(release, gate)
    with pytest.raises(Refused, match="somebody else"):
        review(release, newcomer("third").pk)
    assert review(release, "officer", accept=says).state == becomes


def test_an_officer_who_was_one_of_the_two_settles_nothing(release, review):
    review(release, "officer")
    review(release, "manager", accept=False)
    assert not checks.can_review(release, by="officer", on=ON)


def test_without_a_name_in_the_documents_it_goes_back(release, monkeypatch, review, gate):
    pack = policies.pack_in_force(ON).ruled({"M6": "requester"}, by="the board", on=ON)
    newcomer("second")
    review(release, "manager")
    review(release, "second", accept=False)
    monkeypatch.setattr(checks.policies, "pack_in_force", lambda on: pack)
    Release.objects.update(policy=pack.digest)
    release.refresh_from_db()
    with pytest.raises(Refused, match="goes back"):
        review(release, "officer")
    assert (
        actions.withdraw(release=release, why="Planned anew.", gate=gate, by="analyst", on=ON).state
        == "withdrawn"
    )


def test_who_settles_is_as_the_pack_rules():
    cea = load_pack("cea")
    assert arbiter(cea) == "privacy_officer"
    assert arbiter(cea.ruled({"M6": "requester"}, by="the board", on=ON)) == ""
    assert arbiter(None) == ""


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        ([], "planned"),
        ([True], "planned"),
        ([False], "planned"),
        ([True, True], "approved"),
        ([True, False], "disputed"),
        ([False, True], "disputed"),
        ([False, False], "refused"),
        ([True, False, True], "approved"),
        ([False, True, False], "refused"),
    ],
)
def test_what_becomes_of_it_by_the_decisions(decisions, state):
    before = "disputed" if len(decisions) > 2 else "planned"
    assert outcome(before, decisions) == state


def test_outside_the_three_purposes_a_release_takes_both_reviewers_discretion(release, gate, review):
    spec = SPEC.replace('"reporting"', '"power_or_billing"')
    silent = planned(gate, spec)
    review(silent, "officer", discretion=True)
    review(silent, "manager")
    with pytest.raises((Refused, Undetermined)):
        publish(silent, gate)
    used = planned(gate, spec)
    for by in ("officer", "manager"):
        review(used, by, discretion=True)
    assert publish(used, gate).state == "published"


def test_nobody_reviews_or_publishes_under_an_id_that_stands_for_no_member(release, gate, review):
    members.end_person(person=workforce.person("manager", on=ON), by="officer", on=ON)
    for by in ("somebody", "manager"):
        assert not checks.can_review(release, by=by, on=ON)
        with pytest.raises(Refused, match="Only members"):
            review(release, by)
        with pytest.raises(Refused, match="Only members"):
            publish(release, gate, by=by)


def test_reviewing_publishing_and_withdrawing_take_what_planning_takes(release, gate, review):
    """The clerk is a member, but needs to know for customer service alone; without training nothing is determined."""
    acts = (
        lambda by: review(release, by),
        lambda by: publish(release, gate, by=by),
        lambda by: actions.withdraw(release=release, why="Why not.", gate=gate, by=by, on=ON),
    )
    untrained = members.record_person(id="new", display="new", role="analyst", by="officer", on=ON)
    members.assign(person=untrained, purposes=["reporting"], by="officer", on=ON)
    for act in acts:
        with pytest.raises(Refused, match=r"CEA-02/6\.1"):
            act("clerk")
        with pytest.raises(Undetermined, match=r"person\.training_current"):
            act("new")
    assert {entry.actor for _, entry in gate.journal.recent(6, name_prefix="use.")} == {"clerk", "new"}
    for by in ("officer", "manager"):
        review(release, by)
    assert publish(release, gate).state == "published"
    withdrawn = actions.withdraw(release=release, why="Wrong title.", gate=gate, by="manager", on=ON)
    assert withdrawn.state == "withdrawn"


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_day_gone_by_permits_no_more_than_today(release, gate, synthetic):
    """Only invented homes act as of a day on which somebody still needed to know."""
    (need,) = workforce.assignments(workforce.person("manager", on=ON))
    members.unassign(assignment=need, by="officer", on=ON)
    said = {"release": release, "why": "Wrong.", "by": "manager", "on": ON - timedelta(days=1)}
    with nullcontext() if synthetic else pytest.raises(Refused, match=r"CEA-02/6\.1"):
        actions.withdraw(gate=replace(gate, synthetic=synthetic), **said)
    assert release.state == ("withdrawn" if synthetic else "planned")


def test_without_screening_nothing_goes_out(release, gate, review):
    for by in ("officer", "manager"):
        review(release, by)
    with pytest.raises(Refused, match="publishes nothing"):
        publish(release, gate, screen=NotBuilt())
    release.refresh_from_db()
    assert release.state == "approved" and not queries.catalogue()
    assert not gate.journal.recent(1, name_prefix="release.delivered")


def test_only_a_synthetic_home_goes_without_screening(home):
    from meterkeep.site.composition import Custodian

    assert isinstance(Custodian(home, None).outlet().screen, SyntheticOnly)
    assert isinstance(Custodian(replace(home, synthetic=False), None).outlet().screen, NotBuilt)


def test_the_database_takes_one_review_per_person():
    kept = Release.objects.create(
        reference="T-1", title="t", spec=SPEC, unit="Wh", power_of_ten=0, cells=[], facts={}, certificate={}, audited=0,
        planned_by="analyst", planned_on=ON,
    )  # fmt: skip
    Review.objects.create(release=kept, by="officer", on=ON)
    for by in ("officer", ""):
        with pytest.raises(IntegrityError), transaction.atomic():
            Review.objects.create(release=kept, by=by, on=ON)


def test_a_plan_that_was_overtaken_takes_no_decision_and_says_so(release, review, gate):
    other = planned(gate)
    review(release, "officer")
    for by in ("officer", "manager"):
        review(other, by)
    publish(other, gate)
    assert "something was published" in checks.outdated(release, on=ON)
    for accept in (True, False):
        with pytest.raises(Refused, match="out of date: something was published") as told:
            review(release, "manager", accept=accept)
    assert told.value.where == release.reference and "Plan it again" in told.value.next
    assert release.reviews.count() == 1 and checks.outdated(other, on=ON) == ""


def test_a_plan_made_under_other_documents_is_made_again(release, review, gate, monkeypatch):
    """A stricter rule that was adopted between plan and publication has not been held against any figure."""
    for by in ("officer", "manager"):
        review(release, by)
    monkeypatch.setattr(policies, "version", lambda on: "of a stricter pack")
    assert not checks.can_publish(release, on=ON)
    with pytest.raises(Refused, match="adopted documents"):
        publish(release, gate)
    with pytest.raises(Refused, match="adopted documents"):
        review(planned_before(release), newcomer("late").pk)
    again = planned(gate)
    assert again.policy == "of a stricter pack" and checks.outdated(again, on=ON) == ""


def planned_before(release):
    release.state = "planned"
    release.save()
    return release


def test_whoever_left_decides_nothing_and_publishes_nothing(release, review, gate):
    """What they decided while they were there counts."""
    review(release, "officer")
    members.end_person(person=workforce.person("manager", on=ON), by="officer", on=ON)
    assert not checks.can_review(release, by="manager", on=ON)
    for act in (lambda: review(release, "manager"), lambda: publish(release, gate, by="manager")):
        with pytest.raises(Refused, match="Only members of the workforce"):
            act()
    members.end_person(person=workforce.person("officer", on=ON), by="board", on=ON)
    review(release, newcomer("second").pk)
    with pytest.raises(Refused, match="Only members of the workforce"):
        publish(release, gate)
    assert publish(release, gate, by="second").state == "published"
