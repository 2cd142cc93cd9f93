"""Long CSV by a saved mapping: whatever the columns are called, each row is a reading or a reject with a name."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.mapped_csv import reader as mapped_csv
from meterkeep.readings.formats.mapped_csv.mapping import load_mapping, mapping_of, saved_mappings
from meterkeep.readings.model import Channel
from meterkeep.readings.quality import classify

ZONE = "America/Los_Angeles"
BASE = """
header = "point,stamp,kwh"
seconds = 3600
channel = "delivered"
[columns]
usage_point = "point"
start = "stamp"
value = "kwh"
"""
PECO = """
header = "AccountId,ServicePointId,MeterId,Date,Year,Month,Day,Time,ChannelId,Usage"
zone = "America/New_York"
stamps = "%m/%d/%Y %H:%M"
seconds = 1800
unit = "kWh"
[columns]
usage_point = "ServicePointId"
meter = "MeterId"
end = ["Date", "Time"]
value = "Usage"
channel = "ChannelId"
[channels]
"1" = "delivered"
"2" = "received"
"""


def midnight(day, zone=ZONE):
    return int(datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).timestamp())


@pytest.fixture
def take(tmp_path, read):
    def take_text(text, toml=BASE, change=(), **options):
        for old, new in change:
            assert old in toml
            toml = toml.replace(old, new)
        path = tmp_path / "twin.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        mapping = mapping_of("twin", tomllib.loads(toml))
        return read(path, zone=ZONE, mappings=[mapping], **options)

    return take_text


def rows(stamps, point="SYN-1", value="0.25", head="point,stamp,kwh\n"):
    return head + "".join(f"{point},{stamp},{value}\n" for stamp in stamps)


def starts(whole, at=0):
    return [start for start, _, _ in whole.sums[at].rows]


def local(day, *hours):
    return [f"{day} {hour:02d}:00:00" for hour in hours]


@pytest.mark.parametrize(
    ("stamp", "change"),
    [
        ("1719817200", [("seconds", 'stamps = "epoch"\nseconds')]),
        ("1719817200000", [("seconds", 'stamps = "epoch_ms"\nseconds')]),
        ("2024-07-01 00:00:00", []),
        ("2024-07-01T00:00", []),
        ("2024-07-01T07:00:00Z", []),
        ("2024-07-01T02:00:00-05:00", []),
        ("2024-07-01 07:00:00", [("seconds", 'zone = "UTC"\nseconds')]),
        ("2024-07-01 02:00:00", [("seconds", 'zone = "-05:00"\nseconds')]),
        ("7/1/2024 12:00 AM", [("seconds", 'stamps = "%m/%d/%Y %I:%M %p"\nseconds')]),
        ("2024-07-01 01:00:00", [("start", "end")]),
    ],
)
def test_stamps_as_they_are_written(take, stamp, change):
    whole = take(rows([stamp]), change=change)
    assert whole.sums[0].rows == [(1719817200, 3600, 25)]
    assert (whole.sums[0].series.unit, whole.sums[0].total, whole.file.format) == ("Wh", Decimal(250), "twin")


def test_a_layout_like_pecos(take):
    text = "AccountId,ServicePointId,MeterId,Date,Year,Month,Day,Time,ChannelId,Usage\n"
    text += "9,SP-1,M-1,07/01/2024,2024,7,1,00:30,1,0.5\n9,SP-1,M-1,07/01/2024,2024,7,1,00:30,2,0.125\n"
    whole = take(text, toml=PECO)
    assert [(s.series.identifiers, s.series.meter, s.series.channel, s.total) for s in whole.sums] == [
        (("SP-1",), "M-1", Channel.DELIVERED, Decimal(500)),
        (("SP-1",), "M-1", Channel.RECEIVED, Decimal(125)),
    ]
    assert starts(whole) == [midnight("2024-07-01", "America/New_York")]


def test_columns_of_directions_a_duration_a_unit_and_qualities(take):
    toml = """
    header = "p;m;t;min;del;rec;u;q"
    delimiter = ";"
    decimal = ","
    skip_rows = 2
    [columns]
    usage_point = ["p", "m"]
    start = "t"
    duration = "min"
    delivered = "del"
    received = "rec"
    unit = "u"
    quality = "q"
    [qualities]
    E2 = "estimated"
    """
    text = 'Report\nof SYNTHETIC TWIN\n"p";"m";"t";"min";"del";"rec";"u";"q"\nA;1;2024-07-01 00:00;15;1,25;0,5;kWh;E2\nA;1;2024-07-01 00:15;15;;-1;kWh;R\n'
    whole = take(text, toml=toml)
    assert [(s.series.identifiers, s.series.channel, s.total, s.durations) for s in whole.sums] == [
        (("A/1",), Channel.DELIVERED, Decimal(1250), [900]),
        (("A/1",), Channel.RECEIVED, Decimal(-500), [900]),
    ]
    assert whole.file.qualities == ["csv/estimated:E2", "csv:R"]
    assert [classify(code) for code in whole.file.qualities] == ["estimated", "unknown"]
    assert (whole.findings.records, whole.findings.rejected) == (4, {"no_value": 1})
    assert ("no_value", "record 3, row 5") in whole.findings.places


def test_start_and_end_tell_the_length(take):
    text = "point,stamp,until,kwh\nS,2024-03-10 01:00,2024-03-10 03:00,1\n"
    change = [("stamp,kwh", "stamp,until,kwh"), ("seconds = 3600", ""), ('"stamp"', '"stamp"\nend = "until"')]
    assert take(text, change=change).sums[0].durations == [3600]


def test_twin_hours_are_told_apart_by_series_in_any_order_of_the_rows(take):
    hours = local("2024-11-03", 0, 1, 1, *range(2, 24))
    expected = [midnight("2024-11-03") + 3600 * n for n in range(25)]
    by_meter = rows(hours) + rows(hours, point="SYN-2", head="")
    by_time = rows([]) + "".join(f"SYN-{n},{stamp},1\n" for stamp in hours for n in (1, 2))
    for text in (by_meter, by_time):
        whole = take(text)
        assert [starts(whole, at) for at in (0, 1)] == [expected, expected]
        assert not whole.findings.notes
    assert starts(take(rows(hours[::-1]))) == expected[::-1]


def test_a_file_by_time_goes_back_in_time_even_where_no_batch_has_two_stamps_of_a_series(take, monkeypatch):
    """Each batch holds less than a round; the order is told by stamps that are batches apart."""
    monkeypatch.setattr(mapped_csv, "_CHUNK", 200)
    hours = local("2024-11-03", 0, 1, 1, 2, 3)[::-1]
    text = rows([]) + "".join(f"SYN-{n:02d},{stamp},1\n" for stamp in hours for n in range(20))
    whole, start = take(text), midnight("2024-11-03")
    for at in range(20):
        assert starts(whole, at) == [start + 3600 * n for n in (4, 3, 2, 1, 0)]


def test_a_bad_stamp_of_many_rows_rejects_each_of_them(take):
    stamps = ["2024-07-01 00:00", "yesterday", "", "2024-07-01 01:00"]
    whole = take(rows([]) + "".join(f"SYN-{n},{stamp},1\n" for stamp in stamps for n in range(20)))
    assert (whole.readings, whole.findings.rejected) == (40, {"no_stamp": 20, "unreadable_stamp": 20})


def test_an_autumn_hour_that_stands_once_is_noted(take):
    whole = take(rows(local("2024-11-03", *range(24))))
    assert whole.findings.notes == {"autumn_hour_missing": 1}
    assert starts(whole) == [midnight("2024-11-03") + 3600 * n for n in range(25) if n != 2]


def test_spring_starts_and_ends(take):
    whole = take(rows(local("2024-03-10", *range(24))))
    assert whole.findings.rejected == {"no_such_time": 1}
    assert starts(whole) == [midnight("2024-03-10") + 3600 * n for n in range(23)]
    for hours in ((1, 2, *range(4, 24)), (1, 3, *range(4, 24))):
        whole = take(rows(local("2024-03-10", *hours)), change=[("start", "end")])
        assert starts(whole) == [midnight("2024-03-10") + 3600 * n for n in range(22)]


def test_what_is_no_reading_is_refused_by_name(take):
    good = local("2024-07-01", 1)[0]
    lines = [
        f",{good},1",
        "S,soon,1",
        "S,,1",
        f"S,{good},",
        f"S,{good},x",
        "S,1950-01-01 00:00:00,1",
        f"S,{good},1",
    ]
    whole = take("point,stamp,kwh\n" + "\n".join(lines) + "\n")
    assert whole.findings.rejected == {
        "no_usage_point": 1,
        "unreadable_stamp": 2,
        "no_stamp": 1,
        "no_value": 1,
        "unreadable_value": 1,
    }
    assert [each.series.identifiers for each in whole.sums] == [("S",)]


@pytest.mark.parametrize(
    "value", ["0x10", "1e400", "1_0", "NaN", ".", "-", "1.2.3", ".-5", "5.-3", "1 2", "٣", "1" * 30]
)
def test_values_that_are_no_numbers(take, value):
    stamps = local("2024-07-01", 1)
    text = rows(stamps, value=value) + rows(local("2024-07-01", 2), value="-.5", head="")
    assert take(text).findings.rejected == {"unreadable_value": 1}


def test_codes_that_the_mapping_does_not_know_are_of_no_channel(take):
    text = "AccountId,ServicePointId,MeterId,Date,Year,Month,Day,Time,ChannelId,Usage\n9,SP-1,M-1,07/01/2024,2024,7,1,00:30,7,1\n"
    whole = take(text, toml=PECO)
    assert whole.sums[0].series.channel is Channel.OTHER and whole.findings.notes == {"channel_unknown": 1}


def test_a_mapping_is_found_by_its_header_or_named(take, tmp_path):
    text = rows(local("2024-07-01", 1))
    assert take("\ufeff" + text.replace("point,stamp,kwh", '"point", stamp ,"kwh"')).file.format == "twin"
    renamed = text.replace("stamp", "when")
    with pytest.raises(BadInput, match="no format known"):
        take(renamed)
    with pytest.raises(BadInput, match="no column 'stamp'") as caught:
        take(renamed, format="twin")
    assert caught.value.where.endswith("line 1")
    headless = text.split("\n", 1)[1]
    assert take(headless, format="twin", change=[("seconds", "has_header = false\nseconds")]).readings == 1


@pytest.mark.parametrize(
    "broken", ["S,2024-07-01 01:00:00\n", "S,2024-07-01 01:00:00,1,2\n", 'S,"2024-07-01 01:00:00,1\n']
)
def test_a_row_with_other_fields_names_its_row_and_nothing_of_it(take, broken):
    with pytest.raises(BadInput) as caught:
        take(rows(local("2024-07-01", 0), point="secret-77001") + broken)
    assert ": row " in caught.value.where and "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("seconds = 3600", "", "seconds"),
        ("seconds = 3600", "seconds = 0", "seconds"),
        ('channel = "delivered"', "", "channel"),
        ('channel = "delivered"', 'channel = "sideways"', "channel"),
        ('usage_point = "point"', "", "columns.usage_point"),
        ('start = "stamp"', "", "columns.start"),
        ('value = "kwh"', "", "columns.value"),
        ('value = "kwh"', 'value = "kwh"\nnet = "kwh"', "columns.value"),
        ('value = "kwh"', 'value = "mwh"', "columns"),
        ('value = "kwh"', 'value = "kwh"\ncolour = "red"', "columns.colour"),
        ("seconds", 'stamps = "whenever"\nseconds', "stamps"),
        ("seconds", 'unit = "kilo"\nseconds', "unit"),
        ("seconds", "zone = 5\nseconds", "zone"),
        ("seconds", 'decimal = "!"\nseconds', "decimal"),
        ("seconds", "decimals = 12\nseconds", "decimals"),
        ("seconds", "typo = 1\nseconds", "typo"),
    ],
)
def test_a_wrong_mapping_says_which_key_and_what_it_may_be(old, new, key):
    with pytest.raises(BadInput) as caught:
        mapping_of("twin", tomllib.loads(BASE.replace(old, new, 1)), where="twin.toml")
    assert f"'{key}'" in caught.value.message and caught.value.where == "twin.toml"


def test_mappings_are_read_from_a_folder(tmp_path):
    assert saved_mappings(tmp_path / "nowhere") == []
    (tmp_path / "mine.toml").write_text(BASE)
    assert [mapping.name for mapping in saved_mappings(tmp_path)] == ["mine"]
    for name, text in (("bad.toml", "seconds = "), ("Not A Name.toml", BASE)):
        (tmp_path / name).write_text(text)
        with pytest.raises(BadInput):
            load_mapping(tmp_path / name)
    with pytest.raises(BadInput, match="cannot be read"):
        load_mapping(tmp_path / "missing.toml")


def test_many_columns_that_name_a_usage_point_keep_every_combination(take):
    names = [f"c{n}" for n in range(6)]
    change = [
        ('header = "point,', f'header = "{",".join(names)},'),
        ('usage_point = "point"', f"usage_point = {names}"),
    ]
    lines = [",".join(f"v{(n * (at + 7)) % 401}" for at in range(6)) for n in range(400)]
    text = f"{','.join(names)},stamp,kwh\n" + "".join(f"{line},2024-07-01 00:00,1\n" for line in lines * 2)
    whole = take(text, change=change)
    assert [each.series.identifiers[0] for each in whole.sums] == [line.replace(",", "/") for line in lines]
    assert {each.records for each in whole.sums} == {2}


VALUES = st.one_of(
    st.decimals(-10_000, 10_000, places=3).map(str),
    st.sampled_from(["", "x", "1e2", " 5 ", "+7", "0.1", "-0", "12", ".5", "5.", "1,5"]),
)


def _plain(text):
    try:
        return Decimal(text.strip()) if text.strip() and "," not in text else None
    except ArithmeticError:
        return None


@settings(max_examples=80, deadline=None)
@given(table=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30), VALUES), min_size=1, max_size=60))
def test_rows_in_are_readings_and_rejects_and_sums_equal_plain_decimals(tmp_path_factory, table):
    begin = datetime(2024, 7, 1, tzinfo=UTC)
    lines = [f'SYN-{n},{(begin + timedelta(hours=hour)).isoformat()},"{value}"' for n, hour, value in table]
    path = tmp_path_factory.mktemp("sums") / "twin.csv"
    path.write_text("point,stamp,kwh\n" + "\n".join(lines) + "\n")
    file = open_file(path, mappings=[mapping_of("twin", tomllib.loads(BASE))])
    totals, count = {}, 0
    for block in file.blocks():
        count += len(block)
        for ordinal, value in zip(block.series.tolist(), block.value.tolist(), strict=True):
            series = file.series[ordinal]
            totals[series.identifiers] = totals.get(series.identifiers, 0) + Decimal(value).scaleb(
                series.power_of_ten
            )
    expected = {}
    for n, _, text in table:
        if (value := _plain(text)) is not None:
            expected[f"SYN-{n}",] = expected.get((f"SYN-{n}",), 0) + 1000 * value
    assert totals == expected
    assert count + file.findings.rejected.total() == file.findings.records == len(table)


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_damage_never_breaks_the_reader(tmp_path_factory, data):
    text = bytearray(rows(local("2024-11-03", 0, 1, 1, 2, 3), point="secret-77001").encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=4))
    path = tmp_path_factory.mktemp("damage") / "twin.csv"
    path.write_bytes(text)
    try:
        file = open_file(path, "twin", ZONE, mappings=[mapping_of("twin", tomllib.loads(BASE))])
        got = sum(map(len, file.blocks()))
    except BadInput as error:
        assert "secret" not in str(error)
    else:
        assert got + file.findings.rejected.total() == file.findings.records


def test_the_mappings_of_the_page_of_formats_are_good():
    page = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text()
    examples = re.findall(r"```toml\n(.*?)```", page, flags=re.S)
    assert len(examples) == 2
    for text in examples:
        mapping = mapping_of("shown", tomllib.loads(text))
        assert mapping.knows(mapping.delimiter.join(mapping.header).encode() + b"\n")


def test_a_mapping_is_not_called_as_a_format(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n")
    with pytest.raises(BadInput, match="may not be called"):
        open_file(tmp_path / "x.csv", mappings=[mapping_of("cmep", tomllib.loads(BASE))])
