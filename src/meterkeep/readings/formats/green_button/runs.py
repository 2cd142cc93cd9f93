"""Runs of readings that look alike are cut out of the XML before it is parsed, and read as columns.

A utility writes its readings in one or two layouts: the same bytes, apart from a few numbers. A layout is learned from a
reading. Each stretch of bytes between two of its numbers is replaced by one control character, which no XML may hold, so
the replacement can be undone and proves what stood there. What then has the shape of whole readings is a run: it is
well-formed, and one empty element takes its place. The parser sees that element where the run stood, or, if that was in a
comment, does not see it. So with whole entries around runs (stretches.py). All else goes to the parser as it came.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
from lxml import etree

from meterkeep.readings.formats.green_button.layouts import (
    COST,
    DURATION,
    FRACTION,
    MARK,
    QUALITY,
    REMARK,
    START,
    TOU,
    VALUE,
    Layout,
    layout_of,
    number_pattern,
)
from meterkeep.readings.formats.green_button.stretches import Stretch
from meterkeep.readings.formats.green_button.templates import Templates
from meterkeep.readings.model import Int64s

ABSENT = -1
Rows = Int64s | slice
Uint8s = npt.NDArray[np.uint8]
_READING = re.compile(
    rb"<((?:[A-Za-z_][\w.-]{0,30}:)?)IntervalReading(?:[ \t\r\n][^<>]{0,400})?>.{0,4000}?</\1IntervalReading>",
    re.DOTALL,
)
_CODES = bytes([*range(1, 9), *range(14, 32)])
_CONTROL = re.compile(b"[" + re.escape(_CODES) + b"]")
_POINT = b"."
_TO_BLANKS = bytes.maketrans(_CODES + _POINT, b" " * (len(_CODES) + 1))
_ATTEMPTS = 24
"""How many readings are looked at to learn a layout before the file counts as one without."""
_IDLE = 8
"""Chunks in which nothing was cut before cutting is given up."""


@dataclass(slots=True, eq=False)
class Run:
    """Readings in the order of the file: the numbers of each, with the control characters of the cutter between them.

    texts: those of a block, or of several; sizes: how many readings are in each.
    """

    texts: tuple[bytes, ...]
    sizes: Sequence[int]

    def __len__(self) -> int:
        return sum(self.sizes)


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


class RunCutter:
    """Takes an XML file in pieces and gives out what the parser must see. decimals: of the file's values. cuts: False leaves all
    to the parser.

    mark: the attribute whose value numbers the runs; a file cannot guess its name.
    """

    def __init__(self, *, decimals: int, cuts: bool = True) -> None:
        self.mark = "run-" + secrets.token_hex(12)
        self._decimals = decimals
        self._tail = b""
        self._prefix: bytes | None = None
        self._literals: dict[bytes, bytes] = {}
        self._stands_for: dict[bytes, bytes] = {}
        self._between_readings: tuple[bytes, bytes] | None = None
        self._opens = np.zeros(256, np.bool_)
        self._first_codes: list[bytes] = []
        self._roles = np.zeros(256, np.uint8)
        self._roles[ord(_POINT)] = FRACTION
        self._shapes: list[bytes] = []
        self._remarks: dict[bytes, re.Pattern[bytes]] = {}
        self._templates = Templates()
        self._chain: set[int] = set()
        self._grammar: re.Pattern[bytes] | None = None
        self._attempts, self._idle = _ATTEMPTS, _IDLE if cuts else 0
        self._runs: dict[int, bytes | Stretch] = {}
        self._sizes: dict[int, int] = {}
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
        end = self._last_whole(text)
        if not end:
            self._chain.clear()
            return text
        self._tail = text[end:]
        return self._cut(text[:end])

    def _last_whole(self, text: bytes) -> int:
        """Where the last entry ends, if entries are cut, or else the last reading; 0 if none does."""
        for closing in (self._templates.entry_end, b"</" + (self._prefix or b"") + b"IntervalReading>"):
            end = text.rfind(closing) if closing else -1
            if closing and end >= 0:
                return end + len(closing)
        return 0

    def rest(self) -> bytes:
        """What is left at the end of the file."""
        rest, self._tail = self._tail, b""
        return rest

    def _cut(self, text: bytes) -> bytes:
        if _has_codes(text):
            self._chain.clear()
            return text
        short = self._shorten(text)
        found, gaps = self._parts(short)
        while any(gaps) and (self._learn(gaps) or self._learn_around(found, gaps)):
            short = self._shorten(text)
            found, gaps = self._parts(short)
        if any(gaps) and self._learn_between(gaps):
            short = self._shorten(text)
            found, gaps = self._parts(short)
        self._idle = _IDLE if found else self._idle - 1
        return b"".join(self._seen(found, gaps, dashes=b"--" in short))

    def _seen(self, found: list[re.Match[bytes]], gaps: list[bytes], *, dashes: bool) -> Iterator[bytes]:
        """What the parser sees of the text, in pieces. Of entries or blocks in a chain, without anything between them, that is
        the first of each layout, and all that hold what could end a comment. A chain may go on in the next text."""
        rows: list[re.Match[bytes]] = []
        for match, gap in zip(found, gaps, strict=False):
            if gap:
                yield from self._end_stretch(rows)
                yield self._between(gap)
            if match.lastindex in self._chain and not (dashes and b"--" in match[0]):
                if rows and rows[0].lastindex != match.lastindex and not self._same_level(rows[0], match):
                    yield from self._end_stretch(rows)
                rows.append(match)
            else:
                yield from self._end_stretch(rows)
                yield from self._first(match)
        yield from self._end_stretch(rows)
        yield self._between(gaps[-1])

    def _between(self, gap: bytes) -> bytes:
        """What stands between entries; more than white space ends a chain."""
        if gap.strip(b" \t\r\n"):
            self._chain.clear()
        return self.whole(gap)

    def _same_level(self, one: re.Match[bytes], other: re.Match[bytes]) -> bool:
        by_group = self._templates.by_group
        return by_group[one.lastindex or 0].is_entry == by_group[other.lastindex or 0].is_entry

    def _end_stretch(self, rows: list[re.Match[bytes]]) -> Iterator[bytes]:
        if rows:
            yield self._place_stretch(rows)
            rows.clear()

    def _first(self, match: re.Match[bytes]) -> Iterator[bytes]:
        """A run, or an entry or a block that the parser sees, with or without one."""
        layout = self._templates.by_group[match.lastindex] if match.lastindex else None
        if match.lastindex:
            self._chain.add(match.lastindex)
        else:
            self._chain.clear()
        if layout and layout.run is None:
            yield self.whole(match[0])
            return
        begin, end = self._templates.run_span(match) if layout else match.span()
        yield self.whole(match.string[match.start() : begin])
        yield self._place(match.string[begin:end])
        yield self.whole(match.string[end : match.end()])

    def _parts(self, short: bytes) -> tuple[list[re.Match[bytes]], list[bytes]]:
        """The runs and entries, and what stands before, between and after them."""
        found, gaps, at = [], [], 0
        for match in self._grammar.finditer(short) if self._grammar else ():
            found.append(match)
            gaps.append(short[at : match.start()])
            at = match.end()
        return found, [*gaps, short[at:]]

    def _shorten(self, text: bytes) -> bytes:
        text = text.replace(*self._between_readings) if self._between_readings else text
        for literal, code in self._literals.items():
            text = text.replace(literal, code)
        return text

    def whole(self, short: bytes) -> bytes:
        """The bytes as they stand in the file."""
        return _CONTROL.sub(lambda code: self._stands_for[code[0]], short)

    def _place(self, run: bytes) -> bytes:
        """The element that stands for a run, as many lines long as the run."""
        return self._keep(run, len(run), b"<" + (self._prefix or b"") + b"IntervalReading", self._lines(run))

    def _place_stretch(self, found: list[re.Match[bytes]]) -> bytes:
        """The element that stands for entries or blocks: one of these, for where it stands none other may be."""
        templates = self._templates
        rows = [
            (templates.by_group[at := match.lastindex or 0], templates.rows[at](match)) for match in found
        ]
        text = found[0].string[found[0].start() : found[-1].end()]
        return self._keep(Stretch(rows), len(text), rows[0][0].opens, self._lines(text))

    def _keep(self, what: bytes | Stretch, size: int, opens: bytes, lines: int) -> bytes:
        self._number += 1
        self._runs[self._number] = what
        self._sizes[self._number] = size
        self.waiting += size
        found = b'%s %s="%d"%s' % (opens, self.mark.encode(), self._number, b"\n" * lines)
        if not self._remarks:
            return found + b"/>"
        # Comments in it may not be in another one, which the parser sees by this.
        return found + b"><!-- --></" + opens[1:].split(maxsplit=1)[0] + b">"

    def _lines(self, short: bytes) -> int:
        codes = ((code, literal.count(b"\n")) for literal, code in self._literals.items())
        return short.count(b"\n") + sum(short.count(code) * lines for code, lines in codes if lines)

    def original(self, number: int) -> bytes:
        """The bytes of a run, which is then no longer kept."""
        return self.whole(self._take_run(number))

    def run(self, number: int) -> Run:
        """A run, which is then no longer kept here."""
        return self.run_of((self._take_run(number),))

    def run_of(self, texts: tuple[bytes, ...]) -> Run:
        first, *others = self._first_codes
        sizes = [text.count(first) for text in texts]
        for code in others:
            sizes = [size + text.count(code) for size, text in zip(sizes, texts, strict=True)]
        return Run(texts, sizes)

    def stretch(self, number: int) -> Stretch:
        """The entries that an element stands for, which are then no longer kept here."""
        found = self._take(number)
        assert isinstance(found, Stretch)  # noqa: S101  an entry stands for entries
        return found

    def columns(self, runs: list[Run]) -> RunColumns:
        text = b"".join(chain.from_iterable(run.texts for run in runs))
        for code, remark in self._remarks.items():
            text = remark.sub(code, text)
        numbers: Int64s = np.fromstring(text.translate(_TO_BLANKS), np.int64, sep=" ")
        codes = np.frombuffer(text.translate(None, b" \t\r\n-0123456789"), np.uint8)
        count, by_role = self._by_role(codes, numbers)
        nothing = np.empty(0, np.int64)

        def field(role: int) -> Int64s:
            values, rows = by_role.get(role, (nothing, nothing))
            if len(values) == count:
                return values
            found = np.full(count, ABSENT, np.int64)
            found[rows] = values
            return found

        tou = field(TOU)
        marked = tou > 0
        marked[by_role.get(MARK, (nothing, nothing))[1]] = True
        return RunColumns(
            start=field(START),
            duration=field(DURATION),
            value=self._values(text, field(VALUE), *by_role.get(FRACTION, (nothing, nothing))),
            quality=field(QUALITY),
            tou=tou,
            costs=len(by_role.get(COST, (nothing, nothing))[0]),
            marks=int(marked.sum()),
        )

    def _by_role(self, codes: Uint8s, numbers: Int64s) -> tuple[int, dict[int, tuple[Int64s, Rows]]]:
        """How many readings there are, and the numbers of each role with the readings that they are of."""
        opens = self._opens[codes]
        width = int(opens[1:].argmax()) + 1
        alike = len(codes) % width == 0 and bool((codes.reshape(-1, width) == codes[:width]).all())
        if alike:
            roles = self._roles[codes[:width]]
            roles = roles[roles > 0]
            table = numbers.reshape(len(codes) // width, len(roles))
            every = slice(None)
            return len(table), {
                role: (np.ascontiguousarray(table[:, at]), every) for at, role in enumerate(roles.tolist())
            }
        roles = self._roles[codes]
        reading = (np.cumsum(opens) - 1)[roles > 0]
        roles = roles[roles > 0]
        found: dict[int, tuple[Int64s, Rows]] = {}
        for role in np.flatnonzero(np.bincount(roles)).tolist():
            mine = roles == role
            found[role] = numbers[mine], reading[mine]
        return int(opens.sum()), found

    def _values(self, text: bytes, whole: Int64s, fraction: Int64s, reading: Rows) -> Int64s:
        """The values × 10^decimals. fraction: what stands behind the point, in the readings that have one."""
        values = whole * 10**self._decimals if self._decimals else whole
        if not len(fraction):
            return values
        letters = np.frombuffer(text, np.uint8)
        others = np.flatnonzero((letters < ord("0")) | (letters > ord("9")))
        points = np.flatnonzero(letters[others] == ord(_POINT))
        places = self._decimals - (others[points + 1] - others[points] - 1)
        scaled = fraction * 10 ** np.maximum(places, 0) // 10 ** np.maximum(-places, 0)
        values[reading] += np.where(letters[others[points - 1]] == ord("-"), -scaled, scaled)
        return values

    def _take_run(self, number: int) -> bytes:
        found = self._take(number)
        assert isinstance(found, bytes)  # noqa: S101  a reading stands for readings
        return found

    def _take(self, number: int) -> bytes | Stretch:
        """They come in the order of the file; one that was passed over stood in a comment."""
        for passed in [known for known in self._runs if known < number]:
            del self._runs[passed]
            self.waiting -= self._sizes.pop(passed)
        self.waiting -= self._sizes.pop(number)
        return self._runs.pop(number)

    def _learn(self, gaps: list[bytes]) -> bool:
        """Whether a reading outside the known layouts showed a new one."""
        for gap in gaps:
            if not self._attempts or b"IntervalReading>" not in gap:
                continue
            for found in _READING.finditer(self.whole(gap)):
                layout = layout_of(found[0])
                if layout and layout.prefix == self._prefix and self._add(layout):
                    return True
                self._attempts -= 1
                if not self._attempts:
                    return False
        return False

    def _add(self, layout: Layout) -> bool:
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
            if role == REMARK:
                self._remarks[code] = re.compile(code + b"[ -~]+")
        # Where a reading follows another one, two literals at once; of several layouts that could part a longer literal.
        pair = layout.literals[-1] + layout.literals[0], codes[-1] + codes[0]
        self._between_readings = None if self._shapes else pair
        self._opens[codes[0][0]] = True
        self._first_codes = sorted({*self._first_codes, codes[0]})
        numbers = [number_pattern(role, self._decimals) for role in layout.roles]
        self._shapes.append(
            b"".join(b"\\x%02x%s" % (c[0], n) for c, n in zip(codes, [*numbers, b""], strict=True))
        )
        self._compile()
        return True

    def _learn_around(self, found: list[re.Match[bytes]], gaps: list[bytes]) -> bool:
        """Whether what stands around a run showed a new layout of an entry or a block."""
        return (
            any(
                self._templates.learn_around(
                    self.whole(gaps[place]), self.whole(gaps[place + 1]), self._prefix or b""
                )
                for place, match in enumerate(found)
                if not match.lastindex and gaps[place + 1] and self._templates.wants_blocks
            )
            and self._compile()
        )

    def _learn_between(self, gaps: list[bytes]) -> bool:
        """Whether a gap showed that entries without readings are frequent, and what they look like."""
        if not self._shapes or not self._templates.wants_others:
            return False
        return any(self._templates.learn_between(self.whole(gap)) for gap in gaps if gap) and self._compile()

    def _compile(self) -> bool:
        run = b"(?>(?>" + b"|".join(self._shapes) + rb")[ \t\r\n]*+)++"
        self._grammar = re.compile(b"|".join([*self._templates.patterns(self._shorten, run), run]))
        self._chain.clear()
        return True


def _has_codes(text: bytes) -> bool:
    """Whether there are control characters beyond the white space that XML allows."""
    letters = np.frombuffer(text, np.uint8)
    if letters.min(initial=255) >= ord(" "):
        return False
    return bool((letters - np.uint8(14) < np.uint8(18)).any() or (letters < np.uint8(9)).any())
