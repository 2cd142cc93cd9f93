"""The vault: customers' identity fields, sealed under a data key each, found by blind index, shredded by key.

Files: `vault.sqlite3` (ciphertexts, blind index, usage-point numbers), `papers.sqlite3` (sealed files) and `keys.sqlite3`
(wrapped data keys). Writes take the vault's lock first and the key store's second, everywhere, so that two processes never
wait for each other.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from meterkeep.errors import BadInput, Busy, Refused
from meterkeep.vault.ages import Record, age, is_age
from meterkeep.vault.copying import Copied
from meterkeep.vault.database import Database
from meterkeep.vault.envelope import Key
from meterkeep.vault.fields import FIELDS, BlindIndex, check_searchable, check_values
from meterkeep.vault.inventory import Inventory, take_inventory
from meterkeep.vault.keys import KeyProvider
from meterkeep.vault.keystore import BACKUPS, KeyStore, Rotated
from meterkeep.vault.leaving import VaultCut, VaultFill
from meterkeep.vault.papers import SCHEMA as PAPERS_SCHEMA
from meterkeep.vault.papers import Papers
from meterkeep.vault.usage_points import SCHEMA as USAGE_POINT_SCHEMA
from meterkeep.vault.usage_points import UsagePoints, subject

_SCHEMA = (
    """
