"""The act by which documents were adopted, as `adoption.toml` beside a pack says it: who, when, by which vote, signed how.

kind      = "board_resolution"      # or administrative, web_notice, statute, archive
number    = "2020-002"
title     = "Approving five policies"
body      = "Board of Directors"
adopted   = 2020-02-20
effective = 2020-02-20
meeting   = { on = 2020-02-20, item = "6", pages = "1-21" }
[votes]                             # a roll call: names under each answer
[[recital]] [[section]] [[signature]] [[attachment]]
[document.CEA-04]                   # its header block, as printed
[source]                            # where all this was read

It records the act. What the documents then permit stands in the pack; nothing here decides.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

from meterkeep.errors import BadInput
from meterkeep.policy.language.loading import folder_of
from meterkeep.policy.language.sentences import Sentence

KINDS = ("board_resolution", "administrative", "web_notice", "statute", "archive")
SIGNED = ("signed", "illegible", "missing")
FILE = "adoption.toml"
MISSING, MISSING_UNDER = (
    "The signature of the %(role)s is missing.",
    "The signature of the %(role)s under %(place)s is missing.",
)
ILLEGIBLE, ILLEGIBLE_UNDER = (
    "The signature of the %(role)s is illegible.",
    "The signature of the %(role)s under %(place)s is illegible.",
)
_SEVERAL = ("recital", "section", "signature", "attachment")


@dataclass(frozen=True)
class Meeting:
    on: date
    item: str = ""
    pages: str = ""  # of the agenda item


@dataclass(frozen=True)
class Votes:
    """The roll call. members: seats of the body, 0 where the record does not say. detached: names stand apart from the
    answers in what was read, so that the roll was put together by hand."""

    ayes: tuple[str, ...] = ()
    noes: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    abstain: tuple[str, ...] = ()
    result: str = ""
    members: int = 0
    detached: bool = False

    @property
    def roll(self) -> dict[str, tuple[str, ...]]:
        return {"ayes": self.ayes, "noes": self.noes, "absent": self.absent, "abstain": self.abstain}

    @property
    def taken(self) -> bool:
        return any(self.roll.values())

    @property
    def counted(self) -> str:
        return f"{len(self.ayes)}-{len(self.noes)}"


@dataclass(frozen=True)
class Passage:
    """A recital or a section, in our own words; `on` where it names a day."""

    says: str
    id: str = ""
    on: date | None = None


@dataclass(frozen=True)
class Signature:
    """document: "" where the act itself is signed. state: signed, illegible or missing."""

    role: str
    state: str
    name: str = ""
    on: date | None = None
    document: str = ""


@dataclass(frozen=True)
class Attachment:
    """sha256: digest of the file that is kept, "" where none is."""

    title: str
    sha256: str = ""


@dataclass(frozen=True)
class Header:
    """The header block of one document. pages: as it says; pages_run: as many as there are, 0 where nobody counted."""

    subject: str = ""
    effective: date | None = None
    number: str = ""
    supersedes: str = ""
    staff_contact: str = ""
    pages: int = 0
    pages_run: int = 0
    aliases: tuple[str, ...] = ()
    anchor: str = ""


@dataclass(frozen=True)
class Provenance:
    """Where the record was read. authoritative: false where the text itself says that another one is."""

    file: str = ""
    lines: str = ""
    authoritative: bool = True
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class AdoptionRecord:
    """from_, to: of the report that put it before the body. operational: since when the provider serves customers, from
    which day on audits and yearly reports are due; None where nobody has recorded it."""

    kind: str = "board_resolution"
    number: str = ""
    title: str = ""
    body: str = ""
    adopted: date | None = None
    effective: date | None = None
    meeting: Meeting | None = None
    from_: str = ""
    to: str = ""
    legal_basis: tuple[str, ...] = ()
    operational: date | None = None
    votes: Votes = field(default_factory=Votes)
    recital: tuple[Passage, ...] = ()
    section: tuple[Passage, ...] = ()
    signature: tuple[Signature, ...] = ()
    attachment: tuple[Attachment, ...] = ()
    document: Mapping[str, Header] = field(default_factory=dict)
    source: Provenance = field(default_factory=Provenance)

    @property
    def digest(self) -> str:
        """Of all that the record says, for the log."""
        said = json.dumps(asdict(self), sort_keys=True, default=str)
        return hashlib.sha256(said.encode()).hexdigest()

    def changed(self, **said: Any) -> Self:
        """The record with what is given now. Where that contradicts it, it tells of another act, and the vote, the signatures
        and the papers of this one are not that one's."""
        new = {name: value for name, value in said.items() if value not in (None, "")}
        another = any(getattr(self, name) not in (None, "", value) for name, value in new.items())
        emptied: dict[str, Any] = dict.fromkeys(_SEVERAL, ()) if another else {}
        if another:
            emptied |= {"votes": Votes(), "meeting": None, "source": Provenance()}
        return replace(self, **{**emptied, **new})


