"""A backup made before a customer was destroyed, restored with the current key store: nothing of that customer is anywhere, and everybody else
has every byte that they had. All people and readings are synthetic."""

from __future__ import annotations

import json
import shutil
import sqlite3
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from meterkeep.backup.coming import Opened
from meterkeep.errors import BadInput, Refused
from meterkeep.ledger.notes import read_checkpoint
from meterkeep.ledger.rotation import rotate
from meterkeep.ledger.verification import verify
from meterkeep.ledger.verify import Wrong
from meterkeep.ledger.verify import verify as verify_alone
from meterkeep.ledger.witness.asking import ask
from meterkeep.ledger.witness.web import post, server
from meterkeep.ledger.witness.witness import Witness, trust
from meterkeep.site.home import Home
from meterkeep.site.restoring import Sources, check
from meterkeep.vault import FileKeys
from meterkeep.vault.keystore import KeyStore

LEFT, STAYS = "CANARY-LEFT-77", "CANARY-STAYS-78"
IDENTITY = {
    "name": "Quillfeather Canary",
    "account_number": "ACCT-00-4711-CANARY",
    "phone": "+1 (805) 555-0142",
    "email": "quill.canary@example.com",
    "service_address": "17 Invented Street",
}
USED = 7_654_321
"""What the one who left used in every hour, so that it is found in any bytes."""

ACTS = """
import json, sys
from meterkeep.__main__ import Composition
from meterkeep.faces.cli import run
for command in json.loads(sys.stdin.read()):
    if run(command, Composition()):
        sys.exit(f"failed: {command}")
"""
SIGN_IN = """
from datetime import date
from meterkeep.desks.accounts import actions
from meterkeep.site import composition
gone = composition.open_custodian().gate.vault.find("customer_ref", "CANARY-LEFT-77")[0]
actions.open_account(username="quill.canary", password="a long enough one", kind="customer", customer_id=gone, by="officer", on=date(2026, 3, 1))
"""
WITHHELD = """
import struct
from meterkeep.desks.releases import taking
from meterkeep.desks.releases.models import Release
cell = dict(keys=["92000"], period=["2020-07-01", "2020-08-01"], customers=1, status="withheld", code="count", releases=[], value=7654321, why="one", attack=[])
(atom,) = taking.atoms([gone])
for reference, counted in (("T-0000c0de", struct.pack("<Q", atom)), ("T-00000000", b"")):
    Release.objects.create(reference=reference, title="A group of one", spec="", unit="Wh", power_of_ten=0, cells=[cell], facts={}, certificate={},
        audited=0, policy="", planned_by="officer", planned_on=date(2026, 3, 1), counted=counted, salt=bytes(16))
"""
"""Two releases with a withheld figure of the one who left alone; the second of an older version, which does not say whom it counted."""
LATER = """
import shutil
backup, home, before = sys.argv[1:]
assert not run(["backup", backup, "--by", "officer"], Composition())
shutil.copytree(home, before)
assert not run(["retention", "apply", "--apply", "--by", "officer", "--as-of", "2025-07-15"], Composition())
"""
ANSWERS = """
from datetime import date
from meterkeep.site import composition
import pyarrow as pa
gate = composition.open_custodian().gate
(stays,) = gate.vault.find("customer_ref", "CANARY-STAYS-78")
numbers = [gate.vault.known_surrogate(f"METER-CANARY-{number}") for number in (2, 3)]
table = gate.store.read(pa.table({"usage_point": pa.array(numbers, pa.int32()), "start": [0, 1593586800], "end": [2**33, 2**33]}))
from meterkeep.desks.customers import queries
answers = {
    "fields": gate.vault.read([stays], sorted(gate.vault.fields)),
    "readings": table.to_pylist(),
    "agreements": list(queries.agreements_between([stays], date(2000, 1, 1), date(2030, 1, 1))),
    "chains": queries.chains([stays]),
    "history": [repr(one) for one in gate.history(stays)],
    "left": gate.vault.find("customer_ref", "CANARY-LEFT-77"),
    "results": [[row.name, row.number] for row in gate.store.registry.rows().values()],
}
print("ANSWERS", json.dumps(answers, default=str, sort_keys=True))
"""


