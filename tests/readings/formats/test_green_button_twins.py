"""Synthetic twins of what utilities' Green Button files do. No line of them is anybody's data; each names its quirk."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from readings.formats.green_button_files import (
    ESPI,
    POINT,
    READING,
    START,
    block,
    entry,
    feed,
    hours,
    interval_reading,
    meter_reading,
    reading_type,
    simple,
    usage_point,
)

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.green_button import reader as greenbutton
from meterkeep.readings.model import Channel


@pytest.fixture
def take(tmp_path, read):
    def take_text(text, *, encoding="utf-8"):
        path = tmp_path / "twin.xml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read(path)

    return take_text


def only(whole):
    assert len(whole.sums) == 1
    return whole.sums[0]


def test_a_plain_feed_gives_its_readings_and_names_the_usage_point_best_first(take):
    found = only(take(simple(hours([5, 7]))))
    assert found.rows == [(START, 3600, 5), (START + 3600, 3600, 7)]
    assert found.series.identifiers == (POINT, "twin-up-0001")
    assert (found.series.channel, found.series.unit) == (Channel.DELIVERED, "Wh")


def test_prefixed_atom_and_espi_with_types_on_atom_elements(take):
    text = simple(hours([1, 2, 2]))
    text = text.replace(' xmlns="http://naesb.org/espi"', "").replace(
        ' xmlns="http://www.w3.org/2005/Atom"', ""
    )
    espi = "UsagePoint ServiceCategory kind MeterReading ReadingType IntervalBlock IntervalReading timePeriod duration start value uom"
    espi += " flowDirection accumulationBehaviour powerOfTenMultiplier"
    for name in espi.split():
        text = text.replace(f"<{name}>", f"<ns0:{name}>").replace(f"</{name}>", f"</ns0:{name}>")
    text = text.replace("<MeterReading/>", "<ns0:MeterReading/>").replace(
        "<MeterReading />", "<ns0:MeterReading/>"
    )
    for name in ["feed", "entry", "id", "link", "title", "content"]:
        text = text.replace(f"<{name}", f"<ns1:{name}").replace(f"</{name}", f"</ns1:{name}")
    text = text.replace(
        "<ns1:feed", '<ns1:feed xmlns:ns0="http://naesb.org/espi" xmlns:ns1="http://www.w3.org/2005/Atom"'
    )
    text = text.replace(
        "<ns1:id>", '<ns1:id xsi:type="ns1:idType" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    )
    assert only(take(text)).total == 5


def test_a_feed_without_any_namespace_is_read_and_noted(take):
    text = simple(hours([1, 2])).replace(f" {ESPI}", "").replace(' xmlns="http://www.w3.org/2005/Atom"', "")
    whole = take(text)
    assert only(whole).total == 3
    assert whole.findings.notes["espi_namespace_unusual"] == 1


@pytest.mark.parametrize("seed", range(12))
def test_entries_may_come_in_any_order(take, seed):
    other = f"{POINT}/MeterReading/02"
    entries = [
        usage_point(),
        meter_reading(),
        meter_reading(other, kind="ReadingType/02"),
        reading_type(),
        reading_type("ReadingType/02", flowDirection=19, powerOfTenMultiplier=3),
        block(hours([1, 2])),
        block(hours([4, 8], START + 7200), path=f"{READING}/IntervalBlock/2"),
        block(hours([100]), path=f"{other}/IntervalBlock/1"),
    ]
    random.Random(seed).shuffle(entries)
    whole = take(feed(*entries))
    assert {(s.series.channel, s.total, s.series.identifiers[0]) for s in whole.sums} == {
        (Channel.DELIVERED, Decimal(15), POINT),
        (Channel.RECEIVED, Decimal(100_000), POINT),
    }


def test_newest_first_is_read_and_noted(take):
    whole = take(simple(hours([1, 2, 3])[::-1]))
    assert (only(whole).total, only(whole).first.timestamp()) == (6, START)
    assert whole.findings.notes["not_in_order_of_time"] == 1


def test_no_links_and_no_usage_point(take):
    bare = [
        entry(content=f"<MeterReading {ESPI}/>"),
        entry(
            content=f"<ReadingType {ESPI}><uom>72</uom><powerOfTenMultiplier>3</powerOfTenMultiplier></ReadingType>"
        ),
        block(hours([1, 2]), path="", up=""),
        block(hours([3], START + 7200), path="", up=""),
    ]
    whole = take(feed(*bare))
    assert (only(whole).records, only(whole).total) == (3, 6000)
    assert only(whole).series.identifiers == (f"file/{whole.file.sha256}/0",)
    assert {"entry_without_links", "no_usage_point", "block_without_link"} <= set(whole.findings.notes)


def test_no_links_and_no_meter_reading_but_types_before_their_blocks(take):
    def kind(flow):
        return entry(
            content=f"<ReadingType {ESPI}><uom>72</uom><flowDirection>{flow}</flowDirection></ReadingType>"
        )

    whole = take(feed(kind(1), block(hours([2]), path=""), kind(19), block(hours([3]), path="")))
    assert [(s.series.channel, s.total) for s in whole.sums] == [
        (Channel.DELIVERED, 2),
        (Channel.RECEIVED, 3),
    ]


def test_blocks_that_name_their_reading_type_themselves(take):
    def part(kind, value):
        content = f"<IntervalBlock {ESPI}>{interval_reading(value)}</IntervalBlock>"
        return entry(f"IntervalBlock/{value}", related=(kind,), content=content)

    kinds = reading_type("ReadingType/1"), reading_type("ReadingType/19", flowDirection=19)
    whole = take(feed(*kinds, part("ReadingType/1", 5), part("ReadingType/19", 6)))
    assert [(s.series.channel, s.total) for s in whole.sums] == [
        (Channel.DELIVERED, 5),
        (Channel.RECEIVED, 6),
    ]


def test_codes_written_into_the_block_count_where_nothing_else_does(take):
    power = "<powerOfTenMultiplier>3</powerOfTenMultiplier>"
    energy = [each.replace("<timePeriod>", power + "<timePeriod>") for each in hours([31])]
    demand = [each.replace("<timePeriod>", power + "<timePeriod>") for each in hours([5])]
    whole = take(
        feed(
            block(energy, path="", interval=f"<interval><start>{START}</start><uom>72</uom></interval>"),
            block(demand, path="", interval=f"<interval><start>{START}</start><uom>38</uom></interval>"),
        )
    )
    assert [(s.series.channel, s.total) for s in whole.sums] == [
        (Channel.DELIVERED, 31_000),
        (Channel.DEMAND, 5_000),
    ]


def test_several_blocks_in_one_entry(take):
    inner = "".join(f"<IntervalBlock {ESPI}>{each}</IntervalBlock>" for each in hours([1, 2, 4]))
    text = feed(
        usage_point(), meter_reading(), reading_type(), entry(f"{READING}/IntervalBlock/1", content=inner)
    )
    assert only(take(text)).total == 7


def test_block_with_links_after_its_content(take):
    late = f'<entry><content><IntervalBlock {ESPI}>{interval_reading(9)}</IntervalBlock></content><link rel="self" href="{READING}/IntervalBlock/1"/></entry>'
    assert (
        only(take(feed(usage_point(), meter_reading(), reading_type(), late))).series.identifiers[0] == POINT
    )


def test_a_user_path_meets_a_billing_account_path(take):
    billing, user = "BillingAccount/700001/UsagePoint/NET_USAGE", "User/700001/UsagePoint/NET_USAGE"
    reading = f"{user}/MeterReading/1"
    text = feed(
        usage_point(billing),
        meter_reading(reading),
        reading_type(),
        block(hours([3]), path=f"{reading}/IntervalBlock/1"),
    )
    assert only(take(text)).series.identifiers == (billing,)


def test_another_customers_blocks_never_join_the_only_known_usage_point(take):
    """RetailCustomer/2 has the same usage point number as RetailCustomer/1, and no entries of its own."""
    mine, theirs = (f"RetailCustomer/{n}/UsagePoint/1/MeterReading/1" for n in (1, 2))
    text = feed(
        usage_point("RetailCustomer/1/UsagePoint/1"),
        meter_reading(mine),
        reading_type(),
        block(hours([1]), path=f"{mine}/IntervalBlock/1"),
        block(hours([10]), path=f"{theirs}/IntervalBlock/1"),
    )
    whole = take(text)
    assert [s.total for s in whole.sums] == [1, 10]
    assert whole.sums[0].series.identifiers != whole.sums[1].series.identifiers


def test_short_paths_name_a_usage_point_only_with_their_host(take):
    short = "RetailCustomer/1/UsagePoint/1"
    reading = f"{short}/MeterReading/1"
    rest = meter_reading(reading), reading_type(), block(hours([1]), path=f"{reading}/IntervalBlock/1")
    uuid = "8606A311-253D-47EB-8D91-46B12FBC6925"
    assert only(take(feed(usage_point(short, id=f"urn:uuid:{uuid}"), *rest))).series.identifiers == (
        uuid.lower(),
    )
    host = "https://utility.example/espi/1_1/resource/"
    assert only(take(feed(usage_point(short), *rest))).series.identifiers == (host + short,)


def test_a_uuid_that_all_entries_share_names_nobody(take):
    same = "urn:uuid:00000000-0000-4000-8000-000000000001"
    text = feed(usage_point(id=same), meter_reading(), reading_type(), entry(id=same), block(hours([1])))
    assert only(take(text)).series.identifiers == (POINT, "twin-up-0001")


def test_ids_that_are_an_address_of_a_server_name_nobody(take):
    text = feed(
        usage_point("UsagePoint/1", id="192.0.2.17"),
        meter_reading("UsagePoint/1/MeterReading/1"),
        reading_type(),
    )
    text = text.replace(
        "</feed>", block(hours([1]), path="UsagePoint/1/MeterReading/1/IntervalBlock/1") + "</feed>"
    )
    assert "192.0.2.17" not in only(take(text)).series.identifiers


def test_register_reads_beside_hourly_amounts_are_another_channel(take):
    other = f"{POINT}/MeterReading/REG"
    dial = [interval_reading(40_000_000 + 12_000 * day, START + 86_400 * day, 0) for day in range(8)]
    whole = take(
        feed(
            usage_point(),
            meter_reading(),
            meter_reading(other, kind="ReadingType/02"),
            reading_type(),
            reading_type("ReadingType/02", accumulationBehaviour=1),
            block(hours([500] * 24)),
            block(dial, path=f"{other}/IntervalBlock/1"),
        )
    )
    assert [(s.series.channel, s.records) for s in whole.sums] == [
        (Channel.DELIVERED, 24),
        (Channel.REGISTER, 8),
    ]
    assert whole.sums[1].durations == [0]


def test_a_register_that_steps_back_a_little_stays_a_register(take):
    dial = [14455, 14455, 14465, 14465, 14460, 14470, 14476, 14486, 14496, 14511]
    assert only(take(simple(hours(dial), accumulationBehaviour=1))).series.channel is Channel.REGISTER


def test_several_registers_read_at_the_same_instants_stay_registers(take):
    dials = [(4_000_000, 900_000, 2_500_000)[n % 3] + 700 * n for n in range(30)]
    reads = [interval_reading(value, START + 86_400 * (n // 3), 0) for n, value in enumerate(dials)]
    assert only(take(simple(reads, accumulationBehaviour=1))).series.channel is Channel.REGISTER


def test_amounts_that_are_called_a_register_are_amounts(take):
    """A home whose ReadingType says bulkQuantity, with durations of 0 in most of its weeks."""
    values = [310, 120, 95, 400, 80, 1200, 640, 15, 220, 90]
    readings = hours(values[:3]) + hours(values[3:], START + 3 * 3600, duration=0)
    whole = take(simple(readings, accumulationBehaviour=1, intervalLength=3600))
    assert (only(whole).series.channel, only(whole).total) == (Channel.DELIVERED, sum(values))
    assert only(whole).durations == [3600]
    assert whole.findings.notes["zero_duration"] == 7
    assert whole.findings.notes["accumulation_contradicted"] == 1


def test_demand_in_watts_is_never_energy_and_899_seconds_stay(take):
    other = f"{POINT}/MeterReading/kW"
    whole = take(
        feed(
            usage_point(),
            meter_reading(),
            meter_reading(other, kind="ReadingType/02"),
            reading_type(intervalLength=899),
            reading_type("ReadingType/02", uom=38, kind=8, intervalLength=899),
            block([interval_reading(250, START + 900 * i, 899) for i in range(4)]),
            block(
                [interval_reading(1000, START + 900 * i, 899) for i in range(4)],
                path=f"{other}/IntervalBlock/1",
            ),
        )
    )
    assert [(s.series.channel, s.series.unit, s.total) for s in whole.sums] == [
        (Channel.DELIVERED, "Wh", 1000),
        (Channel.DEMAND, "W", 4000),
    ]
    assert whole.sums[0].durations == [899]


def test_float_starts_that_are_all_the_export_time_and_an_empty_reading_type(take):
    readings = [interval_reading(value, "1700006400.66136", 2_592_000) for value in (12000, 15000, 20000)]
    empty = entry("ReadingType/01", content=f"<ReadingType {ESPI}/>")
    whole = take(feed(usage_point(kind=""), meter_reading(), empty, block(readings)))
    assert only(whole).rows == [(START, 2_592_000, value) for value in (12000, 15000, 20000)]
    assert (only(whole).series.unit, only(whole).series.power_of_ten) == ("unknown", 0)
    assert whole.findings.notes["start_with_fraction"] == 3
    assert whole.findings.notes["no_unit"] == 1


def test_time_of_use_series_weather_and_readings_without_value(take):
    """One MeterReading for each period of the tariff with the same ReadingType content, and the temperature in kelvin."""
    paths = [f"{POINT}/MeterReading/{name}" for name in ("off", "mid", "on", "weather")]
    kinds = [reading_type(f"ReadingType/{i}") for i in range(3)] + [
        reading_type("ReadingType/3", uom=6, kind=46)
    ]
    readings = [meter_reading(path, kind=f"ReadingType/{i}") for i, path in enumerate(paths)]
    blocks = [block(hours([i + 1] * 3), path=f"{path}/IntervalBlock/1") for i, path in enumerate(paths)]
    missing = [each.replace("<value>0</value>", "") for each in hours([0] * 2, START + 10_800)]
    blocks.append(block(missing, path=f"{paths[0]}/IntervalBlock/2"))
    blocks.append(block(hours([""], START + 18_000), path=f"{paths[0]}/IntervalBlock/3"))
    whole = take("\ufeff" + feed(usage_point(), *readings, *kinds, *blocks))
    assert [(s.series.channel, s.series.unit, s.total) for s in whole.sums] == [
        (Channel.DELIVERED, "Wh", 3),
        (Channel.DELIVERED, "Wh", 6),
        (Channel.DELIVERED, "Wh", 9),
        (Channel.OTHER, "K", 12),
    ]
    assert whole.findings.rejected == {"no_value": 3}
    assert whole.findings.records == 15
    assert ("no_value", "record 13, in the block at line 14") in whole.findings.places


def test_four_usage_points_and_data_for_one(take):
    points = [f"Customer/700001/UsagePoint/70000{n}" for n in range(4)]
    reading = f"{points[2]}/MeterReading/700100"
    kinds = [
        reading_type(f"ReadingType/70000{n}", intervalLength=(900 if n == 3 else 3600)) for n in range(4)
    ]
    whole = take(
        feed(
            *map(usage_point, points),
            *kinds,
            meter_reading(reading, kind="ReadingType/700003"),
            block(hours([4], duration=900), path=f"{reading}/IntervalBlock/1"),
        )
    )
    assert only(whole).series.identifiers[0] == points[2]
    assert "interval_length_contradicted" not in whole.findings.notes


def test_spaces_around_numbers_and_costs_do_not_matter(take):
    text = simple(
        [each.replace("<timePeriod>", "<cost> 12 </cost><timePeriod>") for each in hours([" 0 ", "\n 7\t"])]
    )
    assert only(take(text)).total == 7


@pytest.mark.parametrize(
    ("codes", "channel"),
    [
        ({"flowDirection": 1}, Channel.DELIVERED),
        ({"flowDirection": 19}, Channel.RECEIVED),
        ({"flowDirection": 4}, Channel.NET),
        ({"flowDirection": None}, Channel.DELIVERED),
        ({"flowDirection": 0}, Channel.DELIVERED),
        ({"flowDirection": 20}, Channel.OTHER),
        ({"uom": 38}, Channel.DEMAND),
        ({"uom": 73}, Channel.OTHER),
        ({"uom": 71}, Channel.OTHER),
        ({"uom": 29}, Channel.OTHER),
        ({"kind": 3}, Channel.OTHER),
        ({"kind": 12}, Channel.DELIVERED),
        ({"accumulationBehaviour": 0}, Channel.DELIVERED),
        ({"accumulationBehaviour": 3}, Channel.REGISTER),
        ({"accumulationBehaviour": 9}, Channel.REGISTER),
        ({"uom": 169}, Channel.DELIVERED),
        ({"uom": 42}, Channel.DELIVERED),
    ],
)
def test_the_reading_type_decides_the_channel(take, codes, channel):
    assert only(take(simple(hours([1, 2, 3]), **codes))).series.channel is channel


def test_negative_readings_without_a_direction_are_net(take):
    assert only(take(simple(hours([5, -3]), flowDirection=None))).series.channel is Channel.NET


def test_decimals_are_kept_exactly_in_a_finer_power_of_ten(take):
    found = only(take(simple(hours(["0.1", "0.125", "3", "2.50", "1E1"]), powerOfTenMultiplier=3)))
    assert found.series.power_of_ten == 0
    assert [value for _, _, value in found.rows] == [100, 125, 3000, 2500, 10_000]


def test_what_is_no_number_is_refused_by_name(take):
    readings = hours(["1", "x", "1_0", "NaN", "0x10", "99999999999999999999", "8"])
    readings += [interval_reading(5, start=start) for start in ("soon", "1700006400000", "-5")]
    whole = take(simple(readings))
    assert only(whole).total == 9
    assert whole.findings.rejected == {"unreadable_value": 5, "unreadable_start": 1, "start_out_of_range": 2}


def test_readings_without_time_follow_each_other_from_the_blocks_start(take):
    readings = [f"<IntervalReading><value>{value}</value></IntervalReading>" for value in (4, 5, 6)]
    interval = f"<interval><duration>10800</duration><start>{START}</start></interval>"
    text = feed(
        usage_point(), meter_reading(), reading_type(intervalLength=3600), block(readings, interval=interval)
    )
    assert only(take(text)).rows == [(START + 3600 * i, 3600, 4 + i) for i in range(3)]


def test_readings_without_time_and_without_a_way_to_tell_it_are_refused(take):
    whole = take(simple(["<IntervalReading><value>4</value></IntervalReading>"]))
    assert whole.findings.rejected == {"no_start": 1}
    assert not whole.sums


def test_duplicates_conflicts_and_autumn_twins_are_all_given_out(take):
    readings = [
        interval_reading(5),
        interval_reading(5),
        interval_reading(7),
        interval_reading(2, START + 7200),
    ]
    assert [row[2] for row in only(take(simple(readings))).rows] == [5, 5, 7, 2]


def test_quality_is_the_readings_own_else_the_types_default(take):
    readings = [
        interval_reading(1, quality=(8,)),
        interval_reading(2, START + 3600),
        interval_reading(3, START + 7200, quality=(0, 8, 7)),
    ]
    whole = take(simple(readings, defaultQuality=17))
    blocks = list(whole.file.blocks())
    assert [whole.file.qualities[i] for i in blocks[0].quality] == ["espi:8", "espi:17", "espi:8"]
    assert whole.file.findings.notes["several_qualities"] == 1


def test_without_any_quality_the_column_is_left_out(take):
    assert next(iter(take(simple(hours([1]))).file.blocks())).quality is None


def test_a_repeated_meter_reading_with_another_type_is_another_series(take):
    text = feed(
        usage_point(),
        reading_type(),
        reading_type("ReadingType/02", flowDirection=19),
        meter_reading(),
        block(hours([1])),
        meter_reading(kind="ReadingType/02"),
        block(hours([2])),
    )
    whole = take(text)
    assert sum(s.total for s in whole.sums) == 3


def test_of_two_types_under_one_link_the_first_counts(take):
    """A bulk feed puts its register's type, of which it has no readings, behind that of its intervals."""
    text = feed(
        usage_point(),
        reading_type(),
        reading_type(accumulationBehaviour=2),
        meter_reading(),
        meter_reading(),
        block(hours([210, 200, 210])),
    )
    whole = take(text)
    assert (only(whole).total, only(whole).series.channel) == (620, Channel.DELIVERED)
    assert whole.findings.notes["reading_type_repeated_differently"] == 1


