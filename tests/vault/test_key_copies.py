"""Copies of the key store: whole or not there, apart, for days only; and an older one that is put back brings nobody back."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meterkeep.backup import manifest
from meterkeep.errors import BadInput, Refused
from meterkeep.vault import FileKeys, Vault

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
EMPTY = manifest.Manifest(
    id="0",
    at="",
    by="",
    version="",
    provider="",
    synthetic=True,
    settings="",
    migrations=[],
    size=0,
    root="",
    checkpoint="",
    counts={},
    files=[],
)


@pytest.fixture
def vault(tmp_path: Path, keys: FileKeys) -> Vault:
    """In a home of its own, so that a place can be apart from it."""
    return Vault.create(tmp_path / "home" / "vault", keys)


@pytest.fixture
def apart(tmp_path: Path) -> Path:
    (tmp_path / "apart").mkdir()
    return tmp_path / "apart"


def test_a_copy_made_while_others_write_is_whole_and_opens_everything(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str], apart: Path
) -> None:
    customer = vault.new_customer()
    vault.write({customer: person})
    with vault._database.write():
        copied = vault.copy_keys(apart, at=AT, keep=WEEK)
    assert (copied.keys, copied.removed, copied.path.name) == (2, 0, "keys-20260302T120000Z.sqlite3")
    assert stat.S_IMODE(copied.path.stat().st_mode) == 0o600 and len(list(apart.iterdir())) == 1
    vault.close()
    for path in (tmp_path / "home" / "vault").glob("keys.sqlite3*"):
        path.unlink()
    shutil.copy(copied.path, tmp_path / "home" / "vault" / "keys.sqlite3")
    again = Vault.open(tmp_path / "home" / "vault", keys)
    assert again.read([customer], ["name"]) == {customer: {"name": person["name"]}}


def test_copies_live_for_days_and_the_newest_always(vault: Vault, apart: Path) -> None:
    (apart / "other.txt").write_text("not ours")
    for day in range(10):
        vault.copy_keys(apart, at=AT + timedelta(days=day), keep=WEEK)
    assert len(list(apart.glob("keys-*.sqlite3"))) == 8
    assert vault.copy_keys(apart, at=AT + timedelta(days=90), keep=timedelta(0)).removed == 8
    assert sorted(path.name for path in apart.iterdir()) == ["keys-20260531T120000Z.sqlite3", "other.txt"]


def test_a_place_inside_the_home_or_none_at_all_is_refused(tmp_path: Path, vault: Vault) -> None:
    (tmp_path / "home" / "copies").mkdir()
    with pytest.raises(Refused, match="apart"):
        vault.copy_keys(tmp_path / "home" / "copies", at=AT, keep=WEEK)
    with pytest.raises(BadInput, match="no such folder"):
        vault.copy_keys(tmp_path / "nowhere", at=AT, keep=WEEK)


def test_a_copy_that_fails_leaves_nothing_that_looks_like_one(
    vault: Vault, keys: FileKeys, apart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FileKeys, "unwrap", lambda *a, **k: (_ for _ in ()).throw(BadInput("wrong keys")))
    with pytest.raises(BadInput, match="wrong keys"):
        vault.copy_keys(apart, at=AT, keep=WEEK)
    assert list(apart.iterdir()) == []


def test_an_older_key_store_put_back_is_settled_so_that_the_shredded_stay_shredded(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str], apart: Path
) -> None:
    gone, stays, late = (vault.new_customer() for _ in range(3))
    vault.write({gone: person, stays: person})
    number, other = vault.surrogates([("urn:a",), ("urn:b",)]).tolist()
    copied = vault.copy_keys(apart, at=AT, keep=WEEK)
    vault.shred(gone)
    vault.shred_usage_points(number)
    vault.write({late: person})
    vault.close()
    for path in (tmp_path / "home" / "vault").glob("keys.sqlite3*"):
        path.unlink()
    shutil.copy(copied.path, tmp_path / "home" / "vault" / "keys.sqlite3")

    again = Vault.open(tmp_path / "home" / "vault", keys)
    strays = again.strays()
    assert strays.keys == sorted([gone, f"usage_point:{number}"]) and strays.lost == [late]
    assert again.shred_strays() == 2 and again.strays().keys == []
    with pytest.raises(Refused, match="shredded"):
        again.write({gone: person})
    assert again.read([stays], ["name"]).keys() == {stays}
    assert again.usage_point_identifiers(other) == ("urn:b",)


_LIMITED = """
import resource, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from meterkeep.errors import Busy
from meterkeep.vault import FileKeys, Vault
import signal
folder = Path(sys.argv[1])
vault = Vault.open(folder / "home" / "vault", FileKeys.open(folder / "keys"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
try:
    vault.copy_keys(folder / "apart", at=datetime(2026, 3, 2, tzinfo=UTC), keep=timedelta(days=7))
except Busy as told:
    print(told.message)
"""


def test_where_there_is_no_room_nothing_is_left_of_the_copy(
    tmp_path: Path, keys: FileKeys, vault: Vault, person: dict[str, str], apart: Path
) -> None:
    vault.write({vault.new_customer(): {"name": "Synthetic"} for _ in range(500)})
    vault.close()
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "The copy cannot be written" in done.stdout and list(apart.iterdir()) == []


def test_keys_are_not_put_into_a_backup(vault: Vault, apart: Path) -> None:
    (apart / "below").mkdir()
    (apart / manifest.NAME).write_text("Somebody else's list")
    vault.copy_keys(apart / "below", at=AT, keep=WEEK)
    manifest.write(apart, EMPTY, vault.backup_key(), root={})
    for place in (apart, apart / "below"):
        with pytest.raises(Refused, match="apart from backups"):
            vault.copy_keys(place, at=AT, keep=WEEK)
