import json
from datetime import date
from hashlib import sha256

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from meterkeep.aggregates import Rule
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import actions, checks, queries
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.rules import rule_of
from meterkeep.desks.releases.screening import Outlet
from meterkeep.desks.releases.spec import parse_spec
from meterkeep.desks.releases.states import TABLE, State
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
def town(people, take_in):
    """Fifteen customers in one ZIP and fourteen in the next, equal in everything else."""
    return take_in(
        *((f"C-{number}", f"SYN-{number}", "91910" if number < 15 else "91911") for number in range(29))
    )


def planned(gate, spec=SPEC):
    return actions.plan(spec=spec, gate=gate, by="analyst", on=ON)


def accept(release, by, gate, **more):
    said = {"accept": True, "why": "Groups are large.", **more}
    return actions.review(release=release, gate=gate, by=by, on=ON, **said)


def approved(gate, spec=SPEC):
    release = planned(gate, spec)
    for reviewer in ("officer", "manager"):
        accept(release, reviewer, gate)
    return release


def published(gate, spec=SPEC):
    return publish(release=approved(gate, spec), gate=gate, by="officer", on=ON)


def publish(**said):
    return actions.publish(outlet=Outlet("Test Energy", "cea", True, SyntheticOnly()), **said)


def statuses(release):
    return {cell["keys"][0]: cell["status"] for cell in release.cells}


def test_fifteen_customers_are_published_and_fourteen_withheld(town, gate):
    assert statuses(planned(gate)) == {"91910": "published", "91911": "withheld"}


def test_what_is_published_is_exact_and_of_the_withheld_nothing_is_told(town, gate):
    release = published(gate)
    shown, hidden = sorted(queries.public_cells(release), key=lambda cell: cell["status"])
    assert shown["value"] * 10**release.power_of_ten == 15 * 28 * 24 * 1000
    assert (shown["customers"], release.unit) == (15, "Wh")
    assert (hidden["customers"], hidden["value"]) == (None, None)
    assert set(hidden) == {"keys", "status", "customers", "value"}


def test_publication_is_decided_by_the_clause_and_recorded_with_its_digest(town, gate):
    release = published(gate)
    entry = gate.journal.recent(1, name_prefix="release.delivered")[0][1]
    files = {file.name: file.sha256 for file in release.files.all()}
    listed = json.dumps({"files": files, "release": release.reference}, separators=(",", ":"), sort_keys=True)
    assert entry.digest == sha256(listed.encode()).hexdigest()
    assert any(clause.startswith("CEA-0") for clause in entry.clauses)
    assert release in queries.catalogue()


def test_a_release_is_audited_against_everything_ever_public_withdrawn_or_not(town, gate):
    coarser = SPEC.replace('"zip", ', "")
    first = published(gate)
    actions.withdraw(release=first, why="Wrong title.", gate=gate, by="officer", on=ON)
    assert len(queries.register(gate).rows) == 1
    assert {cell["status"] for cell in planned(gate, coarser).cells} == {"withheld"}


def test_a_plan_that_was_overtaken_is_planned_again(town, gate):
    waiting, other = approved(gate), approved(gate)
    publish(release=other, gate=gate, by="officer", on=ON)
    with pytest.raises(Refused, match="out of date"):
        publish(release=waiting, gate=gate, by="officer", on=ON)
    assert statuses(planned(gate))["91910"] == "published", "the same figure again tells nothing new"


def test_where_everything_is_withheld_there_is_nothing_to_publish(people, take_in, gate):
    take_in(*((f"C-{number}", f"SYN-{number}", "91911") for number in range(14)))
    with pytest.raises(Refused, match="nothing to publish"):
        published(gate)


def test_a_withdrawn_release_is_listed_without_its_figures(town, gate):
    release = published(gate)
    with pytest.raises(BadInput):
        actions.withdraw(release=release, why="", gate=gate, by="officer", on=ON)
    actions.withdraw(release=release, why="Wrong title.", gate=gate, by="officer", on=ON)
    assert [found.state for found in queries.catalogue()] == ["withdrawn"]
    assert queries.public_cells(release) == []


