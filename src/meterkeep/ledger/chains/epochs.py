"""Closing an epoch: one entry of the log that signs, by its root, the heads of all chains at once.

That entry is all that closing an epoch is. What stands on disk beside it follows from the log: a process that dies before
the entry has done nothing, and what it leaves undone after the entry is made up for by whoever comes next.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from meterkeep.errors import Busy
from meterkeep.ledger.chains.heads import Heads
from meterkeep.ledger.chains.keeping import Kept, Unfit, keep, kept
from meterkeep.ledger.chains.publishing import is_published, publish
from meterkeep.ledger.chains.reading import told_between
from meterkeep.ledger.entries import Entry
from meterkeep.ledger.errors import Tampered
from meterkeep.ledger.locks import exclusive
from meterkeep.ledger.names import EventName
from meterkeep.ledger.notes import read_checkpoint

if TYPE_CHECKING:
    from meterkeep.ledger.journal import Journal


@dataclass(frozen=True)
class Epoch:
    """A closed epoch. index: of its entry; upto: the entries 0 to upto - 1 are in its heads; root: over the heads."""

    number: int
    index: int
    upto: int
    chains: int
    root: str
    at: str
    on: str

    @classmethod
    def of(cls, index: int, entry: Entry) -> Epoch:
        told = entry.detail
        number, upto, chains = (int(str(told[name])) for name in ("epoch", "upto", "chains"))
        return cls(number, index, upto, chains, str(told["heads"]), entry.at, entry.on)


def settled(journal: Journal) -> int:
    """The size of the log once its tiles are level with it, which after a crash in the middle of an append they are not."""
    return read_checkpoint(journal.checkpoint()).size


def newest(journal: Journal) -> Epoch | None:
    """The last that was closed."""
    found = journal.recent(1, EventName.EPOCH_CLOSED)
    return Epoch.of(*found[0]) if found else None


def close(journal: Journal, *, by: str, at: str, on: str) -> Epoch | None:
    """Closes an epoch over everything that is in the log; None where nothing has come since the last.

    at: when it is recorded; on: the day it takes effect, as entries have them. Raises Busy, Tampered.
    """
    with _alone(journal.folder):
        size = settled(journal)
        last = newest(journal)
        if last and size == last.index + 1 and last.index == last.upto:
            brought_up(journal, last)
            return None
        state = brought_up(journal, last) if last else Kept.over(0, Heads.none())
        heads = state.heads
        heads.take_in(told_between(journal.folder, heads.upto, size, size), size)
        closed = Kept.over(state.epoch + 1, heads)
        entry = _entry(closed, by=by, at=at, on=on)
        (index,) = journal.append([entry])
        if journal.entry(index).detail != entry.detail:
            raise Busy("This epoch has just been closed by somebody else.", where="log", next="Try again.")
        keep(journal.folder, closed)
        publish(journal.folder, index)
        return Epoch.of(index, entry)


def current(journal: Journal, epoch: Epoch, *, whole: bool = False) -> Kept:
    """The heads and the tree of the newest epoch, made again from the log where they are behind or broken."""
    try:
        found = kept(journal.folder, whole=whole)
        if _is(found, epoch):
            return found
    except Unfit:
        pass
    with _alone(journal.folder):
        settled(journal)
        return brought_up(journal, epoch)


def brought_up(journal: Journal, epoch: Epoch) -> Kept:
    """To be called under the chains' lock."""
    folder = journal.folder
    if not is_published(folder, epoch.index):
        publish(folder, epoch.index)
    try:
        found = kept(folder, whole=True)
        if _is(found, epoch):
            return found
        if found.heads.upto <= epoch.upto and _is(after := _taken_on(journal, found.heads, epoch), epoch):
            keep(folder, after)
            return after
    except Unfit:
        pass
    made = _taken_on(journal, Heads.none(), epoch)
    if not _is(made, epoch):
        raise Tampered(
            "The heads of the customers' chains are not those that the log says.",
            where=f"epoch {epoch.number}: entry {epoch.index}",
            next="Run `meterkeep ledger verify`.",
        )
    keep(folder, made)
    return made


def _taken_on(journal: Journal, heads: Heads, epoch: Epoch) -> Kept:
    size = settled(journal)
    heads.take_in(told_between(journal.folder, heads.upto, epoch.upto, size), epoch.upto)
    return Kept.over(epoch.number, heads)


def _is(found: Kept, epoch: Epoch) -> bool:
    return (found.epoch, found.heads.upto, found.root.hex()) == (epoch.number, epoch.upto, epoch.root)


def _entry(closed: Kept, *, by: str, at: str, on: str) -> Entry:
    """Its id follows from the epoch's number, so that no epoch is ever closed twice."""
    detail: dict[str, str | int | list[object]] = {
        "epoch": closed.epoch,
        "upto": closed.heads.upto,
        "chains": len(closed.heads),
        "heads": closed.root.hex(),
    }
    id = sha256(f"meterkeep epoch {closed.epoch}".encode()).hexdigest()[:32]
    return Entry(id=id, name=EventName.EPOCH_CLOSED, at=at, on=on, actor=by, detail=detail)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    (folder / "chains").mkdir(mode=0o700, parents=True, exist_ok=True)
    with exclusive(folder / "chains" / "lock"):
        yield