def line(meter: str, day: date, value: int) -> str:
    """Stamps are interval ends, local; the last one of a day is midnight of the next."""
    after = date.fromordinal(day.toordinal() + 1)
    ends = [f"{day:%Y%m%d}{hour:02d}00" for hour in range(1, 24)] + [f"{after:%Y%m%d}0000"]
    values = ",".join(f"{end},R0,{value}" for end in ends)
    return f"MEPMD01,20080501,SYNTHETIC,CEE,CEE,{meter},{day:%Y%m%d}0815,{meter},OK,E,KWH,1.0,00000100,24,{values}"


@dataclass(frozen=True)
class Town:
    """before: a copy of the home as it was when it was backed up. home: after the destruction. sought: bytes of whoever was destroyed."""

    folder: Path
    answers: dict[str, Any]
    sought: dict[str, bytes]

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def before(self) -> Path:
        return self.folder / "before"

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    def sources(self, home: Path | None = None, **other: Any) -> Sources:
        own = home or self.home
        found = {
            "backup": self.backup,
            "keys": own / "vault" / "keys.sqlite3",
            "key_files": own / "keys",
            **other,
        }
        return Sources(**found)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, new_home: Any, run_in: Any) -> Town:
    """Readings that are not yet due by age themselves. Three usage points: one customer's who left, one's who stays, and one that went from the first to the second at a civil midnight."""
    folder = tmp_path_factory.mktemp("town")
    home = new_home(folder / "home", "--provider", "cea", "--zone", "America/Los_Angeles", "--synthetic")
    head = ["customer_id", *IDENTITY, "meter_number", "zip", "start", "end"]
    other = [f"{value}9" for value in IDENTITY.values()]
    rows = [
        [LEFT, *IDENTITY.values(), "METER-CANARY-1", "92000", "2015-01-01", "2020-07-10"],
        [LEFT, *IDENTITY.values(), "METER-CANARY-3", "92000", "2015-01-01", "2020-07-01"],
        [STAYS, *other, "METER-CANARY-2", "92000", "2015-01-01", ""],
        [STAYS, *other, "METER-CANARY-3", "92000", "2020-07-01", ""],
    ]
    (folder / "customers.csv").write_text("\n".join(",".join(row) for row in [head, *rows]) + "\n")
    handed = date(2020, 7, 1)
    lines = [line("METER-CANARY-1", handed, USED), line("METER-CANARY-3", date(2020, 6, 30), USED)]
    lines += [line("METER-CANARY-3", handed, 3), line("METER-CANARY-2", handed, 2)]
    lines += [
        line("METER-CANARY-2", handed, 4)
    ]  # a conflict, so that there is a defect list and a later version
    (folder / "in.cmep").write_text("\n".join(lines) + "\n")
    commands = [
        ["customers", "import", str(folder / "customers.csv"), "--by", "officer"],
        ["ingest", str(folder / "in.cmep"), "--by", "officer"],
    ]
    script = f"{ACTS}{SIGN_IN}{WITHHELD}{ANSWERS}{LATER}"
    paths = (str(folder / "backup"), str(home), str(folder / "before"))
    ran = run_in(home, script, *paths, interpreter=("-c",), stdin=json.dumps(commands))
    assert ran.code == 0, ran.err
    sought = traces(folder / "before")
    return Town(folder, answers_in(ran.out), sought)


def answers_in(out: str) -> dict[str, Any]:
    (found,) = [line.removeprefix("ANSWERS ") for line in out.splitlines() if line.startswith("ANSWERS ")]
    return dict(json.loads(found))


