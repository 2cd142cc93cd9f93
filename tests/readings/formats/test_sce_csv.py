"""SCE's CSV, all layouts: a block of rows for each day and direction, the local clock, and an address above it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.model import Channel

ZONE = "America/Los_Angeles"
PREAMBLE = """Energy Usage Information
"For location: CA 1 SYNTHETIC TWIN WAY NOWHERE 90000"

Meter Reading Information
"Type of readings: Electricity"

Detailed Usage
"Start date: 2022-07-31 23:00:00  for 17 days"

"""
OLD = "Energy consumption time period,Usage(Real energy in kilowatt-hours),Reading quality"
NEW = "Energy  {0} time period,Usage {0}(Real energy in kilowatt-hours)(Real energy in kilowatt-hours),Reading quality"
BOM = "\ufeff"


def face(date, minute):
    return (datetime.fromisoformat(date) + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M:%S")


def block(date, minutes, values=None, header=OLD, step=15, quality="", gap="\u00a0"):
    values = values or ["0.250"] * len(minutes)
    rows = (
        f'"{face(date, minute)}{gap}to {face(date, minute + step)}","{value}","{quality}"\n'
        for minute, value in zip(minutes, values, strict=True)
    )
    return f'"Data for period starting: {date} 00:00:00  for 24 hours"\n{header}\n{"".join(rows)}\n'


def midnight(date):
    return int(datetime.fromisoformat(date).replace(tzinfo=ZoneInfo(ZONE)).timestamp())


def starts(whole, at=0):
    return [start for start, _, _ in whole.sums[at].rows]


@pytest.fixture
def take(tmp_path, read):
    def take_blocks(*blocks, name="twin.csv"):
        path = tmp_path / name
        path.write_text(PREAMBLE + "".join(blocks), encoding="utf-8")
        return read(path, zone=ZONE)

    return take_blocks


def test_the_layout_of_2020(take):
    whole = take(block("2020-05-01", range(0, 1440, 15)), block("2020-05-02", range(0, 1440, 15)))
    (found,) = whole.sums
    assert (found.series.channel, found.total, found.durations) == (Channel.DELIVERED, Decimal(48_000), [900])
    assert starts(whole) == [midnight("2020-05-01") + 900 * n for n in range(192)]
    assert whole.file.format == "csv-sce" and whole.file.qualities == ["csv:"]


def test_the_layout_of_2022_has_a_mark_and_a_block_for_each_direction(take, tmp_path, read):
    blocks = [
        block("2022-08-01", range(0, 1440, 15), [value] * 96, NEW.format(word))
        for word, value in (("Delivered", "0.380"), ("Received", "1.25"))
    ]
    (tmp_path / "mark.csv").write_text(BOM + PREAMBLE + "".join(blocks))
    whole = read(tmp_path / "mark.csv", zone=ZONE)
    assert [(each.series.channel, each.total) for each in whole.sums] == [
        (Channel.DELIVERED, Decimal("36480")),
        (Channel.RECEIVED, Decimal("120000")),
    ]
    assert starts(whole, 1) == starts(whole, 0)


def test_what_a_spreadsheet_makes_of_it_is_the_same(take):
    rows = block("2024-05-22", range(0, 1440, 15), header=NEW.format("Delivered")).replace('"', "")
    whole = take(rows.replace("for 24 hours", "for 24 hours,,").replace("\n\n", "\n,,\n ,,\n"))
    assert whole.readings == 96


def test_consumption_that_falls_below_zero_is_net(take):
    whole = take(block("2017-08-31", [480], ["-0.140"], step=60))
    assert (whole.sums[0].series.channel, whole.sums[0].total) == (Channel.NET, Decimal(-140))


def test_the_autumn_day_as_the_clock_shows_it(take):
    whole = take(block("2021-11-07", [*range(0, 120, 15), *range(60, 1440, 15)]))
    assert starts(whole) == [midnight("2021-11-07") + 900 * n for n in range(100)]
    assert not whole.findings.notes


def test_the_autumn_day_that_says_two_oclock_twice(take):
    """As SCE writes it: the hour that comes twice is stamped an hour late."""
    whole = take(block("2021-11-07", [*range(0, 180, 15), *range(120, 1440, 15)]))
    assert starts(whole) == [midnight("2021-11-07") + 900 * n for n in range(100)]
    assert whole.findings.notes == {"clock_change_counted_through": 1}


def test_the_autumn_day_that_lost_an_hour_says_so(take):
    whole = take(block("2021-11-07", range(0, 1440, 60), step=60))
    assert starts(whole) == [midnight("2021-11-07") + 3600 * n for n in range(25) if n != 2]
    assert whole.findings.notes == {"autumn_hour_missing": 1}


def test_the_spring_day_has_23_hours_also_where_an_end_jumps(take):
    minutes = [*range(0, 120, 15), *range(180, 1440, 15)]
    text = block("2022-03-13", minutes).replace("to 2022-03-13 02:00:00", "to 2022-03-13 03:00:00")
    whole = take(text)
    assert starts(whole) == [midnight("2022-03-13") + 900 * n for n in range(92)]
    assert whole.sums[0].durations == [900]


def test_a_spring_day_of_24_hours_keeps_none_that_never_was(take):
    whole = take(block("2022-03-13", range(0, 1440, 60), step=60))
    assert len(starts(whole)) == 23
    assert whole.findings.rejected == {"no_such_time": 1}


def test_the_quality_column_is_kept_as_a_word_and_never_as_text(take):
    days = [
        block("2020-05-01", [0], quality="Estimated"),
        block("2020-05-02", [0], quality="call the customer at 1 Twin Way, Nowhere"),
    ]
    whole = take(*days)
    assert whole.file.qualities == ["csv:Estimated", "csv:"]
    assert whole.findings.notes == {"quality_is_free_text": 1}


def test_what_is_no_reading_is_refused_by_name(take):
    text = block("2020-05-01", [0, 15, 30], ["", "x", "1"]).replace("00:30:00 to", "99:30:00 to")
    text = text.replace("2020-05-01 00:30:00\u00a0to", "2020-05-01 99:30:00\u00a0to")
    assert take(text).findings.rejected == {"no_value": 1, "unreadable_value": 1, "unreadable_date": 1}


def test_the_service_account_is_in_the_name_that_sce_gives(take):
    day = block("2020-05-01", [0])
    assert take(day, name="SCE_Usage_8000000001_05-01-20_to_05-02-20.csv").file.series[0].identifiers == (
        "8000000001",
    )
    whole = take(day)
    assert whole.file.series[0].identifiers == (f"file/{whole.file.sha256}",)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_damage_never_breaks_the_reader_and_never_shows_the_address(tmp_path_factory, data):
    text = bytearray((PREAMBLE + block("2021-11-07", range(0, 1440, 60), step=60)).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=4))
    path = tmp_path_factory.mktemp("damage") / "twin.csv"
    path.write_bytes(text)
    try:
        file = open_file(path, format="csv-sce", zone=ZONE)
        got = sum(map(len, file.blocks()))
    except BadInput as error:
        assert "TWIN WAY" not in str(error)
    else:
        assert got + sum(file.findings.rejected.values()) == file.findings.records


TABLE = "Date,Energy Consumption time Period Start,Energy Consumption time Period End,Delivered,Received\n"


def table(*days, header=TABLE):
    """Rows of the table for (date, minutes): all values quoted, with a blank behind, clock times of twelve hours."""
    rows = []
    for date, minutes in days:
        for minute in minutes:
            begin, end = (
                (datetime.fromisoformat(date) + timedelta(minutes=at)).strftime("%m/%d/%Y %I:%M%p ")
                for at in (minute, minute + 15)
            )
            rows.append(f'"{begin[:10]} ","{begin}","{end}","0.250","0.125"\n')
    return header + "".join(rows)


def test_the_layout_of_2025_is_one_table_of_both_directions(take):
    whole = take(table(("2025-07-28", range(0, 1440, 15)), ("2025-07-29", range(0, 1440, 15))), "\n")
    assert whole.file.format == "csv-sce"
    assert [(each.series.channel, each.total) for each in whole.sums] == [
        (Channel.DELIVERED, Decimal(48_000)),
        (Channel.RECEIVED, Decimal(24_000)),
    ]
    assert starts(whole) == starts(whole, 1) == [midnight("2025-07-28") + 900 * n for n in range(192)]
    assert whole.findings.notes == {"unit_assumed": 1}


def test_the_table_on_the_days_on_which_the_clock_changes(take):
    autumn = [*range(0, 120, 15), *range(60, 1440, 15)]
    spring = [minute for minute in range(0, 1440, 15) if not 120 <= minute < 180]
    whole = take(table(("2025-11-02", autumn), ("2026-03-08", spring)))
    first, second = midnight("2025-11-02"), midnight("2026-03-08")
    assert starts(whole) == [first + 900 * n for n in range(100)] + [second + 900 * n for n in range(92)]
    assert take(table(("2025-11-02", range(0, 1440, 15)))).findings.notes["autumn_hour_missing"]


def test_the_table_without_received_and_a_row_of_it_that_ends_early(take, tmp_path):
    header = TABLE.replace(",Received", "")
    text = table(("2025-07-28", [0]), header=header).replace(',"0.125"', "")
    whole = take(text)
    assert [each.series.channel for each in whole.sums] == [Channel.DELIVERED]
    (tmp_path / "cut.csv").write_text(text + '"07/28/2025 ","07/28/2025 12:15AM "\n')
    with pytest.raises(BadInput) as caught:
        list(open_file(tmp_path / "cut.csv", zone=ZONE).blocks())
    assert caught.value.where.endswith("line 3")
