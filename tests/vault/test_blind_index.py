from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.vault import SEARCHABLE, Vault

SAME = [
    ("phone", "+1 (805) 555-0142", "805.555.0142"),
    ("phone", "805-555-0142 x12", "18055550142"),
    ("email", " Quill.Canary@Example.COM ", "quill.canary@example.com"),
    ("account_number", "00-4711 A", "004711a"),
    ("service_account", "SA_1/2.3", "sa123"),
    ("meter_number", "m 12-34", "M1234"),
    ("customer_ref", "C-77", "c77"),
    ("usage_point_source_id", " URN:uuid:AB-1 ", "urn:uuid:ab-1"),
    ("service_address", "17 North Invented Street, Apt. 4", "17 N INVENTED ST #4"),
    ("service_address", "５ Made-up Avenue", "5 made up ave"),
]
DIFFERENT = [
    ("account_number", "004711", "4711"),
    ("usage_point_source_id", "1-23", "12-3"),
    ("phone", "805-555-0142", "805-555-0143"),
    ("email", "quill.canary@example.com", "quillcanary@example.com"),
    ("service_address", "17 Invented St Apt 4", "17 Invented St Apt 5"),
]


@pytest.mark.parametrize(("kind", "stored", "asked"), SAME)
def test_a_customer_is_found_however_the_value_is_written(
    vault: Vault, kind: str, stored: str, asked: str
) -> None:
    customer = vault.new_customer()
    vault.write({customer: {kind: stored}})
    assert vault.find(kind, asked) == [customer]


@pytest.mark.parametrize(("kind", "stored", "asked"), DIFFERENT)
def test_values_that_differ_in_substance_are_not_confused(
    vault: Vault, kind: str, stored: str, asked: str
) -> None:
    vault.write({vault.new_customer(): {kind: stored}})
    assert vault.find(kind, asked) == []


def test_a_value_is_found_under_its_own_kind_only(vault: Vault) -> None:
    customer = vault.new_customer()
    vault.write({customer: {"account_number": "4711", "name": "4711"}})
    assert {kind: vault.find(kind, "4711") for kind in SEARCHABLE} == {
        kind: [customer] if kind == "account_number" else [] for kind in SEARCHABLE
    }


def test_all_who_share_a_value_are_found_and_a_replaced_value_no_longer(vault: Vault) -> None:
    customers = sorted(vault.new_customer() for _ in range(3))
    vault.write({customer: {"phone": "555-0100"} for customer in customers})
    assert vault.find("phone", "5550100") == customers
    vault.write({customers[0]: {"phone": "555-0199"}, customers[1]: {"phone": ""}})
    assert vault.find("phone", "555-0100") == [customers[2]]


def test_many_references_are_found_at_once_and_the_unknown_left_out(vault: Vault) -> None:
    customers = {vault.new_customer(): f"C-{number}" for number in range(20)}
    vault.write({customer: {"customer_ref": reference} for customer, reference in customers.items()})
    found = vault.find_all("customer_ref", [*customers.values(), "C-20", "c 3"])
    assert found == {reference: customer for customer, reference in customers.items()} | {"c 3": found["C-3"]}


def test_each_of_several_values_of_a_field_is_found(vault: Vault) -> None:
    customer = vault.new_customer()
    vault.write({customer: {"account_number": "A-1\nA-2\na 1"}})
    assert [vault.find("account_number", number) for number in ("a1", "a2", "A-1 A-2")] == [
        [customer],
        [customer],
        [],
    ]
    assert vault.read([customer], ["account_number"]) == {customer: {"account_number": "A-1\nA-2\na 1"}}
    vault.write({customer: {"account_number": "A-2"}})
    assert [vault.find("account_number", number) for number in ("a1", "a2")] == [[], [customer]]


def test_a_value_with_nothing_to_compare_finds_nobody(vault: Vault) -> None:
    vault.write({vault.new_customer(): {"phone": "none"}})
    assert vault.find("phone", "unknown") == []


@pytest.mark.parametrize("kind", ["name", "ssn", "billing_address", "shoe_size"])
def test_a_search_by_anything_else_names_what_can_be_searched(vault: Vault, kind: str) -> None:
    with pytest.raises(BadInput, match=kind) as refused:
        vault.find(kind, "x")
    assert "account_number" in refused.value.next


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(kind=st.sampled_from(sorted(SEARCHABLE)), value=st.text(max_size=30))
def test_normalising_twice_changes_nothing_more(kind: str, value: str) -> None:
    once = SEARCHABLE[kind](value)
    assert SEARCHABLE[kind](once) == once
