"""A customer's file: that each entry of their list is in the log, and that the list is whole up to the last closed epoch."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from meterkeep.ledger.chains.epochs import Epoch, current, newest, settled
from meterkeep.ledger.chains.hashes import heads_of, keys_of, numbers, rows_of
from meterkeep.ledger.chains.keeping import Kept
from meterkeep.ledger.chains.publishing import Published, base64_of, dumped
from meterkeep.ledger.chains.withholding import withholdings
from meterkeep.ledger.entries import decode
from meterkeep.ledger.errors import Tampered
from meterkeep.ledger.merkle import leaf_hash
from meterkeep.ledger.sets import member

if TYPE_CHECKING:
    from meterkeep.ledger.journal import Journal

FORMAT = "meterkeep customer proof 1"
ABOUT = (
    "This file lists what the log says about one customer, and proves it.",
    "Each entry comes with the hashes that lead from it to the log's signed checkpoint.",
    "The epoch's entry signs one root over the heads of all customers' chains. The head of this chain counts the entries"
    " of this list up to the end of the epoch, so none is missing and none was added.",
    "Entries after the end of the epoch are proven to be in the log. That none of these is missing shows once the next"
    " epoch is closed: ask for a new file then.",
    "An entry that law keeps secret for a time is counted and shown by its hash, with the entry that says until when.",
    "Check it offline: python -m meterkeep.ledger.verify FILE, or docs/log.md for how to do it without Meterkeep.",
    "Keep the chain id to yourself: it finds you in the log. Keep this file: a later one must continue it.",
)


class CustomerProof(NamedTuple):
    """text: the file. entries: how many it lists; later: those of them after the last closed epoch."""

    text: str
    entries: int
    later: int


def customer_proof(journal: Journal, chain: str, *, on: str) -> CustomerProof:
    """on: the day that says what is still withheld. Raises Tampered where no proof can be made."""
    settled(journal)
    epoch = newest(journal)
    state = current(journal, epoch) if epoch else None
    log = Published(journal.folder)
    entries = [(index, entry) for index, entry in journal.for_subject(chain) if index < log.size]
    day = max(on, epoch.on) if epoch else on  # what the epoch's day has shown stays shown
    hidden = {leaf for leaf, one in withholdings(entries).items() if one.holds(day)}
    shown = [_shown(log, index, hidden) for index, _ in entries]
    named = {decode(item["entry"].encode()).subject_set for item in shown if "entry" in item}
    document = {
        "format": FORMAT,
        "about": list(ABOUT),
        "keys": log.keys,
        "checkpoint": log.note,
        "chain": chain,
        "epoch": log.shown(epoch.index) if epoch else None,
        "head": _head(chain, state, epoch, [index for index, _ in entries]) if state and epoch else None,
        "entries": shown,
        "sets": {root: _membership(journal, root, chain) for root in named - {""}},
    }
    if log.handovers:
        document["handovers"] = log.handovers
    later = sum(index >= (epoch.upto if epoch else 0) for index, _ in entries)
    return CustomerProof(dumped(document), len(entries), later)


def _shown(log: Published, index: int, hidden: set[str]) -> dict[str, str]:
    entry = log.entry(index)
    leaf = leaf_hash(entry).hex()
    if leaf in hidden:
        return {"withheld": leaf, "proof": log.proof(index, entry)}
    return {"entry": entry.decode(), "proof": log.proof(index, entry)}


def _membership(journal: Journal, root: str, chain: str) -> dict[str, Any]:
    proof = member(journal.folder, root, chain)
    if proof is None:
        raise Tampered("A set does not hold whom it was found for.", where=f"sets/{root}")
    return {
        "salt": b64encode(proof.salt).decode(),
        "place": proof.place,
        "path": base64_of(proof.path),
    }


def _head(chain: str, state: Kept, epoch: Epoch, indices: Sequence[int]) -> dict[str, Any]:
    """The chain's head and the way to the root; for a chain without entries, whose leaf stands where its own would."""
    id = rows_of(bytes.fromhex(chain), 16)
    key = keys_of(id).tobytes()
    found = state.find(key)
    if found is None:
        return {"count": 0, "link": "", "path": [], "instead": None}
    path = [[depth, b64encode(hash).decode()] for depth, hash in found.path]
    heads = state.heads
    at = slice(found.place, found.place + 1)
    count = int(heads.counts[found.place])
    own = state.is_at(found.place, key)
    if sum(index < epoch.upto for index in indices) != (count if own else 0):
        raise Tampered(
            "The customer's chain does not count the entries that the log has.", where=f"epoch {epoch.number}"
        )
    if own:
        return {
            "count": count,
            "link": heads.links[found.place].tobytes().hex(),
            "path": path,
            "instead": None,
        }
    head = heads_of(
        heads.ids[at], epoch=epoch.number, counts=numbers(heads.counts[at]), links=heads.links[at]
    )
    instead = {"key": heads.keys[found.place].tobytes().hex(), "head": head.tobytes().hex()}
    return {"count": 0, "link": "", "path": path, "instead": instead}