def test_as_many_types_as_meter_readings_under_one_link_go_together_in_their_order(take):
    other = f"{POINT}/MeterReading/02"
    text = feed(
        usage_point(),
        meter_reading(),
        meter_reading(other),
        reading_type(flowDirection=19),
        reading_type(uom=38, kind=37),
        block(hours([5, 6])),
        block(hours([70, 80]), path=f"{other}/IntervalBlock/1"),
    )
    assert [(found.series.channel, found.total) for found in take(text).sums] == [
        (Channel.RECEIVED, 11),
        (Channel.DEMAND, 150),
    ]


def test_a_type_written_into_the_meter_reading(take):
    codes = f"<ReadingType {ESPI}><powerOfTenMultiplier>3</powerOfTenMultiplier><uom>72</uom></ReadingType>"
    reading = entry(READING, content=f"<MeterReading {ESPI}>{codes}</MeterReading>")
    found = only(take(feed(usage_point(), reading, block(hours([5, 6])))))
    assert (found.total, found.series.unit) == (11_000, "Wh")


def test_a_feed_without_entries(take):
    codes = f"<ReadingType {ESPI}><powerOfTenMultiplier>3</powerOfTenMultiplier><uom>72</uom></ReadingType>"
    text = f"<feed>{codes}<IntervalBlock {ESPI}>{''.join(hours([5, 6]))}</IntervalBlock></feed>"
    found = only(take(text))
    assert (found.total, found.series.unit) == (11_000, "Wh")