CREATE TABLE fields (
  customer BLOB NOT NULL, field TEXT NOT NULL, line INTEGER NOT NULL, sealed BLOB NOT NULL, digest BLOB,
  PRIMARY KEY (customer, field, line)
) WITHOUT ROWID;
CREATE TABLE blind_check (digest BLOB NOT NULL);
CREATE INDEX fields_by_digest ON fields (digest) WHERE digest IS NOT NULL;
"""
    + USAGE_POINT_SCHEMA
)
_AT_ONCE = 5_000
_PATIENCE = 30.0


@dataclass(frozen=True)
class Strays:
    """keys: subjects with a key and nothing else. lost: subjects with something that no key opens."""

    keys: list[str]
    lost: list[str]


class Vault:
    """Open it with the keys that it was created with. Safe to share between threads; each process opens its own."""

    fields = frozenset(FIELDS)

    def __init__(self, database: Database, keys: KeyStore, index: BlindIndex) -> None:
        self._database, self._keys, self._index = database, keys, index
        self._usage_points = UsagePoints(database, keys, index)
        beside = database.path.with_name("papers.sqlite3")
        self.papers = Papers(beside, keys, patience=database.patience)

    @classmethod
    def create(cls, folder: Path, keys: KeyProvider, *, patience: float = _PATIENCE) -> Self:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.glob("*.sqlite3")):
            raise BadInput(
                "There is a vault here already.", where=str(folder), next="Open it, or name another folder."
            )
        store = KeyStore.create(folder / "keys.sqlite3", keys, patience=patience)
        database = Database.create(folder / "vault.sqlite3", _SCHEMA, patience=patience)
        index = BlindIndex(keys)
        with database.write() as connection:
            connection.execute("INSERT INTO blind_check VALUES (?)", (_blind_check(index),))
        return cls(database, store, index)

    @classmethod
    def open(cls, folder: Path, keys: KeyProvider, *, patience: float = _PATIENCE) -> Self:
        """Finishes a shred that a crash interrupted. patience: seconds to wait for a lock before Busy."""
        database = Database.open(folder / "vault.sqlite3", patience=patience)
        store = KeyStore.open(folder / "keys.sqlite3", keys, patience=patience)
        index = BlindIndex(keys)
        if database.connection.execute("SELECT digest FROM blind_check").fetchall() != [
            (_blind_check(index),)
        ]:
            raise BadInput(
                "The blind-index key is not the one that this vault was made with.",
                where=str(folder),
                next="Put back the keys folder that belongs to this vault; nothing was changed.",
            )
        vault = cls(database, store, index)
        # Where a reader still holds old pages, erasing them is left to the next opening; nobody can read what they hold.
        with suppress(Busy):
            vault._erase(store.shredded(unfinished_only=True))
        return vault

    def close(self) -> None:
        """Closes this thread's files."""
        self._database.close()
        self._keys.close()
        self.papers.close()

    def new_customer(self) -> str:
        """A random customer id, 32 hex digits. Nothing is stored until something is written under it."""
        return secrets.token_hex(16)

    def write(self, customers: Mapping[str, Mapping[str, str]]) -> None:
        """Stores fields of customers, replacing those named and leaving the others; an empty value removes its field.

        Each line of a value is sealed and found by itself: a customer with two accounts has their numbers on two lines.
        """
        for customer, values in customers.items():
            _check_id(customer)
            check_values(values)
        for batch in _batches(sorted(customers), _AT_ONCE):
            self._write_batch({customer: customers[customer] for customer in batch})

    def read(self, customers: Iterable[str], fields: Sequence[str]) -> dict[str, dict[str, str]]:
        """What is known of the customers in these fields; one who is unknown or shredded is not in the result."""
        check_values(dict.fromkeys(fields, ""))
        found: dict[str, dict[str, str]] = {}
        for batch in _batches(dict.fromkeys(customers), _AT_ONCE):
            found |= self._read_batch(batch, fields)
        return found

    def find(self, kind: str, value: str) -> list[str]:
        """The customers whose field `kind` equals the value after normalisation, in the order of their ids."""
        check_searchable(kind)
        rows = self._database.connection.execute(
            "SELECT DISTINCT customer FROM fields WHERE field = ? AND digest = ? ORDER BY customer",
            (kind, self._index.digest(kind, value)),
        )
        return [customer.hex() for (customer,) in rows]

    def find_all(self, kind: str, values: Iterable[str]) -> dict[str, str]:
        """For each of the values that somebody has, one such customer: for kinds that name one customer only."""
        return {value: found[0] for value in dict.fromkeys(values) if (found := self.find(kind, value))}

    def surrogates(self, groups: Sequence[tuple[str, ...]]) -> npt.NDArray[np.int32]:
        """A random, stable usage-point number for each group of source identifiers, best first."""
        return self._usage_points.surrogates(groups)

    def known_surrogate(self, identifier: str) -> int | None:
        return self._usage_points.known(identifier)

    def usage_point_identifiers(self, number: int) -> tuple[str, ...]:
        return self._usage_points.identifiers(number)

    def identified_usage_points(self) -> npt.NDArray[np.int32]:
        """The numbers, sorted, of those of which a sender's identifier is kept."""
        return self._usage_points.identified()

    def reference_digest(self, *words: str) -> bytes:
        """16 bytes by which a reference in an inbound file is known again, without what it says: a keyed hash."""
        return self._index.reference("\x1f".join(words))

    def shred(self, *customers: str) -> None:
        """Makes customers unreadable for good: their keys first, then ciphertexts and index rows, then the freed bytes.

        Rewrites both files, so shred many at once. Backups made before lose the customer when the epoch's KEK goes.
        """
        for customer in customers:
            _check_id(customer)
        self._shred(customers)

    def inventory(self, *, customers: Sequence[str], usage_points: Sequence[int] = ()) -> Inventory:
        """What is kept of them, counted and digested, for a certificate of its destruction."""
        return take_inventory(
            self._database.connection,
            self._keys.connection,
            customers=customers,
            usage_points=usage_points,
        )

    def shred_all(self, *, customers: Sequence[str], usage_points: Sequence[int]) -> None:
        """`shred` and `shred_usage_points` in one go: the files are rewritten once."""
        for customer in customers:
            _check_id(customer)
        self._shred([*customers, *map(subject, usage_points)])

    def shred_usage_points(self, *numbers: int) -> None:
        """Forgets what the sources called these usage points. Their numbers are never given out again."""
        self._shred([subject(number) for number in numbers])

    def reshred(self) -> int:
        """Shreds again whatever was ever shredded, after a restore from an older backup. Returns how many customers and usage points there are."""
        subjects = self._keys.shredded(unfinished_only=False)
        self._shred(subjects)
        return sum(not is_age(one) for one in subjects)

    def month_keys(self, kind: str, months: Iterable[str]) -> None:
        """Makes the keys of these months that have none yet and were not destroyed. kind: `ages.READINGS` or `ages.BILLS`."""
        self.age_keys(age(kind, month) for month in months)

    def age_keys(self, subjects: Iterable[str]) -> dict[str, Key]:
        """The keys of months, made where there are none; those that were destroyed are not in it."""
        asked = [*subjects]
        while True:
            gone = self.shredded()
            try:
                return self._keys.ensure([one for one in asked if one not in gone])
            except Refused:  # one of them was destroyed since
                if gone == self.shredded():
                    raise

    def destroy_months(self, kind: str, months: Iterable[str]) -> None:
        """Destroys the keys of months, of those too that have none yet: no backup holds anything of them any more."""
        subjects, gone = [age(kind, month) for month in months], self.shredded()
        self._keys.shred([one for one in subjects if one not in gone])
        self._keys.finish(subjects)

    @property
    def record(self) -> Record:
        """What was destroyed of customers who stay."""
        return self._keys.record

    def rewrap(self) -> int:
        """Moves all data keys to the current epoch; returns how many moved. Interrupted, it goes on when called again."""
        return self._keys.rewrap()

    def rotate(self, told: Callable[[int], object] = lambda moved: None) -> Rotated:
        """A new epoch, all data keys moved to it, and the earlier ones destroyed: from then on whatever was shredded before is gone from
        every backup. Interrupted, the next call finishes it. told: how many have moved, now and then."""
        return self._keys.rotate(told)

    def copy_keys(self, place: Path, *, at: datetime, keep: timedelta) -> Copied:
        """A verified copy of the key store in a folder apart from the home, while everything goes on; copies older than `keep` go."""
        return self._keys.copy(place, at=at, keep=keep)

    def strays(self) -> Strays:
        """What does not belong together, as after an older key store was put back: keys under which nothing lies, and subjects whose
        key is missing although nobody shredded them."""
        with self._database.write() as connection:
            there = {row.hex() for (row,) in connection.execute("SELECT DISTINCT customer FROM fields")}
            numbers = connection.execute("SELECT DISTINCT number FROM identifiers")
            there |= {subject(number) for (number,) in numbers} | self.papers.subjects()
            keys = self._keys.subjects()
            shredded = set(self._keys.shredded(unfinished_only=False))
        return Strays(sorted(keys - there), sorted(there - keys - shredded))

    def shred_strays(self) -> int:
        """Shreds the keys under which nothing lies: they came back with an older key store. How many they were."""
        idle = self.strays().keys
        if idle:
            self._shred(idle)
        return len(idle)

    def cut(self) -> VaultCut:
        """Everything but the keys, as it is at one moment, for a backup; to be closed."""
        return VaultCut.of(self._database.path.parent)

    @classmethod
    def fill(cls, folder: Path) -> VaultFill:
        """The vault's database made again in a folder that has the key store already."""
        return VaultFill(folder, _SCHEMA, PAPERS_SCHEMA)

    def data_keys(self, subjects: Iterable[str]) -> dict[str, Key]:
        """The data keys of those customers and usage points that have one, for what is sealed about them outside the vault."""
        return self._keys.keys(subjects)

    def backup_key(self) -> Key:
        """The key for what backups hold about no customer; made when it is first asked for, and moved by `rotate` like all others."""
        return self._keys.ensure([BACKUPS])[BACKUPS]

    def note_head(self, checkpoint: str) -> None:
        """Keeps the log's newest checkpoint beside the keys: whoever restores an older home is told what is missing."""
        self._keys.note_head(checkpoint)

    def shredded(self) -> frozenset[str]:
        """Customers, usage points and months whose keys were destroyed."""
        return frozenset(self._keys.shredded(unfinished_only=False))

    def keys_to_move(self) -> int:
        """How many data keys a rotation moves, or has still to move where one was interrupted."""
        return self._keys.waiting() or self._keys.count()

    def _write_batch(self, customers: Mapping[str, Mapping[str, str]]) -> None:
        with self._database.write() as connection:
            keys = self._keys.ensure(list(customers))
            for customer, values in customers.items():
                _clear(connection, bytes.fromhex(customer), values)
            connection.executemany("INSERT INTO fields VALUES (?, ?, ?, ?, ?)", self._sealed(customers, keys))

    def _sealed(
        self, customers: Mapping[str, Mapping[str, str]], keys: Mapping[str, Key]
    ) -> Iterator[tuple[bytes, str, int, bytes, bytes | None]]:
        digest = self._index.digest
        for customer, values in customers.items():
            seal, row = keys[customer].seal, bytes.fromhex(customer)
            for field, value in values.items():
                for line, text in enumerate(value.split("\n") if value else ()):
                    sealed = seal(text.encode(), _place(customer, field, line))
                    yield row, field, line, sealed, digest(field, text)

    def _read_batch(self, customers: list[str], fields: Sequence[str]) -> dict[str, dict[str, str]]:
        query = "SELECT field, line, sealed FROM fields WHERE customer = ? ORDER BY field, line"
        execute, wanted = self._database.connection.execute, set(fields)
        rows = {customer: execute(query, (bytes.fromhex(customer),)).fetchall() for customer in customers}
        keys = self._keys.keys(customer for customer in customers if rows[customer])
        self._check_none_lost({customer for customer in customers if rows[customer]} - keys.keys())
        return {
            customer: opened
            for customer in customers
            if (key := keys.get(customer))
            and (opened := _opened(customer, key, (row for row in rows[customer] if row[0] in wanted)))
        }

    def _check_none_lost(self, without_key: set[str]) -> None:
        """A customer without key is one whom another process has just shredded; any other is a loss, and told."""
        lost = without_key and without_key.difference(self._keys.shredded(unfinished_only=False))
        if lost:
            raise BadInput(
                f"The keys of {len(lost)} customers are missing, though nobody shredded them.",
                where="keys.sqlite3",
                next="Restore it from its own backup; it must be at least as new as vault.sqlite3.",
            )

    def _shred(self, subjects: Sequence[str]) -> None:
        with self._database.write():
            self._keys.shred(subjects)
        self._erase(subjects)

    def _erase(self, subjects: Sequence[str]) -> None:
        if not subjects:
            return
        customers = [(bytes.fromhex(s),) for s in subjects if ":" not in s]
        numbers = [(int(s.partition(":")[2]),) for s in subjects if ":" in s and not is_age(s)]
        with self._database.write() as connection:
            connection.executemany("DELETE FROM fields WHERE customer = ?", customers)
            connection.executemany("DELETE FROM identifiers WHERE number = ?", numbers)
        self.papers.erase([s for s in subjects if ":" not in s])
        self._database.purge()
        self._keys.finish(subjects)


def _clear(connection: sqlite3.Connection, customer: bytes, fields: Iterable[str]) -> None:
    # Most customers that are written are new, and looking is cheaper than deleting nothing field by field.
    if connection.execute("SELECT 1 FROM fields WHERE customer = ? LIMIT 1", (customer,)).fetchone():
        replaced = [(customer, field) for field in fields]
        connection.executemany("DELETE FROM fields WHERE customer = ? AND field = ?", replaced)


def _opened(customer: str, key: Key, rows: Iterable[tuple[str, int, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, line, sealed in rows:
        text = key.open(sealed, _place(customer, field, line)).decode()
        found[field] = f"{found[field]}\n{text}" if line else text
    return found


def _place(customer: str, field: str, line: int) -> str:
    return f"fields|{customer}|{field}|{line}"


def _batches(values: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(values)
    while batch := list(islice(remaining, size)):
        yield batch


def _blind_check(index: BlindIndex) -> bytes | None:
    return index.digest("account_number", "meterkeep blind check")


def _check_id(customer: str) -> None:
    if len(customer) != 32 or not set(customer) <= set("0123456789abcdef"):
        raise BadInput("A customer id has 32 hexadecimal digits.", next="Make one with `new_customer`.")
