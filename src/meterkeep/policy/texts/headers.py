"""The block at the head of a policy: subject, effective date, number, what it supersedes, staff contact, pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from meterkeep.policy.texts.scan import policy_id
from meterkeep.policy.texts.source import Line
from meterkeep.policy.texts.votes import is_signing, names_role

_LABEL = re.compile(
    r"(?<![A-Za-z])(subject|effective date|policy\s*#|number|index|supersedes|staff contact|#\s*of pages|pages)(?![A-Za-z])\s*:?",
    re.I,
)
_NAMES = {"policy": "number", "number": "number", "pages": "pages"}
_DATE = re.compile(
    r"((?:January|February|March|April|May|June|July|August|September|October|November|December)\s+\d{1,2},?\s+\d{4})"
)
REACH = 6  # lines that a block runs over at most
LETTERHEAD = 3


@dataclass(frozen=True, slots=True)
class Header:
    """first, last: places in the list of lines; pages: as the block says, which may be wrong; "" or None: left blank."""

    first: int
    last: int
    number: str
    subject: str
    effective: date | None
    supersedes: str
    contact: str
    pages: int | None


def find_headers(lines: Sequence[Line]) -> list[Header]:
    starts = [place for place, line in enumerate(lines) if _begins(line.text)]
    return [
        replace(header, first=letterhead(lines, place))
        for place in starts
        if (header := _header(lines, place))
    ]


def letterhead(lines: Sequence[Line], place: int) -> int:
    """Where the printed names above a block begin: short lines in capitals or title case that end no sentence."""
    first, names = place, 0
    for above in range(place - 1, -1, -1):
        text = lines[above].text.strip()
        if names == LETTERHEAD or (text and not _is_name(text)):
            break
        first, names = (above, names + 1) if text else (first, names)
    return first


def _is_name(text: str) -> bool:
    words = [word for word in text.split() if len(word) > 3]
    if is_signing(text) or names_role(text):
        return False
    return (
        0 < len(text) <= 60
        and bool(words)
        and text[-1].isalpha()
        and all(word[0].isupper() for word in words)
    )


def date_in(text: str) -> date | None:
    """The first date written out in English, such as February 20, 2020."""
    match = _DATE.search(text)
    if match is None:
        return None
    try:
        return datetime.strptime(" ".join(match[1].replace(",", " ").split()), "%B %d %Y").date()  # noqa: DTZ007 - a calendar day, no instant
    except ValueError:
        return None


def _begins(text: str) -> bool:
    labels = _labels(text)
    return labels[:1] == ["subject"] and "effective date" in labels


def _labels(text: str) -> list[str]:
    return [_name(match[1]) for match in _LABEL.finditer(text)]


def _name(label: str) -> str:
    plain = " ".join(label.lower().replace("#", " ").split())
    return _NAMES.get(plain.removeprefix("of "), plain)


def _header(lines: Sequence[Line], first: int) -> Header | None:
    values: dict[str, str] = {}
    place, ends = first, min(first + REACH, len(lines))
    while place < ends:
        place = _take_row(lines, place, ends, values)
        if "pages" in values:
            return _made(values, first, place - 1)
    return None


def _take_row(lines: Sequence[Line], place: int, ends: int, values: dict[str, str]) -> int:
    """Reads one row of labels, its values beside them or on the lines below; the place after it."""
    text = lines[place].text
    matches = list(_LABEL.finditer(text))
    stops = [match.start() for match in matches[1:]] + [len(text)]
    beside = {
        _name(match[1]): text[match.end() : stop].strip() for match, stop in zip(matches, stops, strict=True)
    }
    if not matches or any(beside.values()):
        values.update(beside)
        return place + 1
    below = [place + 1]
    while below[-1] + 1 < ends and not _labels(lines[below[-1] + 1].text) and len(below) < 2:
        below.append(below[-1] + 1)
    if "pages" in beside:
        below = below[:1]
    values.update(_dealt(list(beside), " ".join(lines[one].text.strip() for one in below)))
    return below[-1] + 1


def _dealt(names: list[str], row: str) -> dict[str, str]:
    """The values of a row of labels, told apart by what they look like."""
    if "effective date" in names:
        match = _DATE.search(row)
        return {"effective date": match[1] if match else "", "subject": _DATE.sub("", row).strip()}
    words = row.split()
    pages = words.pop() if words and words[-1].isdigit() else ""
    number = words.pop(0) if words else ""
    supersedes = words.pop(0) if words and (words[0].upper() == "N/A" or policy_id(words[0])) else ""
    return {"number": number, "supersedes": supersedes, "staff contact": " ".join(words), "pages": pages}


def _made(values: dict[str, str], first: int, last: int) -> Header:
    pages = re.search(r"\d+", values.get("pages", ""))
    supersedes = values.get("supersedes", "")
    return Header(
        first=first,
        last=last,
        number=policy_id(values.get("number", "")) or values.get("number", ""),
        subject=" ".join(values.get("subject", "").split()),
        effective=date_in(values.get("effective date", "")),
        supersedes="" if supersedes.upper() == "N/A" else supersedes,
        contact=values.get("staff contact", ""),
        pages=int(pages[0]) if pages else None,
    )
