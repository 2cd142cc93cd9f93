"""The same Arrow table as CSV, Parquet, XLSX and Green Button: every reading in each, exactly, and the same bytes again."""

from __future__ import annotations

import csv
import io
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from readings.formats.workbook import cells

from meterkeep.errors import BadInput
from meterkeep.readings.coverage import COLUMNS, coverage_in
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.columns.texts import decimals, local_times
from meterkeep.readings.formats.writing.extract import FORMATS, Extract, series_of, write_extract
from meterkeep.readings.formats.writing.xlsx import MOST_ROWS

ZONE = "America/Los_Angeles"
MADE = datetime(2026, 1, 2, tzinfo=UTC)
SUMMER_TIME_ENDS = 1_730_620_800
COVERAGE = pa.Table.from_pylist(
    [{"usage_point": 7, "channel": "delivered", "n_present": 3, "n_expected": 4}],
    pa.schema(list(COLUMNS.items())),
)


def table_of(rows):
    """rows: (usage point, channel, start, seconds, value, power, quality)."""
    names = ("usage_point", "channel", "start", "seconds", "value", "power_of_ten", "quality")
    kinds = (pa.int32(), pa.string(), pa.int64(), pa.int32(), pa.int64(), pa.int32(), pa.string())
    columns = list(zip(*rows, strict=True)) if rows else [[] for _ in names]
    table = pa.table({n: pa.array(c, k) for n, c, k in zip(names, columns, kinds, strict=True)})
    ones = pa.array([1] * len(rows), pa.int32())
    return (
        table.set_column(2, "start", table["start"].cast(pa.timestamp("s", "UTC")))
        .append_column("unit", pa.array(["Wh"] * len(rows)))
        .append_column("n_present", ones)
        .append_column("n_expected", ones)
    )


def written(table, format, **changes):
    out = io.BytesIO()
    extract = Extract(table, COVERAGE, ZONE, MADE, uuid.UUID(int=5))
    write_extract(extract, out, format=format)
    return out.getvalue()


def exact(rows):
    return sorted(
        (point, channel, start, seconds, Decimal(value).scaleb(power))
        for point, channel, start, seconds, value, power, _ in rows
    )


def from_csv(content):
    told = csv.DictReader(io.StringIO(content.decode()))
    return sorted(
        (
            int(row["usage_point"]),
            row["channel"],
            int(datetime.fromisoformat(row["start"]).timestamp()),
            int(row["seconds"]),
            Decimal(row["value"]),
        )
        for row in told
    )


def from_parquet(content):
    rows = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
    return sorted(
        (
            row["usage_point"],
            row["channel"],
            int(row["start"].timestamp()),
            row["seconds"],
            Decimal(row["value"]).scaleb(row["power_of_ten"]),
        )
        for row in rows
    )


def from_xlsx(content):
    head, *rows = cells(content)
    told = [dict(zip(head, row, strict=True)) for row in rows]
    return sorted(
        (
            int(row["usage_point"]),
            row["channel"],
            int(datetime.fromisoformat(row["start"]).timestamp()),
            int(row["seconds"]),
            Decimal(row["value"]),
        )
        for row in told
    )


def from_green_button(content, tmp_path):
    path = tmp_path / "out.xml"
    path.write_bytes(content)
    file = open_file(path, zone=ZONE)
    told = [
        (
            each.series[ordinal].channel,
            start,
            seconds,
            Decimal(value).scaleb(each.series[ordinal].power_of_ten),
        )
        for each in [file]
        for block in file.blocks()
        for ordinal, start, seconds, value in zip(
            block.series.tolist(),
            block.start.tolist(),
            block.duration.tolist(),
            block.value.tolist(),
            strict=True,
        )
    ]
    assert not file.findings.rejected
    return sorted(told)


POWERS = (-9, -3, -2, -1, 0, 1, 2, 3)
ROWS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(["delivered", "received", "net"]),
        st.integers(0, 90_000).map(lambda hour: SUMMER_TIME_ENDS + 3600 * (hour - 45_000)),
        st.sampled_from([900, 3600]),
        st.integers(-(10**13), 10**13),
        st.sampled_from(POWERS),
        st.sampled_from(["actual", "estimated", "edited", "unknown"]),
    ),
    max_size=40,
    unique_by=lambda row: (row[0], row[1], row[2]),
)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_every_reading_is_in_every_format_exactly(rows):
    table = table_of(rows)
    expected = exact(rows)
    assert from_csv(written(table, "csv")) == expected
    assert from_parquet(written(table, "parquet")) == expected
    assert from_xlsx(written(table, "xlsx")) == expected


