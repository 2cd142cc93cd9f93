"""A backup of a running home: one moment of everything, then at leisure what was there at that moment.

Under the log's lock nobody appends while the moment is taken: database first, then the store's registry, then the vault, the log last. So
nothing names what is not there, and the log is never behind the database.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from meterkeep.backup import database, files, manifest, readings
from meterkeep.backup.keyring import Keyring
from meterkeep.backup.manifest import File, Manifest
from meterkeep.backup.parts import PartWriter, Subjects
from meterkeep.backup.readings import Owners
from meterkeep.errors import BadInput, Busy, Refused, is_full
from meterkeep.ledger import Journal
from meterkeep.ledger.files import sync_folder
from meterkeep.ledger.locks import exclusive
from meterkeep.ledger.notes import Checkpoint, read_checkpoint
from meterkeep.readings.store import Store
from meterkeep.readings.store.leaving import registry
from meterkeep.readings.store.leaving.cut import TABLES, StoreCut, cut, strange_tables
from meterkeep.readings.store.leaving.holders import Holders
from meterkeep.readings.store.rows.spans import END_OF_TIME
from meterkeep.vault import Vault
from meterkeep.vault.leaving import Row, VaultCut

MARK = "being-made"
_TRIES = 3
_BUNDLE = 256
Told = Callable[[str, int, int], object]
"""What is under way, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Made:
    """bytes: of all its files. entries: of the log. gone: rows about customers whose keys are destroyed, left out. log: its checkpoint."""

    folder: Path
    manifest: Manifest
    bytes: int
    gone: int


@dataclass(frozen=True)
class Source:
    """What is backed up: a home's folder and its engines. root: what seals the key files. provider: its name. version: of the program."""

    home: Path
    store: Store
    vault: Vault
    journal: Journal
    root: dict[str, str]
    provider: str
    synthetic: bool
    version: str


@dataclass(frozen=True)
class _Moment:
    """rows: to be closed when the database is read. Whoever destroys something waits for readers of what was there before."""

    rows: ExitStack
    store: StoreCut
    vault: VaultCut
    journal: int
    checkpoint: Checkpoint
    migrations: database.Applied


def make(
    source: Source, target: Path, *, at: datetime, by: str, told: Told = lambda what, done, of: None
) -> Made:
    """at: now. Raises Refused where the target lies in the home, Busy where the disk is full or the store does not hold still; nothing of an
    unfinished backup is taken for one, and the next into the same folder clears it away."""
    check_target(target, source.home)
    for _ in range(_TRIES):
        with suppress(FileNotFoundError, EOFError), _being_made(target) as folder:
            return _Making(source, folder, told).run(at=at, by=by)
    raise Busy("Readings are being erased or compacted while they are copied.", next="Try again in a while.")


