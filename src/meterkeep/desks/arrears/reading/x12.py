"""X12 820 (remittance) and 810 (invoice) as utilities send them to suppliers, release 4010: account, amount and day, no more.

820: each RMR is one account's payment; RMR02 after the qualifier 12 is the utility's account number, RMR04 the amount paid, below zero where a
payment is taken back. BPR02 is the sum of all RMR04, BPR16 the day of settlement, DTM*809 the day of posting. 810: BIG01 the bill's day, REF*12 the
account, ITD06 the net due date, TDS01 the total in cents. Loops and codes beyond these differ from state to state and are not read.
Source: the public implementation guidelines of Pennsylvania, New Jersey, Delaware, Maryland and Maine for both sets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from meterkeep.desks.arrears.kinds import FileKind
from meterkeep.desks.arrears.reading.rows import Bad, Read, Reject, Row, cents_of, day_of
from meterkeep.errors import BadInput

_ISA = 106
_ACCOUNT = "12"
_CCYYMMDD = "%Y%m%d"
Segment = tuple[int, list[str]]
"""Its number in the file, and its elements."""


def looks_like_x12(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(3) == b"ISA"


def read_x12(path: Path, *, as_of: date) -> Read:
    """All transactions of the file, which are of one kind. Raises BadInput where the envelope, a count or a total is not right:
    of a file whose own sums do not add up, nothing is kept."""
    segments = _segments(path)
    sets = list(_transactions(segments, path))
    kinds = {one[0][1][1] for one in sets}
    if kinds == {"820"}:
        return _read(FileKind.PAYMENTS, "x12-820", sets, _payments, path, as_of)
    if kinds == {"810"}:
        return _read(FileKind.BILLS, "x12-810", sets, _bill, path, as_of)
    raise BadInput(
        f"The file holds X12 {', '.join(sorted(kinds)) or 'without a transaction'}.",
        where=str(path),
        next="Overdue accounts come from 810 (bills) or 820 (payments), one kind to a file.",
    )


Part = Callable[[list[Segment], Path, date], Iterator[Row | Reject]]


def _read(
    kind: FileKind, format: str, sets: list[list[Segment]], part: Part, path: Path, as_of: date
) -> Read:
    found = [one for segments in sets for one in part(segments, path, as_of)]
    rows = tuple(one for one in found if isinstance(one, Row))
    return Read(kind, format, rows, tuple(one for one in found if isinstance(one, Reject)))


def _segments(path: Path) -> list[Segment]:
    try:
        text = path.read_bytes().decode("ascii")
    except UnicodeDecodeError:
        raise BadInput(
            "An X12 file is plain ASCII.", where=str(path), next="Ask the sender for it again."
        ) from None
    if len(text) < _ISA or not text.startswith("ISA"):
        raise BadInput("The file has no X12 envelope.", where=str(path), next="Check which file it is.")
    between, end = text[3], text[_ISA - 1]
    parts = (part.strip() for part in text.split(end))
    return [(number, part.split(between)) for number, part in enumerate(parts, 1) if part]


def _transactions(segments: list[Segment], path: Path) -> Iterator[list[Segment]]:
    if segments[-1][1][0] != "IEA":
        raise BadInput(
            "The file ends before its envelope does.", where=str(path), next="Ask the sender for it again."
        )
    current: list[Segment] = []
    for number, elements in segments:
        if elements[0] == "ST":
            current = [(number, [*elements, "", ""])]
        elif elements[0] == "SE" and current:
            current.append((number, elements))
            if elements[1:2] != [str(len(current))]:
                raise BadInput(
                    "A transaction does not have as many segments as it says.",
                    where=f"{path}, segment {number}",
                    next="Ask the sender for it again.",
                )
            yield current
            current = []
        elif current:
            current.append((number, elements))
    if current:
        raise BadInput("A transaction has no end.", where=str(path), next="Ask the sender for it again.")


def _payments(segments: list[Segment], path: Path, as_of: date) -> Iterator[Row | Reject]:
    header = next((elements for _, elements in segments if elements[0] == "BPR"), [])
    told: list[tuple[int, list[str], str]] = []
    for number, elements in segments:
        if elements[0] == "RMR":
            told.append((number, elements, _at(header, 16)))
        elif elements[0] == "DTM" and _at(elements, 1) == "809" and told:
            told[-1] = (*told[-1][:2], _at(elements, 2))
    found = [_payment(number, elements, day, as_of) for number, elements, day in told]
    total = sum(one.cents or 0 for one in found)
    unread = any(one.cents is None for one in found)
    if not header or (not unread and abs(_total(header, path)) != abs(total)):
        raise BadInput(
            "The payments do not add up to the amount that the remittance names (BPR02).",
            where=str(path),
            next="Ask the sender for it again; nothing of it was kept.",
        )
    yield from found


def _total(header: list[str], path: Path) -> int:
    try:
        return cents_of(_at(header, 2), "BPR02")
    except Bad as bad:
        raise BadInput(bad.why, where=str(path), next="Ask the sender for it again.") from None


def _payment(number: int, elements: list[str], day: str, as_of: date) -> Row | Reject:
    cents = None
    try:
        cents = cents_of(_at(elements, 4), "RMR04")
        if _at(elements, 1) != _ACCOUNT or not _at(elements, 2):
            raise Bad("account_number", "RMR names no account of the utility (qualifier 12).")
        return Row(number, _at(elements, 2), cents, _known_day(day, as_of))
    except Bad as bad:
        return Reject(number, bad.rule, bad.why, cents)


def _bill(segments: list[Segment], path: Path, as_of: date) -> Iterator[Row | Reject]:
    """One account to a transaction."""
    first = {elements[0]: elements for _, elements in reversed(segments)}
    accounts = [
        _at(elements, 2) for _, elements in segments if elements[0] == "REF" and _at(elements, 1) == _ACCOUNT
    ]
    line, cents = segments[0][0], None
    try:
        total = _at(first.get("TDS", []), 1)
        if not total.lstrip("-").isdecimal() or len(total) > 15:
            raise Bad("amount", "TDS01 is no total in cents.")
        cents = int(total)
        if len(set(accounts)) != 1 or not accounts[0]:
            raise Bad("account_number", "It names no account of the utility (REF*12), or several.")
        due = day_of(_at(first.get("ITD", []), 6), "ITD06", _CCYYMMDD)
        if due is None and cents > 0:
            raise Bad("due_date", "It has no due date (ITD06), from which its days are counted.")
        yield Row(line, accounts[0], cents, _known_day(_at(first.get("BIG", []), 1), as_of), due)
    except Bad as bad:
        yield Reject(line, bad.rule, bad.why, cents)


def _known_day(text: str, as_of: date) -> date:
    day = day_of(text, "The day", _CCYYMMDD)
    if day is None:
        raise Bad("day", "It does not say on which day.")
    if day > as_of:
        raise Bad("future", f"It tells of {day}, after the file's own day.")
    return day


def _at(elements: list[str], place: int) -> str:
    return elements[place].strip() if place < len(elements) else ""
