"""A verifier that shares no code with the log it verifies: `python -m meterkeep.ledger.verify FOLDER|FILE`.

It needs Python and `cryptography`, and may be copied away alone. FOLDER is a log: what is published of it is enough
(`checkpoint`, `public-key`, `tile/`, `handovers/`). Checked are the log's signatures, every entry bundle, every hash tile and the root.
FILE is what a customer was given. Checked are the signatures, that every entry is in the log, and that the list is whole: its
links lead to the one head that the closed epoch's root has for this chain. Formats: C2SP tlog-tiles, tlog-checkpoint,
signed-note, tlog-cosignature and tlog-proof; hashes as in RFC 6962; the customer's file as in docs/log.md. Keys may be those of any time: the log's handovers lead to today's.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

u64 = struct.Struct(">Q").pack
CUSTOMER, EPOCH = "meterkeep customer proof 1", "meterkeep epoch 1"
PARTS = {
    CUSTOMER: {"format", "about", "keys", "checkpoint", "chain", "epoch", "head", "entries", "sets"},
    EPOCH: {"format", "keys", "checkpoint", "epoch"},
}
ABOUT = "cd316813f2963cb86ddc8f9628e0a4fceda2d67b3e045e360d9265eb8ee72235"  # what the file says about itself


class Wrong(Exception):
    """The log or the file does not hold; the text says where."""


# A log


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def tile_file(folder: Path, level: str, index: int, width: int) -> bytes:
    name = f"{index % 1000:03d}"
    while index >= 1000:
        index //= 1000
        name = f"x{index % 1000:03d}/{name}"
    whole = folder / "tile" / level / name
    partial = whole.with_name(f"{whole.name}.p") / str(width)
    path = partial if width < 256 and partial.exists() else whole
    if not path.exists():
        raise Wrong(f"{path.relative_to(folder)} is missing")
    return path.read_bytes()


def entries_of(data: bytes, *, count: int, number: int) -> list[bytes]:
    entries: list[bytes] = []
    for _ in range(count):
        end = 2 + int.from_bytes(data[:2], "big")
        if len(data) < end:
            raise Wrong(f"entry bundle {number} is cut off")
        entries.append(data[2:end])
        data = data[end:]
    if data and count == 256:
        raise Wrong(f"entry bundle {number} is too long")
    return entries


def root_over(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, written as it is defined there."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256()
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return sha256(b"\x01", root_over(hashes[:half]), root_over(hashes[half:]))


def bundle(folder: Path, number: int, size: int) -> list[bytes]:
    """The entries of one bundle of a log of this size."""
    width = min(256, size - number * 256)
    return entries_of(tile_file(folder, "entries", number, width), count=width, number=number)


def leaves(folder: Path, size: int) -> list[bytes]:
    """The leaf hash of every entry, from the bundles."""
    bundles = (bundle(folder, number, size) for number in range((size + 255) // 256))
    return [sha256(b"\x00", entry) for entries in bundles for entry in entries]


def check_sets(folder: Path, size: int) -> None:
    """Where the leaves of sets were fetched too (`set-leaves/ROOT`): each is of as many customers as its entries say."""
    for number in range((size + 255) // 256 if (folder / "set-leaves").is_dir() else 0):
        for entry in map(json.loads, bundle(folder, number, size)):
            if root := entry.get("subject_set"):
                data = (folder / "set-leaves" / root).read_bytes()
                hashes = [data[at : at + 32] for at in range(0, len(data), 32)]
                if root_over(hashes).hex() != root or len(set(hashes)) != entry["subject_count"]:
                    raise Wrong(f"set {root} is not what an entry of bundle {number} says")


def check_tiles(folder: Path, hashes: list[bytes]) -> None:
    """Level by level: each tile holds these hashes, each whole tile gives one hash of the level above."""
    level = 0
    while hashes:
        for first in range(0, len(hashes), 256):
            part = hashes[first : first + 256]
            if tile_file(folder, str(level), first // 256, len(part))[: 32 * len(part)] != b"".join(part):
                raise Wrong(f"tile {first // 256} of level {level} does not hold what the entries say")
        whole = range(0, len(hashes) - 255, 256)
        hashes, level = [root_over(hashes[first : first + 256]) for first in whole], level + 1


def verify(folder: Path, trusted: str, older: str) -> str:
    """trusted: the verifier keys of any time of the log; those after them are followed by the log's handovers."""
    note, keys = (folder / "checkpoint").read_bytes().decode(), trusted.splitlines()
    claimed, begins, times = int(note.split("\n")[1]), list[Head](), [keys]
    for place in sorted(int(path.name) for path in (folder / "handovers").glob("[1-9]*")):
        if place > claimed:
            break
        entry = bundle(folder, (place - 1) // 256, claimed)[(place - 1) % 256]
        keys, before, past = handed_over((folder / f"handovers/{place}").read_bytes().decode(), entry, keys)
        begins, times = [*begins, past], [*times, before, keys]
    head = Head(note, keys, others=True)
    hashes = leaves(folder, head.size)
    check_tiles(folder, hashes)
    check_sets(folder, head.size)
    if root_over(hashes) != head.root:
        raise Wrong("the entries do not have the root that the checkpoint signs")
    if older:
        begins.append(signed_by_any(older, times))
    for past in begins:
        if past.size > head.size or root_over(hashes[: past.size]) != past.root:
            raise Wrong("the log is no continuation of the older checkpoint, or of a handover of its keys")
    return f"{head.origin}: {head.size} entries, root {head.root.hex()}"


def signed_by_any(note: str, times: list[list[str]]) -> Head:
    for keys in times[:-1]:
        with suppress(Wrong):
            return Head(note, keys, others=True)
    return Head(note, times[-1], others=True)


def handed_over(note: Any, entry: bytes, keys: list[str]) -> tuple[list[str], list[str], Head]:
    """The keys to believe after a handover, for whoever believed in `keys`; those before it; its checkpoint, whose last entry
    introduces the new keys, signed by both, and by the new ones alone where the old were lost."""
    told = json.loads(entry)
    before, after, lost = told["detail"]["before"], told["detail"]["after"], told.get("outcome") == "lost"
    if told["name"] != "key.rotated" or not isinstance(before + after, list):
        raise Wrong("a handover's entry introduces no keys")
    head = Head(note, after if lost else before + after, others=True)
    if not set(before) <= set(keys):
        return keys, before, head
    if lost and not set(after) <= set(keys):
        raise Wrong(f"the keys were lost before entry {head.size}: have the new ones from a source you trust")
    return after + [key for key in keys if key not in before + after], before, head


# A customer's file


def unhex(text: Any, size: int, what: str) -> bytes:
    """Lower case only, so that no other text stands for the same bytes."""
    if not isinstance(text, str) or not re.fullmatch(r"([0-9a-f]{2})*", text) or len(text) != 2 * size:
        raise Wrong(f"{what} is not {2 * size} hexadecimal digits")
    return bytes.fromhex(text)


def unbase64(text: Any, what: str, size: int = 32) -> bytes:
    """In its one canonical form. size: 0 for any."""
    try:
        data = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        data = b""
    if base64.b64encode(data).decode() != text or size not in (0, len(data)):
        raise Wrong(f"{what} is not base64 of {size or 'some'} bytes in its one form")
    return data


def number(value: Any, what: str) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise Wrong(f"{what} is not a number")
    return value


def has(part: Any, names: set[str], what: str) -> None:
    if not isinstance(part, dict) or set(part) != names:
        raise Wrong(f"{what} does not have exactly these parts: {', '.join(sorted(names))}")


class Head:
    """A checkpoint that all of the given keys have signed. others: whether witnesses may have signed it, too."""

    def __init__(self, note: Any, keys: Any, *, others: bool = False) -> None:
        text, gap, signatures = note.rpartition("\n\n") if isinstance(note, str) else ("", "", "")
        lines = text.split("\n")
        if not gap or len(lines) != 3 or not signatures.endswith("\n"):
            raise Wrong("the checkpoint is not one")
        self.origin, self.text = lines[0], text + "\n"
        if not re.fullmatch(r"0|[1-9][0-9]{0,17}", lines[1]):
            raise Wrong("the checkpoint's size is not a number")
        self.size, self.root = int(lines[1]), unbase64(lines[2], "the checkpoint's root")
        signed = signatures[:-1].split("\n")
        if not isinstance(keys, list) or (not others and len(signed) != len(keys)):
            raise Wrong("the checkpoint does not have one signature by each of the log's keys")
        lines_of = [signed] * len(keys) if others else [[line] for line in signed]
        kinds = [self.check(key, lines) for key, lines in zip(keys, lines_of, strict=True)]
        if 1 not in kinds or not (others or 6 in kinds):
            raise Wrong("the checkpoint is not signed by an Ed25519 key and an ML-DSA-44 key of the log")

    def check(self, key: Any, lines: list[str]) -> int:
        """That one of the lines is this key's signature; gives the key's kind."""
        name, id, encoded = key.split("+", 2) if isinstance(key, str) and key.count("+") > 1 else ("", "", "")
        raw = unbase64(encoded, "a public key", 0)
        key_id = sha256(name.encode(), b"\n", raw)[:4]
        if id != key_id.hex() or name != self.origin:
            raise Wrong("a public key is not this log's")
        own = [line[len(name) + 3 :] for line in lines if line.startswith(f"— {name} ")]
        found = [unbase64(data, "a signature", 0) for data in own]
        signature = next((data for data in found if data[:4] == key_id), b"")
        try:
            if raw[0] == 1:
                Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature[4:], self.text.encode())
            else:
                message = self.message(signature[4:12])
                MLDSA44PublicKey.from_public_bytes(raw[1:]).verify(signature[12:], message)
        except (InvalidSignature, ValueError):
            raise Wrong("the checkpoint does not carry the log's signature") from None
        return raw[0]

    def message(self, time: bytes) -> bytes:
        name = self.origin.encode()
        own = bytes([len(name)]) + name
        return b"subtree/v1\n\x00" + own + time + own + struct.pack(">QQ", 0, self.size) + self.root

    def index(self, leaf: bytes, proof: Any, what: str) -> int:
        """The place in the log that the proof, half of a tlog-proof, shows for this leaf."""
        lines = proof.split("\n") if isinstance(proof, str) else []
        begins = r"c2sp\.org/tlog-proof@v1\nindex (0|[1-9][0-9]{0,17})\n"
        if len(lines) < 3 or lines[-1] != "" or not re.match(begins, proof):
            raise Wrong(f"{what}: its proof is not a tlog-proof")
        index = int(lines[1][6:])
        path = [unbase64(line, f"{what}: a hash of its proof") for line in lines[2:-1]]
        if up(leaf, index, self.size, path) != self.root:
            raise Wrong(f"{what}: its proof does not lead to the checkpoint: the log has no such entry")
        return index


