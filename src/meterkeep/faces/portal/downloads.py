"""Copies to take away, of exactly the hours that the page shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from meterkeep.faces.charts.heatmap import State
from meterkeep.faces.portal.hours import Flow

QUALITY = {
    State.ACTUAL: "read",
    State.ESTIMATED: "estimated",
    State.PARTIAL: "part of the hour",
    State.MISSING: "not read",
}


def as_csv(flows: Sequence[Flow]) -> str:
    """One line per hour and channel; starts carry their offset, so that the hour the clock shows twice is two lines."""
    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    write(["start", "channel", "value", "unit", "quality"])
    for flow in flows:
        for hour in flow.hours:
            value = "" if hour.value is None else f"{flow.shown(hour.value):f}"
            write([hour.start.isoformat(), flow.channel, value, flow.shown_unit, QUALITY[hour.state]])
    return out.getvalue()
