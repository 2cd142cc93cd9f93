"""Copies of the key store, kept apart and only for days: without it every customer is lost, and with an old one the shredded come back."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.vault.database import busy_told
from meterkeep.vault.keys import KeyProvider

_NAME = re.compile(r"keys-(\d{8}T\d{6}Z)\.sqlite3")
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Copied:
    """path: the copy. keys: how many are in it. removed: copies that were older than they may be."""

    path: Path
    keys: int
    removed: int


def copy_keys(
    source: sqlite3.Connection,
    place: Path,
    *,
    own: Path,
    provider: KeyProvider,
    at: datetime,
    keep: timedelta,
) -> Copied:
    """A consistent copy while others write, whole or not at all; then copies older than `keep` go. own: the vault's folder, beside which
    no copy may lie. Raises BadInput where the place is not there, Refused where it is not apart."""
    _check_apart(place, own)
    path = place / f"keys-{at.astimezone(UTC):{_STAMP}}.sqlite3"
    beside = path.with_suffix(".part")
    beside.unlink(missing_ok=True)
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with busy_told(), closing(sqlite3.connect(beside)) as target:
            _pour(source, target, place)
            target.execute("PRAGMA journal_mode=DELETE")
            keys = _checked(target, provider, beside)
        _sync(beside)
        beside.replace(path)
        _sync(place)
    finally:
        beside.unlink(missing_ok=True)
    return Copied(path, keys, _removed(place, at - keep, newest=path))


def _pour(source: sqlite3.Connection, target: sqlite3.Connection, place: Path) -> None:
    try:
        source.backup(target)
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise
        raise Busy(
            f"The copy cannot be written: {problem}.",
            where=str(place),
            next="Make room there, then try again; nothing of it is kept.",
        ) from problem


def _is_backup(manifest: Path) -> bool:
    if not manifest.is_file():
        return False
    with manifest.open("rb") as file:
        return file.read(len(_OF_BACKUPS)) == _OF_BACKUPS


_OF_BACKUPS = b"meterkeep backup"
"""How the file begins by which a folder is a backup."""


def _check_apart(place: Path, own: Path) -> None:
    if not place.is_dir():
        raise BadInput(
            "There is no such folder.", where=str(place), next="Name a folder on another disk or machine."
        )
    home = own.resolve().parent
    if place.resolve() == home or home in place.resolve().parents:
        raise Refused(
            "Copies of the key store lie apart from the home: a backup of the home would hold both.",
            where=str(place),
            next="Name a folder on another disk or machine.",
        )
    for folder in (place.resolve(), *place.resolve().parents):
        if _is_backup(folder / "manifest"):
            raise Refused(
                "Copies of the key store lie apart from backups: whoever keeps a backup as long as it pleases would keep the keys as long.",
                where=str(folder),
                next="Name a folder on another disk or machine.",
            )


def _checked(copy: sqlite3.Connection, provider: KeyProvider, path: Path) -> int:
    """How many keys it has. Raises BadInput where the copy is damaged or its keys do not open."""
    whole = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    row = copy.execute("SELECT subject, epoch, wrapped FROM keys WHERE subject = 'check'").fetchone()
    if not whole or row is None:
        raise BadInput("The copy of the key store is damaged.", where=str(path), next="Try again.")
    subject, epoch, wrapped = row
    provider.unwrap(wrapped, epoch=epoch, place=f"keys|{subject}|{epoch}")
    (number,) = copy.execute("SELECT count(*) FROM keys").fetchone()
    return int(number)


def _removed(place: Path, before: datetime, *, newest: Path) -> int:
    """Removes copies made before, never the newest; how many."""
    gone = 0
    for path in sorted(place.iterdir()):
        told = _NAME.fullmatch(path.name)
        if told and path != newest and datetime.strptime(told[1], _STAMP).replace(tzinfo=UTC) < before:
            path.unlink()
            gone += 1
    if gone:
        _sync(place)
    return gone


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
