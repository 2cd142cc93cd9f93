"""The index says what the journal says, however the entries came: alone, in groups, in batches large enough for blocks."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.ledger import Entry, FileSigner, Journal, Tampered
from meterkeep.ledger.entries import random_id

Make = Callable[..., Entry]
CHAINS = [f"{number:032x}" for number in (0, 1, 255, 256, 2**127)]
NAMES = ["access.intent", "access.delivered", "disclosure.refused"]


@pytest.fixture
def mixed(journal: Journal, make: Make) -> list[Entry]:
    """What was appended: 1,100 and 1,000 at once, single ones before, between and after."""
    chance, made = random.Random(7), list[Entry]()
    for size in (1, 1100, 3, 1000, 1, 300):
        batch = [make(chance.choice(NAMES), subjects=[chance.choice(CHAINS)]) for _ in range(size)]
        journal.append(batch)
        made += batch
    return made


def agrees(journal: Journal, made: list[Entry]) -> None:
    assert [journal.find(entry.id) for entry in made] == list(range(len(made)))
    assert [journal.entry(i).id for i in range(0, len(made), 7)] == [entry.id for entry in made[::7]]
    for chain in [*CHAINS, "f" * 32]:
        mine = [i for i, entry in enumerate(made) if chain in entry.subjects]
        assert [i for i, _ in journal.for_subject(chain)] == mine
    for prefix in ("access", "access.intent", "disclosure.refused"):
        named = [i for i, entry in enumerate(made) if entry.name.startswith(prefix)]
        assert [i for i, _ in journal.recent(700, prefix)] == named[::-1][:700]
    intents = [i for i, entry in enumerate(made) if entry.name == "access.intent"]
    assert [i for i, _ in journal.unresolved(lambda _: False)] == intents


def test_every_way_to_an_entry_leads_there(journal: Journal, mixed: list[Entry]) -> None:
    agrees(journal, mixed)
    assert journal.append(mixed[::-1]) == list(range(len(mixed)))[::-1], "nothing is written twice"


def test_an_index_of_an_earlier_version_is_made_again(
    journal: Journal, mixed: list[Entry], signer: FileSigner
) -> None:
    """A home from before: its index has other tables and the number 1."""
    path = journal.folder / "index.sqlite3"
    journal._index.close()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with sqlite3.connect(path) as old:
        old.execute("CREATE TABLE entries (idx INTEGER PRIMARY KEY, id TEXT)")
        old.execute("PRAGMA user_version = 1")
    old.close()
    again = Journal.open(journal.folder, signer=signer)
    agrees(again, mixed)
    again.close()


def test_outcomes_of_a_large_batch_settle_their_intents(journal: Journal, make: Make) -> None:
    intents = [make("access.intent") for _ in range(1_200)]
    journal.append(intents)
    journal.append([make("access.delivered", intent=intent.id) for intent in intents[:-1]])
    assert [entry.id for _, entry in journal.unresolved(lambda _: False)] == [intents[-1].id]


def test_an_id_that_stands_twice_in_the_journal_is_damage(
    journal: Journal, folder: Path, signer: FileSigner, make: Make
) -> None:
    twice = make()
    journal.append([make(), twice])
    with pytest.raises(sqlite3.IntegrityError):
        journal._write({twice.id: journal.encoded([twice])[0]})
    journal._index.close()
    with pytest.raises(Tampered, match="damaged"):
        Journal.open(folder, signer=signer)


def _give_ids(give: Callable[[list[str]], object]) -> None:
    give([random_id() for _ in range(300)])


def test_no_thread_and_no_child_repeats_an_id() -> None:
    given = [[random_id()]]
    threads = [threading.Thread(target=_give_ids, args=(given.append,)) for _ in range(3)]
    fork = multiprocessing.get_context("fork")
    pipes = [fork.Pipe(duplex=False) for _ in range(2)]
    children = [fork.Process(target=_give_ids, args=(give.send,)) for _, give in pipes]
    for one in [*children, *threads]:
        one.start()
    given += [take.recv() for take, _ in pipes]
    for one in [*children, *threads]:
        one.join()
    _give_ids(given.append)
    every = [id for ids in given for id in ids]
    assert len(set(every)) == len(every) == 1 + 6 * 300
