"""The log beside raw SHA-256 of the same bytes: growing the tree, durable batches, proofs, verification."""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from measure import cpu_seconds

from meterkeep.ledger import Entry, FileSigner, Journal
from meterkeep.ledger.entries import encode
from meterkeep.ledger.frames import frame
from meterkeep.ledger.journal import Encoded
from meterkeep.ledger.merkle import inclusion_path, leaf_hash, root_from_path
from meterkeep.ledger.tiles import Edge, Tile, Tree, bundle, chunks, unbundle, write_tiles

BATCH = 10_000
BATCHES = 20
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
    print(f"one batch: {BATCH:,} entries of {len(encoded[0])} bytes, for each second of CPU and of the clock")
    raw = _stage("raw SHA-256", lambda: [hashlib.sha256(data).digest() for data in encoded])
    _stage("tree and tiles in memory", lambda: Edge().extend(encoded), raw)
    _journal_alone(folder, encoded, raw)
    _durable(folder, raw)


def _stage(what: str, act: Callable[[], object], raw: _Spent | None = None, *, runs: int = 15) -> _Spent:
    return _tell(what, min_each(_spent(act) for _ in range(runs)), raw)


class _Spent(NamedTuple):
    """Seconds for one batch."""

    cpu: float
    wall: float


def _spent(act: Callable[[], object]) -> _Spent:
    start, begun = time.perf_counter(), time.process_time()
    act()
    return _Spent(time.process_time() - begun, time.perf_counter() - start)


def min_each(runs: Iterable[_Spent]) -> _Spent:
    """Other work on the machine only ever adds."""
    return _Spent(*map(min, zip(*runs, strict=True)))


def _tell(what: str, spent: _Spent, raw: _Spent | None) -> _Spent:
    beside = f"{raw.cpu / spent.cpu:.2f} and {raw.wall / spent.wall:.2f} of raw" if raw else ""
    print(f"{what:<40} {BATCH / spent.cpu:12,.0f}/s CPU {BATCH / spent.wall:12,.0f}/s clock  {beside}")
    return spent


def _journal_alone(folder: Path, encoded: list[bytes], raw: _Spent) -> None:
    """One frame and one sync a batch, and nothing else."""
    with (folder / "frames").open("wb", buffering=0) as file:

        def write() -> None:
            for part in frame(encoded):
                file.write(part)
            os.fdatasync(file.fileno())

        _stage("journal alone: frame, write, sync", write, raw, runs=8)
    (folder / "frames").unlink()


def _durable(folder: Path, raw: _Spent) -> None:
    """What `append` does, in its parts: each batch is measured through all of them, so that their sums are of one run."""
    journal = Journal.open(folder / "ledger", signer=FileSigner.create(folder / "keys"))
    parts: dict[str, list[_Spent]] = {"encoding": [], "appending": [], "index": []}
    for _ in range(BATCHES):
        batch, ready = _entries(), list[Encoded]()
        parts["encoding"].append(_spent(lambda to=ready, given=batch: to.extend(journal.encoded(given))))
        parts["appending"].append(_spent(lambda given=ready: journal.append_encoded(given)))
        parts["index"].append(_spent(lambda: journal.size))
    journal.close()
    sums = {
        "durable, from encoded entries": ("appending",),
        "  the same and its index": ("appending", "index"),
        "durable, from entries": ("encoding", "appending"),
        "  the same and its index: everything": ("encoding", "appending", "index"),
    }
    for what, names in sums.items():
        runs = [
            _Spent(*map(sum, zip(*each, strict=True)))
            for each in zip(*map(parts.__getitem__, names), strict=True)
        ]
        _tell(what, min_each(runs), raw)
    whole = [sum(each) for each in zip(*([one.wall for one in part] for part in parts.values()), strict=True)]
    print(
        f"  slowest batch {BATCH / max(whole):,.0f}/s clock, mean {BATCH * BATCHES / sum(whole):,.0f}/s clock"
    )


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
