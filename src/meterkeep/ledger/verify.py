"""A verifier that shares no code with the log it verifies: `python -m meterkeep.ledger.verify FOLDER`.

It needs what is published, and no more: `checkpoint`, `public-key`, `tile/`. It needs Python and `cryptography`, may be
copied away alone, and checks the log's Ed25519 signature, every entry bundle, every hash tile and the root.
Formats: C2SP tlog-tiles, tlog-checkpoint and signed-note; hashes as in RFC 6962.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Wrong(Exception):
    """The log does not hold; the text says where."""


def tile_file(folder: Path, level: str, index: int, width: int) -> bytes:
    name = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        name = f"x{index % 1000:03d}/{name}"
    whole = folder / "tile" / level / name
    partial = whole.with_name(f"{whole.name}.p") / str(width)
    path = partial if width < 256 and partial.exists() else whole
    try:
        return path.read_bytes()
    except OSError:
        raise Wrong(f"{path.relative_to(folder)} is missing") from None


def entries_of(data: bytes, *, count: int, number: int) -> list[bytes]:
    entries: list[bytes] = []
    while data and len(entries) < count:
        length = int.from_bytes(data[:2], "big")
        entries.append(data[2 : 2 + length])
        data = data[2 + length :]
        if len(entries[-1]) < length:
            break
    else:
        if len(entries) == count and (not data or count < 256):
            return entries
    raise Wrong(f"entry bundle {number} is cut off or too long")


def root_over(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, written as it is defined there."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\x01" + root_over(hashes[:half]) + root_over(hashes[half:])).digest()


def leaves(folder: Path, size: int) -> list[bytes]:
    """The leaf hash of every entry, from the bundles."""
    hashes = []
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        data = tile_file(folder, "entries", number, width)
        for entry in entries_of(data, count=width, number=number):
            hashes.append(hashlib.sha256(b"\x00" + entry).digest())
    return hashes


def check_tiles(folder: Path, hashes: list[bytes]) -> None:
    """Level by level: each tile holds these hashes, each whole tile gives one hash of the level above."""
    level = 0
    while hashes:
        for first in range(0, len(hashes), 256):
            part = hashes[first : first + 256]
            if tile_file(folder, str(level), first // 256, len(part))[: 32 * len(part)] != b"".join(part):
                raise Wrong(f"tile {first // 256} of level {level} does not hold what the entries say")
        whole = range(0, len(hashes) - 255, 256)
        hashes = [root_over(hashes[first : first + 256]) for first in whole]
        level += 1


def signed_head(note: str, key: str) -> tuple[str, int, bytes]:
    """(origin, size, root) of a checkpoint that carries this key's Ed25519 signature."""
    text, _, signatures = note.rpartition("\n\n")
    name, _, encoded = key.split("+", 2)
    raw = base64.b64decode(encoded)
    key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    try:
        origin, size, root = text.split("\n")[:3]
        lines = [line.split(" ") for line in signatures.splitlines()]
        found = [base64.b64decode(line[2], validate=True) for line in lines if line[:2] == ["—", name]]
        signature = next(data[4:] for data in found if data[:4] == key_id)
        Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature, f"{text}\n".encode())
        return origin, int(size), base64.b64decode(root)
    except (ValueError, IndexError, StopIteration, InvalidSignature):
        raise Wrong("the checkpoint does not carry the log's signature") from None


def ed25519_key(text: str) -> str:
    """Of verifier keys, one a line, the one of kind 1."""
    for line in text.splitlines():
        if base64.b64decode(line.split("+", 2)[2])[0] == 1:
            return line
    raise Wrong("there is no Ed25519 public key")


def verify(folder: Path, key: str, older: str) -> str:
    origin, size, root = signed_head((folder / "checkpoint").read_text(), key)
    hashes = leaves(folder, size)
    check_tiles(folder, hashes)
    if (root_over(hashes) if hashes else hashlib.sha256().digest()) != root:
        raise Wrong("the entries do not have the root that the checkpoint signs")
    if older:
        _, old_size, old_root = signed_head(older, key)
        past = hashes[:old_size]
        if old_size > size or (root_over(past) if past else hashlib.sha256().digest()) != old_root:
            raise Wrong("the log is no continuation of the older checkpoint")
    return f"{origin}: {size} entries, root {root.hex()}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="verify", description="Verify a published log.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--key", type=Path, help="file of verifier keys from a source you trust")
    parser.add_argument("--older", type=Path, help="file of a checkpoint kept from before")
    asked = parser.parse_args()
    if not (asked.folder / "checkpoint").exists():
        sys.stderr.write("There is no log here: no file named checkpoint.\n")
        return 2
    try:
        key = ed25519_key((asked.key or asked.folder / "public-key").read_text())
        result = verify(asked.folder, key, asked.older.read_text() if asked.older else "")
    except (Wrong, OSError, ValueError, IndexError) as error:
        sys.stdout.write(f"TAMPERED: {error}\n")
        return 1
    sys.stdout.write(f"OK: {result}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
