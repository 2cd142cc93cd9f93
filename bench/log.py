"""The log beside raw SHA-256 of the same entries: one batch, made durable."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from measure import cpu_seconds

from meterkeep.ledger import Entry, FileSigner, Journal

ENTRIES = 10_000


def main() -> None:
    raw = cpu_seconds(lambda: [hashlib.sha256(b"x" * 250).digest() for _ in range(ENTRIES)])
    ours = cpu_seconds(_append)
    print(f"{'raw SHA-256':<20} {ENTRIES / raw:12,.0f} entries/CPU s")
    print(f"{'log, one batch':<20} {ENTRIES / ours:12,.0f} entries/CPU s  {ours / raw:5.1f} × raw")


def _append() -> None:
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        journal = Journal.open(Path(folder) / "ledger", signer=FileSigner.create(keys))
        at = "2026-01-01T00:00:00.000000Z"
        journal.append(
            [Entry(name="access.intent", at=at, on="2026-01-01", actor="analyst") for _ in range(ENTRIES)]
        )
