"""A home made again from a backup and the current key store; and a backup made. Both need every engine and the database at once."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from meterkeep import __version__
from meterkeep.backup import manifest
from meterkeep.backup.coming import Opened
from meterkeep.backup.manifest import Manifest
from meterkeep.backup.parts import damaged
from meterkeep.errors import BadInput, Busy, Refused, is_full
from meterkeep.gate import Gate
from meterkeep.gate.gate import Event
from meterkeep.gate.request import check_actor
from meterkeep.ledger.names import EventName
from meterkeep.ledger.notes import Checkpoint, NoteError, check_signatures, read_checkpoint
from meterkeep.ledger.signers import KEY_FILE, FileSigner, new_origin
from meterkeep.ledger.witness.kept import WITNESSED
from meterkeep.site.home import Home, named_by_environment
from meterkeep.site.roots import RootSetting
from meterkeep.vault.ages import is_age
from meterkeep.vault.keys import FileKeys
from meterkeep.vault.keystore import KeyStore
from meterkeep.vault.leaving import copy_key_store

if TYPE_CHECKING:
    from meterkeep.backup.making import Made

Told = Callable[[str, int, int], object]
_PATIENCE = 30.0


@dataclass(frozen=True)
class Restored:
    """gone: how many rows were about somebody who was shredded, or of a month that was destroyed. shredded: how many subjects are, in all. strays: keys of whoever came in after the
    backup. behind: entries that the log once had beyond the backup's, as far as anybody knows. log_keys: verifier keys under which the log goes on;
    none where it keeps those of the backup. renamed: whether it goes on under a new name, since under the old one it was seen longer."""

    manifest: Manifest
    gone: int
    shredded: int = 0
    strays: int = 0
    behind: int = 0
    log_keys: tuple[str, ...] = ()
    renamed: bool = False


@dataclass(frozen=True, kw_only=True)
class Sources:
    """backup: its folder. keys: the current key store, or the newest copy of it. key_files: the keys folder. witnessed: a file with the newest
    checkpoint of the log that anybody has; None where nobody gave one. accept_rollback: why an older log is taken. root: the table [keys] of
    the home's settings; None where files alone are the root."""

    backup: Path
    keys: Path
    key_files: Path
    witnessed: Path | None = None
    accept_rollback: str = ""
    root: dict[str, Any] | None = None


def back_up(target: Path, *, by: str, told: Told) -> tuple[Made, list[str]]:
    """A backup of the open home, told to its log; and which folders and files of the home are in none, since they may be about anybody."""
    from meterkeep.backup.files import left_out
    from meterkeep.backup.making import Source, check_target, make
    from meterkeep.site.composition import open_custodian

    check_actor(by)
    custodian = open_custodian()
    home, gate = custodian.home, custodian.gate
    from meterkeep.desks.retention.checks import check_keeper
    from meterkeep.gate.rotating import prepare_keys

    check_keeper(by, on=gate.clock().date())
    check_target(target, home.folder)
    prepare_keys(gate)
    source = Source(
        home=home.folder,
        store=gate.store,
        vault=gate.vault,
        journal=gate.journal,
        root=home.root.as_table(),
        provider=home.name,
        synthetic=home.synthetic,
        version=__version__,
    )
    # Told before, so that the backup has the entry too: whoever restores it has a log that ends where this one did. That is why nothing is told
    # of a backup that is whole: a log that were longer than every backup of it would be forked by every restore.
    begun = _tell(gate, EventName.HOME_BACKED_UP, {}, by=by)
    try:
        made = make(source, target, at=gate.clock(), by=by, told=told)
    except BaseException:
        _tell(gate, EventName.HOME_BACKUP_FAILED, {"begun": begun}, by=by)
        raise
    gate.vault.note_head(made.manifest.checkpoint)
    return made, left_out(home.folder)


