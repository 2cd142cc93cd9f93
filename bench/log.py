"""The log beside raw SHA-256 of the same bytes: growing the tree, durable batches, proofs, verification."""

from __future__ import annotations

import argparse
import hashlib
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from measure import cpu_seconds

from meterkeep.ledger import Entry, FileSigner, Journal
from meterkeep.ledger.entries import encode
from meterkeep.ledger.merkle import inclusion_path, leaf_hash, root_from_path
from meterkeep.ledger.tiles import Edge, Tile, Tree, bundle, chunks, unbundle, write_tiles

BATCH = 10_000
BATCHES = 4
PROOFS = 5_000


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--folder", type=Path, help="on the disk to be measured; by default the temporary one"
    )
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000], help="logs to prove in"
    )
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        _appending(Path(folder))
    for size in asked.sizes:
        with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
            _proving(Path(folder), size)


def _entries() -> list[Entry]:
    """As the gate writes them: an outcome, with its clauses, its pack, one customer's chain and the digest of what left."""
    return [
        Entry(
            name="disclosure.delivered",
            at="2026-01-01T00:00:00.000000Z",
            on="2026-01-01",
            actor="analyst",
            purpose="power_or_billing",
            clauses=["CEA-04/6.5-b", "US-CA-CCA/2"],
            pack_digest="ab" * 32,
            recipient="contractor-1",
            outcome="permit",
            subjects=[f"{number:032x}"],
            intent="ef" * 16,
            digest="01" * 32,
        )
        for number in range(BATCH)
    ]


def _appending(folder: Path) -> None:
    # As they come from a file or a queue: the encoder's own buffers lie further apart, and cost a quarter more to hash.
    encoded = [data for _, data in unbundle(bundle([encode(entry) for entry in _entries()]))]
    print(f"one batch: {BATCH:,} entries of {len(encoded[0])} bytes")
    raw = _best(lambda: [hashlib.sha256(data).digest() for data in encoded])
    tree = _best(lambda: Edge().extend(encoded))
    batch = _entries()
    whole = _best(lambda: Edge().extend([encode(entry) for entry in batch]))
    _say("raw SHA-256", BATCH / raw, "")
    _say("tree and tiles, pre-encoded", BATCH / tree, f"{raw / tree:.2f} of raw")
    _say("tree and tiles, with encoding", BATCH / whole, f"{raw / whole:.2f} of raw")
    _durable(folder, raw)


def _best(act: Callable[[], object]) -> float:
    """Other work on the machine only ever adds."""
    return cpu_seconds(act, runs=25)


def _durable(folder: Path, raw: float) -> None:
    """Entries in, acknowledged and on disk out: encoding, journal, one sync, tiles, checkpoint; then the index."""
    journal = Journal.open(folder / "ledger", signer=FileSigner.create(folder / "keys"))
    batches = [_entries() for _ in range(BATCHES)]
    seconds, cpu = [], []
    for batch in batches:
        start, begun = time.perf_counter(), time.process_time()
        journal.append(batch)
        seconds.append(time.perf_counter() - start)
        cpu.append(time.process_time() - begun)
    _say("durable, wall clock", BATCH / min(seconds), f"slowest batch {BATCH / max(seconds):,.0f}/s")
    _say("durable, CPU", BATCH / min(cpu), f"{raw / min(cpu):.2f} of raw")
    _say("index, when it is asked for", BATCH * BATCHES / cpu_seconds(lambda: journal.size, runs=1), "CPU")
    journal.close()


def _proving(folder: Path, size: int) -> None:
    """A tree of this size of small entries, its tiles read from disk once before the clock starts."""
    edge = Edge()
    for part in chunks(_small(size), BATCH):
        write_tiles(folder, [(tile, data) for tile, data in edge.extend(part) if tile.level != "entries"])
    write_tiles(folder, [(tile, data) for tile, data in edge.partial() if isinstance(tile.level, int)])
    root, tree = edge.root(), Tree(folder, size)
    chance = random.Random(size)
    near = chance.randrange(size)
    asked = [(near + chance.randrange(20_000)) % size for _ in range(PROOFS)]
    for index in asked:
        tree.subtree(index, index + 1)
    paths: list[list[bytes]] = []
    made = cpu_seconds(lambda: paths.__setitem__(slice(None), _paths(asked, tree, size)))
    leaves = [leaf_hash(b"%d" % index) for index in asked]
    triples = list(zip(asked, leaves, paths, strict=True))
    checked = cpu_seconds(
        lambda: [
            root_from_path(leaf, index=index, size=size, path=path) == root for index, leaf, path in triples
        ]
    )
    hashes = max(map(len, paths))
    _say(f"proofs of {size:,}, warm", PROOFS / made, f"{hashes} hashes each")
    _say("  checked", PROOFS / checked, "")
    shutil.rmtree(folder / Tile(0, 0).path.partition("/")[0])


def _paths(asked: list[int], tree: Tree, size: int) -> list[list[bytes]]:
    return [inclusion_path(index, 0, size, tree.subtree) for index in asked]


def _small(size: int) -> Iterator[bytes]:
    return (b"%d" % index for index in range(size))


def _say(what: str, rate: float, beside: str) -> None:
    print(f"{what:<32} {rate:12,.0f}/s  {beside}")


if __name__ == "__main__":
    main()