@pytest.mark.parametrize("name", ["IntervalBLock", "ReadingBlock"])
def test_readings_in_a_misspelt_block_are_read_and_noted(take, name):
    whole = take(
        simple(hours([5, 6])).replace("IntervalBlock ", f"{name} ").replace("/IntervalBlock>", f"/{name}>")
    )
    assert only(whole).total == 11
    assert whole.findings.notes["readings_outside_interval_block"] == 1


def test_readings_whose_fields_are_in_another_namespace(take):
    prefixed = [each.replace("IntervalReading>", "e:IntervalReading>") for each in hours([5, 6])]
    content = (
        f'<e:IntervalBlock xmlns:e="http://naesb.org/espi" xmlns="">{"".join(prefixed)}</e:IntervalBlock>'
    )
    text = feed(
        usage_point(), meter_reading(), reading_type(), entry(f"{READING}/IntervalBlock/1", content=content)
    )
    assert only(take(text)).total == 11


@pytest.mark.parametrize("href", ["http://[::1/resource/", "http://ex\u2100mple.com/resource/", "//", "?"])
def test_a_link_that_is_no_address_is_only_a_path(take, href):
    text = simple(hours([5, 6])).replace("https://utility.example/espi/1_1/resource/", href)
    assert take(text).readings == 2