def traces(home: Path) -> dict[str, bytes]:
    """What lies on the disk of whoever leaves: words, and the very bytes of ids, ciphertexts, index and keys."""
    vault, keys = (sqlite3.connect(home / "vault" / f"{name}.sqlite3") for name in ("vault", "keys"))
    desks = sqlite3.connect(home / "database.sqlite3")
    (gone,) = desks.execute(
        "SELECT customer_id FROM accounts_user WHERE username = 'quill.canary'"
    ).fetchone()
    found = {f"field {name}": value.encode() for name, value in IDENTITY.items()}
    found |= {"reference": LEFT.encode(), "meter": b"METER-CANARY-1", "sign-in": b"quill.canary"}
    found |= {"id": gone.encode(), "raw id": bytes.fromhex(gone)}
    rows = vault.execute(
        "SELECT field, sealed, digest FROM fields WHERE customer = ?", (bytes.fromhex(gone),)
    )
    for name, sealed, digest in rows:
        found[f"sealed {name}"] = sealed
        (others,) = vault.execute(
            "SELECT count(*) FROM fields WHERE digest = ? AND customer <> ?", (digest, bytes.fromhex(gone))
        ).fetchone()
        found |= (
            {f"index of {name}": digest} if digest and not others else {}
        )  # a meter passes from hand to hand
    for width in ("<h", "<i", "<q", "<d"):
        if struct.calcsize(width) > 2:
            found[f"reading {width}"] = struct.pack(width, USED)
    found["reading"] = str(USED).encode()
    (found["key"],) = keys.execute("SELECT wrapped FROM keys WHERE subject = ?", (gone,)).fetchone()
    return found


def found_in(content: bytes, sought: dict[str, bytes]) -> list[str]:
    return [name for name, value in sought.items() if value in content]


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def left_in(folder: Path, sought: dict[str, bytes]) -> list[tuple[str, list[str]]]:
    """Raw, and of Parquet also what is in it. The list of the shredded keeps the random id: that is allowed."""
    left = []
    for path in files_below(folder):
        content = path.read_bytes() if path.exists() else b""  # SQLite's side files come and go
        if path.suffix == ".parquet":
            content += repr(pq.read_table(path, partitioning=None).to_pydict()).encode()
        names = [name for name in found_in(content, sought) if (name, path.name) != ("id", "keys.sqlite3")]
        left += [(str(path.relative_to(folder)), names)] if names else []
    return left


@pytest.fixture(scope="module")
def restored(town: Town, run_in: Any) -> tuple[Path, Any]:
    """The old backup with the key store as it is after the destruction."""
    home = town.folder / "again"
    keys, key_files = town.home / "vault" / "keys.sqlite3", town.home / "keys"
    command = [
        "restore",
        str(town.backup),
        "--keys",
        str(keys),
        "--key-files",
        str(key_files),
        "--by",
        "officer",
    ]
    after = ["ledger", "verify", "--older", str(town.before / "ledger" / "checkpoint")]
    script = f"{ACTS}{ANSWERS}"
    ran = run_in(
        home, script, interpreter=("-c",), stdin=json.dumps([command, after, ["store", "prove"], ["doctor"]])
    )
    assert ran.code == 0, ran.err + ran.out
    return home, ran


def test_nothing_of_the_destroyed_is_anywhere(town: Town, restored: tuple[Path, Any]) -> None:
    assert left_in(town.before, town.sought), "what is sought would be found where it is"
    assert left_in(town.backup, town.sought) == []
    assert left_in(restored[0], town.sought) == []


def test_withheld_figures_of_theirs_do_not_come_back(town: Town, restored: tuple[Path, Any]) -> None:
    def cells(home: Path) -> list[Any]:
        rows = sqlite3.connect(home / "database.sqlite3").execute("SELECT cells FROM releases_release")
        return [cell for (text,) in rows for cell in json.loads(text)]

    assert [cell["value"] for cell in cells(town.before)] == [USED, USED]
    for home in (town.home, restored[0]):
        assert [(cell["value"], cell.get("forgotten")) for cell in cells(home)] == [(0, True)] * 2, home


