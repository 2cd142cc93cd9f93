"""Readings destroyed, by bytes: those of a customer's usage points in the customer's time, or a period of everyone's.

Tombstone, rewrite, vacuum, proof. The files that hold such rows, and no others, are written anew without them, month by month
as a compaction does it, so a process killed at any moment leaves each month as it was or as it is to be; asked for again,
the destruction goes on where it ended. The rows of all versions go, so no moment known= shows them.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from meterkeep.errors import BadInput
from meterkeep.readings.store.beside import lists
from meterkeep.readings.store.beside.checks import forget
from meterkeep.readings.store.erasing import acts
from meterkeep.readings.store.erasing.acts import Act, Destroyed, Finding, Found
from meterkeep.readings.store.erasing.extent import Extent
from meterkeep.readings.store.erasing.files import digest_of, look, places, rewrite
from meterkeep.readings.store.erasing.proof import contradictions, remove_orphans
from meterkeep.readings.store.erasing.registry import scrub
from meterkeep.readings.store.steady import steady
from meterkeep.readings.store.tables.pending import Pending
from meterkeep.readings.store.tables.switching import Replacement, switch
from meterkeep.readings.store.tables.table import Part, Table

if TYPE_CHECKING:
    from meterkeep.readings.store.store import Store


def destroy(store: Store, extent: Extent, *, at: int, apply: bool) -> Destroyed:
    """at: microseconds since 1970. apply: False only counts."""
    if not len(extent):
        raise BadInput("This names no time, so nothing is destroyed.", next="Give spans that have a length.")
    if not apply:
        return _told(extent, at, steady(store, lambda: _found(store, extent)))
    act, fresh = _begun(store, extent, at)
    begun = _Begun()
    try:
        for table, period, _ in list(places(store, extent)):
            switch(store, table, partial(_without, store, table, period, extent, begun))
    except BaseException:
        if fresh and not begun.replacing:
            _forget(store, act)
        raise
    _clean(store, extent)
    return _closed(store, extent, act)


class _Begun:
    """Whether anything may have been destroyed yet."""

    replacing = False


def _told(extent: Extent, at: int, found: Found) -> Destroyed:
    named = 0 if extent.everyone else len(extent.usage_points)
    return Destroyed(extent.digest, named, extent.first, extent.end, at, found)


def _found(store: Store, extent: Extent) -> Found:
    files, rows, readings, size = 0, 0, 0, 0
    concerned = []
    for table, _, parts in places(store, extent):
        for part in parts:
            path = table.folder / part.path
            concerned.append((f"{table.folder.name}/{part.path}", path))
            gone, values = look(path, extent, offset=store.offset)
            hit = bool(gone or values)
            files, size = files + hit, size + hit * part.size
            rows, readings = rows + gone, readings + values
    return Found(files, rows, readings, size, digest_of(concerned))


def _begun(store: Store, extent: Extent, at: int) -> tuple[Act, bool]:
    """The destruction that is to be carried on, or a new one, which holds from here on for whatever comes in."""
    with store.registry.alone() as db:
        store.sweep(db)
        act, found = acts.latest(db, extent), _found(store, extent)
        if act is None or (act.result and found.files):
            return acts.begin(db, extent, found, at), True
    return act, False


def _without(
    store: Store, table: Table, period: int, extent: Extent, begun: _Begun, pending: Pending
) -> Replacement:
    """The files of a month, or of a year's points, that hold something, and what is to stand in their place."""
    new: list[Part] = []
    old: list[Part] = []
    for where, number, parts in places(store, extent):
        if (where, number) != (table, period):
            continue
        for part in parts:
            path = table.folder / part.path
            if look(path, extent, offset=store.offset) == (0, 0):
                continue
            name = f"{part.path.partition('.')[0]}.{secrets.token_hex(4)}.parquet"
            target = pending.written(table.folder.name, name)
            rows, size = rewrite(path, target, extent, offset=store.offset)
            old.append(part)
            if rows:
                new.append(Part(name, size, rows, part.partition))
    begun.replacing |= bool(old)
    return Replacement(new, old)


def _clean(store: Store, extent: Extent) -> None:
    """Takes out of the registry and the defect lists what they said of the readings, and off the disk what no table names or
    was derived from them.
    """
    with store.registry.alone() as db:
        store.sweep(db)
        remove_orphans(store)
        lists.unplace(store, [extent])
        scrub(db, store, [extent], apply=True)
    forget(store.folder)
    store.registry.scour()
    store.snapshot(fresh=True)


def _closed(store: Store, extent: Extent, act: Act) -> Destroyed:
    """The result, proven: with a finding the destruction stays open, to be asked for again."""
    findings = contradictions(store, [extent])
    if act.result:
        return msgspec.structs.replace(act.result, already=True, findings=findings)
    result = steady(store, lambda: _done(store, extent, act, findings))
    if findings:
        return result
    with store.registry.alone() as db:
        within = acts.inside(db, extent)
        for other, part in within:
            acts.finish(db, other, _done(store, part, other, []))
        result = msgspec.structs.replace(result, also=[other.extent for other, _ in within])
        acts.finish(db, act, result)
    return result


def _done(store: Store, extent: Extent, act: Act, findings: list[Finding]) -> Destroyed:
    concerned = [
        (f"{table.folder.name}/{part.path}", table.folder / part.path)
        for table, _, parts in places(store, extent)
        for part in parts
    ]
    told = _told(extent, act.at, act.found)
    return msgspec.structs.replace(told, after=digest_of(concerned), applied=True, findings=findings)


def _forget(store: Store, act: Act) -> None:
    """What could not begin leaves no tombstone; where even that fails, `prove` says that it is unfinished."""
    with suppress(Exception), store.registry.alone() as db:
        acts.forget(db, act)
