"""A backup opened with a key store, and its parts put where a home has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from meterkeep.backup import database, files, manifest
from meterkeep.backup.making import place_of
from meterkeep.backup.manifest import Manifest
from meterkeep.backup.parts import Block, PartReader, damaged
from meterkeep.backup.readings import Coming, write_part
from meterkeep.backup.shares import Returned
from meterkeep.errors import BadInput
from meterkeep.readings import defects
from meterkeep.readings.store.leaving.filling import StoreFill
from meterkeep.readings.store.tables.table import Part, sync
from meterkeep.vault import Vault
from meterkeep.vault.envelope import Key
from meterkeep.vault.keystore import BACKUPS, KeyStore
from meterkeep.vault.leaving import Row

Told = Callable[[str, int, int], object]


@dataclass
class Opened:
    """head: the log's newest checkpoint that the key store knows. lost: of how many rows, by part, nothing could be read because they are about somebody who was shredded."""

    folder: Path
    manifest: Manifest
    store: KeyStore
    home: Key
    told: Told
    shredded: frozenset[str]
    head: str
    lost: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, store: KeyStore, told: Told) -> Opened:
        """Raises BadInput where the key store is of another home, or the backup is not whole. Every file was read then."""
        key = store.keys([BACKUPS]).get(BACKUPS)
        if key is None:
            raise BadInput(
                "This key store has no key for backups: it is another home's, or a copy from before the first backup.",
                where=str(folder),
                next="Name the newest copy of the key store of the home that the backup was made of.",
            )
        found = manifest.read(folder, key)
        total = sum(file.size for file in found.files)
        manifest.check_files(folder, found, lambda size: told("Bytes of the backup checked", size, total))
        shredded = frozenset(store.shredded(unfinished_only=False))
        return cls(folder, found, store, key, told, shredded, store.head())

    def names(self) -> list[str]:
        return [file.name for file in self.manifest.files]

    @contextmanager
    def part(self, name: str) -> Iterator[PartReader]:
        path = self.folder / name
        if name not in self.names():
            raise damaged(self.folder / manifest.NAME)
        with PartReader(
            path, place=place_of(self.manifest.id, name), home=self.home, keys=self._keys
        ) as part:
            yield part

    def _keys(self, subjects: Sequence[str]) -> dict[str, Key]:
        found = self.store.keys(subjects)
        lost = [name for name in subjects if name not in found and name not in self.shredded]
        if lost:
            raise Older(
                f"The key store lacks the keys of {len(lost)} customers or usage points that nobody shredded: it is older than the backup.",
                where="key store",
                next="Name a newer copy of it; without these keys they would be lost.",
            )
        return found

    def check(self) -> None:
        """Opens every block of every part, and keeps nothing."""
        for name in self.names():
            with self.part(name) as part:
                self.lost[name] = sum(block.rows or 1 for block in part.blocks() if block.payload is None)
            self.told("Parts opened", 1, len(self.names()))

    def put_files(self, home: Path) -> None:
        for name, root in (("home", home), ("log", home / "ledger")):
            with self.part(name) as part:
                files.come_back(part, root)

    def put_vault(self, folder: Path) -> None:
        fill = Vault.fill(folder)
        try:
            with self.part("vault") as part:
                blocks = part.blocks()
                said = msgspec.msgpack.decode(next(blocks).payload or b"")
                fill.begin(check=said["check"], numbers=said["numbers"])
                people = _Kinds(blocks)
                fill.people(self._counted("vault", people.of("people")))
                fill.places(self._counted("vault", people.of("places")))
                fill.papers(self._counted("vault", people.of("papers")))
        finally:
            fill.close()

    def _counted(self, name: str, found: Iterator[Block]) -> Iterator[tuple[str, list[Row]]]:
        for block in found:
            if block.payload is None:
                self.lost[name] = self.lost.get(name, 0) + block.rows
            else:
                yield block.whose[0], msgspec.msgpack.decode(block.payload)

    def put_store(self, folder: Path) -> None:
        fill = StoreFill(folder)
        self._put_registry(fill)
        tables = [name for name in self.names() if name.startswith("days-") or name == "points"]
        for name in tables:
            self._put_table(fill, name)
        with self.part("lists") as part:
            coming = Coming(part)
            for about, _, groups in coming.files():
                batches = (batch for group in groups for batch in group.combine_chunks().to_batches())
                defects.keep(fill.list_path(about["name"]), batches)
            self.lost["lists"] = coming.bereft

    def _put_table(self, fill: StoreFill, name: str) -> None:
        parts: dict[str, list[Part]] = {"days": [], "points": []}
        total = self.manifest.counts["files of readings"]
        with self.part(name) as part:
            coming = Coming(part)
            for about, schema, groups in coming.files():
                table = fill.folder / about["table"]
                if written := write_part(table, about, schema, groups):
                    sync(table / written.path)
                    parts[about["table"]].append(written)
                self.told("Files of readings", 1, total)
            self.lost[name] = coming.bereft
        for table_name, theirs in parts.items():
            fill.add(table_name, theirs)

    def _put_registry(self, fill: StoreFill) -> None:
        with self.part("registry") as part:
            blocks = _Rows(part.blocks())
            for said, rows in blocks:
                if "tables" in said:
                    fill.begin_registry(said["tables"])
                elif not said.get("rows", True):
                    continue
                elif "rows" in said:
                    fill.put_rows(said["table"], said["rows"])
                elif said["table"] == "intake":
                    fill.put_intakes([(said["row"], rows)])
                else:
                    fill.put_told([(said["row"], rows)])
            self.lost["registry"] = blocks.lost

    def put_database(self) -> set[int]:
        """Into the database that Django was started with. Primary keys of releases in which somebody was counted who is gone since."""
        shares = Returned()
        with self.part("shares") as part:
            for block in part.blocks():
                shares.add(block.whose[0], block.payload)
        with self.part("database") as part:
            self.lost["database"] = database.come_back(
                part,
                shares,
                self.manifest.migrations,
                lambda rows: self.told("Rows of the database", rows, 0),
            )
        return shares.bereft


class Older(BadInput):
    """The key store is older than the backup."""


class _Kinds:
    """Blocks in stretches, each of which begins with what it is."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks = blocks
        self._said: str | None = None

    def of(self, kind: str) -> Iterator[Block]:
        if self._said is None:
            self._said = msgspec.msgpack.decode(next(self._blocks).payload or b"")["kind"]
        if self._said != kind:
            raise ValueError(kind)
        for block in self._blocks:
            if not block.whose:
                self._said = msgspec.msgpack.decode(block.payload or b"")["kind"]
                return
            yield block


class _Rows:
    """What the registry said of nobody, each with what followed about somebody. lost: of how many whose key is gone."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self._blocks, self.lost = blocks, 0

    def __iter__(self) -> Iterator[tuple[dict[str, Any], list[bytes]]]:
        said: dict[str, Any] | None = None
        about: list[bytes] = []
        for block in self._blocks:
            if not block.rows:
                if said is not None:
                    yield said, about
                said, about = msgspec.msgpack.decode(block.payload or b""), []
            elif block.payload is None:
                self.lost += 1
            else:
                about.append(block.payload)
        if said is not None:
            yield said, about
