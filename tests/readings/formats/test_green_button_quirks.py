"""What utilities' files get wrong: each is read with a note, refused by name, or refused whole. Synthetic twins, nobody's data."""

from __future__ import annotations

import pytest
from readings.formats.green_button_files import (
    ESPI,
    READING,
    START,
    block,
    entry,
    feed,
    hours,
    meter_reading,
    reading_type,
    simple,
    usage_point,
)

from meterkeep.errors import BadInput
from meterkeep.readings.model import Channel

STREET = "17 Synthetic Street, Nowhere"
GOOD = [usage_point(), meter_reading(), reading_type(), block(hours([1, 2, 4]))]


@pytest.fixture
def take(tmp_path, read):
    def take_text(text):
        path = tmp_path / "twin.xml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(path)

    return take_text


def clock(**texts):
    texts = {
        "dstStartRule": "360E2000",
        "dstEndRule": "B40E2000",
        "dstOffset": "3600",
        "tzOffset": "-18000",
    } | texts
    content = "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())
    return entry(
        "LocalTimeParameters/1", content=f"<LocalTimeParameters {ESPI}>{content}</LocalTimeParameters>"
    )


def clock_notes(whole):
    return {note for note in whole.findings.notes if note.startswith(("dst", "no_tz", "no_local"))}


def test_an_address_in_a_title_goes_nowhere(take):
    whole = take(simple(hours([1, "x"])).replace("<title/>", f"<title>{STREET}</title>"))
    assert STREET not in repr((whole.file.series, whole.findings, whole.file.qualities))
    with pytest.raises(BadInput) as refusal:
        take(simple(hours([1])).replace("<title/>", f"<title>{STREET}</titel>"))
    assert STREET not in str(refusal.value)


def test_the_usual_clock_and_one_without_summer_time_need_no_note(take):
    assert clock_notes(take(feed(clock(), *GOOD))) == set()
    off = clock(dstStartRule="FFFFFFFF", dstEndRule="FFFFFFFF", dstOffset="0")
    assert clock_notes(take(feed(off, *GOOD))) == set()


@pytest.mark.parametrize(
    ("odd", "note"),
    [
        ({"dstStartRule": "360E"}, "dst_rule_unusual"),
        ({"dstEndRule": "65ED5A70"}, "dst_rule_unusual"),
        ({"dstEndRule": ""}, "dst_rule_unusual"),
        ({"dstOffset": "-18000"}, "dst_offset_unusual"),
        ({"tzOffset": ""}, "no_tz_offset"),
    ],
)
def test_a_clock_that_would_mislead_is_noted_and_moves_no_reading(take, odd, note):
    whole = take(feed(clock(**odd), *GOOD))
    assert clock_notes(whole) == {note}
    assert whole.sums[0].rows == [(START, 3600, 1), (START + 3600, 3600, 2), (START + 7200, 3600, 4)]


def test_a_clock_of_the_wrong_sign_moves_no_reading(take):
    assert take(feed(clock(tzOffset="18000"), *GOOD)).sums[0].first.timestamp() == START


def test_an_authorization_in_milliseconds_and_a_bill_are_passed_over(take):
    authorization = entry(
        "Authorization/1",
        content=f"<Authorization {ESPI}><authorizedPeriod><duration>31536000000</duration><start>1700006400000</start>"
        "</authorizedPeriod><expires_at>1731542400</expires_at></Authorization>",
    )
    bill = entry(
        content=f"<UsageSummary {ESPI}><billingPeriod><start>1</start></billingPeriod></UsageSummary>"
    )
    assert take(feed(authorization, bill, *GOOD)).sums[0].total == 7


def test_the_cost_is_not_the_energy_and_has_not_its_power_of_ten(take):
    costly = [each.replace("</timePeriod>", "</timePeriod><cost>1234567</cost>") for each in hours([5, 6])]
    whole = take(simple(costly, powerOfTenMultiplier=3))
    assert (whole.sums[0].total, whole.findings.notes["cost_not_kept"]) == (11_000, 2)


