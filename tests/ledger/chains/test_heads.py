"""The chains of all customers at once are what going through the log customer by customer gives."""

from __future__ import annotations

import struct
from hashlib import sha256
from random import Random

import pytest

from meterkeep.ledger.chains import heads as module
from meterkeep.ledger.chains.heads import Heads, Told


def plain(entries: list[Told]) -> dict[bytes, tuple[int, bytes]]:
    """Chain id → (count, newest link), by definition."""
    found: dict[bytes, tuple[int, bytes]] = {}
    for entry in entries:
        for at in range(0, len(entry.ids), 16):
            id = entry.ids[at : at + 16]
            count, link = found.get(id, (0, bytes(32)))
            told = struct.pack(">Q", count + 1) + link + struct.pack(">Q", entry.index) + entry.leaf
            found[id] = (count + 1, sha256(b"meterkeep chain link\n" + id + told).digest())
    return found


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_they_are_what_one_after_the_other_gives(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    random = Random(7)
    people = [random.randbytes(16) for _ in range(30)] + [bytes(16), bytes(15) + b"\1", b"\1" + bytes(15)]
    entries = [
        Told(
            index * 3,
            random.randbytes(32),
            b"".join(sorted(random.sample(people, random.choice((1, 1, 2, 20))))),
        )
        for index in range(60)
    ]
    heads = Heads.none()
    heads.take_in(iter(entries[:25]), 75)
    heads.take_in(iter(entries[25:]), 180)
    rows = zip(heads.ids, heads.counts.tolist(), heads.links, strict=True)
    assert {id.tobytes(): (count, link.tobytes()) for id, count, link in rows} == plain(entries)
    keys = [key.tobytes() for key in heads.keys]
    assert keys == sorted(sha256(b"meterkeep chain key\n" + id.tobytes()).digest() for id in heads.ids)
    assert heads.upto == 180


def test_without_entries_there_are_none() -> None:
    heads = Heads.none()
    heads.take_in(iter(()), 12)
    assert (len(heads), heads.upto) == (0, 12)
