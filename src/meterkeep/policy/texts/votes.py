"""Who adopted a text: the resolution's number, the roll call, the signatures, as far as the scan lets them be read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from meterkeep.policy.texts.scan import is_noise
from meterkeep.policy.texts.source import Line

VOTES = ("ayes", "noes", "absent", "abstain")
_VOTE = re.compile(r"^\s*(ayes?|yeas?|noes|nays?|absent|abstain(?:ed|ing)?|abstentions?)\s*:\s*(.*)$", re.I)
_RESOLUTION = re.compile(r"\bresolution\s*(?:no\.?|#)?\s*#?\s*(\d{2,4}-\d{1,4})\b", re.I)
_ROLE = re.compile(
    r"\b(chair(?:man|woman|person)?|mayor|president|manager|officer|director|clerk|secretary)\b", re.I
)
_MARK = re.compile(r"^\s*(approved|attest|signed|date)\s*:?\s*$", re.I)
_ACT = re.compile(r"^\s*(approved|attest)\s*:\s*$", re.I)
_NUMERIC_DATE = re.compile(r"^\s*\d{1,2}[-/]\d{1,2}[-/]\d{2,4}\s*$")
_NAME_DATE = re.compile(r"^(.{3,60}?)\s+Date:?\s*$")


@dataclass(frozen=True)
class RollCall:
    """Each vote with the names as printed; detached: the labels stood apart from the names."""

    votes: Mapping[str, tuple[str, ...]]
    lines: tuple[int, int]
    detached: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """state: illegible where the scan shows marks, typed where only the printed name is there; legible: what can be read."""

    legible: str
    role: str
    state: str
    line: int


def resolution_number(lines: Sequence[Line]) -> str:
    return next((match[1] for line in lines if (match := _RESOLUTION.search(line.text))), "")


def roll_call(lines: Sequence[Line]) -> RollCall | None:
    """Labels and names may stand on separate lines: as many lines of names follow as labels stood empty."""
    written = [line for line in lines if line.text.strip()]
    first = next((place for place, line in enumerate(written) if _VOTE.match(line.text)), None)
    return None if first is None else _called(written[first:])


def _called(lines: Sequence[Line]) -> RollCall:
    labels = list(takewhile(bool, (_VOTE.match(line.text) for line in lines)))
    votes = {_label(match[1]): _names(match[2]) for match in labels if match}
    empty = [_label(match[1]) for match in labels if match and not match[2].strip()]
    below = lines[len(labels) : len(labels) + len(empty)] if len(empty) == len(labels) else []
    votes |= {label: _names(line.text) for label, line in zip(empty, below, strict=False)}
    last = below[-1] if below else lines[len(labels) - 1]
    return RollCall(votes, (lines[0].number, last.number), detached=bool(below))


def _label(printed: str) -> str:
    first = printed.lower()
    if first[0] in "ya" and first[:3] in ("aye", "yea"):
        return "ayes"
    return "noes" if first[0] == "n" else "absent" if first == "absent" else "abstain"


def _names(printed: str) -> tuple[str, ...]:
    names = [name.strip(" .") for name in re.split(r",|;|\band\b", printed)]
    return tuple(name for name in names if name and name.lower() not in ("none", "n/a"))


def signatures(lines: Sequence[Line]) -> list[Signature]:
    """Every place where somebody signed or should have."""
    found = _beside_marks(lines)
    for place, line in enumerate(lines):
        text = line.text.strip()
        if match := _NAME_DATE.match(text):
            role = lines[place + 1].text.strip() if place + 1 < len(lines) else ""
            if _ROLE.search(role):
                state = "illegible" if place and is_noise(lines[place - 1].text) else "missing"
                found.append(Signature(match[1], role, state, line.number))
        elif _attested(text) and all(line.number not in (one.line, one.line + 1) for one in found):
            name, _, role = text.partition(",")
            found.append(Signature(name.strip(" ~"), role.strip(), _state(lines, place), line.number))
    return sorted(found, key=lambda one: one.line)


def _beside_marks(lines: Sequence[Line]) -> list[Signature]:
    """Under APPROVED and ATTEST, which a scan may set in a row, the signatures follow in the same order."""
    found = []
    for place, line in enumerate(lines):
        marks = list(takewhile(bool, (_ACT.match(other.text) for other in lines[place : place + 4])))
        first = not (place and _ACT.match(lines[place - 1].text))
        if (
            marks
            and first
            and not _NAME_DATE.match("".join(one.text for one in lines[place + len(marks) :][:1]))
        ):
            below = [
                one
                for one in lines[place + len(marks) :][:6]
                if is_noise(one.text) or _attested(one.text.strip())
            ]
            found += [
                _scrawled(act[1], below[k] if k < len(below) else line) for k, act in enumerate(marks) if act
            ]
    return found


def _scrawled(act: str, line: Line) -> Signature:
    text = line.text.strip()
    name, _, role = text.partition(",") if _attested(text) else ("", "", act.lower())
    missing = not is_noise(text) and not _attested(text)
    return Signature(name.strip(" ~"), role.strip(), "missing" if missing else "illegible", line.number)


def _attested(text: str) -> bool:
    """`NAME, Board Secretary` and nothing else on the line."""
    name, comma, role = text.partition(",")
    return bool(
        comma
        and ":" not in name
        and len(text) < 60
        and _ROLE.search(role)
        and 0 < len(name.split()) <= 4
        and role.strip(" .")[-1:].isalpha()
    )


def _state(lines: Sequence[Line], place: int) -> str:
    """A typed name with a date below was signed; marks above or before it are a signature nobody can read."""
    before = lines[place - 1].text if place else ""
    after = lines[place + 1].text if place + 1 < len(lines) else ""
    if is_noise(before) or not lines[place].text.strip()[:1].isalpha():
        return "illegible"
    return "signed" if _NUMERIC_DATE.match(after) or _is_dated(lines, place) else "missing"


def _is_dated(lines: Sequence[Line], place: int) -> bool:
    return any(_NUMERIC_DATE.match(line.text) for line in lines[place + 1 : place + 5])


def names_role(text: str) -> bool:
    """Whether the line names an office, as under a signature."""
    return bool(_ROLE.search(text))


def is_signing(text: str) -> bool:
    """Lines of a signature block, which belong to no clause."""
    return bool(
        _MARK.match(text)
        or _NUMERIC_DATE.match(text)
        or _NAME_DATE.match(text.strip())
        or _attested(text.strip())
    )