def test_what_never_was_public_is_in_no_audit_and_no_catalogue(town, gate):
    release = approved(gate)
    actions.withdraw(release=release, why="Not needed.", gate=gate, by="officer", on=ON)
    assert not queries.catalogue() and queries.register(gate).rows == []


def test_a_withheld_figure_keeps_the_attack_that_it_blocks(town, gate):
    first = published(gate)
    (cell,) = planned(gate, SPEC.replace('"zip", ', "")).cells
    assert (cell["code"], cell["releases"]) == ("overlaps_past_release", [first.reference])
    assert sorted((term["release"], term["customers"]) for term in cell["attack"]) == [
        ("", 29),
        (first.reference, 15),
    ]
    assert "14 customers; the rule asks for at least 15" in cell["why"]


def test_what_is_destroyed_is_forgotten_by_the_register_too(town, gate):
    published(gate)
    (row,) = queries.register(gate).rows
    gone = int(row.members[0])
    assert actions.forget(atoms=[gone], by="officer", on=ON) == 1
    assert actions.forget(atoms=[1], by="officer", on=ON) == 0
    (left,) = queries.register(gate).rows
    assert (left.loads[0], left.members.tolist()) == (-1, row.members.tolist())
    assert left.loads[1:].tolist() == row.loads[1:].tolist()
    assert statuses(planned(gate))["91910"] == "published", "the same figure tells nothing new"


def test_what_a_customer_used_alone_is_gone_from_what_was_withheld(town, gate):
    """A canary: the total of ZIP codes that are withheld, and every sum that explains one, are nowhere in the database any more."""
    release = published(gate)
    out = [cell for cell in release.cells if cell["status"] != "published"]
    assert out and all(cell["value"] for cell in out)
    kept = Release.objects.get(pk=release.pk)
    counted = np.frombuffer(bytes(kept.counted), "<u8")
    actions.forget(atoms=[int(counted.max()) + 1], by="officer", on=ON)
    assert Release.objects.get(pk=release.pk).cells == kept.cells, "nobody of it was destroyed"
    actions.forget(atoms=[int(counted[0])], by="officer", on=ON)
    after = Release.objects.get(pk=release.pk).cells
    bare = [cell for cell in after if cell["status"] != "published"]
    assert [(cell["customers"], cell["keys"]) for cell in bare] == [
        (cell["customers"], cell["keys"]) for cell in out
    ]
    said = json.dumps(bare)
    for cell in out:
        assert str(cell["value"]) not in said and cell["why"] not in said
    public = [cell for cell in kept.cells if cell["status"] == "published"]
    assert [cell for cell in after if cell["status"] == "published"] == public


def test_a_release_that_does_not_say_whom_it_counted_may_be_about_anybody(town, gate):
    release = planned(gate)
    Release.objects.filter(pk=release.pk).update(counted=b"")
    actions.forget(atoms=[1], by="officer", on=ON)
    cells = Release.objects.get(pk=release.pk).cells
    assert all(cell["forgotten"] for cell in cells if cell["status"] != "published")


def test_after_a_restore_that_lost_somebody_it_may_be_about_them(town, gate):
    """Whoever else is in a release is still known, and the one who is gone is in the release that names nobody."""
    release = published(gate)
    said = release.cells
    known = np.frombuffer(bytes(release.counted), "<u8").tolist()
    actions.settle_restored(known=known, bereft=[], by="officer", on=ON)
    assert Release.objects.get(pk=release.pk).cells == said
    Release.objects.filter(pk=release.pk).update(counted=b"")
    assert actions.settle_restored(known=known, bereft=[], by="officer", on=ON) == 0
    cells = Release.objects.get(pk=release.pk).cells
    assert [cell.get("forgotten", False) for cell in cells] == [
        cell["status"] != "published" for cell in said
    ]


def test_what_is_not_proven_is_not_published(town, gate):
    release = approved(gate)
    release.certificate["proof"] = "bounded"
    release.save()
    assert not checks.can_publish(release, on=ON)
    with pytest.raises(Refused, match="did not come to an end"):
        publish(release=release, gate=gate, by="officer", on=ON)


