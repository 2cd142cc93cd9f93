"""Cuts the lines of one document at its clause numbers, also where a scan set a number apart from its heading or its text.

A heading whose number stood alone further up takes the first number still waiting. A heading that announces a text
(`4.4 Secondary Purpose:`) takes the first sentence after the next bare number, whose own text follows it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from meterkeep.policy.texts.passages import Draft, Passage
from meterkeep.policy.texts.scan import is_noise
from meterkeep.policy.texts.source import Line
from meterkeep.policy.texts.votes import is_signing

Number = tuple[int, ...]
GROUPED = (
    "Procedure",
    "Procedures",
    "Policy",
)  # sections whose clauses stand in groups with titles of their own
SKIPPED = 2  # numbers that may be missing between two clauses; a larger jump is a figure in the text

_NUMBERED = re.compile(r"^(?:[-•*]\s*)?(\d{1,2}(?:\.\d{1,2}){1,3})\.?(?:\s+(.*))?$")
_LETTERED = re.compile(r"^(?:\(([a-z])\)|([a-z])\))\s+(.*)$")
_BULLET = re.compile(r"^(?:[•▪●*]|-(?=\s)|\d{1,2}\.(?=\s))\s*(.*)$")
_HEADING = re.compile(
    r"^(purpose|scope|organi[sz]ations? affected|references?|definitions?(?: of terms)?|policy|procedures?|background|authority|"
    r"responsibilit(?:y|ies)|applicability)\s*(?:$|[:\-–—]\s*(.*)$)",
    re.I,
)
_TITLES = (
    re.compile(r"^([A-Za-z][^.;:]{2,60}?)(?::\s*|\s+[-–—]\s*|\s*[-–—]\s+)(.*)$"),
    re.compile(r"^([A-Z][^.;:]{2,60}?)[-–—](?=[A-Z])(.*)$"),
    re.compile(r"^([A-Z]\S*(?: [A-Z]\S*)+)[-–—](.*)$"),
)
_RECITAL = re.compile(r"^(WHEREAS|NOW,? THEREFORE|Section (\d{1,2})\.)[,\s]*(.*)$")
_ACKNOWLEDGEMENT = re.compile(r"^[A-Z ,&'-]*ACKNOWLEDGE?MENT[A-Z ,&'-]*$")
_ENDS = re.compile(r"[.!?][\"”’)]*$")
_FORM = re.compile(r"_{4,}")


def cut(document: str, lines: Sequence[Line]) -> list[Passage]:
    """The clauses in the order of the text; none where the document numbers nothing."""
    cutter = Cutter(document)
    written = [line for line in lines if line.text.strip()]
    for line, following in zip_longest(written, written[1:]):
        if following is None or not cutter.is_subheading(line.text.strip(), following.text.strip()):
            cutter.take(line)
    return cutter.passages()


class Cutter:
    """waiting: numbers of sections whose heading has not come; owed: the announced passage that waits for its text."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.drafts: list[Draft] = []
        self.waiting: list[tuple[int, Line]] = []
        self.owed: Draft | None = None
        self.last: Number = ()
        self.clause = ""  # the number that items belong to
        self.recitals = self.items = 0
        self.acknowledging = self.signing = False

    def passages(self) -> list[Passage]:
        for number, line in self.waiting:
            self._open(f"{number}.0", line).notes.append("The section's heading was not found.")
        return [draft.done() for draft in self.drafts]

    def take(self, line: Line) -> None:
        text = " ".join(line.text.strip().lstrip(">").split())
        if not text or self._skip(text):
            return
        for reader in (self._number, self._heading, self._recital, self._item, self._form, self._lost_letter):
            if reader(text, line):
                return
        self._body(text, line)

    def is_subheading(self, text: str, following: str) -> bool:
        """A short line between the end of one clause and the number of the next, such as a group's title."""
        match = _NUMBERED.match(following)
        if match is None or self.waiting or not self.drafts or _NUMBERED.match(text) or len(text.split()) > 8:
            return False
        last = self.drafts[-1]
        ended = _ENDS.search(last.parts[-1]) if last.parts else last.heading.split(" ")[0] in GROUPED
        titled = text[:1].isupper() and text[-1:].isalpha()
        return titled and bool(ended) and self._plausible(_value(match[1]))

    def _skip(self, text: str) -> bool:
        """Signature blocks and noise belong to no clause; neither does the role printed under a name."""
        was_signing, self.signing = self.signing, is_signing(text)
        return self.signing or is_noise(text) or bool(_FORM.search(text)) or (was_signing and text.istitle())

    def _number(self, text: str, line: Line) -> bool:
        match = _NUMBERED.match(text)
        if match is None:
            return False
        number, rest = _value(match[1]), (match[2] or "").strip()
        if rest and not (rest[0].isupper() or rest[0] in "“\"'("):
            return False
        if len(number) == 1 and not rest and number > self.last[:1]:
            self.waiting.append((number[0], line))
            return True
        if not self._plausible(number):
            return False
        self._begin(match[1], number, rest, line)
        return True

    def _plausible(self, number: Number) -> bool:
        """Whether the number can follow the last one; anything else is a figure at the start of a line."""
        if number <= self.last or not self.last:
            return not self.last
        if len(self.last) == 1 and number[:1] == self.last:
            return True  # an excerpt may begin anywhere in its section
        if number[:1] != self.last[:1]:
            return number[0] - self.last[0] <= SKIPPED and max(number[1:], default=0) <= SKIPPED
        pairs = enumerate(zip(number, self.last, strict=False))
        depth = next((place for place, (new, old) in pairs if new != old), len(self.last))
        before = self.last[depth] if depth < len(self.last) else 0
        return number[depth] - before <= SKIPPED and all(part <= SKIPPED for part in number[depth + 1 :])

    def _begin(self, printed: str, number: Number, rest: str, line: Line) -> None:
        if not rest:
            self.owed = self._announced()
        self._settle_waiting(before=number[0])
        draft = self._open(printed, line)
        self.last, self.clause, self.items = number, printed, 0
        if len(number) == 1:
            draft.heading = rest
        else:
            draft.heading, rest = _titled(rest)
            draft.take(rest, line.number, line.page)

    def _announced(self) -> Draft | None:
        """The last clause, if it is a heading that announces a text and none has come; a section's heading may stand between."""
        clauses = [draft for draft in self.drafts[-2:] if not draft.number.endswith(".0")]
        last = clauses[-1] if clauses else None
        return last if last and last.is_open_heading and last.heading.endswith(":") else None

    def _settle_waiting(self, *, before: int) -> None:
        """A clause of a later section shows that the headings of the earlier ones are lost."""
        for entry in [one for one in self.waiting if one[0] < before]:
            self.waiting.remove(entry)
            self._open(f"{entry[0]}.0", entry[1]).notes.append("The section's heading was not found.")

    def _heading(self, text: str, line: Line) -> bool:
        match = _HEADING.match(text)
        if match is None or not self.waiting or not text[0].isupper():
            return False
        number, stood = self.waiting.pop(0)
        draft = self._open(f"{number}.0", line)
        draft.heading = text.rstrip(" :")
        if stood.number != line.number:
            draft.notes.append(f"Its number stands apart, in line {stood.number}.")
        self.last, self.clause, self.items = (number,), f"{number}.0", 0
        return True

    def _recital(self, text: str, line: Line) -> bool:
        match = _RECITAL.match(text)
        if match is None or self.last:
            return False
        self.recitals += match[1] == "WHEREAS"
        name = (
            f"section-{match[2]}"
            if match[2]
            else f"recital-{self.recitals}"
            if match[1] == "WHEREAS"
            else "resolved"
        )
        draft = self._open(name, line)
        self.clause, self.items = name, 0
        draft.take(match[3], line.number, line.page)
        return True

    def _item(self, text: str, line: Line) -> bool:
        if not self.clause:
            return False
        match = _LETTERED.match(text)
        if match and (match[1] or match[2]) == self._next_letter():
            self._open(f"{self.clause}-{self._next_letter()}", line).take(match[3], line.number, line.page)
            return True
        match = _BULLET.match(text)
        if match is None:
            return False
        self.items += 1
        self._open(f"{self.clause}-{self.items}", line).take(match[1], line.number, line.page)
        return True

    def _next_letter(self) -> str:
        current = self.drafts[-1].number if self.drafts else ""
        stem, _, letter = current.rpartition("-")
        return chr(ord(letter) + 1) if stem == self.clause and len(letter) == 1 and letter.isalpha() else "a"

    def _lost_letter(self, text: str, line: Line) -> bool:
        """The last item of a list that was printed without its letter: the one before it ends in "; or"."""
        current = self.drafts[-1] if self.drafts else None
        if current is None or self._next_letter() == "a" or not text[0].isupper():
            return False
        if not re.search(r";\s*(or|and)$", " ".join(current.parts)):
            return False
        draft = self._open(f"{self.clause}-{self._next_letter()}", line)
        draft.notes.append("It is printed without its letter.")
        draft.take(text, line.number, line.page)
        return True

    def _form(self, text: str, line: Line) -> bool:
        """An acknowledgement to sign, after the last clause: its sentences are numbered ACK-1, ACK-2 …"""
        if _ACKNOWLEDGEMENT.match(text):
            self.acknowledging, self.clause, self.items = True, "ACK", 0
            self._open("ACK", line).heading = text.title()
            return True
        if not self.acknowledging or not (_ENDS.search(" ".join(self.drafts[-1].parts)) or self.items == 0):
            return False
        self.items += 1
        self._open(f"ACK-{self.items}", line).take(text, line.number, line.page)
        return True

    def _body(self, text: str, line: Line) -> None:
        if self.owed:
            self.owed.take(text, line.number, line.page)
            self.owed = None if _ENDS.search(text) else self.owed
        elif self.drafts and self.drafts[-1].is_unfinished_heading:
            self.drafts[-1].heading += f" {text}"
            self.drafts[-1].take("", line.number, line.page)
        elif self.drafts:
            self.drafts[-1].take(text, line.number, line.page)

    def _open(self, number: str, line: Line) -> Draft:
        draft = Draft(self.document, number)
        draft.take("", line.number, line.page)
        self.drafts.append(draft)
        return draft


def _value(printed: str) -> Number:
    parts = tuple(int(part) for part in printed.split("."))
    return parts[:1] if len(parts) == 2 and parts[1] == 0 else parts


def _titled(text: str) -> tuple[str, str]:
    """Heading and text of `Mileage -Automobile mileage will be …`; no heading where the line has none."""
    for title in _TITLES:
        match = title.match(text)
        if match and len(match[1].split()) <= 8:
            return match[1] + (":" if text[match.end(1)] == ":" else ""), match[2]
    return "", text
