"""What comes out: only what lies inside the holdings, in civil periods that are right, with its coverage, never invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from meterkeep.errors import BadInput
from meterkeep.readings.store import Store
from meterkeep.readings.store.rows.civil import civil_periods, standard_offset, zone_of

LA = "America/Los_Angeles"
HOUR = 3600
DAY = 86_400
ALWAYS = (5, 0, 2**40)


@pytest.fixture
def fill(store, kit):
    """Takes readings in: fill(first, values, seconds=3600, channel="delivered")."""
    names = iter(range(1000))

    def take(first, values, *, seconds=HOUR, channel="delivered", usage_point=5, quality="", unit="Wh"):
        rows = [
            kit.Row(0, first + seconds * i, seconds, v, quality)
            for i, v in enumerate(values)
            if v is not None
        ]
        return kit.take_in(
            store, kit.File(f"fill {next(names)}", [(usage_point, channel, unit, 0)], rows), block_size=5000
        )

    return take


def test_a_reading_is_given_only_if_it_lies_wholly_inside_a_holding(store, kit, fill):
    first = kit.instant("2025-06-01 00:00", LA)
    fill(first, range(6))
    inside = store.read(kit.holdings((5, first + HOUR, first + 3 * HOUR)))
    assert inside["value"].to_pylist() == [1, 2]
    cut = store.read(kit.holdings((5, first + HOUR + 1, first + 3 * HOUR - 1)))
    assert cut.num_rows == 0
    assert store.read(kit.holdings((6, 0, 2**40))).num_rows == 0
    assert store.read(kit.holdings()).num_rows == 0


def test_holdings_that_overlap_or_touch_give_each_reading_once(store, kit, fill):
    first = kit.instant("2025-06-01 00:00", LA)
    fill(first, range(6))
    spans = kit.holdings(
        (5, first, first + HOUR + 1800),
        (5, first + HOUR + 1800, first + 3 * HOUR),
        (5, first, first + 2 * HOUR),
    )
    assert store.read(spans)["value"].to_pylist() == [0, 1, 2]


def test_holders_keep_their_own_parts_of_a_usage_point(store, kit, fill):
    first = kit.instant("2025-06-01 00:00", LA)
    fill(first, [1] * 24 * 30)
    moved = first + 10 * DAY
    held = kit.holdings((5, 0, moved), (5, moved, 2**40)).append_column("holder", pa.array([70, 80]))
    daily = store.read(held, interval="P1D")
    assert [daily["holder"].to_pylist().count(holder) for holder in (70, 80)] == [10, 20]
    monthly = store.monthly(held, [date(2025, 6, 1)]).to_pylist()
    assert [(r["holder"], r["total"], r["missing"]) for r in monthly] == [(70, 240, 0), (80, 480, 0)]


@pytest.mark.parametrize(
    ("day", "hours"), [("2025-03-08", 24), ("2025-03-09", 23), ("2025-11-02", 25), ("2025-11-03", 24)]
)
def test_a_civil_day_has_the_hours_that_it_has(store, kit, fill, day, hours):
    start = kit.instant(f"{day} 00:00", LA)
    fill(start - 2 * DAY, [1] * 24 * 5)
    (row,) = [
        r
        for r in store.read(kit.holdings(ALWAYS), interval="P1D").to_pylist()
        if r["start"].timestamp() == start
    ]
    assert (row["value"], row["seconds"], row["n_present"], row["n_expected"]) == (
        hours,
        hours * HOUR,
        hours,
        hours,
    )


@pytest.mark.parametrize("zone", [LA, "UTC", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_months_are_civil_months_read_either_way(tmp_path, kit, new_store, zone):
    store = new_store(tmp_path / "zone", zone=zone)
    first = kit.instant("2024-12-15 00:00", zone)
    rows = [kit.Row(0, first + 1800 * i, 1800, i % 1000) for i in range(48 * 400)]
    kit.take_in(store, kit.File("a year", [(5, "delivered", "Wh", 0)], rows), block_size=5000)
    expected: dict[date, int] = {}
    for row in rows:
        month = datetime.fromtimestamp(row.start, zone_of(zone)).date().replace(day=1)
        expected[month] = expected.get(month, 0) + row.value
    months = [date(2025, m, 1) for m in range(1, 13)]
    table = store.monthly(kit.holdings(ALWAYS), months).to_pylist()
    assert {r["month"]: r["total"] for r in table} == {m: expected[m] for m in months}
    assert all(r["missing"] == 0 for r in table)
    read = store.read(kit.holdings(ALWAYS), interval="P1M").to_pylist()
    assert {r["start"].astimezone(zone_of(zone)).date(): r["value"] for r in read} == expected


def test_quarter_hours_add_up_to_hours_and_hours_are_never_split(store, kit, fill):
    first = kit.instant("2025-06-01 00:00", LA)
    fill(first, [1, 2, 3, 4, 5], seconds=900)
    fill(first + 5 * HOUR, [9])
    hourly = store.read(kit.holdings(ALWAYS), interval="PT1H").to_pylist()
    assert [(r["value"], r["n_present"], r["n_expected"]) for r in hourly] == [
        (10, 4, 4),
        (5, 1, 4),
        (9, 1, 1),
    ]
    quarters = store.read(kit.holdings(ALWAYS), interval="PT15M").to_pylist()
    assert [(r["value"], r["seconds"]) for r in quarters] == [*((v, 900) for v in range(1, 6)), (9, 3600)]


def test_a_gap_is_a_gap_and_the_coverage_says_so(store, kit, fill):
    fill(kit.instant("2025-06-01 00:00", LA), [2, None, 2, 2] + [None] * 20 + [0] * 24)
    days = store.read(kit.holdings(ALWAYS), interval="P1D").to_pylist()
    assert [(r["value"], r["n_present"], r["n_expected"]) for r in days] == [(6, 3, 24), (0, 24, 24)]
    (month,) = store.monthly(kit.holdings(ALWAYS), [date(2025, 6, 1), date(2025, 7, 1)]).to_pylist()
    assert (month["total"], month["intervals"], month["missing"]) == (6, 27, 30 * 24 - 27)


@pytest.mark.parametrize("channel", ["register", "demand", "other"])
def test_registers_demand_and_other_quantities_are_never_summed(store, kit, fill, channel):
    fill(kit.instant("2025-06-01 00:00", LA), range(48), channel=channel)
    for interval in ("PT15M", "PT1H", "P1D", "P1M"):
        assert store.read(kit.holdings(ALWAYS), interval=interval)["value"].to_pylist() == [*range(48)]
    assert store.monthly(kit.holdings(ALWAYS), [date(2025, 6, 1)]).num_rows == 0


def test_channels_and_units_stay_apart(store, kit, fill):
    first = kit.instant("2025-06-01 00:00", LA)
    for channel, unit in (("delivered", "Wh"), ("received", "Wh"), ("delivered", "therm")):
        fill(first, [1, 2], channel=channel, unit=unit)
    months = store.monthly(kit.holdings(ALWAYS), [date(2025, 6, 1)]).to_pylist()
    assert [(r["channel"], r["unit"], r["total"]) for r in months] == [
        ("delivered", "Wh", 3),
        ("delivered", "therm", 3),
        ("received", "Wh", 3),
    ]
    assert set(store.read(kit.holdings(ALWAYS), ["received"])["channel"].to_pylist()) == {"received"}


def test_where_lengths_overlap_the_shorter_ones_count(store, kit, fill):
    first = kit.instant("2025-06-01 00:00", LA)
    fill(first, [10, 10, 10])
    fill(first, [1, 1, 1, 1], seconds=900)
    fill(first, [999], seconds=30 * DAY)
    assert store.read(kit.holdings(ALWAYS), interval="PT1H")["value"].to_pylist() == [4, 10, 10]
    assert store.read(kit.holdings(ALWAYS), interval="P1M")["value"].to_pylist() == [24]
    assert store.monthly(kit.holdings(ALWAYS), [date(2025, 6, 1)])["total"].to_pylist() == [24]
    assert store.read(kit.holdings(ALWAYS)).num_rows == 8


def test_a_billing_period_is_not_cut_at_the_end_of_a_month(store, kit, fill):
    fill(kit.instant("2025-06-10 00:00", LA), [500, 600], seconds=30 * DAY, unit="therm")
    periods = store.read(kit.holdings(ALWAYS), interval="P1M").to_pylist()
    assert [(r["value"], r["seconds"]) for r in periods] == [(500, 30 * DAY), (600, 30 * DAY)]
    assert store.monthly(kit.holdings(ALWAYS), [date(2025, m, 1) for m in (6, 7, 8)]).num_rows == 0


def test_the_quality_of_a_sum_is_the_worst_that_went_into_it(store, kit, fill):
    first = kit.instant("2025-06-01 00:00", LA)
    fill(first, [1] * 24)
    fill(first + DAY, [1], quality="espi:17")
    fill(first + DAY + HOUR, [1] * 2, quality="espi:8")
    days = store.read(kit.holdings(ALWAYS), interval="P1D")["quality"].to_pylist()
    assert days == ["actual", "estimated"]
    (month,) = store.monthly(kit.holdings(ALWAYS), [date(2025, 6, 1)]).to_pylist()
    assert (month["intervals"], month["estimated"]) == (27, 2)


def test_estimates_in_the_hour_that_a_month_cuts_off_belong_to_the_next_month(store, kit, fill):
    fill(kit.instant("2025-07-31 22:00", LA), [1, 2], quality="espi:0")
    fill(kit.instant("2025-08-01 00:00", LA), [4, 8], quality="espi:9")
    months = store.monthly(kit.holdings(ALWAYS), [date(2025, 7, 1), date(2025, 8, 1)]).to_pylist()
    assert [(r["total"], r["intervals"], r["estimated"]) for r in months] == [(3, 2, 0), (12, 2, 2)]


def test_only_the_months_asked_for_are_given(store, kit, fill):
    fill(kit.instant("2025-06-01 00:00", LA), [1] * 24 * 100)
    months = store.monthly(kit.holdings(ALWAYS), [date(2025, 8, 1), date(2025, 6, 1)])["month"].to_pylist()
    assert months == [date(2025, 6, 1), date(2025, 8, 1)]
    assert store.monthly(kit.holdings(ALWAYS), []).num_rows == 0


def test_a_sum_too_large_for_64_bits_is_no_wrong_number(store, kit, fill):
    fill(kit.instant("2025-01-01 00:00", LA), [2**52] * 24 * 30, seconds=HOUR)
    assert store.monthly(kit.holdings(ALWAYS), [date(2025, 1, 1)])["total"].to_pylist() == [2**52 * 720]


def test_an_unknown_interval_is_named(store, kit):
    with pytest.raises(BadInput, match="P1Y"):
        store.read(kit.holdings(ALWAYS), interval="P1Y")


def test_another_process_sees_what_was_committed_here(store, kit, fill):
    other = Store.open(store.folder)
    assert other.read(kit.holdings(ALWAYS)).num_rows == 0
    fill(kit.instant("2025-06-01 00:00", LA), [1, 2])
    assert other.read(kit.holdings(ALWAYS)).num_rows == 2


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        (LA, -8 * HOUR),
        ("UTC", 0),
        ("Asia/Kolkata", 19_800),
        ("Australia/Lord_Howe", 37_800),
        ("Europe/Dublin", HOUR),
    ],
)
def test_the_standard_offset_is_what_the_zone_keeps_outside_daylight_saving(zone, offset):
    # The zone database calls Ireland's winter time the saving one.
    assert standard_offset(zone_of(zone)) == offset


def test_civil_days_follow_each_other_without_gap():
    zone = zone_of(LA)
    first = int(datetime(2025, 3, 1, tzinfo=UTC).timestamp())
    boundaries = civil_periods("P1D", zone, first, first + 20 * DAY)
    lengths = (boundaries[1:] - boundaries[:-1]) // HOUR
    assert boundaries[0] <= first < boundaries[1]
    assert boundaries[-2] < first + 20 * DAY <= boundaries[-1]
    assert sorted(set(lengths.tolist())) == [23, 24]
    assert timedelta(seconds=int(boundaries[1] - boundaries[0])) == timedelta(days=1)


@pytest.mark.parametrize("interval", ["PT1H", "P1D", "P1M"])
def test_an_amount_without_a_duration_is_summed_and_counted(store, kit, fill, interval):
    first = kit.instant("2025-06-01 00:00", LA)
    fill(first, [7], seconds=0)
    (row,) = store.read(kit.holdings(ALWAYS), interval=interval).to_pylist()
    assert (row["value"], row["n_present"]) == (7, 1)
    months = store.monthly(kit.holdings((5, first, first + DAY)), [date(2025, 6, 1)])
    assert (months["total"].to_pylist(), months["intervals"].to_pylist()) == ([7], [1])
