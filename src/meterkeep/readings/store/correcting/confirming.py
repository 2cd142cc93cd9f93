"""Which files had said once more what is taken back: such a reading was counted, not stored again, so its word goes as well."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from meterkeep.readings.store.correcting.marks import Told
from meterkeep.readings.store.intake.summary import SeriesSummary, instant_text
from meterkeep.readings.store.tables.registry import FILE, IntakeRow, Registry

HELD: Final = {"not_better", "part_of_total_elsewhere"}
"""Notes of readings that were kept but do not count."""

Stretches = Mapping[int, tuple[str, str]]
"""The first and the last start of what was told of each usage point, as `SeriesSummary` has them."""


def told_by_series(series: Iterable[SeriesSummary]) -> Stretches:
    return _widest((one.usage_point, one.first, one.last) for one in series)


def told_by_parts(told: Iterable[Told]) -> Stretches:
    runs = (run for one in told for run in one.runs)
    return _widest(
        (run.usage_point, instant_text(run.start), instant_text(run.start + (run.count - 1) * run.seconds))
        for run in runs
    )


def send_again(
    registry: Registry, rows: Iterable[IntakeRow], told: Stretches, *, after: int, but: Collection[str]
) -> list[str]:
    """Digests of the files taken in later than `after` that may have confirmed some of it. but: names of intakes to pass over."""
    others = {row.name: row.digest for row in rows if row.kind == FILE and row.name not in but}
    again: dict[str, None] = {}
    for name, result in registry.results_after(after):
        confirms = name in others and (result.already_stored or HELD & {*result.notes})
        if confirms and any(_meets(series, told) for series in result.series):
            again[others[name]] = None
    return [*again]


def _meets(series: SeriesSummary, told: Stretches) -> bool:
    first, last = told.get(series.usage_point, ("", ""))
    return bool(last) and series.first <= last and series.last >= first


def _widest(stretches: Iterable[tuple[int, str, str]]) -> Stretches:
    found: dict[int, tuple[str, str]] = {}
    for usage_point, first, last in stretches:
        known = found.get(usage_point, (first, last))
        found[usage_point] = min(known[0], first), max(known[1], last)
    return found