def check(sources: Sources, *, told: Told) -> Restored:
    """Whether a backup could be restored: every file, and every block of it, is opened. Nothing is kept."""
    with tempfile.TemporaryDirectory() as scratch, _disk_told(Path(scratch)):
        opened = _opened(sources, Path(scratch), sources.key_files, told)
        opened.check()
        behind = _check_rollback(opened, sources)
        opened.store.close()
    shredded = sum(not is_age(one) for one in opened.shredded)
    return Restored(opened.manifest, sum(opened.lost.values()), shredded, behind=behind)


def restore(sources: Sources, *, by: str, told: Told) -> Restored:
    """Makes the home that the environment names. Killed anywhere, it leaves none; the next call begins anew."""
    check_actor(by)
    with Home.filling(named_by_environment()) as folder, _disk_told(folder):
        _copy_key_files(sources.key_files, folder / "keys")
        (folder / "vault").mkdir(mode=0o700)
        opened = _opened(sources, folder / "vault", folder / "keys", told)
        behind = _check_rollback(opened, sources)
        home = Home.as_told(folder, opened.manifest.settings)
        opened.put_files(folder)
        opened.put_vault(home.vault)
        opened.store.close()
        opened.put_store(home.store)
        restored = _settled(home, opened, sources, behind=behind, by=by)
        _sync_all(folder)
        Home.settle(folder, opened.manifest.settings)
    return restored


def _opened(sources: Sources, vault: Path, key_files: Path, told: Told) -> Opened:
    root = _root(sources)
    _check_key_files(key_files)
    copy_key_store(sources.keys, vault / "keys.sqlite3")
    try:
        store = KeyStore.open(
            vault / "keys.sqlite3", FileKeys.open(key_files, root=root.root()), patience=_PATIENCE
        )
    except BadInput as problem:
        raise BadInput(
            f"The key store does not open with these key files: {problem.message}",
            where=str(sources.key_files),
            next="Name the keys folder that belongs to this key store, as it is now: a rotation leaves older ones behind.",
        ) from problem
    _check_log_key(key_files)
    return Opened.of(sources.backup, store, told)


def _root(sources: Sources) -> RootSetting:
    """What seals the key files, as whoever restores says. The backup says so too, but nothing of it is proven yet, and a root is a library
    that is loaded or an address that is asked: whoever can write to backups must not choose it."""
    known = RootSetting.of(sources.root)
    try:
        said = RootSetting.of(manifest.read_root(sources.backup) or None)
    except BadInput as problem:
        if problem.where != "[keys]":
            raise
        raise damaged(sources.backup / manifest.NAME) from problem
    if said != known:
        raise Refused(
            f"The backup says that these seal the key files: {_one_line(said)}. You say: {_one_line(known)}.",
            where=str(sources.backup / manifest.NAME),
            next="Where the home's settings had a table [keys], name a file with it, or its old home.toml: --root FILE.toml. Otherwise somebody has changed this backup.",
        )
    return known


def _one_line(root: RootSetting) -> str:
    return json.dumps(root.as_table(), sort_keys=True) if root.as_table() else "files alone"


def _check_rollback(opened: Opened, sources: Sources) -> int:
    """By how many entries the backup's log is behind what anybody knows of it. Raises Refused where that, or that it went on under another name
    since, was not accepted."""
    newest = _newest(opened, sources)
    behind = max(newest.size - opened.manifest.size, 0) if newest else 0
    if sources.accept_rollback.strip():
        return behind
    if newest and behind:
        raise Refused(
            f"The log had {newest.size:,} entries when it was last seen; in this backup it ends after {opened.manifest.size:,}.",
            where=str(sources.backup),
            next="Restore a newer backup. Where there is none: --accept-rollback 'WHY', and tell the log's witnesses.",
        )
    names = {FileSigner(sources.key_files).origin, *([newest.origin] if newest else [])}
    if names != {read_checkpoint(opened.manifest.checkpoint).origin}:
        raise Refused(
            "This key signs another log: another home's, or this one's since it went on under another name.",
            where=str(sources.key_files / KEY_FILE),
            next="Name the keys folder of the home that the backup was made of, or a backup from since then. Where there is none: --accept-rollback 'WHY'.",
        )
    return behind


