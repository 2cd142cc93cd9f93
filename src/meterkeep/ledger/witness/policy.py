"""Whose cosignatures a checkpoint needs: a file in C2SP tlog-policy form."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from meterkeep.errors import BadInput
from meterkeep.ledger.notes import (
    OF_LOGS,
    OF_WITNESSES,
    Checkpoint,
    NoteError,
    PublicKey,
    read_public_key,
    signed_by,
)

NONE = "none"
_FORBIDDEN = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")


@dataclass(frozen=True)
class Eye:
    """A witness of the policy. url: where checkpoints are sent to (`URL/add-checkpoint`), "" where none is given."""

    name: str
    key: PublicKey
    url: str = ""


@dataclass
class Policy:
    """logs: whose checkpoints count; none: any that the reader knows otherwise. groups: name → (how many, of whom)."""

    logs: list[PublicKey] = field(default_factory=list)
    eyes: dict[str, Eye] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def satisfied_by(self, names: Collection[str]) -> bool:
        """Whether these witnesses are enough."""
        return self.quorum == NONE or self._witnessed(self.quorum, names)

    def _witnessed(self, name: str, by: Collection[str]) -> bool:
        if name not in self.groups:
            return name in by
        least, members = self.groups[name]
        return sum(self._witnessed(member, by) for member in members) >= least

    def witnesses_of(self, checkpoint: Checkpoint) -> list[str]:
        """The names of those whose cosignature it carries. Raises NoteError where a line of one of them does not fit."""
        return [eye.name for eye in self.eyes.values() if signed_by(checkpoint, eye.key)]

    def in_words(self) -> str:
        return "no cosignature" if self.quorum == NONE else self._in_words(self.quorum)

    def _in_words(self, name: str) -> str:
        if name not in self.groups:
            return name
        least, members = self.groups[name]
        return (
            f"{least} of ({', '.join(map(self._in_words, members))})"
            if members[1:]
            else self._in_words(members[0])
        )


def read_policy(data: bytes) -> Policy:
    """Raises BadInput with the number of the line that is wrong."""
    if found := _FORBIDDEN.search(data):
        raise _wrong(data[: found.start()].count(b"\n") + 1, "holds a control character")
    policy, members = Policy(), set[str]()
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        words = re.findall(r"[^ \t]+", line)
        if words and not words[0].startswith("#"):
            try:
                _take(policy, members, words)
            except ValueError as error:
                raise _wrong(number, str(error)) from None
    if not policy.quorum:
        raise BadInput(
            "The policy names no quorum.",
            where="policy",
            next="End it with a line `quorum NAME`, or `quorum none`.",
        )
    return policy


def _wrong(line: int, what: str) -> BadInput:
    return BadInput(
        f"The line {what}.", where=f"policy: line {line}", next="Correct it as C2SP tlog-policy says."
    )


def _take(policy: Policy, members: set[str], words: list[str]) -> None:
    match words:
        case ["log", key, *url] if len(url) < 2:
            policy.logs.append(_key(key, OF_LOGS, policy.logs))
        case ["witness", name, key, *url] if len(url) < 2:
            _check_new(policy, name)
            known = [eye.key for eye in policy.eyes.values()]
            policy.eyes[name] = Eye(name, _key(key, OF_WITNESSES, known), "".join(url))
        case ["group", name, least, *of] if of:
            _check_new(policy, name)
            policy.groups[name] = (_least(least, len(of)), _members(policy, members, of))
        case ["quorum", name] if not policy.quorum:
            if name != NONE and name not in {*policy.eyes, *policy.groups}:
                raise ValueError(f"names {name}, which no line before it defines")
            policy.quorum = name
        case _:
            raise ValueError("is none of `log`, `witness`, `group` and one `quorum`")


def _key(text: str, kinds: tuple[int, ...], known: list[PublicKey]) -> PublicKey:
    try:
        key = read_public_key(text)
    except (NoteError, UnicodeEncodeError):
        raise ValueError("has no verifier key where one belongs") from None
    if key.kind not in kinds:
        raise ValueError("has a key of a kind that is not for this")
    if key.raw in [other.raw for other in known]:
        raise ValueError("repeats a key")
    return key


def _check_new(policy: Policy, name: str) -> None:
    if name == NONE or name in {*policy.eyes, *policy.groups}:
        raise ValueError(f"gives the name {name} a second time")


def _least(text: str, count: int) -> int:
    if text in ("any", "all"):
        return 1 if text == "any" else count
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= count):
        raise ValueError(f"wants a number from 1 to {count}, `any` or `all`")
    return int(text)


def _members(policy: Policy, members: set[str], names: list[str]) -> list[str]:
    """Each defined name may be a member once, so that each witness counts in one way only."""
    for name in names:
        if name not in {*policy.eyes, *policy.groups}:
            raise ValueError(f"names {name}, which no line before it defines")
        if name in members:
            raise ValueError(f"makes {name} a member a second time")
        members.add(name)
    return names
