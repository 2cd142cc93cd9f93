"""Every closed epoch of a log, made again from its entries: whether its root is over the heads that they give."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from meterkeep.ledger.chains.epochs import Epoch
from meterkeep.ledger.chains.heads import Heads
from meterkeep.ledger.chains.keeping import Kept
from meterkeep.ledger.chains.reading import entries_between, told_between
from meterkeep.ledger.entries import decode
from meterkeep.ledger.errors import Tampered
from meterkeep.ledger.names import EventName


class _Name(msgspec.Struct):
    name: str


_decoder = msgspec.json.Decoder(_Name)


def problems(folder: Path, size: int) -> Iterator[tuple[str, str]]:
    """(where, what is wrong), in order. size: of the log's checkpoint.

    Three hashes for each chain and epoch: a million customers take seconds for each epoch. Where an entry or a set cannot
    be read, that is told, and nothing after it is looked at.
    """
    heads, before = Heads.none(), 0
    try:
        for epoch in _epochs(folder, size):
            where = f"epoch {epoch.number}: entry {epoch.index}"
            if epoch.number != before + 1 or not heads.upto <= epoch.upto <= epoch.index:
                yield where, "does not follow the epoch before it"
                return
            heads.take_in(told_between(folder, heads.upto, epoch.upto, size), epoch.upto)
            before = epoch.number
            if Kept.over(epoch.number, heads).root.hex() != epoch.root:
                yield (
                    where,
                    "its root is not over the heads of the customers' chains: an entry is hidden from somebody",
                )
    except Tampered as error:
        yield error.where, error.message


def _epochs(folder: Path, size: int) -> Iterator[Epoch]:
    for index, data in entries_between(folder, 0, size, size):
        if _decoder.decode(data).name == EventName.EPOCH_CLOSED:
            try:
                yield Epoch.of(index, decode(data))
            except (KeyError, ValueError) as error:
                raise Tampered("This is no closed epoch.", where=f"entry {index}") from error
