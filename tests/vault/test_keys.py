from __future__ import annotations

import stat
from pathlib import Path

import pytest

from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.vault import FileKeys, Vault
from meterkeep.vault.keys import files


def test_keys_are_made_for_their_owner_only(tmp_path: Path, keys: FileKeys) -> None:
    folder = tmp_path / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["kek-000001.key", "blind.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_that_others_may_use_is_refused(
    tmp_path: Path, keys: FileKeys, vault: Vault, name: str, mode: int
) -> None:
    (tmp_path / "keys" / name).chmod(mode)
    with pytest.raises(Refused, match="Others than its owner"):
        Vault.open(tmp_path / "vault", FileKeys.open(tmp_path / "keys"))


@pytest.mark.parametrize("name", ["kek-000001.key", "blind.key"])
def test_a_missing_or_cut_key_file_is_named(tmp_path: Path, keys: FileKeys, vault: Vault, name: str) -> None:
    path = tmp_path / "keys" / name
    path.write_bytes(path.read_bytes()[:31])
    with pytest.raises(BadInput, match="31"):
        Vault.open(tmp_path / "vault", FileKeys.open(tmp_path / "keys"))
    path.unlink()
    with pytest.raises(BadInput, match="missing"):
        Vault.open(tmp_path / "vault", FileKeys.open(tmp_path / "keys"))


def test_keys_are_never_made_over_keys(tmp_path: Path, keys: FileKeys) -> None:
    before = (tmp_path / "keys" / "blind.key").read_bytes()
    with pytest.raises(BadInput, match="already"):
        FileKeys.create(tmp_path / "keys")
    assert (tmp_path / "keys" / "blind.key").read_bytes() == before


def test_a_vault_opens_with_its_own_keys_only(tmp_path: Path, vault: Vault) -> None:
    strangers = FileKeys.create(tmp_path / "other")
    with pytest.raises(BadInput, match="another key"):
        Vault.open(tmp_path / "vault", strangers)


def test_a_foreign_blind_key_is_noticed_before_a_search_finds_nobody(tmp_path: Path, vault: Vault) -> None:
    FileKeys.create(tmp_path / "other")
    (tmp_path / "other" / "blind.key").rename(tmp_path / "keys" / "blind.key")
    with pytest.raises(BadInput, match="blind-index key"):
        Vault.open(tmp_path / "vault", FileKeys.open(tmp_path / "keys"))


def test_after_a_rewrap_the_old_epoch_can_go_and_its_backups_with_it(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str]
) -> None:
    gone, stays = vault.new_customer(), vault.new_customer()
    vault.write({gone: person, stays: person})
    vault.close()
    backup = {path.name: path.read_bytes() for path in (tmp_path / "vault").glob("*.sqlite3")}

    vault.shred(gone)
    keys.new_epoch()
    assert vault.rewrap() == 2  # the customer who stays, and the check that tells foreign keys
    assert vault.rewrap() == 0
    keys.destroy(1)
    assert vault.read([gone, stays], ["name"]) == {stays: {"name": person["name"]}}

    old = tmp_path / "restored"
    old.mkdir()
    for name, content in backup.items():
        (old / name).write_bytes(content)
    with pytest.raises(BadInput, match="missing"):
        Vault.open(old, FileKeys.open(tmp_path / "keys"))


def test_a_rewrap_that_was_interrupted_goes_on(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str]
) -> None:
    customers = [vault.new_customer() for _ in range(5)]
    vault.write(dict.fromkeys(customers, person))
    keys.new_epoch()
    vault._keys._rewrap_some(2, at_once=2)
    assert vault.rewrap() == 4
    assert vault.read(customers, ["name"]).keys() == set(customers)


def test_the_current_key_is_never_destroyed(keys: FileKeys) -> None:
    with pytest.raises(Refused, match="current"):
        keys.destroy(1)
    keys.new_epoch()
    keys.destroy(1)
    assert keys.epochs() == [2]


def test_a_rotation_moves_every_key_and_destroys_the_old_one(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str]
) -> None:
    customers = [vault.new_customer() for _ in range(7)]
    vault.write(dict.fromkeys(customers, person))
    told: list[int] = []
    assert vault.keys_to_move() == 8
    done = vault.rotate(told.append)
    assert (done.epoch, done.moved, done.destroyed, told) == (2, 8, [1], [8])
    assert keys.epochs() == [2] and not (tmp_path / "keys" / "kek-000001.key").exists()
    assert vault.read(customers, ["name"]).keys() == set(customers)
    again = Vault.open(tmp_path / "vault", FileKeys.open(tmp_path / "keys"))
    assert again.find("email", person["email"]) == sorted(customers)
    vault.write({customers[0]: {"name": "Written by a process that was open before"}})
    assert vault.rotate().destroyed == [2]


def test_two_rotations_at_once_never_overwrite_a_key(tmp_path: Path, keys: FileKeys) -> None:
    other = FileKeys.open(tmp_path / "keys")
    assert keys.new_epoch() == 2
    made = (tmp_path / "keys" / "kek-000002.key").read_bytes()
    with pytest.raises(Busy):
        files._make(tmp_path / "keys", "kek-000002", None)
    assert (tmp_path / "keys" / "kek-000002.key").read_bytes() == made
    assert sorted(path.suffix for path in (tmp_path / "keys").iterdir()) == [".key"] * 3
    keys.destroy(1)
    other.destroy(1)


def test_a_key_that_somebody_writes_under_the_old_epoch_meanwhile_is_not_lost(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = vault.new_customer()
    vault.write({customer: person})
    monkeypatch.setattr(vault._keys, "waiting", lambda: 1)
    with pytest.raises(Busy, match="old epoch"):
        vault.rotate()
    assert keys.epochs() == [1, 2]
    monkeypatch.undo()
    assert vault.rotate().destroyed == [1]
    assert vault.read([customer], ["name"]) == {customer: {"name": person["name"]}}


def test_a_reader_who_was_overtaken_by_a_rotation_reads_again(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = vault.new_customer()
    vault.write({customer: person})
    slow = Vault.open(tmp_path / "vault", FileKeys.open(tmp_path / "keys"))
    slow._keys._provider._keks.clear()
    real = slow._keys._unwrap

    def overtaken(*row: object) -> bytes:
        monkeypatch.undo()
        vault.rotate()
        return real(*row)

    monkeypatch.setattr(slow._keys, "_unwrap", overtaken)
    assert slow.read([customer], ["name"]) == {customer: {"name": person["name"]}}
    assert keys.epochs() == [2]


def test_what_a_killed_rotation_has_left_is_taken_away_and_no_key_with_it(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str]
) -> None:
    customer = vault.new_customer()
    vault.write({customer: person})
    folder = tmp_path / "keys"
    keys.new_epoch()
    (folder / "kek-000002.key.00000000.new").hardlink_to(folder / "kek-000002.key")
    (folder / "kek-000003.key.11111111.new").write_bytes(bytes(7))
    assert vault.rotate().epoch == 2
    assert sorted(path.name for path in folder.iterdir()) == ["blind.key", "kek-000002.key"]
    again = Vault.open(tmp_path / "vault", FileKeys.open(folder))
    assert again.read([customer], ["name"]) == {customer: {"name": person["name"]}}
