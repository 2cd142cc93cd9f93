from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput, Busy
from meterkeep.vault import FIELDS, FileKeys, Vault

texts = st.text(st.characters(codec="utf-8") | st.just("\n"), max_size=40)
values = st.dictionaries(st.sampled_from(FIELDS), texts, max_size=6)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(writes=st.lists(st.tuples(st.integers(0, 3), values), max_size=8))
def test_the_vault_reads_back_what_a_dictionary_would(
    vault: Vault, writes: list[tuple[int, dict[str, str]]]
) -> None:
    customers = [vault.new_customer() for _ in range(4)]
    oracle: dict[str, dict[str, str]] = {}
    for who, fields in writes:
        vault.write({customers[who]: fields})
        merged = oracle.get(customers[who], {}) | fields
        oracle[customers[who]] = {field: value for field, value in merged.items() if value}
    assert vault.read(customers, FIELDS) == {customer: known for customer, known in oracle.items() if known}


def test_only_the_fields_asked_for_are_read(vault: Vault, person: dict[str, str]) -> None:
    customer = vault.new_customer()
    vault.write({customer: person})
    assert vault.read([customer], ["email"]) == {customer: {"email": person["email"]}}


def test_a_customer_who_is_unknown_is_not_in_the_result(vault: Vault) -> None:
    assert vault.read([vault.new_customer()], ["name"]) == {}


@pytest.mark.parametrize("values", [{"zip": "93000"}, {"name": 7}])
def test_what_is_not_an_identity_field_is_refused_before_anything_is_written(
    vault: Vault, values: dict[str, str]
) -> None:
    first, second = vault.new_customer(), vault.new_customer()
    with pytest.raises(BadInput):
        vault.write({first: {"name": "Synthetic"}, second: values})
    assert vault.read([first, second], FIELDS) == {}


@pytest.mark.parametrize("customer", ["", "check", "usage_point:1", "A" * 32, "0" * 31])
def test_only_random_customer_ids_are_taken(vault: Vault, customer: str) -> None:
    with pytest.raises(BadInput, match="32 hexadecimal"):
        vault.write({customer: {"name": "Synthetic"}})
    with pytest.raises(BadInput, match="32 hexadecimal"):
        vault.shred(customer)


@pytest.mark.parametrize("source", [(1, "name", 0), (0, "email", 0), (0, "name", 1)])
def test_a_ciphertext_moved_from_another_customer_field_or_line_does_not_open(
    vault: Vault, tmp_path: Path, person: dict[str, str], source: tuple[int, str, int]
) -> None:
    customers = [vault.new_customer(), vault.new_customer()]
    vault.write(dict.fromkeys(customers, person | {"name": "First\nSecond"}))
    database = sqlite3.connect(tmp_path / "vault" / "vault.sqlite3")
    where = "WHERE customer = ? AND field = ? AND line = ?"
    who, field, line = source
    (other,) = database.execute(
        f"SELECT sealed FROM fields {where}", (bytes.fromhex(customers[who]), field, line)
    ).fetchone()
    database.execute(f"UPDATE fields SET sealed = ? {where}", (other, bytes.fromhex(customers[0]), "name", 0))
    database.commit()
    with pytest.raises(BadInput, match=r"another key|moved from the place"):
        vault.read(customers[:1], ["name"])


def test_a_wrapped_key_swapped_to_another_customer_does_not_open(
    vault: Vault, tmp_path: Path, person: dict[str, str]
) -> None:
    first, second = vault.new_customer(), vault.new_customer()
    vault.write({first: person, second: person})
    database = sqlite3.connect(tmp_path / "vault" / "keys.sqlite3")
    database.execute(
        "UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE subject = ?) WHERE subject = ?",
        (second, first),
    )
    database.commit()
    with pytest.raises(BadInput, match="moved from the place"):
        vault.read([first], ["name"])


def test_a_lost_key_is_told_as_a_loss(vault: Vault, tmp_path: Path, person: dict[str, str]) -> None:
    customer = vault.new_customer()
    vault.write({customer: person})
    database = sqlite3.connect(tmp_path / "vault" / "keys.sqlite3")
    database.execute("DELETE FROM keys WHERE subject = ?", (customer,))
    database.commit()
    with pytest.raises(BadInput, match="keys of 1 customers are missing"):
        vault.read([customer], ["name"])


def test_nothing_of_a_customer_lies_in_clear_in_any_file_of_the_vault(vault, vault_bytes, person) -> None:
    vault.write({vault.new_customer(): person})
    vault.surrogates([(person["usage_point_source_id"], person["meter_number"])])
    stored = vault_bytes().lower()
    for value in person.values():
        for form in (value, value.replace("-", ""), value.replace(" ", "")):
            assert form.lower().encode() not in stored


def test_no_error_of_the_vault_names_a_value(vault: Vault, person: dict[str, str]) -> None:
    with pytest.raises(BadInput) as refused:
        vault.write({vault.new_customer(): person | {"shoe_size": "canary"}})
    assert "canary" not in str(refused.value).lower()


def test_files_are_for_their_owner_only(vault: Vault, tmp_path: Path, person: dict[str, str]) -> None:
    vault.write({vault.new_customer(): person})
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "vault").iterdir()} == {0o600}


def test_a_locked_vault_says_busy_and_writes_nothing(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str]
) -> None:
    hasty = Vault.open(tmp_path / "vault", keys, patience=0.05)
    customer = vault.new_customer()
    for name in ("vault.sqlite3", "keys.sqlite3"):
        holder = sqlite3.connect(tmp_path / "vault" / name, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy, match="Another process"):
            hasty.write({customer: person})
        holder.execute("ROLLBACK")
    assert vault.read([customer], FIELDS) == {}
    hasty.write({customer: person})
    assert vault.read([customer], FIELDS) == {customer: person}


def test_a_vault_is_never_made_over_a_vault_nor_opened_where_none_is(
    tmp_path: Path, keys: FileKeys, vault: Vault
) -> None:
    with pytest.raises(BadInput, match="already"):
        Vault.create(tmp_path / "vault", keys)
    with pytest.raises(BadInput, match="missing"):
        Vault.open(tmp_path / "nowhere", keys)


@pytest.mark.parametrize("name", ["vault.sqlite3", "keys.sqlite3"])
def test_a_damaged_file_is_told_as_one(vault: Vault, keys: FileKeys, tmp_path: Path, name: str) -> None:
    vault.close()
    (tmp_path / "vault" / name).write_bytes(b"no database" * 500)
    with pytest.raises(BadInput, match="damaged"):
        Vault.open(tmp_path / "vault", keys)