@settings(max_examples=25, deadline=None)
@given(ROWS.filter(bool))
def test_green_button_has_every_reading_and_is_valid(espi_schema, tmp_path_factory, rows):
    content = written(table_of(rows), "greenbutton")
    espi_schema.assertValid(etree.fromstring(content))
    told = from_green_button(content, tmp_path_factory.mktemp("out"))
    assert told == sorted(
        (channel, start, seconds, value) for _, channel, start, seconds, value in exact(rows)
    )


ROW = (7, "delivered", SUMMER_TIME_ENDS, 3600, 1500, -3, "actual")


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_table_gives_the_same_bytes_whatever_the_order_of_its_rows(format):
    rows = [(7, "delivered", SUMMER_TIME_ENDS + 3600 * hour, 3600, hour, 0, "actual") for hour in range(50)]
    assert written(table_of(rows), format) == written(table_of(rows[::-1]), format)


def test_the_hour_that_the_clock_shows_twice_is_two_texts():
    starts = pa.array([SUMMER_TIME_ENDS, SUMMER_TIME_ENDS + 3600], pa.timestamp("s", "UTC"))
    assert local_times(starts, ZoneInfo(ZONE)).to_pylist() == [
        "2024-11-03T01:00:00-07:00",
        "2024-11-03T01:00:00-08:00",
    ]
    assert local_times(starts[:1], ZoneInfo("Asia/Kolkata")).to_pylist() == ["2024-11-03T13:30:00+05:30"]


@pytest.mark.parametrize(
    ("value", "power", "text"),
    [(5, -3, "0.005"), (-5, -3, "-0.005"), (0, -3, "0"), (0, 4, "0"), (1200, -2, "12"), (7, 2, "700"), (None, 0, None),
     (-(2**52), -15, "-4.503599627370496"), (2**52, 15, "4503599627370496000000000000000")],
)  # fmt: skip
def test_decimals_are_exact(value, power, text):
    assert decimals(pa.array([value], pa.int64()), pa.array([power], pa.int32())).to_pylist() == [text]


def test_a_workbook_keeps_as_text_what_its_cells_cannot_hold():
    row = (7, "delivered", SUMMER_TIME_ENDS, 3600, 1_234_567_890_123_456_7, -3, "actual")
    _, told = cells(written(table_of([row]), "xlsx"))
    assert told[4] == "12345678901234.567"


def test_a_workbook_has_the_coverage_on_a_sheet_of_its_own():
    head, row = cells(written(table_of([ROW]), "xlsx"), sheet=2)
    assert head == COVERAGE.column_names
    assert row == [7, "delivered", 4, 3]


def test_parquet_tells_its_zone_and_coverage():
    said = pyarrow.parquet.read_schema(io.BytesIO(written(table_of([ROW]), "parquet"))).metadata
    assert said[b"zone"] == ZONE.encode()
    assert coverage_in(pa.table({}).replace_schema_metadata(said)).to_pylist() == COVERAGE.to_pylist()


def test_an_attribute_that_looks_like_a_formula_stays_a_text():
    table = table_of([ROW]).append_column("rate_class", pa.array(["=1+1"]))
    assert next(csv.DictReader(io.StringIO(written(table, "csv").decode())))["rate_class"] == "'=1+1"


@pytest.mark.parametrize("word", ["TOU-D, 4 to 9", 'the "old" one', "two\nlines", "plain"])
def test_an_attribute_comes_back_from_csv_as_it_was(word):
    table = table_of([ROW]).append_column("rate_class", pa.array([word]))
    assert next(csv.DictReader(io.StringIO(written(table, "csv").decode())))["rate_class"] == word


def test_monthly_totals_are_written_too():
    months = pa.table(
        {
            "customer": ["a"],
            "usage_point": pa.array([7], pa.int32()),
            "channel": ["delivered"],
            "month": pa.array([date(2025, 2, 1)]),
            "total": pa.array([12_345], pa.int64()),
            "power_of_ten": pa.array([-2], pa.int32()),
            "unit": ["therm"],
        }
    )
    assert written(months, "csv").decode().splitlines() == [
        "customer,usage_point,channel,month,total,unit",
        "a,7,delivered,2025-02,123.45,therm",
    ]
    with pytest.raises(BadInput, match="not totals"):
        written(months, "greenbutton")


def test_two_customers_do_not_go_into_one_green_button_file():
    table = table_of([ROW, ROW]).add_column(0, "customer", pa.array(["a", "b"]))
    with pytest.raises(BadInput, match="one customer"):
        written(table, "greenbutton")


def test_what_is_too_long_for_a_workbook_is_refused():
    rows = pa.concat_tables([table_of([ROW])] * (MOST_ROWS + 1))
    with pytest.raises(BadInput, match="too many"):
        written(rows, "xlsx")


def test_series_of_nothing_are_none():
    assert list(series_of(table_of([]))) == []
