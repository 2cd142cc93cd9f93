"""What shows an entry to be in the log, and the newest epoch as a file for everyone: `epoch`."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meterkeep.ledger.errors import Tampered
from meterkeep.ledger.files import write_whole
from meterkeep.ledger.handovers import Handover, handovers
from meterkeep.ledger.merkle import inclusion_path, leaf_hash, root_from_path
from meterkeep.ledger.notes import Checkpoint, read_checkpoint, read_public_keys
from meterkeep.ledger.proofs import published_checkpoint
from meterkeep.ledger.tiles import WIDTH, Tree, read_bundle

EPOCH_FORMAT = "meterkeep epoch 1"
_FIRST_LINE = "c2sp.org/tlog-proof@v1"


def dumped(document: Mapping[str, Any]) -> str:
    """The one form in which a document is written: what differs from it by a byte is another."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def base64_of(hashes: list[bytes]) -> list[str]:
    return [b64encode(hash).decode() for hash in hashes]


class Published:
    """The log as it stands, at one checkpoint. keys: the log's own; note: the checkpoint with their signatures only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.keys = (folder / "public-key").read_text().splitlines()
        self.checkpoint = read_checkpoint(published_checkpoint(folder))
        self.note = _own_signatures(self.checkpoint, self.keys)
        self._tree = Tree(folder, self.checkpoint.size)

    @property
    def handovers(self) -> list[dict[str, str]]:
        """How the log's keys followed each other, oldest first: for whoever trusts earlier ones. Raises NoteError."""
        found = handovers(self._folder)
        return [self._handover(one) for one in found if one.checkpoint.size <= self.size]

    def _handover(self, one: Handover) -> dict[str, str]:
        size, keys = one.checkpoint.size, [str(key) for key in (*one.before, *one.after)]
        entry = self.entry(size - 1)
        return {
            "checkpoint": _own_signatures(one.checkpoint, keys),
            "entry": entry.decode(),
            "proof": _proof(Tree(self._folder, size), one.checkpoint, size - 1, entry),
        }

    @property
    def size(self) -> int:
        return self.checkpoint.size

    def entry(self, index: int) -> bytes:
        return read_bundle(self._folder, index=index // WIDTH, size=self.size)[index % WIDTH]

    def proof(self, index: int, entry: bytes) -> str:
        """The first half of a C2SP tlog-proof; a blank line and the checkpoint make it whole."""
        return _proof(self._tree, self.checkpoint, index, entry)

    def shown(self, index: int) -> dict[str, str]:
        """An entry in full, and that it is in the log."""
        entry = self.entry(index)
        return {"entry": entry.decode(), "proof": self.proof(index, entry)}


def _proof(tree: Tree, checkpoint: Checkpoint, index: int, entry: bytes) -> str:
    path = inclusion_path(index, 0, checkpoint.size, tree.subtree)
    if root_from_path(leaf_hash(entry), index=index, size=checkpoint.size, path=path) != checkpoint.root:
        raise Tampered(
            "The tiles do not lead to the checkpoint.",
            where=f"entry {index}",
            next="Run `meterkeep ledger verify` to see where.",
        )
    return "\n".join([_FIRST_LINE, f"index {index}", *base64_of(path), ""])


def _own_signatures(checkpoint: Checkpoint, keys: list[str]) -> str:
    """Those of witnesses are left out: whoever checks a customer's file has the log's keys and perhaps no others."""
    starts = {key.line(b"")[: len(key.name) + 8] for key in read_public_keys("\n".join(keys))}
    lines = checkpoint.note.removeprefix(checkpoint.text + "\n").splitlines(keepends=True)
    own = [line for line in lines if any(line.startswith(start) for start in starts)]
    return f"{checkpoint.text}\n{''.join(own)}"


def publish(folder: Path, index: int) -> None:
    """The closed epoch whose entry this is. It names no customer, so anyone may have it and hold a customer's file to it."""
    log = Published(folder)
    document = {
        "format": EPOCH_FORMAT,
        "keys": log.keys,
        "checkpoint": log.note,
        "epoch": log.shown(index),
    }
    write_whole(folder / "epoch", dumped(document).encode(), durable=True)


def published_epoch(folder: Path) -> str:
    """The file's text, or "" where no epoch was closed."""
    try:
        return (folder / "epoch").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def is_published(folder: Path, index: int) -> bool:
    try:
        document = json.loads((folder / "epoch").read_bytes())
        begins = str(document["epoch"]["proof"]).startswith(f"{_FIRST_LINE}\nindex {index}\n")
        return begins and document["keys"] == (folder / "public-key").read_text().splitlines()
    except (OSError, ValueError, KeyError, TypeError):
        return False
