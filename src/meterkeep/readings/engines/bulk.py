"""Questions about many usage points at once, in the few steps that an engine takes to answer them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from meterkeep.readings.engines import groups, tables, totals
from meterkeep.readings.engines.engine import Engine, Scan
from meterkeep.readings.engines.periods import Periods
from meterkeep.readings.engines.quickly import quick_inputs
from meterkeep.readings.engines.sql import arrow_schema
from meterkeep.readings.model import SUMMABLE, Int64s
from meterkeep.readings.quality import classify
from meterkeep.readings.store.reading.reading import MOST_NAMED, Reading
from meterkeep.readings.store.rows.civil import DAY
from meterkeep.readings.store.tables.snapshot import Visible


class Bulk:
    """interval: the periods of the totals, P1M or P1D. After `add_up` the engine has the table `totals`."""

    def __init__(self, engine: Engine, reading: Reading, *, interval: str) -> None:
        self._engine, self._reading, self._interval, self._offset = engine, reading, interval, reading.offset
        codes = reading.snapshot.codes()
        self._estimated = [code for code in sorted(codes) if classify(code) == "estimated"]
        self._periods = Periods(interval, reading.zone, reading.offset, reading.first, reading.end)
        self._added_up = False
        self._every_channel = self._scanned("days", reading.day_files())
        self._days = _summed(self._every_channel)
        self._points = _summed(self._scanned("points", reading.point_files()))

    def add_up(self) -> Table:
        """The table `totals`: for each holder, usage point, channel, unit and period what `Store.read` adds up there."""
        engine = self._engine
        engine.give("spans", self._reading.spans.table())
        engine.give("periods", self._periods.table)
        engine.keep("windows", totals.windows())
        self._keep(totals.PARTS, [] if self._days is None else self._parts(self._days))
        slow = self._told_slowly = self._slow()
        answers = [totals.added(slow=slow is not None)]
        if slow is not None:
            answers.append(totals.unravelled(slow, estimated=self._estimated))
        engine.keep("totals", *answers)
        self._added_up = True
        return groups.TOTALS

    def inputs(self, cells: pa.Table, *, measure: str, unit: str) -> pa.Table:
        """For each cell and period: customers, total, largest, power_of_ten.

        cells: one row for each holder, a column of text for each dimension. measure: a channel.
        """
        self._engine.give("cells", cells)
        by = _dimensions(cells)
        if not self._added_up:
            quick = self._quick_inputs(by, measure, unit)
            if quick is not None:
                return quick
            self.add_up()
        return self._engine.ask(groups.inputs(by=by, measure=measure, unit=unit))

    def _quick_inputs(self, by: list[str], measure: str, unit: str) -> pa.Table | None:
        days = self._every_channel
        if days is None or self._points is not None or measure not in SUMMABLE:
            return None
        return quick_inputs(
            self._engine, self._reading, self._periods, days, by=by, measure=measure, unit=unit
        )

    def shape(self, cells: pa.Table, *, measure: str, unit: str) -> pa.Table:
        """For each cell and hour of the clocks: customers, total, largest, power_of_ten, hours. Needs `add_up`."""
        self._engine.give("cells", cells)
        self._engine.give("clock", self._clock())
        told = []
        if self._days is not None:
            told.append(groups.hours(self._days, offset=self._offset, slow=self._told_slowly is not None))
        if self._told_slowly is not None:
            told.append(groups.hours_of_readings(self._told_slowly, offset=self._offset))
        self._keep(groups.HOURS, told)
        return self._engine.ask(groups.shape(by=_dimensions(cells), measure=measure, unit=unit))

    def report(self) -> pa.Table:
        """For each period, channel and unit: usage points asked about and told of, intervals, missing, estimated.

        Needs `add_up`.
        """
        return self._engine.ask(groups.report())

    def _keep(self, table: Table, expressions: Sequence[Table]) -> None:
        if expressions:
            self._engine.keep(table.get_name(), *expressions)
        else:
            self._engine.give(table.get_name(), arrow_schema(table).empty_table())

    def _clock(self) -> pa.Table:
        first, last = ((int(at) + self._offset) // DAY for at in (self._reading.first, self._reading.end))
        second = np.tile(np.arange(0, DAY, groups.HOUR), last - first + 1)
        number = np.repeat(np.arange(first, last + 1), DAY // groups.HOUR)
        hour = hours_shown(number * DAY + second - self._offset, self._reading.zone)
        return pa.table({"number": number, "second": second, "hour": hour})

    def _scanned(self, name: str, files: list[Visible]) -> Table | None:
        """What stands in these files; None without files."""
        if not files:
            return None
        self._engine.scan(name, _scans(files))
        corrected = any(file.revision for file in files)
        stand = tables.standing_days if name == "days" else tables.standing_points
        own = self._reading.usage_points
        return totals.named(stand(corrected=corrected), tuple(own.tolist()) if len(own) <= MOST_NAMED else ())

    def _parts(self, standing: Table) -> list[Table]:
        parts = [totals.whole_days(standing, offset=self._offset, interval=self._interval)]
        by_periods = set(self._periods.cuts())
        by_spans = (
            self._periods.cut(np.concatenate([self._reading.spans.start, self._reading.spans.end]))
            - by_periods
        )
        if by_periods:
            parts.append(self._cut_days(standing, by_periods, elsewhere=False))
        if by_spans:
            few = len(by_spans) <= MOST_NAMED
            parts.append(self._cut_days(standing, by_spans if few else by_periods, elsewhere=not few))
        return parts

    def _cut_days(self, standing: Table, days: Collection[date], *, elsewhere: bool) -> Table:
        return totals.cut_days(
            standing, offset=self._offset, days=sorted(days), elsewhere=elsewhere, estimated=self._estimated
        )

    def _slow(self) -> Table | None:
        """The readings of the usage points whose readings may overlap; None where there are none."""
        found = [self._engine.ask(totals.of_several_lengths())]
        if self._points is not None:
            found.append(self._engine.ask(totals.with_points(self._points)))
        slow = np.unique(np.concatenate([table["usage_point"].to_numpy() for table in found]))
        if not len(slow):
            return None
        self._engine.give("slow", pa.table({"usage_point": slow.astype(np.int32)}))
        return totals.readings(self._days, self._points, offset=self._offset)


def _summed(standing: Table | None) -> Table | None:
    return None if standing is None else totals.summed(standing)


def _dimensions(cells: pa.Table) -> list[str]:
    return [name for name in cells.column_names if name != "holder"]


def hours_shown(instants: Int64s, zone: ZoneInfo) -> Int64s:
    """The hour that the clocks of the zone show at each instant."""
    distinct, at = np.unique(instants, return_inverse=True)
    shown = [datetime.fromtimestamp(int(each), zone).hour for each in distinct]
    return np.array(shown, np.int64)[at]


def _scans(files: Iterable[Visible]) -> list[Scan]:
    alike: dict[tuple[bool, int | None], list[str]] = defaultdict(list)
    for file in files:
        alike[file.revision, file.known].append(file.path)
    return [Scan(tuple(paths), revision, known) for (revision, known), paths in alike.items()]
