"""The expressions whose SQL is kept as golden files.

They are written anew, after a change that is meant, by:

    PYTHONPATH=src:tests .venv-dev/bin/python -m readings.engines.questions
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from meterkeep.readings.engines import groups, tables, totals
from meterkeep.readings.engines.at_once import inputs_at_once
from meterkeep.readings.engines.evenly import inputs_of_even, inputs_of_one_period
from meterkeep.readings.engines.sql import compiled

GOLDEN = Path(__file__).parent / "golden"
DIALECTS = ("spark", "databricks", "snowflake", "trino")
OFFSET = -8 * 3600
WITHIN = date(2025, 7, 1), date(2025, 7, 30)
CUT = [date(2025, 6, 30), date(2025, 7, 31)]
PIECES = (CUT[0], 23 * 3600, 24 * 3600), (CUT[1], 0, 23 * 3600)


def questions():
    """Name → expression: a summer month of Los Angeles, with corrections, usage points that overlap, and estimates."""
    every_channel = tables.standing_days(corrected=True)
    days = totals.summed(every_channel)
    points = totals.summed(tables.standing_points(corrected=True))
    told = totals.readings(days, points, offset=OFFSET)
    of = {"by": ("zip", "customer_class"), "measure": "delivered", "unit": "Wh"}
    place = {"offset": OFFSET, "interval": "P1M", "within": WITHIN, "cuts": tuple(CUT)}
    return {
        "standing_days": days,
        "standing_points": points,
        "windows": totals.windows(),
        "whole_days": totals.whole_days(days, offset=OFFSET, interval="P1M"),
        "cut_days": totals.cut_days(days, offset=OFFSET, days=CUT, elsewhere=False, estimated=["espi:8"]),
        "of_several_lengths": totals.of_several_lengths(),
        "with_points": totals.with_points(points),
        "added": totals.added(slow=True),
        "unravelled": totals.unravelled(told, estimated=["espi:8"]),
        "inputs": groups.inputs(**of),
        "inputs_at_once": inputs_at_once(every_channel, **of, **place, only=666),
        "inputs_of_even": inputs_of_even(every_channel, **of, **place, seconds=900),
        "inputs_of_one_period": inputs_of_one_period(
            every_channel, **of, within=WITHIN, pieces=PIECES, seconds=900, period=666
        ),
        "report": groups.report(),
        "hours": groups.hours(days, offset=OFFSET, slow=True),
        "hours_of_readings": groups.hours_of_readings(told, offset=OFFSET),
        "shape": groups.shape(**of),
    }


def main() -> None:
    for name, expression in questions().items():
        for dialect in DIALECTS:
            text = compiled(expression, dialect, pretty=True)
            (GOLDEN / f"{name}.{dialect}.sql").write_text(text + "\n")


if __name__ == "__main__":
    main()
