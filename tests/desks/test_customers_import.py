import json
from datetime import date

import pytest
from django.db import DatabaseError, transaction

from meterkeep.desks.customers import actions
from meterkeep.desks.customers.models import Customer, ServiceAgreement
from meterkeep.desks.outbox.models import OutboxEvent
from meterkeep.errors import BadInput

ON = date(2026, 3, 2)
pytestmark = pytest.mark.django_db


@pytest.fixture
def take_in(gate, tmp_path):
    """Imports a file made of these lines."""

    def do(*lines, name="customers.csv", **more):
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return actions.import_customers(path, gate=gate, by="clerk", on=ON, **more)

    return do


def test_a_customer_id_is_enough(take_in):
    assert take_in("customer_id", "C-1", "C-2") == {"imported": 2, "rejected": []}
    assert Customer.objects.count() == 2


def test_who_a_customer_is_goes_to_the_vault_and_nowhere_else(take_in, gate):
    header = "customer_id,name,account_number,usage_point_source_id,email,service_address,zip,customer_class"
    take_in(header, "C-1,Synthia Sample,ACC-77001,UP-1,s@example.org,1 Example Way,91910-1234,Residential")
    (customer,) = gate.vault.find("account_number", "acc 77001")
    assert gate.vault.read([customer], ["name"]) == {customer: {"name": "Synthia Sample"}}
    row = ServiceAgreement.objects.get(customer=customer)
    assert (row.zip, row.customer_class) == ("91910", "residential")
    assert row.usage_point == gate.vault.known_surrogate("UP-1")


def test_lines_with_one_customer_id_are_one_legal_customer_with_several_agreements(take_in, gate):
    take_in(
        "customer_id,account_number,usage_point_source_id", "C-1,A-1,UP-1", "C-2,A-9,UP-9", "C-1,A-2,UP-2"
    )
    assert Customer.objects.count() == 2
    (customer,) = gate.vault.find("customer_ref", "C-1")
    assert ServiceAgreement.objects.filter(customer=customer).count() == 2


def test_a_customer_of_several_accounts_is_found_by_each_of_them(take_in, gate):
    """Over several lines, over several imports, and still after the same file again."""
    header = "customer_id,account_number,name"
    for lines in (("C-1,A-1,Old Name", "C-1,A-2,New Name"), ("C-1,A-3,",), ("C-1,A-1,New Name",)):
        take_in(header, *lines)
    (customer,) = gate.vault.find("customer_ref", "C-1")
    assert [gate.vault.find("account_number", number) for number in ("A-1", "A-2", "A-3")] == [[customer]] * 3
    assert gate.vault.read([customer], ["name"]) == {customer: {"name": "New Name"}}


def test_the_same_file_again_changes_nothing(take_in):
    lines = (
        "customer_id,usage_point_source_id,start,end",
        "C-1,UP-1,2025-01-01,2025-06-01",
        "C-2,UP-1,2025-06-01,",
    )
    assert take_in(*lines) == take_in(*lines) == {"imported": 2, "rejected": []}
    assert Customer.objects.count() == ServiceAgreement.objects.count() == 2


