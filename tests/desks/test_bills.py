"""What customers were billed: a file of it, through the gate, and totals in dollars. All synthetic."""

from datetime import date

import pytest

from meterkeep.aggregates import PastRow
from meterkeep.desks.customers import actions
from meterkeep.desks.customers.models import BilledAmount
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.desks.policies import actions as policies
from meterkeep.desks.policies.sources import ApprovalFacts
from meterkeep.desks.releases import actions as releases
from meterkeep.desks.releases.drafting import draft
from meterkeep.desks.releases.screening import Outlet
from meterkeep.desks.releases.spec import parse_spec
from meterkeep.desks.workforce import actions as workforce
from meterkeep.desks.workforce.models import Person
from meterkeep.errors import BadInput, Refused, Undetermined
from meterkeep.gate import Period, Request, Subjects
from meterkeep.site.screens import SyntheticOnly

ON = date(2026, 3, 2)
FEBRUARY = Period(date(2026, 2, 1), date(2026, 3, 1))
SPEC = 'title = "Bills"\nby = ["zip", "month"]\nfrom = "2026-02"\nuntil = "2026-03"\npurpose = "program_management"\n'
pytestmark = pytest.mark.django_db


@pytest.fixture
def bill(gate, tmp_path):
    def do(*lines, header="customer_id,meter_number,month,amount"):
        path = tmp_path / "bills.csv"
        path.write_text("\n".join([header, *lines]))
        return actions.import_bills(path, gate=gate, by="clerk", on=ON)

    return do


@pytest.fixture
def town(people, take_in):
    """Fifteen customers in one ZIP and fourteen in the next; those who plan and review have a need to know for programs."""
    for person in Person.objects.filter(id__in=("analyst", "officer", "manager")):
        workforce.assign(person=person, purposes=["program_management"], by="officer", on=date(2025, 1, 1))
    return take_in(*((f"C-{n}", f"SYN-{n}", "91910" if n < 15 else "91911") for n in range(29)))


def drafted(gate, spec="", past=()):
    text = SPEC + 'measure = "billed"\n' + spec
    return draft(parse_spec(text), gate=gate, past=past, by="analyst", on=ON)


def figures(found):
    return {cell.keys[0]: (cell.status, cell.customers, cell.value) for cell in found.plan.cells}


def test_dollars_are_added_up_to_the_cent_under_the_rule_of_energy(town, bill, gate):
    assert bill(*(f",SYN-{n},2026-02,100.{n:02}" for n in range(29)))["imported"] == 29
    found = drafted(gate)
    assert figures(found) == {
        "91910": ("published", 15, 150_105),
        "91911": ("withheld", 14, 140_000 + sum(range(15, 29))),
    }
    assert (found.power, found.notes["coverage_ppm"], found.notes["estimated_ppm"]) == (-2, 1_000_000, None)


@pytest.mark.parametrize(("largest", "status"), [("247.05", "published"), ("247.06", "withheld")])
def test_nobody_has_15_percent_of_the_bills(town, bill, gate, largest, status):
    """Fourteen of a hundred dollars: 0.15 of 1647.05 is 247.0575, so that 247.05 is below and 247.06 (of 1647.06: 247.059) is not."""
    bill(f",SYN-0,2026-02,{largest}", *(f",SYN-{n},2026-02,100" for n in range(1, 15)))
    assert figures(drafted(gate))["91910"][0] == status


def test_a_credit_is_no_share_of_anything(town, bill, gate):
    bill(",SYN-0,2026-02,-5", *(f",SYN-{n},2026-02,100" for n in range(1, 15)))
    (cell,) = drafted(gate).plan.cells
    assert cell.code == "negative_value"


def test_what_is_not_billed_is_missing_and_not_zero(town, bill, gate):
    bill(*(f",SYN-{n},2026-02,100" for n in range(15)))
    found = drafted(gate)
    assert set(figures(found)) == {"91910"}
    assert found.notes["coverage_ppm"] == 517_000, "15 of 29 meters, rounded down to a tenth of a percent"


def test_bills_and_energy_of_some_who_overlap_are_audited_together(town, bill, gate):
    """Energy of all 29 is out; bills of the first fifteen would leave fourteen, whose bill is their energy times a tariff."""
    bill(*(f",SYN-{n},2026-02,100" for n in range(29)))
    energy = parse_spec(SPEC.replace('"zip", ', ""))
    out = draft(energy, gate=gate, past=[], by="analyst", on=ON).plan.rows("T-1")
    past = [PastRow.from_bytes(row.to_bytes()) for row in out]
    assert {cell.code for cell in drafted(gate, past=past).plan.cells} == {"overlaps_past_release", "count"}