def test_quality_codes_that_are_none_are_not_carried_on(take):
    marks = [interval_reading(5, START + 60 * i, 60, quality=(f"hand-{i}",)) for i in range(40_000)]
    whole = take(simple(marks))
    assert whole.file.qualities == ["espi:unreadable"]
    assert whole.findings.notes["quality_unreadable"] == 1


@pytest.mark.parametrize("length", [-3600, 10**15])
def test_an_interval_length_that_no_interval_has_is_not_used(take, length):
    whole = take(simple(hours([5, 6], duration=""), intervalLength=length))
    assert only(whole).durations == [3600]
    assert whole.findings.notes["reading_type_code_unreadable"] == 1


@pytest.mark.parametrize("power", [16, -16, 10**9])
def test_a_power_of_ten_that_no_meter_needs_is_refused(take, power):
    with pytest.raises(BadInput, match="power of ten"):
        take(simple(hours([5]), powerOfTenMultiplier=power))
    take(simple(hours([5]), powerOfTenMultiplier=15 if power > 0 else -15))


@pytest.mark.parametrize("linked", [True, False])
def test_the_work_for_a_feed_of_many_customers_grows_with_it_and_not_with_its_square(take, linked):
    """Work is counted in lines executed, which no other process changes."""

    def many(count):
        entries = [reading_type()]
        for number in range(count):
            point = f"RetailCustomer/{number}/UsagePoint/twin-{number:06}"
            if linked:
                entries += [
                    usage_point(point),
                    entry(f"{point}/MeterReading/1", content=f"<MeterReading {ESPI}/>"),
                ]
            entries.append(block(hours([1]), path=f"{point}/MeterReading/1/IntervalBlock/1"))
        return feed(*entries)

    def lines(count):
        text, seen, before = many(count), [0], sys.gettrace()

        def count_line(_frame, event, _arg):
            seen[0] += event == "line"
            return count_line

        sys.settrace(count_line)
        try:
            found = take(text)
        finally:
            sys.settrace(before)
        assert len(found.sums) == count
        return seen[0]

    assert lines(1_200) < 6 * lines(300)