def adoption_of(pack: str | Path) -> AdoptionRecord | None:
    """The record beside the pack, or None where there is none."""
    path = folder_of(pack) / FILE
    return read_adoption(path) if path.is_file() else None


def read_adoption(path: Path) -> AdoptionRecord:
    """Raises BadInput that names the key at fault."""
    table = _toml(path)
    if "from" in table:
        table["from_"] = table.pop("from")
    record: AdoptionRecord = _filled(AdoptionRecord, table, path.name)
    return record


def read_votes(path: Path) -> Votes:
    """A file that holds the roll call alone, or beneath `[votes]`."""
    table = _toml(path)
    votes: Votes = _filled(Votes, table.get("votes", table), path.name)
    return votes


def problems(record: AdoptionRecord) -> list[str]:
    """What cannot be true of the record, in sentences; empty where it holds together."""
    return [*_dates(record), *_roll_call(record), *_signatures(record)]


def _dates(record: AdoptionRecord) -> Iterator[str]:
    if record.kind not in KINDS:
        yield f"{record.kind!r} is no kind of adoption: {', '.join(KINDS)}."
    if record.adopted and record.effective and record.effective < record.adopted:
        yield f"It takes effect on {record.effective}, before it is adopted on {record.adopted}."
    if record.meeting and record.adopted and record.meeting.on != record.adopted:
        yield f"The meeting was on {record.meeting.on}, the adoption on {record.adopted}."


def _roll_call(record: AdoptionRecord) -> Iterator[str]:
    votes = record.votes
    if not votes.taken:
        return
    named = [name.casefold().strip() for names in votes.roll.values() for name in names]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        yield f"{twice[0].title()} stands twice in the roll call."
    if "" in named:
        yield "A name in the roll call is empty."
    if votes.result and votes.result != votes.counted:
        yield f"The names count {votes.counted}, the result says {votes.result}."
    if len(votes.ayes) <= len(votes.noes):
        yield f"With {votes.counted} it was not adopted."
    if votes.members and len(named) > votes.members:
        yield f"{len(named)} are named, and the body has {votes.members} members."
    if votes.members and 2 * (len(named) - len(votes.absent)) <= votes.members:
        yield f"No quorum: of {votes.members} members {len(named) - len(votes.absent)} were there."


def _signatures(record: AdoptionRecord) -> Iterator[str]:
    for one in record.signature:
        if one.state not in SIGNED:
            yield f"The signature of the {one.role} is {one.state!r}, which is none of {', '.join(SIGNED)}."
        elif one.state == "signed" and not one.name:
            yield f"The {one.role} signed, and no name is given."


def findings(record: AdoptionRecord) -> list[Sentence]:
    """What the record leaves open: nothing that stops it, and each a task for somebody."""
    return [*_open_act(record), *_open_headers(record)]


def _open_act(record: AdoptionRecord) -> Iterator[Sentence]:
    if not record.votes.taken and record.kind == "board_resolution":
        yield Sentence("The roll call is not recorded.")
    if record.votes.detached:
        yield Sentence(
            "Names and answers of the roll call stand apart in what was read; compare it with the minutes."
        )
    yield from _open_signatures(record)
    for attachment in record.attachment:
        if not attachment.sha256:
            yield Sentence("The file of “%(title)s” is not kept.", title=attachment.title)
    if record.operational is None and record.kind in ("board_resolution", "administrative"):
        yield Sentence(
            "The day since which customers are served is not recorded; yearly reports count from it."
        )
    if not record.source.authoritative:
        yield Sentence("What was read is not the authoritative text: compare it with the original.")


