"""Closing an epoch is one entry: done or not done, never twice, and what stands beside the log follows from the log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from ledger.chains.conftest import AT, ON, Town, chain, ended

from meterkeep.ledger import Entry, FileSigner, Journal, Tampered
from meterkeep.ledger.chains import epochs, keeping
from meterkeep.ledger.chains.epochs import close, current, newest
from meterkeep.ledger.chains.hashes import heads_of, numbers
from meterkeep.ledger.chains.proving import customer_proof
from meterkeep.ledger.verify import verify_file

Make = Callable[..., Entry]


def whole(town: Town, customer: int = 3) -> list[str]:
    """What a customer's file shows now; raises where it does not hold."""
    text = customer_proof(town.journal, chain(customer), on=ON).text
    return verify_file(text, town.keys, newest=(town.folder / "epoch").read_text())


def test_it_says_how_far_it_goes_and_over_how_many(town: Town) -> None:
    epoch = newest(town.journal)
    assert epoch and (epoch.number, epoch.index, epoch.upto, epoch.chains) == (3, 14, 14, 10)
    entry = town.journal.entry(14)
    assert (entry.name, entry.actor, entry.on, entry.subjects) == ("epoch.closed", "clerk", ON, [])


def test_where_nothing_has_come_none_is_closed(town: Town) -> None:
    assert ended(town.journal).number == 4
    assert close(town.journal, by="clerk", at=AT, on=ON) is None
    assert town.journal.size == 17


def test_an_empty_log_can_be_closed(journal: Journal) -> None:
    assert ended(journal).chains == 0
    keys = (journal.folder / "public-key").read_text()
    assert verify_file(customer_proof(journal, chain(0), on=ON).text, keys)


@pytest.mark.parametrize("harm", ["gone", "flipped", "shorter", "empty", "behind"])
def test_what_is_lost_or_broken_is_made_again_from_the_log(town: Town, make: Make, harm: str) -> None:
    path = keeping.path_of(town.folder)
    sound = path.read_bytes()
    if harm == "behind":
        ended(town.journal)
        path.write_bytes(sound)
    else:
        flipped = bytearray(sound)
        flipped[len(sound) // 2] ^= 1
        path.write_bytes({"gone": b"", "flipped": bytes(flipped), "shorter": sound[:-1], "empty": b""}[harm])
    if harm == "gone":
        path.unlink()
    town.journal.append([make(subjects=[chain(3)])])
    closed = ended(town.journal)
    assert whole(town)[0].startswith("log.example/synthetic: 7 entries")
    again = epochs.brought_up(town.journal, closed)
    path.unlink()
    assert epochs.brought_up(town.journal, closed).root == again.root


def test_a_head_that_the_log_does_not_bear_out_is_refused(town: Town) -> None:
    """Somebody logs a root of their own choice."""
    last = newest(town.journal)
    assert last
    false = {"epoch": 4, "upto": 16, "chains": 10, "heads": "00" * 32}
    town.journal.append([Entry(name="epoch.closed", at=AT, on=ON, actor="rogue", detail=false)])
    with pytest.raises(Tampered, match="not those that the log says"):
        customer_proof(town.journal, chain(3), on=ON)
    with pytest.raises(Tampered, match="not those that the log says"):
        close(town.journal, by="clerk", at=AT, on=ON)


@pytest.mark.parametrize("step", ["take_in", "append", "keep", "publish"])
@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
def test_it_is_done_again_the_same_wherever_it_stopped(
    town: Town, make: Make, monkeypatch: pytest.MonkeyPatch, step: str, late: bool
) -> None:
    owner: object = {"take_in": epochs.Heads, "append": Journal}.get(step, epochs)
    real = getattr(owner, step)

    def dies(*arguments: object, **named: object) -> None:
        if late:
            real(*arguments, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, step, dies)
    with pytest.raises(KeyboardInterrupt):
        close(town.journal, by="clerk", at=AT, on=ON)
    monkeypatch.setattr(owner, step, real)
    closed = close(town.journal, by="clerk", at=AT, on=ON)
    logged = step in ("keep", "publish") or (step, late) == ("append", True)
    assert (closed is None) == logged
    epoch = newest(town.journal)
    assert epoch and (epoch.number, epoch.upto, town.journal.size) == (4, 16, 17)
    assert whole(town, 0)[1].startswith(f"{AT}: epoch 4")


KILLED = """
import sys
from pathlib import Path
from meterkeep.ledger import FileSigner, Journal
from meterkeep.ledger.chains.epochs import close
folder, keys = map(Path, sys.argv[1:])
journal = Journal.open(folder, signer=FileSigner(keys))
print("open", flush=True)
for _ in sys.stdin:
    close(journal, by="clerk", at="2026-03-02T08:00:00Z", on="2026-03-02")
"""


def test_a_killed_process_leaves_nothing_half_done(town: Town, keys: Path, make: Make) -> None:
    """Killed after ever more of the time that it takes; whoever comes next ends with the same list for every customer."""
    for delay in range(5):
        town.journal.append([make(subjects=[chain(number) for number in range(9)])])
        environment = {**os.environ, "PYTHONPATH": "src"}
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(town.folder), str(keys)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert process.stdin and process.stdout and process.stdout.readline() == "open\n"
        process.stdin.write("go\n")
        process.stdin.flush()
        try:
            process.wait(timeout=0.003 * delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        close(town.journal, by="clerk", at=AT, on=ON)
        assert whole(town)[0].startswith(f"log.example/synthetic: {7 + delay} entries")
    numbers_ = [entry.detail["epoch"] for _, entry in town.journal.recent(99, "epoch.closed")]
    assert numbers_ == list(range(8, 0, -1))


def test_the_published_epoch_says_nothing_of_anybody(town: Town) -> None:
    document = json.loads((town.folder / "epoch").read_text())
    entry = json.loads(document["epoch"]["entry"])
    assert entry["detail"].keys() == {"epoch", "upto", "chains", "heads"}
    assert verify_file((town.folder / "epoch").read_text(), town.keys) == [
        f"log.example/synthetic: epoch 3 covers the first 14 entries, at {AT}"
    ]


def test_every_head_is_new_in_every_epoch(town: Town) -> None:
    """So that a neighbour's hash in one's own file does not say whether anything happened to the neighbour."""
    before = current(town.journal, ended(town.journal))
    ids, counts, links = before.heads.ids, numbers(before.heads.counts), before.heads.links
    old = heads_of(ids, epoch=4, counts=counts, links=links)
    new = heads_of(ids, epoch=5, counts=counts, links=links)
    assert not {row.tobytes() for row in old} & {row.tobytes() for row in new}


def test_nothing_but_the_entries_goes_into_the_heads(tmp_path: Path, signer: FileSigner, make: Make) -> None:
    roots = []
    for name in ("one", "two"):
        journal = Journal.open(tmp_path / name, signer=signer)
        same = {"nonce": "ab" * 16}
        journal.append(
            [make(id=f"{number:032x}", subjects=[chain(number % 3)], **same) for number in range(9)]
        )
        roots.append(ended(journal).root)
        journal.close()
    assert roots[0] == roots[1]
