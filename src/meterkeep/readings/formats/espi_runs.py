"""Runs of readings that look alike are cut out of the XML before it is parsed, and read as columns.

A utility writes its readings in one or two layouts: the same bytes, apart from a few numbers. A layout is learned from a
reading. Each stretch of bytes between two of its numbers is replaced by one control character, which no XML may hold, so
the replacement can be undone and proves what stood there. What then has the shape of whole readings is a run: it is
well-formed, and one empty element takes its place. The parser sees that element where the run stood, or, if that was in a
comment, does not see it. All else goes to the parser as it came.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

import numpy as np
from lxml import etree

from meterkeep.readings.model import Int64s

ABSENT = -1
_START, _DURATION, _VALUE, _QUALITY, _TOU, _COST, _MARK = range(1, 8)
_PLACES = {
    ("timePeriod", "start"): _START,
    ("timePeriod", "duration"): _DURATION,
    ("value",): _VALUE,
    ("ReadingQuality", "quality"): _QUALITY,
    ("tou",): _TOU,
    ("cost",): _COST,
    ("consumptionTier",): _MARK,
    ("cpp",): _MARK,
}
_WRAPPERS = {("timePeriod",), ("ReadingQuality",)}
_TAG = re.compile(rb"<(/?)((?:[A-Za-z_][\w.-]*:)?)([A-Za-z]+)>([^<>&]*)")
_READING = re.compile(
    rb"<((?:[A-Za-z_][\w.-]{0,30}:)?)IntervalReading>.{0,4000}?</\1IntervalReading>", re.DOTALL
)
_NUMBER = re.compile(rb"([ \t\r\n]*)(-?[0-9]{1,18})([ \t\r\n]*)")
_CODES = bytes([*range(1, 9), *range(14, 32)])
_CONTROL = re.compile(b"[" + re.escape(_CODES) + b"]")
_TO_BLANKS = bytes.maketrans(_CODES, b" " * len(_CODES))
_ATTEMPTS = 24
"""How many readings are looked at to learn a layout before the file counts as one without."""
_IDLE = 8
"""Chunks in which nothing was cut before cutting is given up."""


@dataclass(slots=True, frozen=True)
class Run:
    """Readings in the order of the file: the numbers of each, with the control characters of the cutter between them."""

    text: bytes
    readings: int

    def __len__(self) -> int:
        return self.readings


@dataclass(slots=True)
class RunColumns:
    """A row for each reading. duration, quality, tou: ABSENT where a reading has none.

    costs, marks: how many have a cost, and a period of a tariff, a tier or a critical peak.
    """

    start: Int64s
    duration: Int64s
    value: Int64s
    quality: Int64s
    tou: Int64s
    costs: int
    marks: int


@dataclass(slots=True)
class _Layout:
    """literals[i] stands before number i, the last one behind the last number."""

    prefix: bytes
    literals: list[bytes]
    roles: list[int]


class RunCutter:
    """Takes an XML file in pieces and gives out what the parser must see. decimals: of the file's values. cuts: False leaves all
    to the parser.

    mark: the attribute whose value numbers the runs; a file cannot guess its name.
    """

    def __init__(self, *, decimals: int, cuts: bool = True) -> None:
        self.mark = "run-" + secrets.token_hex(12)
        self._digits = b"-?[0-9]{1,%d}+" % (18 - decimals)
        self._tail = b""
        self._prefix: bytes | None = None
        self._literals: dict[bytes, bytes] = {}
        self._stands_for: dict[bytes, bytes] = {}
        self._opens = np.zeros(256, np.bool_)
        self._first: list[bytes] = []
        self._roles = np.zeros(256, np.uint8)
        self._shapes: list[bytes] = []
        self._grammar: re.Pattern[bytes] | None = None
        self._attempts, self._idle = _ATTEMPTS, _IDLE if cuts else 0
        self._runs: dict[int, bytes] = {}
        self._number = 0
        self.waiting = 0
        """Bytes of the runs that are kept."""
        self.marked = etree.XPath(f".//*[@{self.mark}]")

    def feed(self, chunk: bytes) -> bytes:
        """What the parser must see of the file up to the last reading that is complete."""
        text = self._tail + chunk
        self._tail = b""
        if not self._idle:
            return text
        if self._prefix is None:
            first = _READING.search(text)
            self._prefix = first[1] if first else None
        if self._prefix is None:
            return text
        closing = b"</" + self._prefix + b"IntervalReading>"
        end = text.rfind(closing)
        if end < 0:
            return text
        self._tail = text[end + len(closing) :]
        return self._cut(text[: end + len(closing)])

    def rest(self) -> bytes:
        """What is left at the end of the file."""
        rest, self._tail = self._tail, b""
        return rest

    def _cut(self, text: bytes) -> bytes:
        if _has_codes(text):
            return text
        short = self._shorten(text)
        found, gaps = self._parts(short)
        while self._learn(gaps):
            short = self._shorten(text)
            found, gaps = self._parts(short)
        self._idle = _IDLE if found else self._idle - 1
        pieces = [self.whole(gaps[0])]
        for run, gap in zip(found, gaps[1:], strict=True):
            pieces += [self._place(run), self.whole(gap)]
        return b"".join(pieces)

    def _parts(self, short: bytes) -> tuple[list[bytes], list[bytes]]:
        """The runs, and what stands before, between and after them."""
        runs, gaps, at = [], [], 0
        for found in self._grammar.finditer(short) if self._grammar else ():
            runs.append(found[0])
            gaps.append(short[at : found.start()])
            at = found.end()
        return runs, [*gaps, short[at:]]

    def _shorten(self, text: bytes) -> bytes:
        for literal, code in self._literals.items():
            text = text.replace(literal, code)
        return text

    def whole(self, short: bytes) -> bytes:
        """The bytes as they stand in the file."""
        return _CONTROL.sub(lambda code: self._stands_for[code[0]], short)

    def _place(self, run: bytes) -> bytes:
        """The element that stands for a run, as many lines long as the run."""
        self._number += 1
        self._runs[self._number] = run
        self.waiting += len(run)
        lines = run.count(b"\n") + sum(
            run.count(code) * literal.count(b"\n")
            for literal, code in self._literals.items()
            if b"\n" in literal
        )
        return b'<%sIntervalReading %s="%d"%s/>' % (
            self._prefix,
            self.mark.encode(),
            self._number,
            b"\n" * lines,
        )

    def original(self, number: int) -> bytes:
        """The bytes of a run, which is then no longer kept."""
        return self.whole(self._take(number))

    def run(self, number: int) -> Run:
        """A run, which is then no longer kept here."""
        text = self._take(number)
        return Run(text, sum(text.count(code) for code in self._first))

    def columns(self, runs: list[Run]) -> RunColumns:
        text = b"".join(run.text for run in runs)
        numbers: Int64s = np.fromstring(text.translate(_TO_BLANKS), np.int64, sep=" ")
        codes = np.frombuffer(text.translate(None, b" \t\r\n-0123456789"), np.uint8)
        opens, roles = self._opens[codes], self._roles[codes]
        reading = (np.cumsum(opens) - 1)[roles > 0]
        roles = roles[roles > 0]
        count = int(opens.sum())

        def field(role: int) -> Int64s:
            mine = roles == role
            values: Int64s = numbers[mine]
            if len(values) == count:
                return values
            found = np.full(count, ABSENT, np.int64)
            found[reading[mine]] = values
            return found

        tou = field(_TOU)
        marked = tou > 0
        marked[reading[roles == _MARK]] = True
        return RunColumns(
            start=field(_START),
            duration=field(_DURATION),
            value=field(_VALUE),
            quality=field(_QUALITY),
            tou=tou,
            costs=int(np.count_nonzero(roles == _COST)),
            marks=int(marked.sum()),
        )

    def _take(self, number: int) -> bytes:
        """Runs come in the order of the file; one that was passed over stood in a comment."""
        for passed in [known for known in self._runs if known < number]:
            self.waiting -= len(self._runs.pop(passed))
        run = self._runs.pop(number)
        self.waiting -= len(run)
        return run

    def _learn(self, gaps: list[bytes]) -> bool:
        """Whether a reading outside the known layouts showed a new one."""
        for gap in gaps:
            if not self._attempts or b"IntervalReading>" not in gap:
                continue
            for found in _READING.finditer(self.whole(gap)):
                layout = _layout(found[0])
                if layout and layout.prefix == self._prefix and self._add(layout):
                    return True
                self._attempts -= 1
                if not self._attempts:
                    return False
        return False

    def _add(self, layout: _Layout) -> bool:
        new = [literal for literal in dict.fromkeys(layout.literals) if literal not in self._literals]
        if not new or len(self._literals) + len(new) > len(_CODES):
            return False
        for literal in new:
            code = _CODES[len(self._literals) : len(self._literals) + 1]
            self._literals[literal], self._stands_for[code] = code, literal
        # A longer one first: it may hold a shorter one.
        self._literals = dict(sorted(self._literals.items(), key=lambda item: -len(item[0])))
        codes = [self._literals[literal] for literal in layout.literals]
        for code, role in zip(codes, layout.roles, strict=False):
            self._roles[code[0]] = role
        self._opens[codes[0][0]] = True
        self._first = sorted({*self._first, codes[0]})
        numbers = [_SHORT.get(role, self._digits) for role in layout.roles]
        self._shapes.append(
            b"".join(b"\\x%02x%s" % (c[0], n) for c, n in zip(codes, [*numbers, b""], strict=True))
        )
        self._grammar = re.compile(b"(?>(?>" + b"|".join(self._shapes) + rb")[ \t\r\n]*+)++")
        return True


def _has_codes(text: bytes) -> bool:
    """Whether there are control characters beyond the white space that XML allows."""
    low = int(np.count_nonzero(np.frombuffer(text, np.uint8) < 32))
    return bool(low) and low != sum(text.count(blank) for blank in (b"\n", b"\r", b"\t"))


_SHORT = {_QUALITY: b"(?:0|[1-9][0-9]{0,2}+)", _TOU: b"(?:0|[1-9][0-9]{0,8}+)"}
"""Codes are kept as they are written, so only those count here that are written in one way."""


def _layout(reading: bytes) -> _Layout | None:
    """The layout of one reading, if it holds nothing but the elements we know, each once, and plain numbers."""
    prefix: bytes | None = None
    path: list[str] = []
    literals: list[bytes] = []
    roles: list[int] = []
    wrappers: set[tuple[str, ...]] = set()
    begin = end = 0
    for tag in _TAG.finditer(reading):
        closes, name, text = bool(tag[1]), tag[3].decode(), tag[4]
        prefix = tag[2] if prefix is None else prefix
        if tag.start() != end or tag[2] != prefix or (closes and (not path or path.pop() != name)):
            return None
        end = tag.end()
        if not closes:
            path.append(name)
        role = _PLACES.get(tuple(path[1:])) if not closes else None
        if role is None:
            wrapper = tuple(path[1:]) if not closes else ()
            if wrapper in wrappers:
                return None
            wrappers.update({wrapper} & _WRAPPERS)
            if text.strip(b" \t\r\n") or not (closes or len(path) == 1 or tuple(path[1:]) in _WRAPPERS):
                return None
            continue
        number = _NUMBER.fullmatch(text)
        if number is None or role in roles:
            return None
        roles.append(role)
        literals.append(reading[begin : tag.start(4) + number.end(1)])
        begin = tag.start(4) + number.end(2)
    if path or end != len(reading) or not {_START, _VALUE} <= set(roles):
        return None
    return _Layout(prefix or b"", [*literals, reading[begin:]], roles)
