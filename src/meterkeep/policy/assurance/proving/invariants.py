"""What a pack claims of itself: sentences with conditions, read from `invariants.toml` beside the clauses.

    [[invariant]]                       [[comparison]]
    name = "solicitation"               name = "withdrawn"
    says = "… never …"                  says = "Withdrawing … never opens …"
    actions = ["disclose"]              actions = ["disclose"]
    when = ["use.sale"]                 before = ["customer.consent"]
    outcome_never = "permit"            after = ["not customer.consent"]
                                        never_gained = "permit"

An invariant says which outcome never (`outcome_never`) or always (`outcome_always`) comes out where its conditions hold; a
comparison, which outcome is never gained (`never_gained`) or lost (`never_lost`) when a request changes from one set of
conditions to the other and in nothing else. `since` and `until` limit either in time.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.language.clauses import Atom, parse_atom
from meterkeep.policy.language.loading import folder_of
from meterkeep.policy.language.vocabulary import check_action, vocabulary

FILE = "invariants.toml"
OUTCOMES = ("permit", "refuse", "undetermined")
_COMMON = {"name", "says", "actions", "when", "since", "until"}
_KEYS = {
    "invariant": _COMMON | {"outcome_never", "outcome_always"},
    "comparison": _COMMON | {"before", "after", "never_gained", "never_lost"},
    "deliberate": {"clause", "rule", "why"},
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """expects: (never | always | gained | lost, outcome). before and after are those of a comparison, else empty."""

    where: str
    name: str
    says: str
    actions: tuple[str, ...]
    when: tuple[Atom, ...]
    expects: tuple[str, str]
    before: tuple[Atom, ...] = ()
    after: tuple[Atom, ...] = ()
    since: date = date.min
    until: date = date.max

    def about(self, on: date) -> bool:
        return self.since <= on < self.until


@dataclass(frozen=True, slots=True)
class Deliberate:
    """A finding of lint that the pack's author meant: the clause, the rule's name, and why."""

    where: str
    clause: str
    rule: str
    why: str


def read_claims(pack: str | Path) -> list[Claim]:
    """The invariants and comparisons of a pack; none where it has no such file. Raises BadInput that names the entry."""
    table = _table(pack)
    claims = [
        _claim(entry, kind, f"{FILE} {kind} {number}")
        for kind in ("invariant", "comparison")
        for number, entry in enumerate(table.get(kind, ()), 1)
    ]
    names = [claim.name for claim in claims]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise BadInput(f"Two claims are named {double!r}.", where=FILE, next="Give each its own name.")
    return claims


def read_deliberate(pack: str | Path) -> list[Deliberate]:
    return [
        Deliberate(where=f"{FILE} deliberate {number}", **_checked(entry, "deliberate", number))
        for number, entry in enumerate(_table(pack).get("deliberate", ()), 1)
    ]


def _table(pack: str | Path) -> Mapping[str, Any]:
    path = folder_of(pack) / FILE
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"The file cannot be read: {error}.", where=FILE) from error
    if stray := set(table) - set(_KEYS):
        raise BadInput(
            f"There is no {sorted(stray)[0]!r} here.",
            where=FILE,
            next="Write [[invariant]], [[comparison]] or [[deliberate]].",
        )
    return table


def _checked(entry: Mapping[str, Any], kind: str, number: int) -> dict[str, Any]:
    where = f"{FILE} {kind} {number}"
    keys = _KEYS[kind]
    if stray := set(entry) - keys:
        raise BadInput(
            f"There is no key {sorted(stray)[0]!r}.",
            where=where,
            next="The keys are " + ", ".join(sorted(keys)) + ".",
        )
    needed = {"name", "says", "actions"} if kind != "deliberate" else keys
    if missing := needed - set(entry):
        raise BadInput(
            f"It lacks {sorted(missing)[0]!r}.", where=where, next="Write it as docs/policy.md shows."
        )
    return dict(entry)


def _claim(entry: Mapping[str, Any], kind: str, where: str) -> Claim:
    _checked(entry, kind, int(where.rpartition(" ")[2]))
    actions = tuple(vocabulary().actions) if entry["actions"] == ["every"] else tuple(entry["actions"])
    for action in actions:
        check_action(action, where=where)
    return Claim(
        where=where,
        name=entry["name"],
        says=entry["says"],
        actions=actions,
        when=_atoms(entry, "when", where),
        expects=_expects(entry, kind, where),
        before=_atoms(entry, "before", where),
        after=_atoms(entry, "after", where),
        since=entry.get("since", date.min),
        until=entry.get("until", date.max),
    )


def _atoms(entry: Mapping[str, Any], key: str, where: str) -> tuple[Atom, ...]:
    return tuple(parse_atom(text, where=where) for text in entry.get(key, ()))


def _expects(entry: Mapping[str, Any], kind: str, where: str) -> tuple[str, str]:
    keys = ("outcome_never", "outcome_always") if kind == "invariant" else ("never_gained", "never_lost")
    given = [
        (key.removeprefix("outcome_").removeprefix("never_"), entry[key]) for key in keys if key in entry
    ]
    if len(given) != 1 or given[0][1] not in OUTCOMES:
        raise BadInput(
            f"It needs one of {keys[0]} and {keys[1]}.",
            where=where,
            next="Its value is " + ", ".join(OUTCOMES) + ".",
        )
    return given[0]