def test_reporting_what_was_billed_takes_an_approval(town, bill, gate):
    """CEA-03 5.1: outside its examples a purpose is approved with its reason."""
    bill(*(f",SYN-{n},2026-02,100" for n in range(29)))
    spec = parse_spec(SPEC.replace("program_management", "reporting") + 'measure = "billed"')
    with pytest.raises(
        Undetermined, match=r"CEA-03/5\.1 turns on it: .* approved with its reason"
    ) as left_open:
        draft(spec, gate=gate, past=[], by="analyst", on=ON)
    assert "policy approve reporting --elements billing,zip --why REASON" in left_open.value.next
    assert "body that must approve" in left_open.value.message


def approve(**more):
    said = {"purpose": "reporting", "elements": ["billing", "zip"], "why": "The Board's yearly report."}
    return policies.approve_use(**{**said, "by": "officer", "on": ON, **more})


def test_an_approved_use_is_planned_reviewed_and_published(town, bill, gate):
    bill(*(f",SYN-{n},2026-02,100" for n in range(29)))
    approve()
    spec = SPEC.replace("program_management", "reporting") + 'measure = "billed"'
    release = releases.plan(spec=spec, gate=gate, by="analyst", on=ON)
    for by in ("officer", "manager"):
        said = {"accept": True, "why": "Agrees with the ledger.", "gate": gate, "by": by, "on": ON}
        releases.review(release=release, **said)
    releases.publish(
        release=release,
        gate=gate,
        outlet=Outlet("Test Energy", "cea", True, SyntheticOnly()),
        by="officer",
        on=ON,
    )
    release.refresh_from_db()
    assert release.state == "published"
    assert OutboxEvent.objects.filter(name="approval.recorded").exists()


@pytest.mark.parametrize(
    "said",
    [
        {"elements": ["zip"]},
        {"purpose": "analysis"},
        {"on": date(2026, 3, 1), "until": date(2026, 3, 2)},
    ],
    ids=["other elements", "another purpose", "ended"],
)
def test_an_approval_is_of_what_it_names_and_no_longer(town, bill, gate, said):
    bill(*(f",SYN-{n},2026-02,100" for n in range(29)))
    approve(**said)
    spec = parse_spec(SPEC.replace("program_management", "reporting") + 'measure = "billed"')
    with pytest.raises(Undetermined, match=r"approval\.given"):
        draft(spec, gate=gate, past=[], by="analyst", on=ON)


def test_an_approval_opens_nothing_to_anybody_outside(people, gate):
    approve()
    asked = {"purpose": "reporting", "elements": ("billing", "zip"), "reason": "A report."}
    ruling = ApprovalFacts().facts
    for action, known in (("use", {"approval.given": True}), ("disclose", {}), ("contact", {})):
        request = Request(action=action, subjects=Subjects.everyone(), period=FEBRUARY, **asked)
        assert ruling(request, by="analyst", on=ON) == known


@pytest.mark.parametrize(
    ("said", "error", "match"),
    [
        ({"by": "analyst"}, Refused, "privacy officer"),
        ({"purpose": "gossip"}, BadInput, "no 'gossip'"),
        ({"elements": ["ssn"]}, BadInput, "does not need ssn"),
        ({"elements": []}, BadInput, "what may be used"),
        ({"why": " "}, BadInput, "what may be used, and why"),
        ({"until": ON}, BadInput, "end before it begins"),
    ],
    ids=["who", "purpose", "elements", "nothing", "reason", "until"],
)
def test_who_approves_what(people, said, error, match):
    with pytest.raises(error, match=match):
        approve(**said)