class _Making:
    def __init__(self, source: Source, folder: Path, told: Told) -> None:
        self._source, self._folder, self._told = source, folder, told
        self._id = secrets.token_hex(16)
        self._keyring = Keyring(source.vault)
        self._files: list[File] = []
        self._counts: dict[str, int] = {}
        self._gone = 0

    def run(self, *, at: datetime, by: str) -> Made:
        source = self._source
        with self._moment() as moment:
            owners = self._owners(source.store.zone)
            self._people(moment.vault)
            moment.vault.close()
            self._rows()
            moment.rows.close()
            self._registry(moment.store, owners)
            moment.store.close()
            self._readings(moment.store, owners)
            self._lists(moment.store, owners)
            self._beside(moment)
            made = Manifest(
                id=self._id,
                at=at.isoformat(timespec="seconds"),
                by=by,
                version=source.version,
                provider=source.provider,
                synthetic=source.synthetic,
                settings=(source.home / "home.toml").read_text(encoding="utf-8"),
                migrations=moment.migrations,
                size=moment.checkpoint.size,
                root=moment.checkpoint.root.hex(),
                checkpoint=moment.checkpoint.note,
                counts=self._counts,
                files=self._files,
            )
        manifest.write(self._folder, made, self._keyring.home, root=source.root)
        return Made(self._folder, made, sum(file.size for file in self._files), self._gone)

    @contextmanager
    def _moment(self) -> Iterator[_Moment]:
        journal, store, vault = self._source.journal, self._source.store, self._source.vault
        if strange := strange_tables(store.registry.path):
            raise Refused(
                f"The store's registry has tables that nobody has classified: {', '.join(strange)}.",
                where="store",
            )
        journal.checkpoint()  # settles what a crash has left, before the lock is taken
        with ExitStack() as held:
            with exclusive(journal.folder / "lock"):
                rows = held.enter_context(ExitStack())
                rows.enter_context(database.one_moment())
                store_cut = held.enter_context(closing(cut(store)))
                vault_cut = held.enter_context(closing(vault.cut()))
                vault_cut.check()  # a transaction sees the moment of its first question
                checkpoint = read_checkpoint((journal.folder / "checkpoint").read_text(encoding="utf-8"))
                end = (journal.folder / "journal").stat().st_size
            yield _Moment(rows, store_cut, vault_cut, end, checkpoint, database.applied_migrations())

    def _owners(self, zone: ZoneInfo) -> Owners:
        """As the agreements say; what one customer held is that customer's as long as it lasted."""
        customers, _ = database.customers()
        number = {customer: at for at, customer in enumerate(customers)}
        rows = [
            (point, number[customer], _midnight(start, zone, 0), _midnight(end, zone, END_OF_TIME))
            for point, customer, start, end in database.agreements()
        ]
        point, whom, start, end = np.array(rows, np.int64).reshape(-1, 4).T
        self._counts["customers"] = len(customers)
        return Owners(Holders.of(point, start, end, whom, zone=zone), customers)

    @contextmanager
    def _part(self, name: str) -> Iterator[PartWriter]:
        path = self._folder / name
        with PartWriter(path, place=place_of(self._id, name), home=self._keyring.home) as part:
            yield part
            digest = part.finish()
        self._files.append(File(name, part.size, digest))

    def _people(self, vault: VaultCut) -> None:
        with self._part("vault") as part:
            part.add_home({"check": vault.check(), "numbers": vault.numbers()})
            for kind, found in (
                ("people", vault.people()),
                ("places", vault.places()),
                ("papers", vault.papers()),
            ):
                part.add_home({"kind": kind})
                for some in _bundles(found, 1 if kind == "papers" else _BUNDLE):
                    self._keyring.learn(name for name, _ in some)
                    for name, rows in some:
                        self._add(part, (name,), rows)
                    self._told("Customers' identities", len(some), 0)

    def _add(self, part: PartWriter, whose: Subjects, rows: list[Row]) -> None:
        keys = self._keyring.keys(whose)
        if keys is None:
            self._gone += len(rows)
        else:
            part.add(whose, keys, msgspec.msgpack.encode(rows), rows=len(rows))

    def _rows(self) -> None:
        with self._part("shares") as shares, self._part("database") as part:
            self._gone += database.leave(
                part, shares, self._keyring, lambda rows: self._told("Rows of the database", rows, 0)
            )

    def _registry(self, store: StoreCut, owners: Owners) -> None:
        with self._part("registry") as part:
            part.add_home({"tables": {name: store.has(name) for name in TABLES}})
            for name in ("destruction", "destroyed", "name"):
                part.add_home({"table": name, "rows": store.rows(name)})
            for row in store.rows("intake"):
                place, packed = _RESULT, row[_RESULT]
                part.add_home(
                    {"table": "intake", "row": [*row[:place], registry.unsaid(packed), *row[place + 1 :]]}
                )
                self._about(part, owners, registry.said(packed, owners.holders))
            for intake, ordinal, packed in store.rows("told"):
                part.add_home({"table": "told", "row": [intake, ordinal, None]})
                self._about(part, owners, registry.told(packed, owners.holders))

    def _about(self, part: PartWriter, owners: Owners, found: Iterator[tuple[registry.About, bytes]]) -> None:
        for (code, point), payload in found:
            whose, keys = self._keyring.sealing(owners.of(code, point))
            if keys is not None:
                part.add(whose, keys, payload, rows=1)

    def _readings(self, store: StoreCut, owners: Owners) -> None:
        """A part for each bucket, so that the keys of a sixteenth of all customers are at hand at once."""
        total = len(store.days) + len(store.points)
        self._counts["files of readings"] = total
        buckets = sorted({int(part.partition["bucket"]) for part in store.days})
        groups = [
            (f"days-{bucket}", "days", [p for p in store.days if int(p.partition["bucket"]) == bucket])
            for bucket in buckets
        ]
        for name, table, parts in [*groups, ("points", "points", store.points)]:
            self._keyring.forget()
            with self._part(name) as part:
                for each in sorted(parts, key=lambda file: file.path):
                    about = {"table": table, "path": each.path, "partition": each.partition}
                    readings.leave(
                        part,
                        store.folder / table / each.path,
                        about,
                        owners,
                        self._keyring,
                        offset=store.offset,
                    )
                    self._told("Files of readings", 1, total)

    def _lists(self, store: StoreCut, owners: Owners) -> None:
        with self._part("lists") as part:
            for path in store.defects:
                readings.leave_list(part, path, {"name": path.name}, owners, self._keyring)

    def _beside(self, moment: _Moment) -> None:
        ledger = self._source.journal.folder
        with self._part("log") as part:
            files.leave(part, ledger, Path("journal"), size=moment.journal)
            files.leave_bytes(part, "checkpoint", moment.checkpoint.note.encode())
            for name in files.of_log(ledger):
                files.leave(part, ledger, name)
        with self._part("home") as part:
            files.leave_bytes(part, "store/store.json", moment.store.settings)
            for name in files.of_home(self._source.home):
                files.leave(part, self._source.home, name)
        self._counts["entries"] = moment.checkpoint.size