def test_a_block_longer_than_memory_wants_is_taken_in_parts(take):
    count = 120_000
    text = simple(hours([1] * count), powerOfTenMultiplier=3)
    found = only(take(text))
    assert (found.records, found.total) == (count, 1000 * count)
    assert found.last == datetime.fromtimestamp(START + 3600 * (count - 1), UTC)


@pytest.mark.parametrize("hold", [50, 10_000])
def test_how_much_is_held_does_not_change_what_is_read(take, monkeypatch, hold):
    """The ReadingType and the usage point come last, behind more readings than may wait for them."""
    parts = [
        block(hours([n] * 40, START + 144_000 * n), path=f"{READING}/IntervalBlock/{n}") for n in range(9)
    ]
    text = feed(*parts, meter_reading(), usage_point(), reading_type(powerOfTenMultiplier=3))
    plain = only(take(text))
    for name, limit in (("BLOCK_ROWS", 30), ("HOLD_ROWS", hold), ("_HARVEST", 10)):
        monkeypatch.setattr(greenbutton, name, limit)
    found = only(take(text))
    assert (found.rows, found.series) == (plain.rows, plain.series)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_wide_encodings_and_marks(take, encoding):
    text = f'<?xml version="1.0" encoding="{encoding[:6]}"?>' if "16" in encoding else ""
    assert only(take(text + simple(hours([1, 2])), encoding=encoding)).total == 3


