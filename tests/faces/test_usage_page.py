"""The usage page in words: figures in the unit people know, gaps and estimates said, both channels side by side."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from django.utils import translation

from meterkeep.faces.portal.downloads import as_csv, as_green_button
from meterkeep.faces.portal.hours import flows
from meterkeep.faces.portal.months import Month, last_months
from meterkeep.faces.portal.presenters import usage_page
from meterkeep.readings.formats import open_file

ZONE = ZoneInfo("America/Los_Angeles")
OCTOBER = Month.parse("2026-10")
FIRST = datetime(2026, 10, 1, 7, tzinfo=UTC)


def reading(hour, value, channel="delivered", quality="actual", present=4):
    return {
        "channel": channel, "start": FIRST + timedelta(hours=hour), "seconds": 3600, "value": value,
        "power_of_ten": 0, "unit": "Wh", "quality": quality, "n_present": present, "n_expected": 4,
    }  # fmt: skip


@pytest.fixture
def month():
    """Delivered all month but for a gap, an estimate and a part of an hour; received at noon only."""
    gone, guessed, part = 5, 6, 7
    rows = [
        reading(h, 500, quality="estimated" if h == guessed else "actual", present=2 if h == part else 4)
        for h in range(744)
        if h != gone
    ]
    rows += [reading(h, 2000, "received") for h in range(744) if h % 24 == 12]
    return flows(pa.Table.from_pylist(rows), OCTOBER, ZONE, until=datetime(2027, 1, 1, tzinfo=UTC))


@pytest.fixture
def page(month):
    return usage_page(month, month=OCTOBER, months=last_months(Month.parse("2026-11"), 3), channel="")


def test_totals_are_in_kilowatt_hours_and_apart(page):
    assert [(flow.channel, flow.total, flow.unit) for flow in page.flows] == [
        ("delivered", "371.5", "kWh"),
        ("received", "62.0", "kWh"),
    ]


def test_coverage_and_estimates_are_said(page):
    assert page.shown.coverage == "742 of 744 hours"
    assert page.shown.estimated == "1 hour is estimated"


def test_the_table_marks_what_the_picture_marks(page):
    assert page.shown.rows[0].hours[4:9] == ("0.50", "–", "0.50 e", "0.50 p", "0.50")


def test_a_day_without_any_reading_has_no_total():
    one = flows(
        pa.Table.from_pylist([reading(30, 500)]), OCTOBER, ZONE, until=datetime(2027, 1, 1, tzinfo=UTC)
    )
    page = usage_page(one, month=OCTOBER, months=last_months(OCTOBER, 1), channel="")
    assert [row.total for row in page.shown.rows[:2]] == ["–", "0.50"]


def test_the_chosen_channel_is_drawn_and_any_other_word_draws_the_first(month):
    months = last_months(OCTOBER, 1)
    for asked, drawn in (("received", "received"), ("", "delivered"), ("nonsense", "delivered")):
        assert usage_page(month, month=OCTOBER, months=months, channel=asked).shown.channel == drawn


def test_the_line_has_both_channels_and_a_gap_is_null(page):
    lines = page.chart["lines"]
    assert [len(line["values"]) for line in lines] == [744, 744] == [len(page.chart["starts"])] * 2
    assert lines[0]["values"][5] is None and lines[0]["values"][4] == 0.5


def test_every_cell_can_be_read_out(page):
    assert page.chart["readings"]["0,6"] == "Thursday 1 October, 6 a.m.–7 a.m.: 0.50 kWh (estimated)"
    assert page.chart["readings"]["0,5"].endswith("no reading")


def test_the_newest_month_has_no_next(month):
    months = last_months(OCTOBER, 2)
    assert usage_page(month, month=OCTOBER, months=months, channel="").next is None
    assert str(usage_page(month, month=OCTOBER.previous(), months=months, channel="").next) == "2026-10"


def test_a_month_without_readings_shows_none():
    page = usage_page([], month=OCTOBER, months=last_months(OCTOBER, 1), channel="")
    assert page.shown is None and page.flows == ()


def test_the_file_has_exactly_the_hours_shown(month):
    lines = as_csv(month).splitlines()
    assert lines[0] == "start,channel,value,unit,quality" and len(lines) == 1 + 2 * 744
    assert lines[1] == "2026-10-01T00:00:00-07:00,delivered,0.500,kWh,read"
    assert lines[6] == "2026-10-01T05:00:00-07:00,delivered,,kWh,not read"
    assert lines[7].endswith("estimated") and lines[8].endswith("part of the hour")


def test_numbers_follow_the_language(month):
    with translation.override("es"):
        page = usage_page(month, month=OCTOBER, months=last_months(OCTOBER, 1), channel="")
    assert page.flows[0].total == "371,5" and page.month.start == OCTOBER.start


def test_the_green_button_file_reads_back_as_the_hours_shown(month, tmp_path):
    """Through our own reader: a customer can bring the file back to any custodian."""
    path = tmp_path / "mine.xml"
    path.write_bytes(as_green_button(month, customer="c" * 32, secret="s", made=FIRST, zone=str(ZONE)))
    file = open_file(path)
    blocks = list(file.blocks())
    read = {
        series.channel: sum(int(block.value[block.series == series.ordinal].sum()) for block in blocks)
        for series in file.series
    }
    assert read == {flow.channel: flow.total for flow in month}
    assert sum(len(block) for block in blocks) == 743 + 744 - 713 and set(file.qualities) == {
        "espi:0",
        "espi:8",
        "espi:10",
    }


def test_the_green_button_file_is_the_same_each_time_and_does_not_tell_the_customer_s_id(month):
    told = {"secret": "s", "made": FIRST, "zone": str(ZONE)}
    first, again = (as_green_button(month, customer="c" * 32, **told) for _ in range(2))
    assert first == again != as_green_button(month, customer="d" * 32, **told)
    assert b"c" * 32 not in first