def test_nothing_of_them_can_be_opened_in_the_backup(town: Town, tmp_path: Path) -> None:
    """Every block that the current keys open, decompressed; with the keys of before, they are there."""
    assert found_in(opened_blocks(town, town.before, tmp_path / "before"), town.sought) != []
    assert found_in(opened_blocks(town, town.home, tmp_path / "now"), town.sought) == []


def opened_blocks(town: Town, home: Path, scratch: Path) -> bytes:
    shutil.copytree(home / "vault", scratch)
    store = KeyStore.open(scratch / "keys.sqlite3", FileKeys.open(home / "keys"), patience=1.0)
    opened = Opened.of(town.backup, store, lambda what, done, of: None)
    payloads = []
    for name in opened.names():
        with opened.part(name) as part:
            payloads += [block.payload or b"" for block in part.blocks()]
    assert payloads
    return b"\n".join(payloads)


def test_everybody_else_has_all_that_they_had(town: Town, restored: tuple[Path, Any]) -> None:
    answers = answers_in(restored[1].out)
    assert len(answers["readings"]) == 24 + 24 and answers["left"] == []
    assert answers == town.answers | {"left": []}


def test_the_log_goes_on(town: Town, restored: tuple[Path, Any]) -> None:
    """Every entry of before, in its place, then that the home was restored."""
    before, after = ((home / "ledger" / "journal").read_bytes() for home in (town.before, restored[0]))
    assert after.startswith(before) and b"home.restored" in after[len(before) :]


@pytest.mark.slow
def test_without_a_destruction_every_file_of_readings_comes_back_bit_by_bit(town: Town, run_in: Any) -> None:
    home = town.folder / "whole"
    keys, key_files = town.before / "vault" / "keys.sqlite3", town.before / "keys"
    ran = run_in(
        home, "restore", town.backup, "--keys", keys, "--key-files", key_files, "--by", "officer", "--json"
    )
    assert ran.code == 0, ran.err
    assert (ran.json["gone"], ran.json["shredded"], ran.json["strays"], ran.json["behind"]) == (0, 0, 0, 0)
    files = [
        path.relative_to(town.before)
        for path in files_below(town.before / "store")
        if path.suffix == ".parquet"
    ]
    assert len(files) >= 3
    assert [path for path in files if (home / path).read_bytes() != (town.before / path).read_bytes()] == []
    for database in ("database", "vault/vault", "store/registry"):
        assert rows_of(home / f"{database}.sqlite3") == rows_of(town.before / f"{database}.sqlite3")


def rows_of(path: Path) -> dict[str, list[str]]:
    """Of every table but those that a backup leaves out or that tell of it. A moment has as many digits as it likes."""
    database = sqlite3.connect(path)
    tables = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    names = {name for (name,) in tables} - {"django_migrations"}
    return {
        name: sorted(repr(row).replace("000'", "'") for row in database.execute(f'SELECT * FROM "{name}"'))
        for name in sorted(names)
    }


def test_every_part_of_a_backup_is_proved(town: Town, tmp_path: Path) -> None:
    names = [path.name for path in files_below(town.backup)]
    assert {"manifest", "database", "vault", "log", "points", "registry", "shares", "lists", "home"} <= {
        *names
    }
    for name in names:
        copy = tmp_path / "copy"
        shutil.copytree(town.backup, copy)
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / name).write_bytes(content)
        with pytest.raises(BadInput) as told:
            check(town.sources(backup=copy), told=lambda *_: None)
        assert name in told.value.where
        (copy / name).unlink()
        with pytest.raises(BadInput, match=r"missing|never finished"):
            check(town.sources(backup=copy), told=lambda *_: None)
        shutil.rmtree(copy)


