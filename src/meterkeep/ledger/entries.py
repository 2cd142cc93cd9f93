"""One line of the log: what happened, under which clauses, to whom, and the digest of what left."""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from meterkeep.errors import BadInput
from meterkeep.ledger.names import EventName

MAX_BYTES = 65_535  # C2SP tlog-tiles: an entry's length is a uint16
MAX_SUBJECTS = 1  # whoever is shown an entry about themselves learns no other chain id: more stand in a set outside of it

Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}\Z")]
IdOrNone = Annotated[str, Meta(pattern=r"^([0-9a-f]{32})?\Z")]
Digest = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")]
Moment = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z\Z")]
Day = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d\Z")]


_RUN = [f"{last:02x}" for last in range(256)]


class _Run(threading.local):
    """What is left of this thread's run of ids."""

    rest: Iterator[str] = iter(())


_run = _Run()
os.register_at_fork(after_in_child=lambda: _run.__dict__.clear())  # or a child would go on with its parent's


def random_id() -> str:
    """128 bits that no other id has: 120 random ones, and then a run of 256, whose neighbours lie side by side in an index.

    A nonce, which nobody may guess, is random all through.
    """
    id = next(_run.rest, "")
    if not id:
        prefix = secrets.token_hex(15)
        _run.rest = iter([prefix + last for last in _RUN])
        id = next(_run.rest)
    return id


def _nonce() -> str:
    return secrets.token_hex(16)


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Text only, no identities: people by their reference, customers by chain id.

    at: when it was recorded, RFC 3339 in UTC. on: the day it takes effect. digest: SHA-256 of exactly what left.
    subjects: the chain ids it concerns, however many; with more than one, what is logged is the Merkle root of the
    sorted set (`subject_set`) and its size, and the set itself stands beside the log. nonce: random, so that nobody
    who sees only hashes can guess the entry. intent: the id of the intent that this outcome answers. lease: the
    process that owns an intent (`leases.current_lease`).
    """

    id: Id = msgspec.field(default_factory=random_id)
    name: str
    at: Moment
    on: Day
    actor: str = ""
    purpose: str = ""
    clauses: list[str] = []
    pack_digest: str = ""
    recipient: str = ""
    outcome: str = ""
    subjects: list[Id] = []
    subject_set: Digest = ""
    subject_count: Annotated[int, Meta(ge=0)] = 0
    intent: IdOrNone = ""
    digest: Digest = ""
    nonce: Id = msgspec.field(default_factory=_nonce)
    lease: str = ""
    detail: dict[str, str | int | list[Any]] = {}


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Entry)
_vocabulary = frozenset(map(str, EventName))


def _plain_form() -> re.Pattern[bytes]:
    """The bytes of nearly every entry: each field of its kind, no text with an escape, a detail of text and integers."""
    text, ids, many = r'"[^"\\]*"', '"[0-9a-f]{32}"', "{0}(?:,{0})*"
    moment, day = r'"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z"', r'"\d{4}-\d\d-\d\d"'
    pair = rf"{text}:(?:{text}|-?\d{{1,18}})"
    forms = {"id": ids, "at": moment, "on": day, "nonce": ids, "intent": ids, "subject_count": r"\d{1,18}"}
    forms |= dict.fromkeys(("pack_digest", "subject_set", "digest"), '"(?:[0-9a-f]{64})?"')
    forms |= {"clauses": rf"\[{many.format(text)}\]", "subjects": rf"\[{many.format(ids)}\]"}
    forms |= {"detail": rf"\{{{many.format(pair)}\}}"}
    first, *rest = [(name, f'"{name}":{forms.get(name, text)}') for name in Entry.__struct_fields__]
    always = ("name", "at", "on", "nonce")
    parts = [f",{part}" if name in always else f"(?:,{part})?" for name, part in rest]
    return re.compile(rf"\{{{first[1]}{''.join(parts)}\}}".encode())


_plain = _plain_form()


def encode(entry: Entry) -> bytes:
    """The entry's canonical bytes: fields in their fixed order, unset ones left out. Checked, so that it reads back."""
    if entry.name not in _vocabulary:
        raise BadInput(
            f"The log has no event named {entry.name!r}.",
            where=f"entry {entry.id}",
            next="Use a name of meterkeep.ledger.EventName.",
        )
    data = _encoder.encode(entry)
    if len(data) > MAX_BYTES:
        raise BadInput(
            f"The entry has {len(data):,} bytes; the log takes at most {MAX_BYTES:,}.",
            where=f"entry {entry.id}",
            next="Put the long part in a file of its own and log its digest.",
        )
    if _plain.fullmatch(data):
        return data
    try:
        _decoder.decode(data)
    except msgspec.ValidationError as error:
        raise BadInput(str(error), where=f"entry {entry.id}", next="Correct the field.") from error
    return data


def decode(data: bytes) -> Entry:
    """Raises msgspec.DecodeError (of which ValidationError is one) where the bytes are no entry."""
    return _decoder.decode(data)
