"""Periods of a tariff, tiers and phases: parts add up, and never to their total. Synthetic twins, nobody's data."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings.formats.green_button_files import (
    ESPI,
    POINT,
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

from meterkeep.readings.formats.green_button.parts import Member, Weight, marks, standing_aside
from meterkeep.readings.model import Channel
from meterkeep.readings.store import Store

LOW, HIGH = [5, 0, 7, 0, 9, 0] * 4, [0, 6, 0, 8, 0, 4] * 4
TOTAL = [low + high for low, high in zip(LOW, HIGH, strict=True)]


@pytest.fixture
def take(tmp_path, read):
    def take_text(text):
        path = tmp_path / "twin.xml"
        path.write_text(text)
        return read(path)

    return take_text


def several(*parts):
    """A feed of one usage point with a MeterReading for each (codes, values)."""
    entries = [usage_point()]
    for number, (codes, values) in enumerate(parts):
        path = f"{POINT}/MeterReading/{number}"
        entries += [
            meter_reading(path, kind=f"ReadingType/{number}"),
            reading_type(f"ReadingType/{number}", **codes),
            block(hours(values), path=f"{path}/IntervalBlock/1"),
        ]
    return feed(*entries)


def channels(whole):
    return [(each.series.channel, int(each.total)) for each in whole.sums]


def test_parts_without_a_total_are_all_delivered(take):
    whole = take(several(({"tou": 1}, LOW), ({"tou": 2}, HIGH)))
    assert channels(whole) == [(Channel.DELIVERED, sum(LOW)), (Channel.DELIVERED, sum(HIGH))]
    assert "parts_beside_total" not in whole.findings.notes


@pytest.mark.parametrize(
    ("name", "low", "high", "total"),
    [("tou", 1, 2, 0), ("tou", 1, 2, None), ("consumptionTier", 1, 2, 0), ("phase", 128, 64, 224), ("phase", 512, 256, 769)],
)  # fmt: skip
def test_parts_beside_their_total_stand_aside(take, name, low, high, total):
    whole = take(several(({name: low}, LOW), ({name: total}, TOTAL), ({name: high}, HIGH)))
    assert channels(whole) == [
        (Channel.OTHER, sum(LOW)),
        (Channel.DELIVERED, sum(TOTAL)),
        (Channel.OTHER, sum(HIGH)),
    ]
    assert whole.findings.notes["parts_beside_total"] == 1
    assert "parts_differ_from_total" not in whole.findings.notes


def test_a_total_that_differs_stays_the_total_and_is_noted(take):
    whole = take(several(({"tou": 1}, LOW), ({"tou": 0}, [n + 1 for n in TOTAL]), ({"tou": 2}, HIGH)))
    assert [channel for channel, _ in channels(whole)] == [Channel.OTHER, Channel.DELIVERED, Channel.OTHER]
    assert whole.findings.notes["parts_differ_from_total"] == 1


def test_a_total_of_another_time_is_no_total_of_the_parts(take):
    text = several(({"tou": 1}, LOW), ({"tou": 2}, HIGH))
    later = block(hours(TOTAL, START + 10**7), path=f"{POINT}/MeterReading/9/IntervalBlock/1")
    text = text.replace(
        "</feed>",
        meter_reading(f"{POINT}/MeterReading/9", kind="ReadingType/9") + reading_type("ReadingType/9") + later + "</feed>",
    )  # fmt: skip
    assert {channel for channel, _ in channels(take(text))} == {Channel.DELIVERED}


def test_without_codes_a_series_that_is_the_sum_of_the_others_is_their_total(take):
    whole = take(several(({}, LOW), ({}, HIGH), ({}, TOTAL)))
    assert [channel for channel, _ in channels(whole)] == [Channel.OTHER, Channel.OTHER, Channel.DELIVERED]


def test_a_sum_that_agrees_only_over_all_is_no_total(take):
    whole = take(several(({}, LOW), ({}, HIGH), ({}, TOTAL[::-1])))
    assert {channel for channel, _ in channels(whole)} == {Channel.DELIVERED}


def test_parts_by_tariff_and_by_phase_of_the_same_energy_count_once(take):
    first, second = [n // 2 for n in TOTAL], [n - n // 2 for n in TOTAL]
    parts = ({"tou": 1}, LOW), ({"tou": 2}, HIGH), ({"phase": 128}, first), ({"phase": 64}, second)
    delivered = [total for channel, total in channels(take(several(*parts))) if channel is Channel.DELIVERED]
    assert sum(delivered) == sum(TOTAL)


def test_demand_and_received_energy_are_never_anybodys_total(take):
    whole = take(several(({"tou": 1}, LOW), ({"flowDirection": 19}, LOW), ({"uom": 38}, LOW)))
    assert [c for c, _ in channels(whole)] == [Channel.DELIVERED, Channel.RECEIVED, Channel.DEMAND]


def with_tou(reading, tou):
    return reading.replace("</IntervalReading>", f"<tou>{tou}</tou></IntervalReading>")


def test_periods_marked_at_the_readings_of_one_interval_become_series(take):
    readings = [
        with_tou(each, tou)
        for pair in zip(hours(LOW), hours(HIGH), strict=True)
        for tou, each in enumerate(pair, 1)
    ]
    whole = take(simple(readings))
    assert channels(whole) == [(Channel.DELIVERED, sum(LOW)), (Channel.DELIVERED, sum(HIGH))]
    assert whole.findings.notes["tariff_periods_parted"] == 1
    assert whole.findings.notes["tariff_marks_not_kept"] == 48


def test_a_total_among_the_periods_of_its_own_interval(take):
    groups = zip(hours(LOW), hours(TOTAL), hours(HIGH), strict=True)
    readings = [with_tou(each, tou) for group in groups for tou, each in zip((1, 0, 2), group, strict=True)]
    whole = take(simple(readings))
    assert sorted(channels(whole)) == [
        (Channel.DELIVERED, sum(TOTAL)),
        (Channel.OTHER, sum(HIGH)),
        (Channel.OTHER, sum(LOW)),
    ]


def test_periods_of_different_intervals_stay_one_series_and_repeats_stay_repeats(take):
    readings = [with_tou(each, 1 + n % 3) for n, each in enumerate(hours(TOTAL))]
    assert channels(take(simple(readings))) == [(Channel.DELIVERED, sum(TOTAL))]
    assert channels(take(simple(readings * 2))) == [(Channel.DELIVERED, 2 * sum(TOTAL))]


def test_cost_and_marks_are_counted_and_the_energy_is_kept(take):
    cost = [each.replace("<timePeriod>", "<cost>123456</cost><timePeriod>") for each in hours([1, 2, 3])]
    peak = [each.replace("</Int", "<cpp>1</cpp></Int") for each in hours([4, 5], START + 86_400)]
    whole = take(simple(cost + peak))
    assert channels(whole) == [(Channel.DELIVERED, 15)]
    assert (whole.findings.notes["cost_not_kept"], whole.findings.notes["tariff_marks_not_kept"]) == (3, 2)


def test_a_largest_value_is_no_amount(take):
    assert channels(take(simple(hours([5]), dataQualifier=8))) == [(Channel.OTHER, 5)]
    assert channels(take(simple(hours([5]), dataQualifier=12))) == [(Channel.DELIVERED, 5)]


_VALUES = st.lists(st.lists(st.integers(0, 10**9), min_size=12, max_size=12), min_size=2, max_size=5)


@given(_VALUES, st.integers(0, 4))
def test_a_total_is_found_wherever_it_stands(parts, at):
    start = np.arange(12, dtype=np.int64) * 900 + START

    def member(values):
        weight = Weight()
        for piece in (slice(0, 5), slice(5, 12)):
            mine = marks(start[piece], np.array(values, np.int64)[piece])
            weight.add(len(mine), int(start[piece].min()), int(start[piece].max()), int(mine.sum()))
        return Member({}, weight)

    total = [sum(each) for each in zip(*parts, strict=True)]
    rows = [*parts[:at], total, *parts[at:]]
    members = [member(row) for row in rows]
    left = [row for place, row in enumerate(rows) if place not in standing_aside(members).places]
    assert left == [total] or not any(total)


RESOURCES = [
    "UsagePoint",
    "MeterReading",
    "ReadingType",
    "LocalTimeParameters",
    "UsageSummary",
    "ApplicationInformation",
    "BatchList",
]


@pytest.mark.parametrize("name", RESOURCES)
def test_the_answer_to_a_request_for_one_resource_without_readings(take, name):
    assert take(f"<{name} {ESPI}/>").findings.notes["no_readings"] == 1


@pytest.mark.parametrize(
    "wrap",
    [
        "{}",
        "<entry><content>{}</content></entry>",
        f"<BatchItemInfo {ESPI}><entity>{{}}</entity></BatchItemInfo>",
    ],
)
def test_the_answer_to_a_request_for_one_block(take, wrap):
    inner = f"<IntervalBlock {ESPI}>{''.join(hours(TOTAL))}</IntervalBlock>"
    assert channels(take(wrap.format(inner))) == [(Channel.DELIVERED, sum(TOTAL))]


def test_objects_wrapped_as_items_of_a_batch(take):
    def wrapped(path, inner, related=()):
        item = f"<BatchItemInfo {ESPI}><operation>Create</operation><statusCode>200</statusCode><entity>{inner}</entity></BatchItemInfo>"
        return entry(path, related=related, content=item)

    kind = f"<ReadingType {ESPI}><uom>72</uom><powerOfTenMultiplier>3</powerOfTenMultiplier></ReadingType>"
    text = feed(
        wrapped(POINT, f"<UsagePoint {ESPI}/>"),
        wrapped(f"{POINT}/MeterReading/01", f"<MeterReading {ESPI}/>", ("ReadingType/01",)),
        wrapped("ReadingType/01", kind),
        wrapped(
            f"{POINT}/MeterReading/01/IntervalBlock/1",
            f"<IntervalBlock {ESPI}>{''.join(hours([2]))}</IntervalBlock>",
        ),
    )
    assert channels(take(text)) == [(Channel.DELIVERED, 2000)]


def test_one_reading_without_a_period_is_its_blocks(take):
    interval = f"<interval><duration>2592000</duration><start>{START}</start></interval>"
    bare = "<IntervalReading><value>640</value></IntervalReading>"
    text = feed(
        usage_point(),
        meter_reading(f"{POINT}/MeterReading/01"),
        reading_type(),
        block([bare], interval=interval),
    )
    assert take(text).sums[0].rows == [(START, 2_592_000, 640)]
    several_bare = feed(usage_point(), reading_type(), block([bare] * 3, interval=interval))
    assert take(several_bare).findings.rejected == {"no_start": 3}


@pytest.mark.parametrize("seed", range(3))
def test_instants_in_milliseconds_are_refused_by_name_and_not_guessed(take, seed):
    chance = random.Random(seed)
    readings = [interval_reading(5, (START + 3600 * n) * 1000) for n in range(chance.randint(1, 40))]
    assert take(simple(readings)).findings.rejected == {"start_out_of_range": len(readings)}


@pytest.fixture
def stored(take, tmp_path):
    """Takes a feed into a store; gives what the store says of the intake."""

    def take_in(text):
        file = take(text).file
        blocks = list(file.blocks())
        store = Store.create(tmp_path / "store", zone="America/Los_Angeles")
        received = datetime(2026, 1, 1, tzinfo=UTC)
        with store.intake(digest=file.sha256, received=received, policy="a" * 64) as intake:
            for each in blocks:
                points = np.ones(len(file.series), np.int32)
                intake.add(each, series=file.series, usage_points=points, qualities=file.qualities)
            return intake.commit()

    return take_in


@pytest.mark.parametrize("marked", [False, True])
def test_parts_and_their_total_reach_the_store_whole_and_contradict_nothing(stored, marked):
    if marked:
        groups = zip(hours(LOW), hours(TOTAL), hours(HIGH), strict=True)
        text = simple(
            [with_tou(each, tou) for group in groups for tou, each in zip((1, 0, 2), group, strict=True)]
        )
    else:
        text = several(({"tou": 1}, LOW), ({"tou": 0}, TOTAL), ({"tou": 2}, HIGH))
    result = stored(text)
    assert (result.stored, result.duplicate, result.already_stored) == (72, 0, 0)
    assert not result.conflicts and "series_added" not in result.notes


def test_parts_without_a_total_are_added_in_the_store(stored):
    result = stored(several(({"tou": 1}, LOW), ({"tou": 2}, HIGH)))
    assert (result.stored, result.conflicts, result.notes["series_added"]) == (48, 0, 24)
