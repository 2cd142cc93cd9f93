"""A small log of three closed epochs about 12 invented customers, and a plain oracle for what its chains must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from meterkeep.ledger import Entry, FileSigner, Journal
from meterkeep.ledger.chains.epochs import Epoch, close

Make = Callable[..., Entry]
AT, ON = "2026-03-02T08:00:00Z", "2026-03-02"


def chain(number: int) -> str:
    """The same ids each time, spread as random ones are."""
    return sha256(b"synthetic customer %d" % number).hexdigest()[:32]


def ended(journal: Journal) -> Epoch:
    closed = close(journal, by="clerk", at=AT, on=ON)
    assert closed is not None
    return closed


@dataclass
class Town:
    """customers 0 to 9 have entries, 10 and 11 have none. Entry 15 comes after the last closed epoch."""

    journal: Journal
    keys: str

    @property
    def folder(self) -> Path:
        return self.journal.folder


def fill(journal: Journal, make: Make) -> None:
    crowd = [chain(number) for number in range(10)]
    for _ in range(3):
        journal.append(
            [
                make("disclosure.delivered", subjects=[chain(0)], recipient="tern"),
                make("use.delivered", subjects=crowd),
                make("access.delivered", subjects=crowd[3:5]),
                make("policy.adopted"),
            ]
        )
        ended(journal)
    journal.append([make("access.delivered", subjects=[chain(0)])])


@pytest.fixture
def town(journal: Journal, make: Make) -> Town:
    fill(journal, make)
    return Town(journal, (journal.folder / "public-key").read_text())


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, signer: FileSigner, make: Make) -> Iterator[Town]:
    """The same town for tests that only read."""
    journal = Journal.open(tmp_path_factory.mktemp("town") / "ledger", signer=signer)
    fill(journal, make)
    yield Town(journal, (journal.folder / "public-key").read_text())
    journal.close()
