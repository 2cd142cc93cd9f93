"""Conservation, over all formats: whatever stands in a file, every record is given out or rejected, once, with its place.

Files are synthetic. A plain count beside the readers says what they hold: a cell is a number, nothing, or no number.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readings.formats.green_button_files import interval_reading, simple
from readings.formats.test_edi867 import detail, head, interchange
from readings.formats.test_nem13 import nem as nem13
from readings.formats.test_nem13 import reads

from meterkeep.errors import BadInput
from meterkeep.readings.defects import SCHEMA
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.mapped_csv.mapping import mapping_of

HOURS = 48
FIRST = date(2024, 7, 1)
ZONE = "America/Los_Angeles"
MAPPING = """
header = "point,start,kwh"
seconds = 3600
channel = "delivered"
unit = "kWh"
[columns]
usage_point = "point"
start = "start"
value = "kwh"
"""
DAYS = [FIRST, FIRST + timedelta(days=1)]


def per_day(cells):
    return zip(DAYS, (cells[:24], cells[24:]), strict=True)


def green_button(cells):
    start = int(datetime(2024, 7, 1, 7, tzinfo=UTC).timestamp())
    return simple(
        [interval_reading(cell, start + 3600 * at) for at, cell in enumerate(cells)], powerOfTenMultiplier=3
    )


def cmep(cells):
    lines = []
    for day, values in per_day(cells):
        ends = [f"{day:%Y%m%d}{hour:02d}00" for hour in range(1, 24)]
        ends.append(f"{day + timedelta(days=1):%Y%m%d}0000")
        triples = ",".join(f"{end},R0,{value}" for end, value in zip(ends, values, strict=True))
        lines.append(f"MEPMD01,20080501,SYN,CEE,CEE,M1,202407030815,M1,OK,E,KWH,1.0,00000100,24,{triples}\n")
    return "".join(lines)


def wide(cells):
    head = ",".join(f"HR{hour:02d}00" for hour in range(1, 25))
    rows = [f"SYN-1,{day},kWh,A,{','.join(values)}\n" for day, values in per_day(cells)]
    return f"SERVICE_POINT_ID,READ_DATE,UNIT,QUALITY,{head}\n{''.join(rows)}"


def opower(cells):
    rows = [
        f"Electric usage,{day},{hour:02d}:00,{hour:02d}:59,{cell},$0.12,\n"
        for day, values in per_day(cells)
        for hour, cell in enumerate(values)
    ]
    return f"Name,SYNTHETIC\nAccount Number,7000001\nService,Service 1\n\nTYPE,DATE,START TIME,END TIME,USAGE (kWh),COST,NOTES\n{''.join(rows)}"


def sce(cells):
    parts = []
    for day, values in per_day(cells):
        rows = []
        for hour, cell in enumerate(values):
            begin = datetime(day.year, day.month, day.day, hour)  # noqa: DTZ001  a clock's face
            rows.append(f'"{begin} to {begin + timedelta(hours=1)}","{cell}",""\n')
        head = "Energy consumption time period,Usage(Real energy in kilowatt-hours),Reading quality\n"
        parts.append(f'"Data for period starting: {day} 00:00:00  for 24 hours"\n{head}{"".join(rows)}\n')
    return "Energy Usage Information\n" + "".join(parts)


def sdge(cells):
    rows = [
        f"0700001,{day:%m/%d/%Y},{(hour + 11) % 12 + 1}:00 {'AM' if hour < 12 else 'PM'},60,{cell},0,0\n"
        for day, values in per_day(cells)
        for hour, cell in enumerate(values)
    ]
    head = "Meter Number,Date,Start Time,Duration,Consumption,Generation,Net\n"
    return f"Name,SYNTHETIC\nMeter Number,0700001\nUOM,kWh\n\n{head}{''.join(rows)}"


def nem12(cells):
    days = [f"300,{day:%Y%m%d},{','.join(values)},A,,,20240705010203,\n" for day, values in per_day(cells)]
    return f"100,NEM12,202407021200,SYNMDP,SYNRET\n200,SYN0000001,E1,1,E1,N1,M1,kWh,60,\n{''.join(days)}900\n"


def mapped(cells):
    rows = [
        f"SYN-1,{day} {hour:02d}:00,{cell}\n"
        for day, values in per_day(cells)
        for hour, cell in enumerate(values)
    ]
    return f"point,start,kwh\n{''.join(rows)}"


FILES = {
    "greenbutton": green_button,
    "cmep": cmep,
    "csv-wide": wide,
    "csv-opower": opower,
    "csv-sce": sce,
    "csv-sdge": sdge,
    "nem12": nem12,
}
NUMBERS = st.integers(0, 99_999).map(lambda n: f"{n // 100}.{n % 100:02d}")
WHOLE = st.integers(0, 99_999).map(str)
CELLS = st.sampled_from(["", "x", "1.2.3", "--1", "1e", "."])


def amount(cell):
    """What a person would read in a cell: a number, or None."""
    try:
        return Decimal(cell)
    except InvalidOperation:
        return None


def conserved(file):
    """The blocks of a file that was read, after checking that each record is there once: given out, or in the list."""
    blocks = list(file.blocks())
    found = file.findings
    lines = pa.Table.from_batches(found.defects.batches(), SCHEMA).to_pylist()
    rejected = [line for line in lines if line["rejected"]]
    given_out = [int(number) for block in blocks for number in block.record]
    assert sorted(given_out + [line["record"] for line in rejected]) == list(range(1, found.records + 1))
    assert Counter(line["kind"] for line in rejected) == found.rejected
    noted: Counter[str] = Counter()
    for line in lines:
        noted[line["kind"]] += 0 if line["rejected"] else line["count"]
    assert +noted == +found.notes
    assert all(line["position"] is not None for line in rejected)
    return blocks


def total(file, blocks):
    return sum(
        (
            Decimal(int(value)).scaleb(file.series[series].power_of_ten)
            for block in blocks
            for series, value in zip(block.series, block.value, strict=True)
        ),
        Decimal(0),
    )


QUIET = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", FILES)
@QUIET
@given(data=st.data())
def test_the_sum_is_that_of_the_cells_that_are_numbers(tmp_path, name, data):
    numbers = WHOLE if name == "greenbutton" else NUMBERS
    cells = data.draw(st.lists(st.one_of(numbers, numbers, CELLS), min_size=HOURS, max_size=HOURS))
    path = tmp_path / "twin"
    path.write_text(FILES[name](cells))
    file = open_file(path, format=name, zone=ZONE)
    try:
        blocks = conserved(file)
    except BadInput:
        assert any(amount(cell) is None for cell in cells), "a file of numbers is never refused"
        return
    good = [amount(cell) for cell in cells if amount(cell) is not None]
    assert sum(map(len, blocks)) == len(good) + (HOURS if name == "csv-sdge" else 0)
    assert total(file, blocks) == 1000 * sum(good)


@pytest.mark.parametrize("name", FILES)
@QUIET
@given(data=st.data())
def test_damage_is_refused_or_conserved(tmp_path, name, data):
    content = bytearray(FILES[name]([str(at) for at in range(HOURS)]).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] = data.draw(st.sampled_from(b'0x ,;-.\n"<>9'))
        else:
            begin, size = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 80))
            content[at:at] = content[begin : begin + size]
    path = tmp_path / "twin"
    path.write_bytes(content)
    try:
        conserved(open_file(path, format=name, zone=ZONE))
    except BadInput as error:
        assert error.next


@QUIET
@given(cells=st.lists(st.one_of(NUMBERS, CELLS), min_size=HOURS, max_size=HOURS))
def test_a_provider_s_own_csv_is_conserved(tmp_path, cells):
    (tmp_path / "twin.csv").write_text(mapped(cells))
    mapping = mapping_of("twin", tomllib.loads(MAPPING))
    file = open_file(tmp_path / "twin.csv", format="twin", zone=ZONE, mappings=[mapping])
    blocks = conserved(file)
    good = [amount(cell) for cell in cells if amount(cell) is not None]
    assert total(file, blocks) == 1000 * sum(good)


@QUIET
@given(cells=st.lists(st.one_of(NUMBERS, CELLS), min_size=3, max_size=30))
def test_edi_is_conserved_with_its_totals_and_cancellations(tmp_path, cells):
    original = [*head(), *detail(cells, unit="KH")]
    again = [*head("01", "SYN-REF-2", "SYN-REF-1"), *detail(cells, unit="KH")]
    (tmp_path / "twin.edi").write_text(
        interchange(original, again, [*head("00", "SYN-REF-3"), *detail(cells)])
    )
    try:
        conserved(open_file(tmp_path / "twin.edi", format="edi867", zone=ZONE))
    except BadInput as error:
        assert error.next


@QUIET
@given(cells=st.lists(st.one_of(NUMBERS, CELLS), min_size=3, max_size=3), quality=st.sampled_from("AEN"))
def test_reads_and_their_quantities_are_conserved(tmp_path, cells, quality):
    (tmp_path / "twin.csv").write_text(nem13(reads(*cells, qualities=("A", quality)), reads()))
    conserved(open_file(tmp_path / "twin.csv", format="nem13", zone=ZONE))
