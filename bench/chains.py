"""The customers' chains: closing an epoch over a million, of whom few or all have something new; a customer's file; in CPU seconds."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from time import process_time
from typing import TypeVar

from meterkeep.ledger import Entry, FileSigner, Journal
from meterkeep.ledger.chains.epochs import close, current, newest
from meterkeep.ledger.chains.keeping import path_of
from meterkeep.ledger.chains.proving import customer_proof
from meterkeep.ledger.verify import verify_file

Result = TypeVar("Result")
AT, ON = "2026-01-01T00:00:00Z", "2026-01-01"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--chains", type=int, default=1_000_000)
    asked = parser.parse_args()
    rows = random.Random(1)
    ids = [rows.randbytes(16).hex() for _ in range(asked.chains)]
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder), ids, rows.sample(ids, max(1, asked.chains // 100)))


def _measure(folder: Path, ids: list[str], few: list[str]) -> None:
    journal = Journal.open(folder / "ledger", signer=FileSigner.create(folder / "keys"))
    _timed("SHA-256 of 3 short rows for each chain, alone", lambda: _hashes(3 * len(ids)))
    _timed("append one entry about everybody", lambda: journal.append([_about(ids)]))
    _timed(f"close: {len(ids):,} new chains, out of one set", lambda: _close(journal))
    _timed(
        f"append {len(few):,} entries about one each", lambda: journal.append([_about([id]) for id in few])
    )
    _timed(f"close: {len(few):,} of {len(ids):,} changed", lambda: _close(journal))
    journal.append([_about(ids)])
    _timed(f"close: a set of {len(ids):,} folded in", lambda: _close(journal))
    proof = _timed("a customer's file", lambda: customer_proof(journal, few[0], on=ON).text)
    _timed("verify it", lambda: verify_file(proof, None))
    steps = len(json.loads(proof)["head"]["path"])
    print(f"  file: {len(proof):,} bytes, {steps} steps to the root over all heads")
    print(f"  kept beside the log: {path_of(journal.folder).stat().st_size:,} bytes")
    path_of(journal.folder).unlink()
    epoch = newest(journal)
    assert epoch
    _timed("make it again from the log", lambda: current(journal, epoch))


def _about(ids: list[str]) -> Entry:
    return Entry(name="disclosure.delivered", at=AT, on=ON, actor="analyst", subjects=ids)


def _close(journal: Journal) -> None:
    close(journal, by="clerk", at=AT, on=ON)


def _hashes(count: int) -> None:
    row = bytes(64)
    for _ in range(count):
        sha256(row).digest()


def _timed(name: str, work: Callable[[], Result]) -> Result:
    """Once: what it does cannot be done twice."""
    before = process_time()
    result = work()
    print(f"  {name:<55} {process_time() - before:8.2f} s")
    return result
