"""Files that lost something on their way, one twin for each reader and damage: refused with a place, or conserved with the sum
of the cells that are numbers. Nothing is guessed.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file

ZONE = "America/Los_Angeles"
USUAL = ("1.5",) * 24
WH = Decimal(1000)


def cmep(day: date, values=USUAL) -> str:
    ends = [f"{day:%Y%m%d}{hour:02d}00" for hour in range(1, 24)] + [f"{day + timedelta(1):%Y%m%d}0000"]
    told = ",".join(f"{end},R0,{value}" for end, value in zip(ends, values, strict=True))
    return f"MEPMD01,20080501,SYN,,MK,,{day:%Y%m%d}0815,SYN-1,OK,E,KWH,1,00000100,24,{told}\n"


def sdge(day: date, values=USUAL) -> str:
    rows = "".join(
        f"SYN-1,{day.month}/{day.day}/{day.year},{hour % 12 or 12}:00 {'AM' if hour < 12 else 'PM'},60,{value},,\n"
        for hour, value in enumerate(values)
    )
    return f"Meter Number,Date,Start Time,Duration,Consumption,Generation,Net\n{rows}"


def opower(day: date, values=USUAL) -> str:
    rows = "".join(
        f"Electric usage,{day},{hour:02d}:00,{hour:02d}:59,{value},kWh,$0.10,\n"
        for hour, value in enumerate(values)
    )
    return f"Name,SYN\nAccount Number,SYN-1\nService,S1\n\nTYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES\n{rows}"


def sce(day: date, values=USUAL) -> str:
    ends = [f"{day} {hour:02d}:00:00" for hour in range(1, 24)] + [f"{day + timedelta(1)} 00:00:00"]
    rows = "".join(
        f'"{day} {hour:02d}:00:00 to {end}","{value}",""\n'
        for hour, (end, value) in enumerate(zip(ends, values, strict=True))
    )
    head = "Energy consumption time period,Usage(Real energy in kilowatt-hours),Reading quality"
    return f'"For location: SYN"\n\n"Data for period starting: {day} 00:00:00 for 24 hours"\n{head}\n{rows}'


def wide(day: date, values=USUAL) -> str:
    hours = ",".join(f"HR{hour:02d}00" for hour in range(1, 25))
    return f"METER,DATE,UNIT,{hours}\nSYN-1,{day},kWh,{','.join(values)}\n"


def nem12(day: date, values=USUAL) -> str:
    stream = "200,SYN0000001,E1,1,E1,N1,M1,KWH,60,"
    return f"100,NEM12,202601060000,SYN,SYN\n{stream}\n300,{day:%Y%m%d},{','.join(values)},A,,,20260106000000,\n900\n"


READERS = {made.__name__: made for made in (cmep, sdge, opower, sce, wide, nem12)}
DAY = date(2026, 1, 5)


def read(tmp_path, content: str | bytes) -> tuple[int, Decimal, dict[str, int]]:
    """Readings, their sum in Wh, and what was rejected; conservation holds."""
    path = tmp_path / "given.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = open_file(path, zone=ZONE)
    blocks = list(file.blocks())
    readings = sum(map(len, blocks))
    assert readings + file.findings.rejected.total() == file.findings.records
    total = sum(
        (
            Decimal(int(value)).scaleb(file.series[series].power_of_ten)
            for block in blocks
            for series, value in zip(block.series, block.value, strict=True)
        ),
        Decimal(0),
    )
    return readings, total, dict(file.findings.rejected)


EACH = pytest.mark.parametrize("make", READERS.values(), ids=READERS)


@EACH
@pytest.mark.parametrize(
    "carry",
    [
        lambda text: text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\r\n", 3),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("1.5", " 1.5 ", 3),
        lambda text: text.replace("1.5", "+1.5", 3),
        lambda text: text.replace("1.5", "0.15E1", 3),
    ],
    ids=["as it is", "CRLF", "CR", "mixed", "BOM", "blank lines", "spaces", "plus", "exponent"],
)
def test_how_it_is_carried_changes_nothing(tmp_path, make, carry):
    assert read(tmp_path, carry(make(DAY))) == (24, 36 * WH, {})


@EACH
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) * 2 // 3],
        lambda text: text[:-8],
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("1.5", "1\0.5", 1),
        lambda text: text + "\0" * 50,
    ],
    ids=["cut in the middle", "cut at the end", "UTF-16", "a NUL in a value", "NULs behind"],
)
def test_what_cannot_be_trusted_is_refused_with_a_next_step(tmp_path, make, damage):
    with pytest.raises(BadInput) as refused:
        read(tmp_path, damage(make(DAY)))
    assert refused.value.where and refused.value.next


@EACH
@pytest.mark.parametrize("cell", ["1,5", "n/a", "NaN", "inf", "0x1F", "9" * 30, "", "1.5.5", "--1"])
def test_a_cell_that_is_no_number_is_rejected_or_the_file_refused_and_no_other_cell_moves(
    tmp_path, make, cell
):
    values = ["1.5"] * 24
    values[7] = cell
    try:
        readings, total, rejected = read(tmp_path, make(DAY, values))
    except BadInput as refused:
        assert refused.where and refused.next
    else:
        assert (readings, total, sum(rejected.values())) == (23, Decimal("34.5") * WH, 1)


@EACH
def test_three_decimal_commas_give_no_other_amount(tmp_path, make):
    """Three fields more are as many as a reading of CMEP has."""
    with pytest.raises(BadInput):
        if make is sce:
            raise BadInput("its values stand in quotes")
        read(tmp_path, make(DAY, ["1,5"] * 3 + ["1.5"] * 21))


@EACH
@pytest.mark.parametrize("day", ["20260230", "20261301", "20230229", "00000101", "99991230"])
def test_days_that_do_not_exist_are_rejected_one_by_one(tmp_path, make, day):
    text = make(DAY)
    for pattern in ("%Y%m%d", "%Y-%m-%d"):
        told = day if "-" not in pattern else f"{day[:4]}-{day[4:6]}-{day[6:]}"
        text = text.replace(f"{DAY:{pattern}}", told)
    text = text.replace("1/5/2026", f"{int(day[4:6])}/{int(day[6:])}/{day[:4]}")
    readings, _, rejected = read(tmp_path, text)
    ends_next_day = int(make is cmep)  # The last interval of a day ends on the next one.
    assert readings == ends_next_day and sum(rejected.values()) % (24 - ends_next_day) == 0


LOCAL = [make for make in READERS.values() if make is not nem12]


@pytest.mark.parametrize("make", READERS.values(), ids=READERS)
def test_a_leap_day_is_a_day(tmp_path, make):
    assert read(tmp_path, make(date(2024, 2, 29))) == (24, 36 * WH, {})


@pytest.mark.parametrize("make", [made for made in LOCAL if made is not cmep])
def test_the_hour_that_does_not_exist_in_spring_is_rejected_by_name(tmp_path, make):
    readings, total, rejected = read(tmp_path, make(date(2026, 3, 8)))
    assert (readings, total) == (23, Decimal("34.5") * WH)
    assert set(rejected) <= {"no_such_time", "no_such_interval"}


def test_market_time_knows_no_summer(tmp_path):
    for day in (date(2026, 3, 8), date(2025, 11, 2)):
        assert read(tmp_path, nem12(day)) == (24, 36 * WH, {})
