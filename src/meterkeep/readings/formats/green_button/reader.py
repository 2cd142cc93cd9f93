"""Green Button (NAESB REQ.21 ESPI 1.0 to 4.0): downloads, Connect My Data batches and bulk feeds, as utilities write them.

Entries come in any order, so readings wait (up to HOLD_ROWS) until the ReadingType that gives them a meaning has been
met; what never comes is settled by the fall-backs of links.py. Readings that look alike are cut out before the XML is
parsed (runs.py); of the others lxml builds one entry at a time and XSLT takes them out, all in C. Python sees columns.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
from lxml import etree

from meterkeep.errors import BadInput
from meterkeep.readings.formats.green_button import entries
from meterkeep.readings.formats.green_button.blocks import FIELDS, reading_parts
from meterkeep.readings.formats.green_button.codes import channel, unit_of, worst_quality
from meterkeep.readings.formats.green_button.columns import (
    Columns,
    Held,
    Report,
    columns,
    fill_durations,
    parted,
)
from meterkeep.readings.formats.green_button.links import Feed, Links, MeterReading, Origin, UsagePoint
from meterkeep.readings.formats.green_button.parts import Member, moved_apart, standing_aside, tariff_period
from meterkeep.readings.formats.green_button.runs import ABSENT, RunCutter
from meterkeep.readings.formats.green_button.stretches import Alike, Stretch
from meterkeep.readings.formats.green_button.told import Told, watch
from meterkeep.readings.formats.green_button.unhindered import unhindered
from meterkeep.readings.formats.green_button.xml_source import XmlSource, refuse_dtd
from meterkeep.readings.formats.meterfile import BLOCK_ROWS, MeterFile
from meterkeep.readings.model import SUMMABLE, Block, Channel, Int32s, Int64s, Series

MAX_POWER = 15
HOLD_ROWS = 1_000_000
_MOST_SILENT = 1 << 26
"""Bytes within a block without its end or _HARVEST readings; what has no readings must not fill the memory."""
_LONGEST_ENTRY = 1 << 24
_HARVEST = 50_000
_WAITING = 1 << 20
"""Bytes of runs: some 50,000 readings."""
_FOREIGN = 1_000
"""Elements in a block that are no readings."""


class GreenButtonFile(MeterFile):
    """A Green Button file. `zone` is not used: ESPI instants are UTC epoch seconds."""

    format = "greenbutton"

    def __init__(self, path: Path, *, zone: str) -> None:
        super().__init__(path, zone=zone)
        self._source = XmlSource(path, self.name)

    def _reset(self) -> None:
        super()._reset()
        self._feed = Feed(self.note_once)
        self._told: dict[tuple[MeterReading, int], Told] = {}
        self._held: list[Held] = []
        self._held_rows, self._flush_at = 0, BLOCK_ROWS
        self._block_position = 0
        self._entry: etree._Element | None = None
        self._origin: Origin | None = None
        self._linked = 0
        self._met: set[str] = set()

    @property
    def late_series(self) -> bool:
        return True

    def _blocks(self) -> Iterator[Block]:
        return unhindered(self._read())

    def _read(self) -> Iterator[Block]:
        self._decimals = self._source.decimals()
        self._runs = RunCutter(decimals=self._decimals, cuts=self._source.ascii_alone)
        if self._source.mislabelled:
            self.note_once("encoding_mislabelled")
        try:
            for _ in self._elements():
                if self._held_rows >= self._flush_at:
                    yield from self._flush(final=self._held_rows >= HOLD_ROWS)
        except etree.XMLSyntaxError as error:
            raise self._source.malformed(self._source.first_error() or error) from error
        yield from self._flush(final=True)
        self._settle()
        self._note_what_is_missing()

    def _elements(self) -> Iterator[None]:
        """Takes in the file; stops after each entry, and within a block of which enough readings have come."""
        parser = self._source.parser(events=("start", "end"), tag=["{*}entry", "{*}IntervalBlock"])
        open_block: etree._Element | None = None
        root: etree._Element | None = None
        silent = 0
        for chunk in chain(self._source.chunks(), [b"", None]):
            if chunk is None:
                root = self._check_root(parser.close())
                self._take_loose(root)
            else:
                parser.feed(self._runs.feed(chunk) if chunk else self._runs.rest())
                silent += len(chunk)
            for event, element in parser.read_events():
                silent = 0
                root = root if root is not None else self._check_root(element.getroottree().getroot())
                if entries.local(element) == "IntervalBlock":
                    open_block = element if event == "start" else None
                self._take(event, element)
                yield
            if open_block is not None and (len(open_block) > _HARVEST or self._runs.waiting > _WAITING):
                # The last one may not be whole yet.
                self._harvest(open_block, entries.readings_in(open_block) - 1)
                silent = 0 if len(open_block) < _FOREIGN else _MOST_SILENT
                yield
            if silent >= (_LONGEST_ENTRY if open_block is None else _MOST_SILENT):
                raise self._not_meter_data()

    def _check_root(self, root: etree._Element) -> etree._Element:
        if root.getroottree().docinfo.internalDTD is not None:
            raise refuse_dtd(self.name)
        if entries.local(root) not in entries.ROOTS and not entries.is_other(root):
            raise self._not_green_button()
        self._feed.see_ids([entries.text(root, "id") if entries.local(root) == "feed" else ""])
        return root

    def _not_meter_data(self) -> BadInput:
        return BadInput(
            "The file holds far more of something else than entries and readings.",
            where=f"{self.name}: after record {self.findings.records}",
            next="Check that it is the right file; nothing of it was kept.",
        )

    def _not_green_button(self) -> BadInput:
        error = self._source.first_error()
        if error is not None:
            return self._source.malformed(error)
        return BadInput(
            "The file is XML, but holds no Green Button (ESPI) data.",
            where=self.name,
            next="Check that it is the right file; meter data in XML is read as Green Button only.",
        )

    def _take(self, event: str, element: etree._Element) -> None:
        is_block = entries.local(element) == "IntervalBlock"
        stands_for = element.get(self._runs.mark)
        if event == "end" and stands_for and is_block:
            self._take_blocks(element, self._runs.stretch(int(stands_for)))
            element.clear()
        elif event == "end" and stands_for:
            self._take_stretch(self._runs.stretch(int(stands_for)))
            entries.forget(element)
        elif event == "start":
            self._block_position = 0
            if not is_block:
                self._entry, self._origin = element, None
        elif is_block:
            self._met.add("IntervalBlock")
            self._harvest(element, None)
        else:
            self._take_strays(element)
            self._take_entry(element)
            self._entry, self._origin = None, None
            entries.forget(element)

    def _take_stretch(self, stretch: Stretch) -> None:
        """Takes entries that the parser did not see."""
        self._feed.see_ids(stretch.ids)
        for alike in stretch.groups():
            if not alike.links.any:
                self.note_once("entry_without_links")
            kind, codes = alike.layout.kind, alike.layout.codes
            self._met.add(kind)
            if alike.runs:
                self._hold_blocks(self._feed.origin(alike.links, {}), alike)
            elif kind == "UsagePoint":
                self._feed.add_usage_point(alike.links)
            elif kind == "MeterReading":
                self._feed.add_meter_reading(alike.links, None)
            elif kind == "ReadingType":
                self._feed.add_reading_type(alike.links, codes, listed=True)
        self._entry, self._origin = None, None

    def _take_blocks(self, placeholder: etree._Element, stretch: Stretch) -> None:
        """Takes blocks that the parser did not see, of an entry that it does."""
        for alike in stretch.groups():
            self._hold_blocks(self._origin_of(placeholder), alike)

    def _hold_blocks(self, origin: Origin, alike: Alike) -> None:
        run = self._runs.run_of(alike.runs)
        self._hold(Held(origin, (run,), run.sizes, self.findings.records + 1, hrefs=alike.hrefs))
        self._block_position = run.sizes[-1]

    def _take_strays(self, entry: etree._Element) -> None:
        for block in entries.stray_blocks(entry):
            self.note_once("readings_outside_interval_block")
            self._block_position = 0
            self._harvest(block, None)

    def _take_loose(self, root: etree._Element) -> None:
        """Takes what stands in a feed outside any entry: a few utilities write no entries at all."""
        if entries.local(root) != "entry":
            self._take_strays(root)
            found = entries.contents(root) | entries.root_object(root)
            self._register(entries.links(root), found, self._look(found))

    def _harvest(self, block: etree._Element, count: int | None) -> None:
        """Takes the first `count` readings out of a block that may not be complete yet; all of them for None."""
        parts = reading_parts(block, self._runs, count=count)
        readings = sum(
            part.count(b"\n") // FIELDS if isinstance(part, bytes) else len(part) for part in parts
        )
        origin = self._origin_of(block)
        interval = entries.block_interval(block)
        record, line = self.findings.records + 1, block.sourceline or 0
        self._hold(Held(origin, parts, [readings], record, self._block_position, line, *interval))
        self._block_position += readings
        entries.drop_readings(block, count)

    def _origin_of(self, block: etree._Element) -> Origin:
        if self._origin is None:
            links = entries.links(self._entry) if self._entry is not None else Links()
            self._linked = len(self._entry) if self._entry is not None else 0
            self._origin = self._feed.origin(links, entries.written_codes(block))
        return self._origin

    def _hold(self, held: Held) -> None:
        self._held.append(held)
        self._held_rows += held.weight
        self.findings.records += held.readings

    def _take_entry(self, entry: etree._Element) -> None:
        known = self._origin is not None and not entries.late_links(entry, self._linked)
        links = self._origin.links if self._origin and known else entries.links(entry)
        self._feed.see_ids([links.id])
        found = entries.contents(entry)
        for kind in found:
            if found[kind].tag != f"{{{entries.NAMESPACE}}}{kind}":
                self.note_once("espi_namespace_unusual")
        if not links.any:
            self.note_once("entry_without_links")
        self._register(links, found, self._look(found))
        if self._origin is not None:
            self._origin.links = links

    def _register(self, links: Links, found: Collection[str], codes: dict[str, int]) -> None:
        """found: names of ESPI objects. codes: of a ReadingType among them."""
        if "UsagePoint" in found:
            self._feed.add_usage_point(links)
        inline = None
        if "ReadingType" in found:
            alone = "MeterReading" not in found and "IntervalBlock" not in found
            inline = self._feed.add_reading_type(links, codes, listed=alone)
        if "MeterReading" in found:
            self._feed.add_meter_reading(links, inline)
        if self._origin is not None and set(found) - {"IntervalBlock"}:
            self._origin = self._feed.place(self._origin, inline)

    def _look(self, found: dict[str, etree._Element]) -> dict[str, int]:
        """What the objects of an entry say of their own; gives the codes of a ReadingType."""
        self._met.update(found)
        if "LocalTimeParameters" in found:
            entries.check_clock(found["LocalTimeParameters"], self.note_once)
        return entries.codes(found["ReadingType"], self.note_once) if "ReadingType" in found else {}

    def _flush(self, *, final: bool) -> Iterator[Block]:
        """Gives out what can be given out; before `final`, readings whose ReadingType has not come yet stay held."""
        ready: list[Held] = []
        waiting: list[Held] = []
        whole: Iterable[Held] = self._held
        if self._feed.lists_blocks:
            whole = chain.from_iterable(parted(held, self._feed, self._runs) for held in self._held)
        origin, kind = None, None
        for held in whole:
            if held.origin is not origin:
                origin = held.origin
                reading = self._feed.meter_reading_of(origin, final=final)
                kind = self._feed.reading_type_of(reading, final=final) if reading else None
            (ready if final or kind else waiting).append(held)
        self._held, self._held_rows = waiting, sum(held.weight for held in waiting)
        self._flush_at = self._held_rows + BLOCK_ROWS
        batches = list(_batches(ready))[::-1]
        ready.clear()
        while batches:
            # What was held is let go before anybody else's turn comes.
            block = self._block(batches.pop())
            if block is not None:
                yield block
                del block

    def _block(self, batch: list[Held]) -> Block | None:
        told = [self._told_of(held) for held in batch]
        lengths = np.array([known.codes.get("intervalLength", 0) for known in told], np.int64)
        report = Report(lambda *what: self._refuse(batch, *what), self.note)
        rows = columns(batch, cutter=self._runs, decimals=self._decimals, lengths=lengths, report=report)
        if (rows.tou != ABSENT).any():
            told = self._part_periods(rows, told)
            lengths = np.array([known.codes.get("intervalLength", 0) for known in told], np.int64)
        deltas = watch(rows, told)
        fill_durations(rows, lengths, deltas=deltas, report=report)
        self._note_lengths(rows, lengths)
        if not len(rows.start):
            return None
        series = self._ordinals(rows, told)
        return Block(
            series=series[rows.held],
            start=rows.start,
            duration=rows.duration.astype(np.int32),
            value=rows.value,
            quality=self._qualities(rows, told),
            record=rows.record,
        )

    def _told_of(self, held: Held) -> Told:
        reading = self._feed.meter_reading_of(held.origin, final=True)
        assert reading is not None  # noqa: S101  the last fall-back makes one up
        known = self._told.get((reading, ABSENT))
        if known is None:
            kind = self._feed.reading_type_of(reading, final=True)
            known = self._told[reading, ABSENT] = Told(reading, kind.codes if kind else {})
        return known

    def _part_periods(self, rows: Columns, told: list[Told]) -> list[Told]:
        """Readings of one interval for several periods of a tariff become series of their own; gives `told` with these."""
        places = {id(known): place for place, known in enumerate(told)}
        series = np.array([places[id(known)] for known in told], np.int64)[rows.held]
        apart = moved_apart(series, rows.start, rows.tou)
        told = list(told)
        for place, tou in sorted(set(zip(series[apart].tolist(), rows.tou[apart].tolist(), strict=True))):
            mine = apart[(series[apart] == place) & (rows.tou[apart] == tou)]
            known = told[place]
            first = rows.tou[(series == place) & np.isin(rows.start, rows.start[mine])][0]
            known.mean(tariff_period(int(first)) | known.codes)
            part = Told(known.reading, known.codes | tariff_period(tou))
            rows.held[mine] = len(told)
            rows.block[mine] = rows.block.max() + 1
            told.append(self._told.setdefault((known.reading, max(tou, 0)), part))
        if len(apart):
            self.note_once("tariff_periods_parted")
            rows.keep(np.argsort(rows.held, kind="stable").astype(np.int64))
        return told

    def _note_lengths(self, rows: Columns, lengths: Int64s) -> None:
        told = lengths[rows.held]
        contradicted = (told > 0) & (rows.duration > 0) & (rows.duration != told)
        if contradicted.any():
            self.note_once("interval_length_contradicted", record=int(rows.record[np.argmax(contradicted)]))
        same_block = rows.block[1:] == rows.block[:-1]
        backwards = same_block & (np.diff(rows.start) < 0)
        if backwards.any():
            self.note_once("not_in_order_of_time", record=int(rows.record[1:][np.argmax(backwards)]))

    def _ordinals(self, rows: Columns, told: list[Told]) -> Int32s:
        """The ordinal of each Held, given to a series with its first good reading; brings `series` up to date."""
        for index in np.unique(rows.held).tolist():
            if told[index].ordinal is None:
                told[index].ordinal = len(self.series)
                self.series.append(_UNDESCRIBED)
        for known in {id(known): known for known in told}.values():
            self._describe(known)
        return np.array([-1 if known.ordinal is None else known.ordinal for known in told], np.int32)

    def _settle(self) -> None:
        """Describes once more, at the end, the series whose readings could not wait for the rest of the file."""
        for known in self._told.values():
            kind = self._feed.reading_type_of(known.reading, final=True) if not known.codes else None
            if kind is not None:
                known.mean(kind.codes)
            self._describe(known)
        self._set_parts_aside()

    def _describe(self, known: Told) -> None:
        if known.ordinal is None:
            return
        point = known.reading.usage_point or self._feed.usage_point_of(known.reading)
        deltas = known.deltas
        signs = (point, self._feed.shares_id(point), known.negative, deltas, len(known.codes))
        if signs != known.described:
            known.described = signs
            self.series[known.ordinal] = self._series(known, point, known.ordinal, deltas=deltas)

    def _set_parts_aside(self) -> None:
        groups: dict[tuple[object, ...], list[tuple[int, Told]]] = {}
        for known in self._told.values():
            one = self.series[known.ordinal] if known.ordinal is not None else None
            if one is not None and one.channel in SUMMABLE:
                length = known.codes.get("intervalLength")
                what = (one.identifiers, one.channel, one.unit, one.power_of_ten, length)
                groups.setdefault(what, []).append((one.ordinal, known))
        for group in (group for group in groups.values() if len(group) > 1):
            aside = standing_aside([Member(known.codes, known.weight) for _, known in group])
            for place in aside.places:
                ordinal = group[place][0]
                self.series[ordinal] = replace(self.series[ordinal], channel=Channel.OTHER)
            for note in sorted(aside.notes):
                self.note_once(note)

    def _series(self, known: Told, point: UsagePoint | None, ordinal: int, *, deltas: bool) -> Series:
        number = point.number if point else 0
        codes = known.codes
        power = codes.get("powerOfTenMultiplier", 0) - self._decimals
        if known.is_register and deltas:
            self.note_once("accumulation_contradicted")
        for name in ("uom", "flowDirection", "accumulationBehaviour"):
            if name not in codes:
                self.note_once(f"no_{_SNAKE[name]}")
        return Series(
            ordinal=ordinal,
            identifiers=self._feed.identifiers(known.reading, fallback=f"file/{self.sha256}/{number}"),
            channel=channel(codes, negative=known.negative, deltas=deltas),
            unit=unit_of(codes.get("uom")),
            power_of_ten=power if abs(power) <= MAX_POWER else self._refuse_power(),
        )

    def _refuse_power(self) -> NoReturn:
        raise BadInput(
            f"A ReadingType has a power of ten beyond ±{MAX_POWER}, which no meter needs.",
            where=f"{self.name}: powerOfTenMultiplier",
            next="Ask the sender for the right ReadingType; nothing of the file was kept.",
        )

    def _qualities(self, rows: Columns, told: list[Told]) -> npt.NDArray[np.int16] | None:
        default = [
            self.quality_index(f"espi:{known.codes['defaultQuality']}")
            if "defaultQuality" in known.codes
            else -1
            for known in told
        ]
        used = np.flatnonzero(np.bincount(rows.quality))
        stated = np.full(len(rows.codes), -1, np.int16)
        for code in sorted(used.tolist(), key=rows.codes.__getitem__):
            stated[code] = self._quality_of(rows.codes[code])
        if max(default, default=-1) < 0 and stated.max() < 0:
            return None
        given = stated[rows.quality]
        return np.where(given >= 0, given, np.array(default, np.int16)[rows.held])

    def _quality_of(self, codes: bytes) -> int:
        """The index of what a reading states of its quality, the worst where it states several; -1 for nothing."""
        given = codes.decode().split()
        marks = [f"espi:{mark}" if _QUALITY.fullmatch(mark) else "espi:unreadable" for mark in given]
        if "espi:unreadable" in marks:
            self.note_once("quality_unreadable")
        if len(marks) > 1:
            self.note_once("several_qualities")
        return self.quality_index(worst_quality(marks)) if marks else -1

    def _refuse(self, batch: list[Held], kind: str, records: Int64s, held: Int32s, start: Int64s) -> None:
        line = np.array([each.line for each in batch], np.int64)[held]
        self.reject(kind, records, line, at="block", start=start)

    def _note_what_is_missing(self) -> None:
        if not self._met:
            raise self._not_green_button()
        for kind in ("UsagePoint", "MeterReading", "ReadingType", "LocalTimeParameters"):
            if kind not in self._met:
                self.note_once(f"no_{_SNAKE[kind]}")
        if not self.findings.records:
            self.note_once("no_readings")


_QUALITY = re.compile("[0-9]{1,3}")
_UNDESCRIBED = Series(-1, (), Channel.OTHER, "")
_SNAKE = {
    "uom": "unit",
    "flowDirection": "flow_direction",
    "accumulationBehaviour": "accumulation_behaviour",
    "UsagePoint": "usage_point",
    "MeterReading": "meter_reading",
    "ReadingType": "reading_type",
    "LocalTimeParameters": "local_time_parameters",
}


def _batches(held: list[Held]) -> Iterator[list[Held]]:
    """The held readings in their order, in lists of about BLOCK_ROWS readings."""
    batch: list[Held] = []
    rows = 0
    for part in held:
        batch.append(part)
        rows += part.readings
        if rows >= BLOCK_ROWS:
            yield batch
            batch, rows = [], 0
    if rows:
        yield batch