def up(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """RFC 9162 section 2.1.3.2; empty where the path does not fit index and size."""
    if index >= size:
        return b""
    last, root = size - 1, leaf
    for sibling in path:
        if last == 0:
            return b""
        if index & 1 or index == last:
            root = sha256(b"\x01", sibling, root)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            root = sha256(b"\x01", root, sibling)
        index, last = index >> 1, last >> 1
    return root if last == 0 else b""


class Shown:
    """An entry of the file. told: what it says; empty for a withheld one."""

    def __init__(self, item: Any, head: Head, what: str) -> None:
        withheld = isinstance(item, dict) and "withheld" in item
        has(item, {"withheld", "proof"} if withheld else {"entry", "proof"}, what)
        self.what, self.told = what, {}
        if withheld:
            self.leaf = unhex(item["withheld"], 32, f"{what}: its hash")
        else:
            self.leaf = sha256(b"\x00", item["entry"].encode())
            self.told = json.loads(item["entry"])
        self.index = head.index(self.leaf, item["proof"], what)


class Epoch:
    """What the entry says that closed it."""

    def __init__(self, item: Any, head: Head) -> None:
        self.entry = Shown(item, head, "the epoch's entry")
        told, self.leaf = self.entry.told, self.entry.leaf
        if told.get("name") != "epoch.closed":
            raise Wrong("the epoch's entry closes no epoch")
        detail, self.on, self.at = told["detail"], told["on"], told["at"]
        self.number, self.upto = number(detail["epoch"], "the epoch"), number(detail["upto"], "its end")
        self.root = unhex(detail["heads"], 32, "the root over the heads")
        if self.upto > self.entry.index:
            raise Wrong("the epoch ends after the entry that closes it")


class CustomerFile:
    """The whole file, checked from top to bottom; the first thing that fails raises Wrong."""

    def __init__(self, document: dict[str, Any], head: Head) -> None:
        if sha256("\n".join(document["about"]).encode()).hex() != ABOUT:
            raise Wrong("what the file says about itself was changed")
        self.head, self.sets, self.used = head, document["sets"], set[str]()
        self.chain = unhex(document["chain"], 16, "the chain id")
        self.epoch = Epoch(document["epoch"], head) if document["epoch"] is not None else None
        self.entries = self.read_entries(document["entries"])
        self.links = self.linked()
        self.covered = sum(entry.index < (self.epoch.upto if self.epoch else 0) for entry in self.entries)
        if self.epoch:
            self.check_head(document["head"], self.epoch)
        elif document["head"] is not None:
            raise Wrong("there is a head, and no closed epoch")
        self.withheld = self.check_withheld()

    def read_entries(self, items: Any) -> list[Shown]:
        if not isinstance(items, list) or not isinstance(self.sets, dict):
            raise Wrong("the file has no list of entries and sets")
        entries: list[Shown] = []
        for place, item in enumerate(items, 1):
            entry = Shown(item, self.head, f"entry {place} of the list")
            if entries and entry.index <= entries[-1].index:
                raise Wrong(f"{entry.what} does not come after the one before it")
            if entry.told:
                self.check_subject(entry)
            entries.append(entry)
        if set(self.sets) != self.used:
            raise Wrong("the file holds a set that no entry names")
        return entries

    def check_subject(self, entry: Shown) -> None:
        """It concerns this customer, by the chain id itself or as a member of the set that the entry names."""
        root = entry.told.get("subject_set", "")
        if root:
            self.check_member(entry, root)
        elif self.chain.hex() not in entry.told.get("subjects", []):
            raise Wrong(f"{entry.what} is not about this customer")

    def check_member(self, entry: Shown, root: str) -> None:
        self.used.add(root)
        part, what = self.sets.get(root), f"{entry.what}: the proof that its set holds the customer"
        has(part, {"salt", "place", "path"}, what)
        leaf = sha256(b"\x00", unbase64(part["salt"], what), self.chain)
        path = [unbase64(hash, what) for hash in part["path"]]
        size = number(entry.told["subject_count"], what)
        if up(leaf, number(part["place"], what), size, path).hex() != root:
            raise Wrong(f"{what} does not lead to the set's root")

    def linked(self) -> list[bytes]:
        """The chain's links, one for each entry, each over the one before."""
        links = [bytes(32)]
        for sequence, entry in enumerate(self.entries, 1):
            told = self.chain, u64(sequence), links[-1], u64(entry.index), entry.leaf
            links.append(sha256(b"meterkeep chain link\n", *told))
        return links

    def check_head(self, part: Any, epoch: Epoch) -> None:
        """The head commits to exactly these entries, and stands where the epoch's root has this chain's."""
        has(part, {"count", "link", "path", "instead"}, "the head")
        count, key = number(part["count"], "the head's count"), sha256(b"meterkeep chain key\n", self.chain)
        if count != self.covered:
            raise Wrong(f"the head counts {count} entries of this customer; the file shows {self.covered}")
        if part["link"] != (self.links[count].hex() if count else ""):
            raise Wrong("the entries are not those of the chain's head: one is missing or another's")
        told = self.chain, u64(epoch.number), u64(count), self.links[count]
        leaf = sha256(b"\x00", key, sha256(b"meterkeep chain head\n", *told))
        if not count:
            leaf = self.absent(part, key)
        elif part["instead"] is not None:
            raise Wrong("the head is another chain's")
        if down(leaf, key, part["path"]) != epoch.root:
            raise Wrong("the head is not the one that the closed epoch has for this chain")

    def absent(self, part: Any, key: bytes) -> bytes:
        """The leaf where a chain without entries would stand; empty for a tree without any chain."""
        other = part["instead"]
        if other is None and part["path"] == []:
            return b""
        has(other, {"key", "head"}, "the leaf in this chain's place")
        found = unhex(other["key"], 32, "the key in this chain's place")
        if found == key:
            raise Wrong("the epoch has a head for this chain, and the file does not show it")
        return sha256(b"\x00", found, unhex(other["head"], 32, "the head in this chain's place"))

    def check_withheld(self) -> dict[int, tuple[str, str]]:
        """Index → (until, clause) of what is withheld, each with the entry that says so."""
        said = {}
        for entry in self.entries:
            if entry.told.get("name", "").startswith("withholding."):
                detail, clause = entry.told["detail"], " ".join(entry.told.get("clauses", []))
                said[detail["leaf"]] = (detail["until"], clause)
        found = {}
        for entry in (entry for entry in self.entries if not entry.told):
            if entry.leaf.hex() not in said:
                raise Wrong(f"{entry.what} is withheld, and no entry says until when")
            until, _ = found[entry.index] = said[entry.leaf.hex()]
            if self.epoch and until <= self.epoch.on:
                raise Wrong(f"{entry.what} is withheld, though that ended on {until}")
        return found


def down(leaf: bytes, key: bytes, path: Any) -> bytes:
    """The root that a leaf leads to in the tree of heads: at each node the key's bit says on which side it stands."""
    if not leaf:
        return sha256()
    deeper = 256
    for step in reversed(path if isinstance(path, list) else [0]):
        if not isinstance(step, list) or len(step) != 2 or not 0 <= number(step[0], "a depth") < deeper:
            raise Wrong("the head's path is not one")
        deeper, sibling = step[0], unbase64(step[1], "a hash of the head's path")
        right = key[deeper // 8] >> 7 - deeper % 8 & 1
        sides = (sibling, leaf) if right else (leaf, sibling)
        leaf = sha256(b"\x01", bytes([deeper]), *sides)
    return leaf


def read_file(text: str, keys: str | None) -> tuple[dict[str, Any], Head]:
    """The document, in the one form in which it is written, and its checkpoint. keys: those the reader trusts."""
    document = json.loads(text) if text.startswith("{") else None
    if not isinstance(document, dict) or document.get("format") not in PARTS:
        raise Wrong("this is not a file of the log: its format is unknown")
    has(document, PARTS[document["format"]] | ({"handovers"} & set(document)), "the file")
    if json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n" != text:
        raise Wrong("the file is not written in the one form that it has")
    head = Head(document["checkpoint"], document["keys"])
    if keys is not None and not set(document["keys"]) <= set([*followed(document, keys.splitlines())][-1]):
        raise Wrong("the file is signed by other keys than those you trust")
    return document, head


def followed(document: dict[str, Any], keys: list[str]) -> Any:
    """The keys of each time, from those that the reader trusts to today's, by the handovers that the file holds."""
    yield keys
    for place, part in enumerate(document.get("handovers", []), 1):
        has(part, {"checkpoint", "entry", "proof"}, f"handover {place}")
        keys, _, head = handed_over(part["checkpoint"], part["entry"].encode(), keys)
        if head.index(sha256(b"\x00", part["entry"].encode()), part["proof"], "a handover") != head.size - 1:
            raise Wrong("a handover's entry is not the last of its checkpoint")
        yield keys


def verify_file(
    text: str, keys: str | None, *, chain: str = "", newest: str = "", earlier: str = ""
) -> list[str]:
    """What a customer's file, or the log's epoch, shows, in sentences. Raises Wrong at the first thing that fails."""
    document, head = read_file(text, keys)
    if document["format"] == EPOCH:
        epoch = Epoch(document["epoch"], head)
        return [f"{head.origin}: epoch {epoch.number} covers the first {epoch.upto} entries, at {epoch.at}"]
    found = CustomerFile(document, head)
    if chain and found.chain.hex() != chain:
        raise Wrong("the file is about another chain than yours")
    if keys is not None:
        keys = "\n".join(key for some in followed(document, keys.splitlines()) for key in some)
    if newest:
        check_newest(found, newest, keys)
    if earlier:
        check_earlier(found, earlier, keys)
    return list(sentences(found, head))


def check_newest(found: CustomerFile, text: str, keys: str | None) -> None:
    """The file is no older than the epoch that everybody can see."""
    public = Epoch(*other_file(text, keys, EPOCH, found))
    if found.epoch is None or found.epoch.number < public.number:
        raise Wrong(f"the file is from before epoch {public.number}: it shows an older head")
    if found.epoch.number == public.number and found.epoch.leaf != public.leaf:
        raise Wrong(f"the file's epoch {public.number} is not the one that everybody sees")


def check_earlier(found: CustomerFile, text: str, keys: str | None) -> None:
    """The list begins with that of an earlier file of the same customer."""
    old = CustomerFile(*other_file(text, keys, CUSTOMER, found))
    if old.chain != found.chain:
        raise Wrong("the earlier file is about another chain")
    if old.head.size > found.head.size:
        raise Wrong("the earlier file is of a longer log: the log was set back, or the files were swapped")
    if found.links[: len(old.links)] != old.links:
        raise Wrong("the list does not continue that of the earlier file")


def other_file(text: str, keys: str | None, format: str, found: CustomerFile) -> tuple[Any, Head]:
    try:
        document, head = read_file(text, keys)
    except Wrong as problem:
        raise Wrong(f"the file to compare with: {problem}") from problem
    if document["format"] != format or head.origin != found.head.origin:
        raise Wrong(f"the file to compare with is no {format!r} of this log")
    return document["epoch"] if format == EPOCH else document, head


def sentences(found: CustomerFile, head: Head) -> Any:
    if found.epoch:
        yield f"{head.origin}: {found.covered} entries about chain {found.chain.hex()}, which are all up to"
        yield f"{found.epoch.at}: epoch {found.epoch.number}, over the log's first {found.epoch.upto} entries."
    else:
        yield f"{head.origin}: NOT SHOWN TO BE COMPLETE: no epoch has been closed yet"
    if later := len(found.entries) - found.covered:
        yield f"{later} later: in the log; whether there are more, the next epoch will show."
    for entry in found.entries:
        until, clause = found.withheld.get(entry.index, ("", ""))
        told = entry.told
        if until:
            yield f"  {entry.index}: withheld until {until} or longer, under {clause}"
        else:
            words = (told.get(name) for name in ("at", "name", "purpose", "actor", "recipient"))
            yield f"  {entry.index}: {' '.join(filter(None, words))}"


OPTIONS = {
    "--older": "of a log: file of a checkpoint kept from before",
    "--newest": "of a customer's file: the epoch that the log publishes, /log/epoch",
    "--earlier": "of a customer's file: one kept from before",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="verify", description="Verify a log, or a customer's file.")
    parser.add_argument("path", type=Path, metavar="FOLDER|FILE")
    parser.add_argument("--key", type=Path, help="file of verifier keys from a source you trust")
    parser.add_argument("--chain", default="", help="of a customer's file: your chain id, as you know it")
    for option, says in OPTIONS.items():
        parser.add_argument(option, type=Path, help=says)
    asked = parser.parse_args()
    if not (asked.path.is_file() or (asked.path / "checkpoint").exists()):
        sys.stderr.write("There is no log here: no file named checkpoint.\n")
        return 2
    try:
        result = check(asked)
    except (OSError, RecursionError) as error:
        sys.stderr.write(f"This cannot be read: {error}\n")
        return 2
    except (Wrong, ValueError, LookupError, TypeError, AttributeError) as error:
        sys.stdout.write(f"TAMPERED: {error}\n")
        return 1
    sys.stdout.write("OK: " + "\n".join(result) + "\n")
    return 3 if "NOT SHOWN" in result[0] else 0


def text_of(path: Path | None) -> str:
    return path.read_bytes().decode() if path else ""


def check(asked: argparse.Namespace) -> list[str]:
    if asked.path.is_dir():
        return [verify(asked.path, text_of(asked.key or asked.path / "public-key"), text_of(asked.older))]
    keys = text_of(asked.key) if asked.key else None
    others = {"newest": text_of(asked.newest), "earlier": text_of(asked.earlier)}
    untrusted = "The keys are those in the file itself; --key takes them from a source you trust."
    told = verify_file(text_of(asked.path), keys, chain=asked.chain, **others)
    return told if keys else [*told, untrusted]


if __name__ == "__main__":
    sys.exit(main())
