"""The CSV of portals that Opower runs: PG&E, PECO, ComEd, SDG&E, National Grid, in the header spellings that occur."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.model import Channel

ZONE = "America/Los_Angeles"
PREAMBLE = 'Name,SYNTHETIC TWIN\nAddress,"1 TWIN ST, NOWHERE CA 90000"\nAccount Number,7000001\nService,Service 1\n\n'
NOW = "TYPE,DATE,START TIME,END TIME,USAGE (kWh),COST,NOTES\n"
UNITS = "TYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST,NOTES\n"
SOLAR = "TYPE,DATE,START TIME,END TIME,IMPORT (kWh),EXPORT (kWh),COST,NOTES\n"
BILLS = "TYPE,START DATE,END DATE,USAGE,UNITS,COST,NOTES\n"
HOUR = "Electric usage,{},{:02d}:00,{:02d}:59,{},$0.12,\n"


def midnight(day):
    return int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(ZONE)).timestamp())


def hours(day, numbers, value="0.25"):
    return "".join(HOUR.format(day, hour, hour, value) for hour in numbers)


def starts(whole, at=0):
    return [start for start, _, _ in whole.sums[at].rows]


@pytest.fixture
def take(tmp_path, read):
    def take_text(text, preamble=PREAMBLE):
        path = tmp_path / "twin.csv"
        path.write_text(preamble + text, encoding="utf-8", newline="")
        return read(path, zone=ZONE)

    return take_text


def test_the_unit_in_the_header(take):
    whole = take(NOW + hours("2025-03-20", range(24)))
    (found,) = whole.sums
    assert (found.series.identifiers, found.series.channel) == (("7000001/Service 1",), Channel.DELIVERED)
    assert (found.total, found.durations) == (Decimal(6000), [3600])
    assert starts(whole) == [midnight("2025-03-20") + 3600 * n for n in range(24)]
    assert whole.file.format == "csv-opower"


def test_the_unit_in_a_column_quarter_hours_and_a_mark(take):
    rows = [
        f"Electric usage,2017-06-07,00:{minute:02d},00:{minute + 14},0.19,kWh,$0.08,\n"
        for minute in (0, 15, 30, 45)
    ]
    whole = take(UNITS + "".join(rows), preamble="\ufeff" + PREAMBLE)
    assert (whole.sums[0].total, whole.sums[0].durations) == (Decimal(760), [900])


@pytest.mark.parametrize(
    ("day", "time", "end"),
    [
        ("7/2/2026", "0:00", "0:59"),
        ("07/02/2026", "12:00 AM", "12:59 AM"),
        ("2026-07-02", "00:00", "01:00"),
        ("7/2/26", "0:00", "1:00"),
    ],
)
def test_dates_and_times_as_they_are_spelt(take, day, time, end):
    whole = take(f"{NOW}Electric usage,{day},{time},{end},0.38,$0.12 ,\n")
    assert whole.sums[0].rows[0][:2] == (midnight("2026-07-02"), 3600)


def test_import_and_export_are_two_channels_and_notes_may_lack_their_comma(take):
    whole = take(SOLAR + "Electric usage,2025-06-01,07:00,07:59,0.10,0.50,$0.03\n")
    assert [(each.series.channel, each.total) for each in whole.sums] == [
        (Channel.DELIVERED, Decimal(100)),
        (Channel.RECEIVED, Decimal(500)),
    ]
    assert whole.findings.records == 2


def test_usage_that_falls_below_zero_is_net(take):
    whole = take(NOW + hours("2025-06-01", [11], "1.0") + hours("2025-06-01", [12], "-0.5"))
    assert (whole.sums[0].series.channel, whole.sums[0].total) == (Channel.NET, Decimal(500))


def test_a_negative_import_stays_what_the_header_says(take):
    whole = take(SOLAR + "Electric usage,2025-06-01,07:00,07:59,-0.10,0.50,$-0.03,\n")
    assert [each.series.channel for each in whole.sums] == [Channel.DELIVERED, Channel.RECEIVED]


@pytest.mark.parametrize("header", ["USAGE (therms)", "USAGE"])
def test_a_day_of_gas_is_as_long_as_the_day(take, header):
    rows = "".join(
        f"Natural gas usage,{day},00:00,23:59,1.05,$2.79,\n" for day in ("2024-03-09", "2024-03-10")
    )
    whole = take(NOW.replace("USAGE (kWh)", header) + rows)
    assert [(row[0], row[1]) for row in whole.sums[0].rows] == [
        (midnight("2024-03-09"), 86_400),
        (midnight("2024-03-10"), 82_800),
    ]
    assert (whole.sums[0].series.unit, whole.sums[0].total) == ("therm", Decimal("2.10"))
    assert whole.findings.notes == ({} if "(" in header else {"unit_assumed": 1})


def test_gas_by_date_only(take):
    whole = take("TYPE,DATE,USAGE,UNITS,COST,NOTES\nNatural gas usage,2012-10-31,1.02,therms,$0.97,\n")
    assert whole.sums[0].rows[0][:2] == (midnight("2012-10-31"), 86_400)


def test_billing_periods_hold_their_last_day(take):
    rows = "Natural gas billing,10/2/2020,11/4/2020,29,therms,$42.08 ,\nNatural gas billing,11/5/2020,12/3/2020,36,therms,$65 ,\n"
    whole = take(BILLS + rows, preamble=PREAMBLE.replace("\n", ",,,,,\n"))
    first, second = whole.sums[0].rows
    assert first[0] + first[1] == second[0] == midnight("2020-11-05")
    assert second[0] + second[1] == midnight("2020-12-04")


def test_billing_periods_that_end_where_the_next_begins_do_not(take):
    rows = 'Electric billing,2024-01-03,2024-02-01,"14,250",kWh,"$1,847.50"\nElectric billing,2024-02-01,2024-03-04,13980,kWh,1\n'
    (found,) = take(BILLS + rows).sums
    first, second = found.rows
    assert first[0] + first[1] == second[0]
    assert found.total == Decimal(28_230_000)


def test_the_autumn_day_with_both_hours_and_with_one(take):
    whole = take(NOW + hours("2024-11-03", [0, 1, 1, *range(2, 24)]))
    assert starts(whole) == [midnight("2024-11-03") + 3600 * n for n in range(25)]
    whole = take(NOW + hours("2024-11-03", range(24)))
    assert starts(whole) == [midnight("2024-11-03") + 3600 * n for n in range(25) if n != 2]
    assert whole.findings.notes == {"autumn_hour_missing": 1}


def test_the_spring_day_with_and_without_the_hour_that_never_was(take):
    whole = take(NOW + hours("2024-03-10", [hour for hour in range(24) if hour != 2]))
    assert starts(whole) == [midnight("2024-03-10") + 3600 * n for n in range(23)]
    whole = take(NOW + hours("2024-03-10", range(24)))
    assert whole.findings.rejected == {"no_such_time": 1}


def test_an_estimate_is_told_by_the_notes_and_other_notes_are_not_kept(take):
    rows = hours("2024-07-01", [0, 1, 2]).splitlines()
    rows[1] += "* This data was estimated"
    rows[2] += "ask SYNTHETIC TWIN"
    whole = take(NOW + "\n".join(rows))
    assert whole.file.qualities == ["csv:", "csv:estimated"]
    assert whole.findings.notes == {"notes_not_read": 1}


def test_two_services_of_one_account_are_two_usage_points(take):
    first = PREAMBLE + NOW + hours("2024-07-01", [0])
    whole = take(first + PREAMBLE.replace("Service 1", "Service 2") + NOW + hours("2024-07-01", [0]))
    assert [each.series.identifiers for each in whole.sums] == [
        ("7000001/Service 1",),
        ("7000001/Service 2",),
    ]
    whole = take(NOW + hours("2024-07-01", [0]), preamble=PREAMBLE.replace("Service 1", "9000000001"))
    assert whole.sums[0].series.identifiers == ("9000000001",)


def test_line_ends_of_an_old_mac(take):
    assert (
        take((PREAMBLE + NOW + hours("2024-07-01", range(24))).replace("\n", "\r"), preamble="").readings
        == 24
    )


def test_without_an_end_time_the_next_start_tells(take):
    text = "TYPE,DATE,START TIME,IMPORT (kWh),TOTAL IMPORT COST\n"
    rows = "".join(f"Electric usage,01/01/2023,0{hour}:00,1.5,$0.30\n" for hour in range(4))
    assert take(text + rows).sums[0].durations == [3600]


def test_what_is_no_reading_is_refused_by_name(take):
    bad = (
        "Electric usage,soon,00:00,00:59,1,$0,\n"
        + HOUR.format("2024-07-01", 1, 1, "")
        + HOUR.format("2024-07-01", 2, 2, "x")
    )
    whole = take(NOW + bad + hours("2024-07-01", [3]))
    assert whole.findings.rejected == {"unreadable_date": 1, "no_value": 1, "unreadable_value": 1}
    assert ("unreadable_date", "record 1, line 7") in whole.findings.places


@pytest.mark.parametrize("cut", ["Electric usage,2024-07-01,01:00,01:59,0.2", "Electric usage,2024-07"])
def test_a_row_that_ends_early_is_malformed_and_not_a_smaller_value(tmp_path, cut):
    path = tmp_path / "twin.csv"
    path.write_text(PREAMBLE + NOW + hours("2024-07-01", [0]) + cut)
    with pytest.raises(BadInput) as caught:
        list(open_file(path, zone=ZONE).blocks())
    assert caught.value.where.endswith("line 8")
    assert "7000001" not in str(caught.value)


@settings(max_examples=60, deadline=None)
@given(
    first=st.dates(date(2015, 1, 1), date(2026, 1, 1)),
    values=st.lists(st.sampled_from(["0.25", "1", "-3.125", "", "x", "12.5"]), min_size=24, max_size=72),
)
def test_rows_in_are_readings_and_rejects_and_the_sum_is_theirs(tmp_path_factory, first, values):
    rows, good = [], Decimal(0)
    for index, value in enumerate(values):
        day = first + timedelta(days=index // 24)
        rows.append(HOUR.format(day, index % 24, index % 24, value))
    path = tmp_path_factory.mktemp("sums") / "twin.csv"
    path.write_text(PREAMBLE + NOW + "".join(rows))
    file = open_file(path, zone="UTC")
    got = sum(
        Decimal(int(value)).scaleb(file.series[at].power_of_ten)
        for block in file.blocks()
        for at, value in zip(block.series, block.value, strict=True)
    )
    good = sum(Decimal(value) for value in values if value not in ("", "x"))
    assert got == 1000 * good
    assert file.findings.records == len(values)
    assert file.findings.rejected.total() == sum(value in ("", "x") for value in values)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_damage_never_breaks_the_reader_and_never_shows_who_it_is_about(tmp_path_factory, data):
    text = bytearray(
        (PREAMBLE + SOLAR + "Electric usage,2025-11-02,01:00,01:59,0.10,0.50,$0.03\n" * 4).encode()
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=4))
    path = tmp_path_factory.mktemp("damage") / "twin.csv"
    path.write_bytes(text)
    try:
        file = open_file(path, format="csv-opower", zone=ZONE)
        got = sum(map(len, file.blocks()))
    except BadInput as error:
        assert "TWIN" not in str(error)
    else:
        assert got + sum(file.findings.rejected.values()) == file.findings.records


def test_text_below_the_readings_is_noted_and_a_reading_cut_off_is_not_taken_for_text(tmp_path, read):
    head = "Name,SYN\n\nTYPE,DATE,START TIME,END TIME,USAGE (kWh),NOTES\n"
    rows = "".join(f"Electric usage,2024-07-01,{h:02d}:00,{h:02d}:59,0.25\n" for h in range(24))
    path = tmp_path / "twin.csv"
    path.write_text(head + rows + '\n"Total usage: 6.00 kWh",,,,,\nNone of this is a bill\n')
    whole = read(path, zone="America/New_York")
    assert whole.readings == 24 and whole.findings.notes == {"text_among_readings": 2}
    path.write_text(head + rows + "Electric us")
    with pytest.raises(BadInput, match="other fields"):
        list(open_file(path).blocks())


def test_a_file_that_ends_within_a_number_says_so(tmp_path, read):
    path = tmp_path / "twin.csv"
    path.write_text(
        "TYPE,DATE,START TIME,END TIME,USAGE (kWh),NOTES\nElectric usage,2024-07-01,00:00,00:59,0.2"
    )
    assert read(path).findings.notes == {"last_line_not_ended": 1}