def test_blocks_that_repeat_intervals_give_every_reading(take):
    whole = take(feed(*GOOD, block(hours([2, 9], START + 3600), path=f"{READING}/IntervalBlock/2")))
    assert (whole.readings, whole.sums[0].total) == (5, 18)


@pytest.mark.parametrize(
    "extra", ["<value>9</value>", "<timePeriod><duration>1</duration><start>5</start></timePeriod>"]
)
def test_a_field_that_stands_twice_counts_once_and_is_noted(take, extra):
    whole = take(simple([each.replace("</Int", f"{extra}</Int") for each in hours([5, 6])]))
    assert whole.sums[0].rows == [(START, 3600, 5), (START + 3600, 3600, 6)]
    assert whole.findings.notes["field_repeated"] == 2


def test_a_quality_written_without_its_inner_element_counts(take):
    mark = "<ReadingQuality>8</ReadingQuality><timePeriod>"
    whole = take(simple([each.replace("<timePeriod>", mark) for each in hours([5])]))
    assert whole.file.qualities == ["espi:8"]


@pytest.mark.parametrize(("uom", "unit"), [(72, "Wh"), (169, "therm"), (119, "ft3"), (42, "m3"), (128, "gal"), (134, "L"), (132, "BTU")])  # fmt: skip
def test_electricity_gas_and_water_keep_their_unit(take, uom, unit):
    found = take(simple(hours([5]), uom=uom)).sums[0].series
    assert (found.unit, found.channel) == (unit, Channel.DELIVERED)


@pytest.mark.parametrize("power", ["3.0", "ten", "0x3", "--3"])
def test_a_power_of_ten_that_is_no_number_is_noted(take, power):
    whole = take(simple(hours([5]), powerOfTenMultiplier=power))
    assert whole.findings.notes["reading_type_code_unreadable"] == 1


@pytest.mark.parametrize("power", [" 3 ", "+3", "03"])
def test_a_power_of_ten_that_is_one_in_another_dress(take, power):
    assert take(simple(hours([5]), powerOfTenMultiplier=power)).sums[0].total == 5000


NOTES_FOR = {
    0: {"no_usage_point"},
    1: {"no_meter_reading"},
    2: {"no_reading_type", "no_unit"},
    3: {"no_readings"},
}


@pytest.mark.parametrize("removed", range(4))
def test_an_entry_that_is_missing_is_noted_and_no_reading_lost(take, removed):
    whole = take(feed(*GOOD[:removed], *GOOD[removed + 1 :]))
    assert whole.readings == (0 if removed == 3 else 3)
    assert NOTES_FOR[removed] <= set(whole.findings.notes)


@pytest.mark.parametrize("doubled", range(4))
def test_an_entry_that_stands_twice_doubles_no_series(take, doubled):
    whole = take(feed(*GOOD, GOOD[doubled]))
    assert (len(whole.sums), whole.readings) == (1, 6 if doubled == 3 else 3)


BROKEN = {
    "two feeds": lambda text: text + text,
    "a control character": lambda text: text.replace("<value>1", "<value>\x01"),
    "an end tag of another name": lambda text: text.replace("</value>", "</valve>", 1),
    "no end": lambda text: text[:-7],
    "an entity": lambda text: text.replace("<value>1", "<value>&one;"),
    "a bare ampersand": lambda text: text.replace("<title/>", "<title>A & B</title>"),
    "an attribute without quotes": lambda text: text.replace('rel="self"', "rel=self"),
    "a prefix that nothing declares": lambda text: text.replace("<feed", "<x:feed").replace(
        "</feed", "</x:feed"
    ),
    "a web page": lambda _: "<html><body>Log in</body></html>",
    "an error": lambda _: "<error><message>expired</message></error>",
    "an empty feed": lambda _: feed(),
    "nothing but a declaration": lambda _: '<?xml version="1.0"?>',
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_file_is_refused_whole(take, how):
    with pytest.raises(BadInput):
        take(BROKEN[how](simple(hours([1, 2, 3]))))
