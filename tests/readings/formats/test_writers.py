"""What is written is read back the same, and Green Button is valid against the ESPI 4.0 schema."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.writing.cmep import write_cmep
from meterkeep.readings.formats.writing.green_button import write_greenbutton
from meterkeep.readings.formats.writing.outgoing import Outgoing
from meterkeep.readings.formats.writing.wide_csv import write_wide_csv
from meterkeep.readings.model import Channel

ZONE = "America/Los_Angeles"
MADE = datetime(2025, 1, 2, tzinfo=UTC)
SECRET = uuid.UUID(int=77)


def midnight(date):
    return int(datetime.fromisoformat(date).replace(tzinfo=ZoneInfo(ZONE)).timestamp())


def hours(count, start="2024-10-30"):
    return np.arange(count, dtype=np.int64) * 3600 + midnight(start)


def outgoing(values, **changes):
    given = {"usage_point": "up-700001", "channel": Channel.DELIVERED, "unit": "Wh", "seconds": 3600}
    values = np.array(values, np.int64)
    return Outgoing(**given | {"start": hours(len(values)), "value": values} | changes)


def green_button(series, zone=ZONE):
    file = io.BytesIO()
    count = write_greenbutton(file, series, customer="c0ffee01", namespace=SECRET, made=MADE, zone=zone)
    assert count == sum(len(each.start) for each in series)
    return file.getvalue()


def cmep(series):
    file = io.BytesIO()
    write_cmep(file, series, sender="CEX", receiver="MK", made=MADE, zone=ZONE)
    return file.getvalue()


def read_back(tmp_path, content):
    path = tmp_path / "out"
    path.write_bytes(content)
    file = open_file(path, zone=ZONE)
    rows = [
        (
            file.series[s].identifiers[-1],
            file.series[s].channel,
            start,
            seconds,
            Decimal(value).scaleb(file.series[s].power_of_ten),
        )
        for block in file.blocks()
        for s, start, seconds, value in zip(
            block.series, block.start.tolist(), block.duration.tolist(), block.value.tolist(), strict=True
        )
    ]
    assert not file.findings.rejected
    return file, rows


def rows_of(each):
    values = [Decimal(value).scaleb(each.power_of_ten) for value in each.value.tolist()]
    return [
        (each.usage_point, each.channel, start, each.seconds, value)
        for start, value in zip(each.start.tolist(), values, strict=True)
    ]


def test_green_button_is_valid_against_espi_4_0(espi_schema):
    series = [
        outgoing(range(60), quality=("espi:0", "espi:8", "", "csv:A") * 15),
        outgoing(range(60), channel=Channel.RECEIVED, power_of_ten=-3),
        outgoing(range(9), usage_point="gas & <water>", unit="therm", seconds=86_400, start=hours(9) * 1),
        outgoing([5, 6], channel=Channel.REGISTER),
        outgoing([5, 6], channel=Channel.DEMAND, unit="W"),
    ]
    for zone in (ZONE, "America/Phoenix", "Europe/London"):
        espi_schema.assertValid(etree.fromstring(green_button(series, zone)))
    assert (
        espi_schema.validate(etree.fromstring(green_button(series).replace(b"<value>5<", b"<value>x<")))
        is False
    )


def test_green_button_ids_are_repeatable_and_need_the_secret():
    one, same = green_button([outgoing([1])]), green_button([outgoing([1])])
    other = io.BytesIO()
    write_greenbutton(
        other, [outgoing([1])], customer="c0ffee01", namespace=uuid.UUID(int=78), made=MADE, zone=ZONE
    )
    assert one == same != other.getvalue()


def test_green_button_has_a_block_for_each_local_month(tmp_path):
    assert green_button([outgoing(range(60))]).count(b"<IntervalBlock ") == 2


_SERIES = st.lists(
    st.builds(
        lambda values, channel, power, point: outgoing(
            values, channel=channel, power_of_ten=power, usage_point=f"up-70000{point}"
        ),
        st.lists(st.integers(0, 2**46), min_size=1, max_size=60),
        st.sampled_from([Channel.DELIVERED, Channel.RECEIVED, Channel.NET]),
        st.sampled_from([-3, 0, 3]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(series=_SERIES)
def test_green_button_comes_back_as_it_was(tmp_path_factory, series):
    _, rows = read_back(tmp_path_factory.mktemp("out"), green_button(series))
    assert rows == [row for each in series for row in rows_of(each)]


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.integers(0, 2**40), min_size=1, max_size=120), power=st.sampled_from([-3, 0, 3]))
def test_cmep_comes_back_as_it_was_over_the_autumn_hour(tmp_path_factory, values, power):
    each = outgoing(values, power_of_ten=power, start=hours(len(values), "2024-11-02"))
    file, rows = read_back(tmp_path_factory.mktemp("out"), cmep([each]))
    assert rows == rows_of(each)
    assert file.format == "cmep"


def test_cmep_refuses_what_it_cannot_say():
    for changes in ({"channel": Channel.RECEIVED}, {"unit": "m3"}):
        with pytest.raises(BadInput, match="no way to write"):
            cmep([outgoing([1], **changes)])


@pytest.mark.parametrize(
    ("start", "count"), [("2024-03-09", 3 * 24 - 1), ("2024-11-02", 3 * 24 + 1), ("2024-07-01", 48)]
)
@pytest.mark.parametrize("seconds", [3600, 1800, 900])
def test_wide_csv_comes_back_as_it_was_on_every_kind_of_day(tmp_path, start, count, seconds):
    starts = np.arange(count * 3600 // seconds, dtype=np.int64) * seconds + midnight(start)
    values = np.arange(3 * len(starts), dtype=np.int64).reshape(3, -1)
    file = io.BytesIO()
    names = [f"up-70000{n}" for n in range(3)]
    assert write_wide_csv(file, names, starts, values, seconds=seconds, zone=ZONE) == values.size
    found, rows = read_back(tmp_path, file.getvalue())
    expected = [
        outgoing(row, usage_point=name, start=starts, seconds=seconds)
        for name, row in zip(names, values, strict=True)
    ]
    assert rows == [row for each in expected for row in rows_of(each)]
    assert found.format == "csv-wide"


def test_wide_csv_leaves_out_what_is_not_present(tmp_path):
    starts, values = hours(24), np.arange(24, dtype=np.int64)[None]
    present = values % 2 == 0
    file = io.BytesIO()
    assert write_wide_csv(file, ["up-700001"], starts, values, seconds=3600, zone=ZONE, present=present) == 12
    path = tmp_path / "x"
    path.write_bytes(file.getvalue())
    found = open_file(path, zone=ZONE)
    assert sum(map(len, found.blocks())) == 12
    assert found.findings.rejected == {"no_value": 12}


def test_wide_csv_marks_the_days_that_have_an_estimate(tmp_path):
    starts, estimated = hours(3 * 24, "2024-07-01"), np.zeros((2, 72), bool)
    estimated[0, 24] = estimated[1, 71] = True
    file = io.BytesIO()
    write_wide_csv(
        file, ["up-700001", "up-700002"], starts, estimated * 1, seconds=3600, zone=ZONE, estimated=estimated
    )
    path = tmp_path / "x"
    path.write_bytes(file.getvalue())
    found = open_file(path, zone=ZONE)
    (block,) = found.blocks()
    marks = np.array(found.qualities)[block.quality].reshape(2, 72)
    assert set(marks[0, 24:48]) == set(marks[1, 48:]) == {"csv:estimated"}
    assert (marks == "csv:estimated").sum() == 48
    assert set(found.qualities) == {"csv:actual", "csv:estimated"}


def test_wide_csv_takes_only_whole_days():
    for starts in (hours(24)[1:], hours(24)[::2], hours(0)):
        with pytest.raises(BadInput, match="whole local days"):
            write_wide_csv(
                io.BytesIO(), ["x"], starts, np.zeros((1, len(starts)), np.int64), seconds=3600, zone=ZONE
            )


def test_readings_out_of_order_are_not_written():
    with pytest.raises(BadInput, match="order of time"):
        outgoing([1, 2], start=hours(2)[::-1])