def _open_signatures(record: AdoptionRecord) -> Iterator[Sentence]:
    unsigned = [one for one in record.signature if one.state != "signed"]
    for role, state in dict.fromkeys((one.role, one.state) for one in unsigned):
        under = [one.document for one in unsigned if (one.role, one.state) == (role, state) and one.document]
        missing = state == "missing"
        if under:
            place = ", ".join(under)
            yield Sentence(MISSING_UNDER if missing else ILLEGIBLE_UNDER, role=role, place=place)
        else:
            yield Sentence(MISSING if missing else ILLEGIBLE, role=role)


def _open_headers(record: AdoptionRecord) -> Iterator[Sentence]:
    headers = record.document
    if unnamed := [name for name, header in headers.items() if header.subject and not header.staff_contact]:
        yield Sentence("No staff contact is named in %(documents)s.", documents=", ".join(unnamed))
    for name, header in headers.items():
        if header.pages and header.pages_run and header.pages != header.pages_run:
            yield Sentence(
                "%(document)s says %(said)s pages and runs %(run)s.",
                document=name,
                said=header.pages,
                run=header.pages_run,
            )
    if other := [f"{name}: {', '.join(one.aliases)}" for name, one in headers.items() if one.aliases]:
        yield Sentence("Also written otherwise: %(names)s.", names="; ".join(other))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"The file cannot be read: {error}.", where=path.name) from error


_PARTS: dict[str, type] = {
    "meeting": Meeting,
    "votes": Votes,
    "recital": Passage,
    "section": Passage,
    "signature": Signature,
    "attachment": Attachment,
    "document": Header,
    "source": Provenance,
}


def _filled(cls: type[Any], table: Any, where: str) -> Any:
    """A dataclass of this module from a table, every key and kind of value checked."""
    if not isinstance(table, dict):
        raise BadInput("A table of keys and values belongs here.", where=where)
    known = {one.name: one for one in fields(cls)}
    if stray := set(table) - set(known):
        wanted = ", ".join(name.rstrip("_") for name in known)
        raise BadInput(f"There is no key {min(stray)!r} here.", where=where, next=f"The keys are {wanted}.")
    values = {name: _value(cls, name, value, f"{where} {name.rstrip('_')}") for name, value in table.items()}
    try:
        return cls(**values)
    except TypeError as error:
        raise BadInput(f"A key is missing: {error}.", where=where) from error


def _value(cls: type[Any], name: str, value: Any, where: str) -> Any:
    if cls is AdoptionRecord and name in _PARTS:
        return _part(name, value, where)
    default = next(one for one in fields(cls) if one.name == name).type
    wants = str(default)
    if "tuple" in wants and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    plain = {"str": str, "int": int, "bool": bool, "date": date, "date | None": date}.get(wants)
    if plain is None or type(value) is not plain:
        raise BadInput(f"{value!r} is not what belongs here: {_said(wants)}.", where=where)
    return value


def _part(name: str, value: Any, where: str) -> Any:
    """`[[recital]]` and its like are lists of tables, `[document.NAME]` is a table of tables, the others are one table."""
    part = _PARTS[name]
    if name in _SEVERAL:
        if not isinstance(value, list):
            raise BadInput(f"Write [[{name}]], with two brackets.", where=where)
        return tuple(_filled(part, entry, f"{where} {place}") for place, entry in enumerate(value, 1))
    if name == "document" and isinstance(value, dict):
        return {key: _filled(part, entry, f"{where}.{key}") for key, entry in value.items()}
    return _filled(part, value, where)


def _said(wants: str) -> str:
    words = {"str": "a text", "int": "a whole number", "bool": "true or false"}
    return words.get(wants, "a day such as 2020-02-20" if "date" in wants else "a list of texts")
