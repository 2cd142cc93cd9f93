"""Questions about many usage points at once, in the few steps that an engine takes to answer them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from ibis.expr.types import Table

from meterkeep.readings.engines import groups, tables, totals
from meterkeep.readings.engines.at_once import inputs_at_once, power_of
from meterkeep.readings.engines.engine import Engine, Scan
from meterkeep.readings.engines.sql import arrow_schema
from meterkeep.readings.model import Int64s
from meterkeep.readings.quality import classify
from meterkeep.readings.store.reading.reading import MOST_NAMED, Reading
from meterkeep.readings.store.rows.civil import DAY, EPOCH, civil_periods, month_of
from meterkeep.readings.store.tables.snapshot import Visible


class Bulk:
    """interval: the periods of the totals, P1M or P1D. After `add_up` the engine has the table `totals`."""

    def __init__(self, engine: Engine, reading: Reading, *, interval: str) -> None:
        self._engine, self._reading, self._interval, self._offset = engine, reading, interval, reading.offset
        codes = reading.snapshot.codes()
        self._estimated = [code for code in sorted(codes) if classify(code) == "estimated"]
        self._boundaries = civil_periods(interval, reading.zone, reading.first, reading.end)
        self._added_up = False
        self._days = self._scanned("days", reading.day_files())
        self._points = self._scanned("points", reading.point_files())

    def add_up(self) -> Table:
        """The table `totals`: for each holder, usage point, channel, unit and period what `Store.read` adds up there."""
        engine = self._engine
        engine.give("spans", self._reading.spans.table())
        engine.give("periods", self._periods())
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
        if not self._added_up:
            if (quick := self._inputs_at_once(cells, measure, unit)) is not None:
                return quick
            self.add_up()
        return self._engine.ask(groups.inputs(by=_dimensions(cells), measure=measure, unit=unit))

    def _inputs_at_once(self, cells: pa.Table, measure: str, unit: str) -> pa.Table | None:
        """None where something is in the way."""
        spans = self._reading.spans
        if self._days is None or self._points is not None:
            return None
        if not (self._at_boundaries(spans.start) and self._at_boundaries(spans.end)):
            return None
        self._engine.give("spans", spans.table())
        self._engine.give("periods", self._periods())
        numbers = (
            -(-(self._boundaries[0] + self._offset) // DAY),
            (self._boundaries[-1] + self._offset) // DAY - 1,
        )
        question = inputs_at_once(
            self._days,
            by=tuple(_dimensions(cells)),
            measure=measure,
            unit=unit,
            offset=self._offset,
            interval=self._interval,
            within=(EPOCH + timedelta(days=int(numbers[0])), EPOCH + timedelta(days=int(numbers[1]))),
            cuts=tuple(sorted(self._cut(self._boundaries))),
            only=int(self._periods()["period"][0].as_py()) if len(self._boundaries) == 2 else None,
        )
        return _even(self._engine.ask(question))

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
        """What stands in these files of what may be added up; None without files."""
        if not files:
            return None
        self._engine.scan(name, _scans(files))
        corrected = any(file.revision for file in files)
        stand = tables.standing_days if name == "days" else tables.standing_points
        own = self._reading.usage_points
        return totals.chosen(
            stand(corrected=corrected), tuple(own.tolist()) if len(own) <= MOST_NAMED else ()
        )

    def _periods(self) -> pa.Table:
        start, end = self._boundaries[:-1], self._boundaries[1:]
        if self._interval == "P1M":
            period = month_of(start, self._reading.zone)
        else:
            # A civil day begins within half a day of the standard one that has its name.
            period = (start + self._offset + DAY // 2) // DAY
        return pa.table({"period": period.astype(np.int64), "period_start": start, "period_end": end})

    def _parts(self, standing: Table) -> list[Table]:
        parts = [totals.whole_days(standing, offset=self._offset, interval=self._interval)]
        by_periods = self._cut(self._boundaries)
        by_spans = (
            self._cut(np.concatenate([self._reading.spans.start, self._reading.spans.end])) - by_periods
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

    def _at_boundaries(self, instants: Int64s) -> bool:
        """Whether every one of them begins or ends a period. Searching few in order is quicker than `isin` on many."""
        place = np.minimum(np.searchsorted(self._boundaries, instants), len(self._boundaries) - 1)
        return bool((self._boundaries[place] == instants).all())

    def _cut(self, instants: Int64s) -> set[date]:
        """The standard days that these instants cut apart."""
        day, second = np.divmod(np.unique(instants) + self._offset, DAY)
        return {EPOCH + timedelta(days=int(number)) for number in day[second > 0]}

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


def _even(answer: pa.Table) -> pa.Table | None:
    """None where usage points told at several lengths, or not all at one power of ten."""
    powers = {power_of(kind) for name in ("low", "high") for kind in answer[name].to_pylist()}
    if len(powers) > 1 or any(answer["uneven"].to_pylist()):
        return None
    power = pa.array([*powers] * len(answer), pa.int8())
    return answer.drop_columns(["low", "high", "uneven"]).append_column("power_of_ten", power)


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