def test_amounts_are_opened_to_whoever_asks_for_billing(town, bill, gate):
    bill(*(f",SYN-{n},2026-02,7.25" for n in range(29)))
    asked = {
        "action": "use",
        "purpose": "program_management",
        "subjects": Subjects.everyone(),
        "period": FEBRUARY,
    }
    with gate.open(Request(elements=("billing",), reason="Count.", **asked), by="analyst", on=ON) as grant:
        table = grant.billed()
    assert (len(table), set(table["cents"].to_pylist())) == (29, {725})
    with (
        gate.open(
            Request(elements=("monthly_usage",), reason="Count.", **asked), by="analyst", on=ON
        ) as grant,
        pytest.raises(BadInput, match="billing was not asked for"),
    ):
        grant.billed()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",SYN-0,2026-2,1", "month is not written as 2026-02"),
        (",SYN-0,2026-13,1", "month is not written as 2026-02"),
        (",SYN-0,2026-02,1.005", "amount is no sum of dollars and cents"),
        (",SYN-0,2026-02,", "amount is no sum of dollars and cents"),
        (",SYN-0,2026-02,1,0", "the line has more cells than the first line has names"),
        (",,2026-02,1", "no usage point is named"),
        (",SYN-99,2026-02,1", "nobody held the usage point in the month"),
        (",SYN-0,2024-12,1", "nobody held the usage point in the month"),
        ("C-1,SYN-0,2026-02,1", "this customer did not hold the usage point in the month"),
        (",SYN-1,2026-02,2", "this month of the usage point stands in the file already"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(town, bill, line, why):
    done = bill(",SYN-1,2026-02,1", line, 'C-2,SYN-2,2026-02,"$1,000.5"')
    assert done == {"imported": 2, "rejected": [{"line": 3, "why": why}]}
    assert sorted(BilledAmount.objects.values_list("cents", flat=True)) == [100, 100_050]
    told = OutboxEvent.objects.get(name="bills.taken_in")
    assert told.detail == {"bills": 2, "rejected": 1}


def test_a_later_file_stands_in_the_place_of_an_earlier_one(town, bill):
    assert bill(",SYN-1,2026-02,1") == bill(",SYN-1,2026-02,1") == bill(",SYN-1,2026-02,2")
    assert list(BilledAmount.objects.values_list("cents", flat=True)) == [200]


def test_a_month_of_two_customers_names_whose_bill_it_is(people, gate, bill, tmp_path):
    lines = "customer_id,meter_number,start,end\nC-1,SYN-1,2025-01-01,2026-02-14\nC-2,SYN-1,2026-02-14,\n"
    (tmp_path / "customers.csv").write_text(lines)
    actions.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=ON)
    (bad,) = bill(",SYN-1,2026-02,9", "C-1,SYN-1,2026-02,4", "C-2,SYN-1,2026-02,5")["rejected"]
    assert bad["why"] == "several customers held the usage point in the month; name the customer_id"
    assert sorted(BilledAmount.objects.values_list("cents", flat=True)) == [400, 500]


def test_the_files_say_that_it_is_money(town, bill, gate):
    bill(*(f",SYN-{n},2026-02,100.25" for n in range(15)))
    release = releases.plan(spec=SPEC + 'measure = "billed"\n', gate=gate, by="analyst", on=ON)
    for who in ("officer", "manager"):
        releases.review(release=release, accept=True, why="Groups are large.", gate=gate, by=who, on=ON)
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    releases.publish(release=release, gate=gate, outlet=outlet, by="officer", on=ON)
    files = {
        file.name.removeprefix(f"totals-{release.reference}"): bytes(file.content).decode()
        for file in release.files.all()
        if file.kind.startswith("text")
    }
    table = next(text for name, text in files.items() if name.endswith(".csv"))
    assert table.splitlines()[:2] == [
        "zip,month,customers,billed_USD,status",
        "91910,2026-02,15,1503.75,published",
    ]
    sheet = next(text for name, text in files.items() if name.endswith("en.md"))
    assert "What customers were billed, added up" in sheet and "51.7 % of the meters and months" in sheet


def test_what_is_destroyed_is_gone_by_months_or_whole(town, bill, gate):
    bill(",SYN-1,2026-01,1", ",SYN-1,2026-02,2", ",SYN-2,2026-02,3")
    who = {"customers": [town.customers["C-1"]], "by": "officer", "on": ON}
    assert actions.destroy_bills(before=date(2026, 2, 20), **who) == 1
    assert actions.destroy_bills(**who) == 1
    assert actions.destroy_bills(**who) == 0
    assert list(BilledAmount.objects.values_list("cents", flat=True)) == [300]
    assert OutboxEvent.objects.filter(name="bills.destroyed").count() == 2


@pytest.mark.parametrize(
    ("spec", "where"),
    [
        ('measure = "billed"\nunit = "kWh"', "unit"),
        ('measure = "delivered"\nunit = "$"', "unit"),
        ('measure = "billed"\nmode = "noise"\nrho = "0.01"', "measure"),
    ],
)
def test_money_is_what_was_billed_and_nothing_else(spec, where):
    with pytest.raises(BadInput) as refused:
        parse_spec(SPEC + spec)
    assert refused.value.where == where
    assert (
        parse_spec(SPEC + 'measure = "billed"').unit
        == parse_spec(SPEC + 'measure = "billed"\nunit = "$"').unit
        == "USD"
    )
