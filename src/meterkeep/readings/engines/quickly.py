"""The quick way to the inputs of a 15/15 rule, where nothing is in its way: which expression it takes, or none."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from ibis.expr.types import Table

from meterkeep.readings.engines.at_once import inputs_at_once, power_of
from meterkeep.readings.engines.engine import Engine
from meterkeep.readings.engines.evenly import inputs_of_even, inputs_of_one_period
from meterkeep.readings.engines.periods import Periods
from meterkeep.readings.store.reading.reading import Reading
from meterkeep.readings.store.tables.even import Even


def quick_inputs(
    engine: Engine,
    reading: Reading,
    periods: Periods,
    days: Table,
    *,
    by: Sequence[str],
    measure: str,
    unit: str,
) -> pa.Table | None:
    """As `groups.inputs`; None where spans end inside a period, or where usage points tell at several lengths or powers of ten.

    days: what stands in the files of the reading, which has no points. The engine has the table `cells`.
    """
    spans = reading.spans
    if not (periods.are_bounds(spans.start) and periods.are_bounds(spans.end)):
        return None
    engine.give("spans", spans.table())
    engine.give("periods", periods.table)
    even = noted(reading)
    answer = engine.ask(_question(periods, days, even, by=tuple(by), measure=measure, unit=unit))
    return _checked(answer) if even is None else _at_power(answer, even.power_of_ten)


def noted(reading: Reading) -> Even | None:
    """What the names of all its files say alike; None where one says something else, or nothing."""
    first, *others = {file.even for file in reading.day_files()}
    return None if others else first


def _question(
    periods: Periods, days: Table, even: Even | None, *, by: tuple[str, ...], measure: str, unit: str
) -> Table:
    within, cuts, only = periods.within(), periods.cuts(), periods.only
    of = {"by": by, "measure": measure, "unit": unit, "within": within}
    place = {"offset": periods.offset, "interval": periods.interval, "cuts": cuts}
    if even is None:
        return inputs_at_once(days, **of, **place, only=only)
    if only is None:
        return inputs_of_even(days, **of, **place, seconds=even.seconds)
    return inputs_of_one_period(days, **of, pieces=periods.pieces(), seconds=even.seconds, period=only)


def _checked(answer: pa.Table) -> pa.Table | None:
    """None where usage points told at several lengths, or not all at one power of ten."""
    powers = {power_of(kind) for name in ("low", "high") for kind in answer[name].to_pylist()}
    if len(powers) > 1 or any(answer["uneven"].to_pylist()):
        return None
    return _at_power(answer.drop_columns(["low", "high", "uneven"]), *powers)


def _at_power(answer: pa.Table, power: int = 0) -> pa.Table:
    return answer.append_column("power_of_ten", pa.array([power] * len(answer), pa.int8()))
