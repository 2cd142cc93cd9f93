"""Copies to take away, of exactly the hours that the page shows."""

from __future__ import annotations

import hashlib
import hmac
import io
import uuid
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from meterkeep.faces.charts.heatmap import State
from meterkeep.faces.downloads import csv_text
from meterkeep.faces.portal.hours import HOUR, Flow, Hour
from meterkeep.readings.formats.writing.green_button import write_greenbutton
from meterkeep.readings.formats.writing.outgoing import Outgoing
from meterkeep.readings.model import Channel

QUALITY = {
    State.ACTUAL: "read",
    State.ESTIMATED: "estimated",
    State.PARTIAL: "part of the hour",
    State.MISSING: "not read",
}


def as_csv(flows: Sequence[Flow]) -> str:
    """One line per hour and channel; starts carry their offset, so that the hour the clock shows twice is two lines."""
    head = ("start", "channel", "value", "unit", "quality")
    return csv_text([head, *(_cells(flow, hour) for flow in flows for hour in flow.hours)])


def _cells(flow: Flow, hour: Hour) -> tuple[str, ...]:
    value = "" if hour.value is None else f"{flow.shown(hour.value):f}"
    return (hour.start.isoformat(), flow.channel, value, flow.shown_unit, QUALITY[hour.state])


ESPI_QUALITY = {State.ACTUAL: "espi:0", State.ESTIMATED: "espi:8", State.PARTIAL: "espi:10"}
"""Valid, estimated, questionable (NAESB REQ.21, QualityOfReading). An hour that was not read has no reading at all."""


def as_green_button(flows: Sequence[Flow], *, customer: str, secret: str, made: datetime, zone: str) -> bytes:
    """secret: makes the ids in the file the same each time, and the customer's id unknowable from them."""
    namespace = uuid.UUID(bytes=hmac.digest(secret.encode(), b"green button", hashlib.sha256)[:16])
    file = io.BytesIO()
    named = str(uuid.uuid5(namespace, customer))
    series = [_outgoing(flow) for flow in flows]
    write_greenbutton(
        file, series, customer=named, namespace=namespace, made=made, zone=zone, title="My energy use"
    )
    return file.getvalue()


def _outgoing(flow: Flow) -> Outgoing:
    """What the page shows as one: the sum of the customer's usage points in this channel."""
    read = [hour for hour in flow.hours if hour.value is not None]
    return Outgoing(
        usage_point="1",
        channel=Channel(flow.channel),
        unit=flow.unit,
        seconds=HOUR,
        start=np.array([int(hour.start.timestamp()) for hour in read], np.int64),
        value=np.array([hour.value for hour in read], np.int64),
        power_of_ten=flow.power,
        quality=tuple(ESPI_QUALITY[hour.state] for hour in read),
    )