def test_a_file_that_says_utf_16_and_is_not(take):
    whole = take('<?xml version="1.0" encoding="utf-16"?>' + simple(hours([1, 2])))
    assert (only(whole).total, whole.findings.notes["encoding_mislabelled"]) == (3, 1)


def test_latin_1_and_white_space_before_the_declaration(take):
    text = '\n\n  <?xml version="1.0" encoding="iso-8859-1"?>' + simple(hours([3])).replace(
        "<title/>", "<title>é</title>"
    )
    assert only(take(text, encoding="iso-8859-1")).total == 3


def test_reading_twice_gives_the_same(take):
    whole = take(simple(hours([1, 2])))
    assert sum(map(len, whole.file.blocks())) == 2
    assert len(whole.file.series) == 1


_TEXTS = st.one_of(
    st.integers(-(10**9), 10**9).map(str), st.sampled_from(["", " ", "x", "1.5", "2e3", "٣", "1,5"])
)
_STARTS = st.one_of(
    st.integers(0, 4 * 10**9).map(str), st.sampled_from(["", "1.5", "x", "-1", "99999999999"])
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(_TEXTS, _STARTS, st.sampled_from(["3600", "", "0", "x"])), max_size=20))
def test_every_reading_is_given_out_or_refused_by_name(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("rows") / "rows.xml"
    path.write_text(simple([interval_reading(value, start, duration) for value, start, duration in rows]))
    file = open_file(path)
    given_out = sum(map(len, file.blocks()))
    assert given_out + sum(file.findings.rejected.values()) == file.findings.records == len(rows)