_RESULT = 7
"""The column of an intake that says what its commit gave."""


def place_of(backup: str, part: str) -> str:
    return f"backup|{backup}|{part}"


def _midnight(day: date | None, zone: ZoneInfo, otherwise: int) -> int:
    return otherwise if day is None else int(datetime.combine(day, time(), zone).timestamp())


def _bundles(found: Iterator[tuple[str, list[Row]]], size: int) -> Iterator[list[tuple[str, list[Row]]]]:
    some = []
    for pair in found:
        some.append(pair)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def check_target(target: Path, home: Path) -> None:
    """Whether a backup of the home may be begun there. Raises Refused or BadInput; nothing is made there yet."""
    _check_apart(target, home)
    if not target.parent.is_dir():
        raise BadInput(
            "There is no such folder.", where=str(target.parent), next="Make it, or name another one."
        )
    if target.exists():
        if not target.is_dir() or (any(target.iterdir()) and not (target / MARK).exists()):
            raise _taken(target)
        _check_unfinished(target)


def _check_apart(target: Path, home: Path) -> None:
    resolved, own = target.resolve(), home.resolve()
    if resolved == own or own in resolved.parents:
        raise Refused(
            "A backup lies apart from its home: what destroys the one must not destroy the other.",
            where=str(target),
            next="Name a folder on another disk or machine.",
        )


@contextmanager
def _being_made(target: Path) -> Iterator[Path]:
    """An empty folder that nobody else fills. What a killed backup has left in it is cleared away; anything else stays and is told."""
    mark = target / MARK
    with _disk_told(target), _marked(mark):
        _clear(target)
        try:
            yield target
            mark.unlink()
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
        sync_folder(target)


@contextmanager
def _marked(mark: Path) -> Iterator[None]:
    """The mark held by this process alone. Whoever had it may have finished between a look and the next: then it is no mark any more."""
    try:
        mark.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as problem:
        if is_full(problem):
            raise
        raise BadInput(
            f"No backup can be made here: {problem.strerror}.",
            where=str(mark.parent),
            next="Name a folder that you may write to.",
        ) from problem
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not mark.exists() or mark.stat().st_ino != os.fstat(descriptor).st_ino:
            raise BlockingIOError
        yield
    except BlockingIOError:
        raise Busy(
            "Another process is making a backup here.",
            where=str(mark.parent),
            next="Wait for it, or name another folder.",
        ) from None
    finally:
        os.close(descriptor)


def _clear(target: Path) -> None:
    for path in _check_unfinished(target):
        path.unlink()


def _check_unfinished(target: Path) -> list[Path]:
    """What is there but the mark. Raises BadInput where a backup was finished here, of which only the mark is left to take away, or where there
    is what no backup writes."""
    found = [path for path in target.iterdir() if path.name != MARK]
    if any(path.name == manifest.NAME or path.is_dir() for path in found):
        raise _taken(target)
    return found


@contextmanager
def _disk_told(target: Path) -> Iterator[None]:
    try:
        yield
    except Exception as problem:
        if is_full(problem):
            raise Busy(
                "The disk is full, so the backup could not be made; nothing of it is kept.",
                where=str(target),
                next="Make room there, or name another disk, then try again.",
            ) from problem
        raise


def _taken(target: Path) -> BadInput:
    return BadInput(
        "There is something here already.",
        where=str(target),
        next="Name a folder that does not exist yet.",
    )