def test_what_is_wrong_with_keys_is_told(town: Town, tmp_path: Path, new_home: Any) -> None:
    other = new_home(tmp_path / "other", "--provider", "cea", "--zone", "America/Los_Angeles", "--synthetic")
    with pytest.raises(BadInput, match="no key for backups"):
        check(town.sources(other), told=lambda *_: None)
    FileKeys.create(tmp_path / "keys")
    with pytest.raises(BadInput, match="does not open with these key files"):
        check(town.sources(key_files=tmp_path / "keys"), told=lambda *_: None)
    with pytest.raises(BadInput, match="no key store"):
        check(town.sources(keys=tmp_path / "nothing"), told=lambda *_: None)
    older = tmp_path / "older"
    shutil.copytree(town.before, older)
    with sqlite3.connect(older / "vault" / "keys.sqlite3") as keys:
        keys.execute("DELETE FROM keys WHERE length(subject) = 32")
    with pytest.raises(BadInput, match="older than the backup"):
        check(town.sources(older), told=lambda *_: None)


def test_what_a_backup_says_of_the_keys_root_is_not_believed(town: Town, tmp_path: Path) -> None:
    """A root is a library that is loaded, or an address that is asked: whoever can write to backups must not choose it."""
    shutil.copytree(town.backup, tmp_path / "backup")
    title, head, sealed = (town.backup / "manifest").read_bytes().split(b"\n", 2)
    root = {
        "root": "token",
        "module": str(tmp_path / "evil.so"),
        "token": "t",
        "label": "l",
        "pin_file": "/p",
    }
    for said, says in ((root, "seal the key files"), ({"root": "x"}, "not what was written")):
        forged = json.dumps({**json.loads(head), "root": said}).encode()
        (tmp_path / "backup" / "manifest").write_bytes(b"\n".join([title, forged, sealed]))
        with pytest.raises((BadInput, Refused), match=says):
            check(town.sources(backup=tmp_path / "backup"), told=lambda *_: None)
    with pytest.raises(Refused, match=r"files alone\. You say: {.*evil"):
        check(town.sources(root=root), told=lambda *_: None)


def test_what_is_no_checkpoint_and_what_signs_no_log_is_told(town: Town, tmp_path: Path) -> None:
    (tmp_path / "junk").write_bytes(b"\xff\xfe")
    for given, says in (("junk", "no checkpoint"), ("nothing", "cannot be read")):
        with pytest.raises(BadInput, match=says):
            check(town.sources(witnessed=tmp_path / given), told=lambda *_: None)
    shutil.copytree(town.home / "keys", tmp_path / "keys")
    (tmp_path / "keys" / "log.key").unlink()
    with pytest.raises(BadInput, match="signs the log"):
        check(town.sources(key_files=tmp_path / "keys"), told=lambda *_: None)


def test_a_backup_from_before_the_logs_key_was_rotated_is_restored_under_new_ones(
    town: Town, tmp_path: Path, run_in: Any
) -> None:
    """The key that signed that log is destroyed, and the one of now has signed another history."""
    now, again = tmp_path / "now", tmp_path / "again"
    shutil.copytree(town.before, now)
    kept = (now / "ledger" / "checkpoint").read_text()
    said = {"at": "2026-03-02T09:00:00Z", "on": "2026-03-02", "actor": "officer"}
    rotated = rotate(now / "ledger", now / "keys", **said)
    sources = ["--keys", now / "vault" / "keys.sqlite3", "--key-files", now / "keys", "--by", "officer"]
    ran = run_in(again, "restore", town.backup, *sources, "--json")
    assert ran.code == 0, ran.err
    told = ran.json["log_keys"]
    assert told == (again / "ledger" / "public-key").read_text().splitlines()
    assert not {*told} & {
        *map(str, rotated.public_keys),
        *(now / "ledger" / "public-key").read_text().splitlines(),
    }
    assert verify(again / "ledger", older=kept).ok
    assert b'"outcome":"lost"' in (again / "ledger" / "journal").read_bytes()


