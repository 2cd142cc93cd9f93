"""The proof that what was destroyed is in no file: the tables held against the folder, and every file read that may have it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

from meterkeep.readings.store.beside import lists
from meterkeep.readings.store.erasing.acts import Finding, Tombstones, unfinished
from meterkeep.readings.store.erasing.extent import Extent
from meterkeep.readings.store.erasing.files import NARROW, look, places
from meterkeep.readings.store.erasing.registry import scrub
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.readings.store.tables.table import Table, sync

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store

REGISTRY: Final = "registry.sqlite3"
OWN: Final = {"store.json", REGISTRY, f"{REGISTRY}-wal", f"{REGISTRY}-shm"}
BESIDE: Final = {"defects", "checks"}
"""Folders of what others keep beside the store: lists of what was wrong in files, and the last run of the checks."""

STATISTICS: Final = {"numRecords"}
"""What a Delta log may say of a file; the least and greatest values of its columns would outlive the file."""


def prove(store: Store, *, beyond: Path | None = None) -> list[Finding]:
    """Everything in the store, and every Parquet file below `beyond`, held against all that was ever destroyed."""
    with store.registry.read() as db:
        extents, open_acts = Tombstones.read(db).extents, unfinished(db)
    findings = [*_unreadable(store), *contradictions(store, extents)]
    if beyond:
        inside = (path for path in sorted(beyond.rglob("*.parquet")) if store.folder not in path.parents)
        for path in inside:
            findings += _present(path, str(path.relative_to(beyond)), extents, store.offset)
    return [*findings, *([Finding("unfinished", REGISTRY, open_acts)] if open_acts else [])]


def contradictions(store: Store, extents: Sequence[Extent]) -> list[Finding]:
    """What stands against the extents' being destroyed, and files that the store does not know."""
    findings = _strange(store)
    for path in (store.folder / finding.where for finding in list(findings) if finding.kind == "orphan"):
        findings += _present(path, _place(store, path), extents, store.offset)
    concerned = {
        table.folder / part.path
        for extent in extents
        for table, _, parts in places(store, extent)
        for part in parts
    }
    for path in sorted(concerned):
        findings += _present(path, _place(store, path), extents, store.offset)
    for table in (store.days, store.points):
        findings += _statistics(table)
    for path in lists.paths(store):
        findings += _listed(path, _place(store, path), extents)
    with store.registry.read() as db:
        stale = scrub(db, store, extents, apply=False)
    return [*findings, *([Finding("registered", REGISTRY, stale)] if stale else [])]


def remove_orphans(store: Store) -> None:
    """Takes Parquet files off the disk that lie in a table's folders and are not its own. The registry is held alone."""
    for path in _orphans(store):
        if path.suffix == ".parquet":
            path.unlink()
            sync(path.parent)


def _strange(store: Store) -> list[Finding]:
    """Files that no table names, and files that are named and not there. What a crash has left goes first."""
    with store.registry.alone() as db:
        store.sweep(db)
        orphans = _orphans(store)
        named = {table.folder / part.path for table in (store.days, store.points) for part in table.parts()}
        missing = sorted(path for path in named if not path.exists())
    return [
        Finding(kind, _place(store, path))
        for kind, found in (("orphan", orphans), ("missing", missing))
        for path in found
    ]


def _orphans(store: Store) -> list[Path]:
    tables = (store.days, store.points)
    named = {table.folder / part.path for table in tables for part in table.parts()}
    known = {table.folder / "_delta_log" for table in tables} | {store.folder / name for name in BESIDE}
    living = {folder for folder in (store.folder / "pending").iterdir() if _is_living(folder)}
    found = (
        path
        for path in store.folder.rglob("*")
        if path.is_file()
        and path not in named
        and not (path.parent == store.folder and path.name in OWN)
        and not (known | living).intersection(path.parents)
    )
    return sorted({*found, *lists.strange(store)})


def _is_living(folder: Path) -> bool:
    """Whether a process at work owns it: what it has collected meets the tombstones when it commits."""
    if not folder.is_dir():
        return False
    taken = Pending.take(folder)
    if taken:
        taken.release()
    return taken is None


def _present(path: Path, where: str, extents: Sequence[Extent], offset: int) -> list[Finding]:
    """Rows of the extents in a file. One that vanishes meanwhile has been replaced; another that cannot be read may hold any."""
    try:
        if not _is_ours(path):
            return []
        rows = sum(sum(look(path, extent, offset=offset)) for extent in extents)
    except FileNotFoundError:
        return []
    except (OSError, pa.ArrowException):
        return [Finding("unreadable", where)]
    return [Finding("present", where, rows)] if rows else []


def _listed(path: Path, where: str, extents: Sequence[Extent]) -> list[Finding]:
    """Lines of a defect list that name a place in the extents."""
    try:
        lines = lists.told(path, extents)
    except FileNotFoundError:
        return []
    except (OSError, pa.ArrowException):
        return [Finding("unreadable", where)]
    return [Finding("present", where, lines)] if lines else []


def _is_ours(path: Path) -> bool:
    if path.suffix != ".parquet":
        return False
    names = set(pq.read_schema(path).names)
    return any(names.issuperset(narrow) for narrow in NARROW.values())


def _unreadable(store: Store) -> Iterator[Finding]:
    """Files of the tables whose footer cannot be read, or does not say what the table says of it."""
    for table in (store.days, store.points):
        for part in table.parts():
            path = table.folder / part.path
            try:
                rows = pq.read_metadata(path).num_rows
            except FileNotFoundError:
                continue
            except (OSError, pa.ArrowException):
                rows = -1
            if rows != part.rows:
                yield Finding("unreadable", _place(store, path))


def _statistics(table: Table) -> Iterator[Finding]:
    """Entries of a Delta log that say more of a file than how many rows it has."""
    for path in sorted((table.folder / "_delta_log").glob("*.json")):
        added = (json.loads(line).get("add") for line in path.read_text().splitlines() if line.strip())
        told = [json.loads(add["stats"]) for add in added if add and add.get("stats")]
        if count := sum(bool(set(stats) - STATISTICS) for stats in told):
            yield Finding("statistics", f"{table.folder.name}/_delta_log/{path.name}", count)


def _place(store: Store, path: Path) -> str:
    return str(path.relative_to(store.folder))
