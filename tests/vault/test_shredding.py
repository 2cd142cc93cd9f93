from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from meterkeep.errors import Busy, Refused
from meterkeep.vault import FIELDS, SEARCHABLE, FileKeys, Vault


def _stored_bytes(folder: Path, customer: str) -> list[bytes]:
    """Ciphertexts, blind digests and the wrapped key of a customer, as they lie on disk."""
    vault = sqlite3.connect(folder / "vault.sqlite3")
    rows = vault.execute(
        "SELECT sealed, digest FROM fields WHERE customer = ?", (bytes.fromhex(customer),)
    ).fetchall()
    keys = sqlite3.connect(folder / "keys.sqlite3")
    (wrapped,) = keys.execute("SELECT wrapped FROM keys WHERE subject = ?", (customer,)).fetchone()
    return [wrapped, *(value for row in rows for value in row if value)]


def test_of_a_shredded_customer_no_byte_is_left_and_of_the_others_all(
    vault: Vault, tmp_path: Path, vault_bytes, person: dict[str, str]
) -> None:
    # Enough customers that pages split, which is what leaves stale copies behind.
    customers = [vault.new_customer() for _ in range(60)]
    for number, customer in enumerate(customers):
        vault.write({customer: {field: f"{number}{value}{number}" for field, value in person.items()}})
    gone, stay = customers[:20], customers[20:]
    left_behind = [value for customer in gone for value in _stored_bytes(tmp_path / "vault", customer)]

    vault.shred(*gone)

    stored = vault_bytes()
    assert not [value for value in left_behind if value in stored]
    assert vault.read(gone, FIELDS) == {}
    assert vault.read(stay, ["name"]).keys() == set(stay)
    for kind in SEARCHABLE:
        found = [vault.find(kind, f"{number}{person[kind]}{number}") for number in range(60)]
        assert found == [[]] * 20 + [[customer] for customer in stay]


def test_a_shredded_customer_is_not_written_again(vault: Vault, person: dict[str, str]) -> None:
    customer = vault.new_customer()
    vault.write({customer: person})
    vault.shred(customer)
    with pytest.raises(Refused, match="shredded"):
        vault.write({vault.new_customer(): person, customer: person})
    vault.shred(customer)
    assert vault.find("email", person["email"]) == []


def test_a_shred_cut_short_after_the_key_is_finished_when_the_vault_opens(
    vault: Vault, tmp_path: Path, keys: FileKeys, vault_bytes, person: dict[str, str]
) -> None:
    customer = vault.new_customer()
    vault.write({customer: person})
    left_behind = _stored_bytes(tmp_path / "vault", customer)
    vault._keys.shred([customer])
    assert vault.read([customer], FIELDS) == {}

    again = Vault.open(tmp_path / "vault", keys)
    assert again.find("email", person["email"]) == []
    again.close()
    vault.close()
    assert not [value for value in left_behind if value in vault_bytes()]


def test_an_older_backup_of_the_vault_is_shredded_again(
    vault: Vault, tmp_path: Path, keys: FileKeys, person: dict[str, str]
) -> None:
    gone, stays = vault.new_customer(), vault.new_customer()
    vault.write({gone: person, stays: person})
    vault.close()
    backup = (tmp_path / "vault" / "vault.sqlite3").read_bytes()
    vault.shred(gone)
    vault.close()

    (tmp_path / "vault" / "vault.sqlite3").write_bytes(backup)
    restored = Vault.open(tmp_path / "vault", keys)
    assert restored.read([gone, stays], ["name"]).keys() == {stays}
    assert restored.find("email", person["email"]) == sorted([gone, stays])
    assert restored.reshred() == 1
    assert restored.find("email", person["email"]) == [stays]


def test_a_reader_who_holds_old_pages_makes_the_shred_say_busy_and_the_next_opening_finish_it(
    vault: Vault, tmp_path: Path, keys: FileKeys, vault_bytes, person: dict[str, str]
) -> None:
    customer = vault.new_customer()
    vault.write({customer: person})
    left_behind = _stored_bytes(tmp_path / "vault", customer)
    reader = sqlite3.connect(tmp_path / "vault" / "vault.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM fields").fetchone()
    hasty = Vault.open(tmp_path / "vault", keys, patience=0.05)
    with pytest.raises(Busy):
        hasty.shred(customer)
    assert hasty.read([customer], FIELDS) == {}
    assert Vault.open(tmp_path / "vault", keys, patience=0.05).read([customer], FIELDS) == {}
    reader.close()
    Vault.open(tmp_path / "vault", keys)
    assert not [value for value in left_behind if value in vault_bytes()]


def test_a_shredded_usage_point_is_forgotten_but_its_number_is_never_given_again(vault: Vault) -> None:
    number, other = vault.surrogates([("urn:uuid:a", "meter-a"), ("urn:uuid:b",)]).tolist()
    vault.shred_usage_points(number)
    assert vault.known_surrogate("urn:uuid:a") is None
    assert vault.usage_point_identifiers(number) == ()
    assert vault.known_surrogate("urn:uuid:b") == other
    assert vault.surrogates([("urn:uuid:a",)]).tolist() != [number]