def test_each_step_is_told(town, gate):
    release = published(gate)
    told = OutboxEvent.objects.filter(detail__release=release.reference).order_by("at")
    assert sorted(event.name for event in told) == [
        "release.planned",
        "release.published",
        "release.reviewed",
        "release.reviewed",
    ]


def test_the_register_holds_nobodys_id(town, gate):
    published(gate)
    kept = str(list(Release.objects.values())) + str(
        [bytes(row.data) for row in Release.objects.get().rows.all()]
    )
    assert not any(customer in kept for customer in town.customers.values())


@pytest.mark.parametrize(
    "line",
    [
        'by = ["zip", "shoe_size", "month"]',
        'by = ["zip"]',
        "by = []",
        'from = "2026-02-02"',
        'from = "soon"',
        'until = "2026-02"',
        'title = ""',
        'measure = "register"',
        'colour = "red"',
        "by = [",
    ],
)
def test_a_specification_that_makes_no_sense_is_refused_by_name(line):
    name = line.split(" =")[0]
    lines = [old for old in SPEC.splitlines() if not old.startswith(f"{name} =")]
    with pytest.raises(BadInput):
        parse_spec("\n".join([*lines, line]))


def test_a_month_may_be_written_as_its_first_day():
    assert parse_spec(SPEC.replace('"2026-02"', "2026-02-01")) == parse_spec(SPEC)


def test_what_is_not_measured_is_said_so(town, gate):
    with pytest.raises(BadInput, match="no received kWh"):
        planned(gate, SPEC + 'measure = "received"')


@pytest.mark.parametrize("rule", ["15/15", "16/15", "15/14", "15/14.9999<="])
def test_a_specification_may_be_stricter_than_the_documents(adopted, rule):
    spec = parse_spec(SPEC + f'rule = "{rule}"')
    assert str(rule_of(spec, policies.pack_in_force(ON), on=ON)) == rule


@pytest.mark.parametrize("rule", ["14/15", "15/15.0001", "15/15<="])
def test_and_never_laxer(adopted, rule):
    with pytest.raises(BadInput, match="laxer"):
        rule_of(parse_spec(SPEC + f'rule = "{rule}"'), policies.pack_in_force(ON), on=ON)


def test_the_adopted_numbers_are_the_rule_and_without_them_it_is_undetermined(adopted):
    found = rule_of(parse_spec(SPEC), policies.pack_in_force(ON), on=ON)
    assert found == Rule(15, 150_000, strict=True, cite=found.cite) and found.cite.startswith("CEA-03/4.1")
    with pytest.raises(Undetermined):
        rule_of(parse_spec(SPEC), None, on=ON)
    assert str(rule_of(parse_spec(SPEC + 'rule = "20/10"'), None, on=ON)) == "20/10"


@pytest.fixture
def kept():
    return Release.objects.create(
        reference="T-1", title="t", spec=SPEC, unit="Wh", power_of_ten=0, cells=[], facts={}, certificate={}, audited=0,
        planned_by="analyst", planned_on=ON,
    )  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "odd"},
        {"state": "published"},
        {"state": "withdrawn"},
        {"planned_by": ""},
        {"published_by": "x"},
        {"published_by": "x", "published_on": ON},
        {"withdrawn_by": "x", "withdrawn_on": ON},
    ],
)
def test_the_database_keeps_states_and_dates_together(kept, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Release.objects.filter(pk=kept.pk).update(**wrong)


def test_every_state_is_in_the_table():
    assert set(TABLE) == set(State)


@pytest.mark.parametrize("by", ["5", '"zip"', '[["zip"], "month"]', '["month", "month"]'])
def test_dimensions_are_a_list_of_different_names(by):
    with pytest.raises(BadInput) as told:
        parse_spec(SPEC.replace('["zip", "customer_class", "month"]', by))
    assert told.value.where == "by"


@pytest.mark.parametrize(("ruling", "strict"), [("strict", True), ("not_more", False)])
def test_the_share_is_tested_as_interpretation_11_2_is_ruled(ruling, strict):
    pack = load_pack("cea").ruled({"11.2": ruling}, by="the board", on=ON)
    assert rule_of(parse_spec(SPEC), pack, on=ON).strict is strict