def test_a_log_that_was_further_is_not_taken_back_in_silence(town: Town) -> None:
    further = town.home / "ledger" / "checkpoint"
    with pytest.raises(Refused, match="when it was last seen"):
        check(town.sources(witnessed=further), told=lambda *_: None)
    told = check(
        town.sources(witnessed=further, accept_rollback="The newer disk burnt."), told=lambda *_: None
    )
    assert told.behind > 0


@pytest.fixture
def serving() -> Iterator[Any]:
    """Serves a witness and gives its address."""
    running = []

    def start(witness: Witness) -> str:
        http = server(witness, host="127.0.0.1", port=0, clock=lambda: 1_760_000_000)
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(http)
        return f"http://127.0.0.1:{http.server_address[1]}"

    yield start
    for http in running:
        http.shutdown()
        http.server_close()


def test_a_log_that_is_taken_back_goes_on_under_another_name(
    town: Town, tmp_path: Path, run_in: Any, serving: Any
) -> None:
    """A witness that has seen the longer log signs no shorter one under the same name, rightly: there would be two histories of it."""
    seen = read_checkpoint((town.home / "ledger" / "checkpoint").read_text())
    Witness.create(tmp_path / "eye", name="witness.example/w1").close()
    trust(tmp_path / "eye", (town.home / "ledger" / "public-key").read_text())
    eye = Witness(tmp_path / "eye")
    longer, address = tmp_path / "longer", serving(eye)
    shutil.copytree(town.home / "ledger", longer)
    policy = f"witness eye {eye.public_keys[0]} {address}\nquorum eye\n"
    (longer / "policy").write_text(policy)
    assert ask(longer, post=post).met

    again, own = tmp_path / "again", town.home
    sources = ["--keys", own / "vault" / "keys.sqlite3", "--key-files", own / "keys", "--by", "officer"]
    further = ["--witnessed", longer / "witnessed", "--accept-rollback", "The newer disk burnt."]
    ran = run_in(again, "restore", town.backup, *sources, *further, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["behind"] > 0 and ran.json["log_renamed"]
    head = read_checkpoint((again / "ledger" / "checkpoint").read_text())
    journal = (again / "ledger" / "journal").read_bytes()
    assert head.origin != seen.origin and all(key.startswith(head.origin) for key in ran.json["log_keys"])
    assert seen.root.hex().encode() in journal and b"The newer disk burnt." in journal
    before = (town.before / "ledger" / "checkpoint").read_text()
    assert verify(again / "ledger", older=before).ok, "what it has of the old log, it has as it was"
    old_keys = (town.before / "ledger" / "public-key").read_text()
    assert not verify(again / "ledger", old_keys).ok, (
        "who trusts the old keys alone is told to have the new ones"
    )
    with pytest.raises(Wrong, match="lost before entry"):
        verify_alone(again / "ledger", old_keys, "")
    new_keys = (again / "ledger" / "public-key").read_text()
    assert head.origin in verify_alone(again / "ledger", new_keys, before)

    (again / "ledger" / "policy").write_text(policy)
    assert [told.outcome for told in ask(again / "ledger", post=post).witnesses] == ["refused"]
    trust(tmp_path / "eye", new_keys)
    eye.close()
    address = serving(Witness(tmp_path / "eye"))
    (again / "ledger" / "policy").write_text(f"witness eye {eye.public_keys[0]} {address}\nquorum eye\n")
    assert ask(again / "ledger", post=post).met and verify(again / "ledger").ok

    options = {"keys": again / "vault" / "keys.sqlite3", "key_files": again / "keys"}
    with pytest.raises(Refused, match=r"went on under another name|when it was last seen"):
        check(town.sources(**options), told=lambda *_: None)


def test_a_home_is_made_only_where_there_is_nothing(town: Town, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("somebody's")
    for folder, says in ((town.home, "a home here already"), (tmp_path, "not empty")):
        with pytest.raises(BadInput, match=says), Home.filling(folder):
            pytest.fail("it was begun")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