def test_a_later_file_brings_an_agreement_up_to_date(take_in):
    take_in("customer_id,usage_point_source_id,start,rate_class", "C-1,UP-1,2025-01-01,TOU-1")
    take_in("customer_id,usage_point_source_id,start,end,rate_class", "C-1,UP-1,2025-01-01,2025-06-01,TOU-2")
    row = ServiceAgreement.objects.get()
    assert (row.end, row.rate_class) == (date(2025, 6, 1), "TOU-2")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (",Nobody,,,", "customer_id is empty"),
        ("--,Nobody,,,", "customer_id is empty"),
        ("C-2,,2025-13-01,,", "start is no date; write it as YYYY-MM-DD"),
        (
            "C-2,,2025-01-01,2025-01-01,",
            "end is not after start; it is the first day that is no longer the customer's",
        ),
        ("C-2,,,,9191", "zip is not five digits"),
        ("C-2,,,,91910,more", "the line has more cells than the first line has names"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_the_rest_goes_on(take_in, line, why):
    result = take_in("customer_id,name,start,end,zip", "C-1,,,,", line, "C-3,,,,")
    assert result == {"imported": 2, "rejected": [{"line": 3, "why": why}]}


@pytest.mark.parametrize(
    ("tract", "imported"), [("06073008305", 1), ("", 1), ("0607300830", 0), ("060730083051", 0), ("83.05", 0)]
)
def test_a_census_tract_is_named_by_its_eleven_digits(take_in, tract, imported):
    assert take_in("customer_id,census_tract", f"C-1,{tract}")["imported"] == imported


def test_a_bad_line_leaves_nothing_in_the_vault(take_in, gate):
    header = "customer_id,account_number,usage_point_source_id,start,end"
    result = take_in(header, "C-1,A-1,UP-1,2025-01-01,", "C-2,A-2,UP-1,2025-06-01,")
    assert result["rejected"] == [
        {"line": 3, "why": "another agreement holds the same usage point in this period"}
    ]
    assert gate.vault.find("account_number", "A-2") == gate.vault.find("customer_ref", "C-2") == []
    assert Customer.objects.count() == 1


def test_agreements_may_touch_but_not_overlap_by_a_day(take_in):
    header = "customer_id,usage_point_source_id,start,end"
    take_in(header, "C-1,UP-1,2025-01-01,2025-06-01")
    assert take_in(header, "C-2,UP-1,2025-05-31,2025-07-01")["imported"] == 0
    assert take_in(header, "C-2,UP-1,2025-06-01,2025-07-01")["imported"] == 1


def test_an_agreement_without_dates_holds_its_usage_point_alone(take_in):
    header = "customer_id,usage_point_source_id,start,end"
    take_in(header, "C-1,UP-1,,")
    assert take_in(header, "C-2,UP-1,2025-05-31,2025-07-01")["imported"] == 0


def test_a_file_of_two_meters_on_one_account_makes_two_usage_points(take_in):
    take_in("customer_id,account_number,meter_number", "C-1,A-1,M-1", "C-1,A-1,M-2")
    assert ServiceAgreement.objects.values("usage_point").distinct().count() == 2


def test_usage_points_that_share_a_meter_or_a_service_account_are_not_mixed_up(take_in, gate):
    header = "customer_id,usage_point_source_id,meter_number,service_account,end,start"
    take_in(header, "C-1,UP-1,M-1,SA-1,2025-06-01,", "C-2,UP-2,M-1,SA-1,,2025-06-01")
    assert ServiceAgreement.objects.values("usage_point").distinct().count() == 2
    assert gate.vault.known_surrogate("M-1") == gate.vault.known_surrogate("UP-1")
    assert gate.vault.known_surrogate("SA-1") is None


@pytest.mark.parametrize(
    "column", ["usage_point_source_id", "meter_number", "service_account", "account_number"]
)
def test_the_best_identifier_that_a_line_has_names_its_usage_point(take_in, gate, column):
    take_in(f"customer_id,{column}", "C-1,ID-1")
    assert ServiceAgreement.objects.get().usage_point == gate.vault.known_surrogate("ID-1")


def test_json_says_the_same_as_csv(take_in):
    items = [
        {"customer_id": "C-1", "zip": 91910, "solar": True, "end": None},
        {"customer_id": "", "solar": "perhaps"},
    ]
    result = take_in(json.dumps(items), name="customers.json")
    assert result == {"imported": 1, "rejected": [{"line": 2, "why": "customer_id is empty"}]}
    assert ServiceAgreement.objects.get().solar is True


@pytest.mark.parametrize(
    "word, solar", [("yes", True), ("TRUE", True), ("1", True), ("no", False), ("0", False), ("", None)]
)
def test_solar_is_yes_no_or_unknown(take_in, word, solar):
    take_in("customer_id,solar", f"C-1,{word}")
    assert ServiceAgreement.objects.get().solar is solar


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("Synthia Sample,ACC-77001",), "customers.csv"),
        (("customer_id,shoe_size", "C-1,42"), "customers.csv"),
        (("customer_id,zip,zip", "C-1,91910,91911"), "customers.csv"),
        (("",), "customers.csv"),
        (("{}",), "customers.json"),
        (("[1, 2]",), "customers.json"),
        (('[{"customer_id": "C-1",',), "customers.json"),
    ],
)
def test_a_file_that_is_no_customers_file_is_refused_whole_and_not_quoted(take_in, lines, name):
    with pytest.raises(BadInput) as refused:
        take_in(*lines, name=name)
    assert "Synthia" not in str(refused.value)
    assert not Customer.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_bytes_that_are_no_text_are_refused(gate, tmp_path):
    path = tmp_path / "customers.csv"
    path.write_bytes(b"customer_id,name\nC-1,Jos\xe9\n")
    with pytest.raises(BadInput):
        actions.import_customers(path, gate=gate, by="clerk", on=ON)
    with pytest.raises(BadInput):
        actions.import_customers(tmp_path / "missing.csv", gate=gate, by="clerk", on=ON)


def test_a_file_longer_than_one_batch_is_taken_in_whole(take_in, monkeypatch):
    monkeypatch.setattr(actions, "_AT_ONCE", 3)
    told = []
    lines = [f"C-{number % 4},UP-{number}" for number in range(10)]
    result = take_in(
        "customer_id,usage_point_source_id", *lines, progress=lambda done, total: told.append((done, total))
    )
    assert result["imported"] == 10
    assert Customer.objects.count() == 4
    assert told == [(3, 10), (6, 10), (9, 10), (10, 10)]


def test_the_import_is_told_to_the_log_in_numbers(take_in):
    take_in("customer_id", "C-1", " ")
    event = OutboxEvent.objects.get()
    assert (event.name, event.actor, event.subjects) == ("customers.taken_in", "clerk", [])
    assert event.detail == {"imported": 1, "rejected": 1}


@pytest.mark.parametrize("start, end", [(date(2025, 5, 31), None), (None, None), (None, date(2025, 1, 2))])
def test_the_database_itself_keeps_agreements_apart(take_in, start, end):
    take_in("customer_id,usage_point_source_id,start,end", "C-1,UP-1,2025-01-01,2025-06-01")
    held = ServiceAgreement.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        ServiceAgreement.objects.create(
            customer=held.customer, usage_point=held.usage_point, start=start, end=end
        )
    ServiceAgreement.objects.create(customer=held.customer, usage_point=held.usage_point, start=held.end)
    with pytest.raises(DatabaseError), transaction.atomic():
        ServiceAgreement.objects.filter(pk=held.pk).update(end=None)


def test_half_a_character_is_a_rejected_line_and_endless_nesting_no_file(take_in):
    report = take_in('[{"customer_id": "C-1"}, {"customer_id": "C-2", "name": "\\ud800"}]', name="c.json")
    assert (report["imported"], [bad["line"] for bad in report["rejected"]]) == (1, [2])
    with pytest.raises(BadInput, match="neither CSV nor JSON"):
        take_in("[" * 100_000, name="deep.json")