def _newest(opened: Opened, sources: Sources) -> Checkpoint | None:
    """The longest log that anybody is known to have seen."""
    known = [head for head in (_noted(opened.head), _given(sources.witnessed)) if head]
    return max(known, key=lambda head: head.size, default=None)


def _given(path: Path | None) -> Checkpoint | None:
    if path is None:
        return None
    found = _noted(_text(path))
    if found is None:
        raise BadInput(
            "This is no checkpoint.",
            where=str(path),
            next=f"Give the ledger/{WITNESSED} or ledger/checkpoint that was kept.",
        )
    return found


def _text(path: Path) -> str:
    """Nothing, where it is no text."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as problem:
        raise BadInput(
            f"This checkpoint cannot be read: {problem.strerror}.", where=str(path), next="Name another file."
        ) from problem


def _noted(note: str) -> Checkpoint | None:
    try:
        return read_checkpoint(note)
    except NoteError:
        return None


def _settled(home: Home, opened: Opened, sources: Sources, *, behind: int, by: str) -> Restored:
    """The database filled, the log proved, what was shredded shredded again, and the log told."""
    from meterkeep.site.composition import gate_of, migrate, start_django

    if not (home.keys / "django-secret").exists():
        _write_secret(home.keys / "django-secret")
    start_django(home)
    from meterkeep.backup.database import check_empty
    from meterkeep.desks.customers import queries as customers
    from meterkeep.desks.outbox import sequencer
    from meterkeep.desks.outbox.checks import check_continued
    from meterkeep.desks.releases import actions as releases

    check_empty()
    bereft = opened.put_database()
    migrate()
    log_keys = _sign_on(home, opened, behind=behind, by=by)
    gate, renamed = gate_of(home), _is_renamed(opened, log_keys)
    _check_log(home, opened, sources)
    check_continued(gate.journal.find)
    sequencer.plug(gate.record)
    shredded, aged = gate.vault.reshred(), _destroyed_again(gate, by=by)
    strays = len(gate.vault.strays().keys)
    on = gate.clock().date()
    gone = sum(opened.lost.values())
    detail: dict[str, str | int] = {
        "backup": opened.manifest.id,
        "made": opened.manifest.at,
        "entries": opened.manifest.size,
    }
    detail |= {"rows_gone": gone, "shredded": shredded, "readings_gone": aged, "behind": behind}
    if renamed:
        detail["why"] = sources.accept_rollback.strip()[:_LONGEST_WHY]
    if renamed and (seen := _newest(opened, sources)):
        detail |= {"seen_log": seen.origin, "seen_entries": seen.size, "seen_root": seen.root.hex()}
    _tell(gate, EventName.HOME_RESTORED, detail, by=by)
    if gone:
        chains = customers.chains(customers.everyone())
        known = {int(chain[:15], 16) for chain in chains}
        releases.settle_restored(known=known, bereft=bereft, by=by, on=on)
    sequencer.drain()
    gate.vault.note_head(gate.journal.checkpoint())
    gate.vault.close()
    return Restored(opened.manifest, gone, shredded, strays, behind, log_keys, renamed)


_LONGEST_WHY = 300


def _destroyed_again(gate: Gate, *, by: str) -> int:
    """What was destroyed by age since the backup goes again, as the key store has it; how many readings came back and are gone. Raises Refused
    where one is left: then nothing is called a home."""
    from meterkeep.desks.customers import actions, queries

    done = gate.store.destroy_again(gate.vault.record.readings(), at=gate.clock())
    if any(each.findings for each in done):
        raise Refused(
            "Readings that were destroyed since this backup was made could not be destroyed again.",
            where="store",
            next="Nothing was restored. Try again; if it stays so, report it.",
        )
    on = gate.clock().date()
    for customer, before in gate.vault.record.bills().items():
        whose = [customer] if customer else queries.everyone()
        actions.destroy_bills(customers=whose, before=before, by=by, on=on)
    return sum(each.found.readings for each in done)


def _tell(gate: Gate, name: EventName, detail: dict[str, str | int], *, by: str) -> str:
    now, id = gate.clock(), secrets.token_hex(16)
    gate.record(Event(id=id, name=name, at=now, on=now.date(), actor=by, detail=detail))
    return id


def _sign_on(home: Home, opened: Opened, *, behind: int, by: str) -> tuple[str, ...]:
    """Gives the log new keys where its key is not the one of then, which a rotation has destroyed: the key of now signed another history. Where the
    log was further, or was begun anew since, it goes on under a new name, too: under its old one there would be two histories."""
    from meterkeep.gate.entries import rfc3339
    from meterkeep.ledger.rotation import rotate

    signer, then = FileSigner(home.keys), read_checkpoint(opened.manifest.checkpoint)
    parted = bool(behind) or signer.origin != then.origin
    if not parted:
        try:
            check_signatures(then, signer.public_keys)
        except NoteError:
            pass
        else:
            return ()
    (home.keys / KEY_FILE).unlink()
    now = datetime.now(ZoneInfo(home.zone))
    said = {"at": rfc3339(now), "on": now.date().isoformat(), "actor": by}
    origin = new_origin() if parted else ""
    return tuple(map(str, rotate(home.ledger, home.keys, **said, lost=True, origin=origin).public_keys))


def _is_renamed(opened: Opened, log_keys: Sequence[str]) -> bool:
    origin = read_checkpoint(opened.manifest.checkpoint).origin
    return any(not key.startswith(f"{origin}+") for key in log_keys)


def _check_log(home: Home, opened: Opened, sources: Sources) -> None:
    """The log is whole, is what the backup was made of, and continues whatever anybody has seen of it, as far as it reaches."""
    from meterkeep.ledger.verification import verify

    heads = [
        opened.manifest.checkpoint,
        opened.head,
        *([sources.witnessed.read_text("utf-8")] if sources.witnessed else []),
    ]
    then = read_checkpoint(opened.manifest.checkpoint).origin
    for note in dict.fromkeys(heads):
        head = _noted(note)
        if head is None or head.size > opened.manifest.size or head.origin != then:
            continue
        found = verify(home.ledger, older=note)
        if not found.ok:
            problem = found.problems[0]
            raise Refused(
                f"The log of this backup does not hold: {problem.message}.",
                where=problem.where,
                next="Keep the backup as it is, and show it to whoever audits the log; restore another one.",
            )


def _check_key_files(folder: Path) -> None:
    if not folder.is_dir() or not any(folder.glob("kek-*.key")):
        raise BadInput(
            "There are no key files here.",
            where=str(folder),
            next="Name the keys folder of the home: kek-….key, blind.key, log.key.",
        )


def _check_log_key(folder: Path) -> None:
    if not (folder / KEY_FILE).is_file():
        raise BadInput(
            "The key that signs the log is missing.",
            where=str(folder / KEY_FILE),
            next="Put its copy here: a log that nobody can sign does not go on.",
        )


def _copy_key_files(source: Path, target: Path) -> None:
    _check_key_files(source)
    target.mkdir(mode=0o700)
    for path in sorted(source.iterdir()):
        if path.is_file() and (path.suffix == ".key" or path.name == "django-secret"):
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise Refused("Others can read this key file.", where=str(path), next=f"chmod 600 {path}")
            shutil.copyfile(path, target / path.name)
            (target / path.name).chmod(0o600)


def _write_secret(path: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))


def _sync_all(folder: Path) -> None:
    """Everything is on the disk before it is called a home."""
    for path in [folder, *folder.rglob("*")]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _disk_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except Exception as problem:
        if is_full(problem):
            raise Busy(
                "The disk is full; nothing that could be taken for a home is left.",
                where=str(folder),
                next="Make room there, or name another disk, then try again.",
            ) from problem
        raise
