"""A file comes in whole or not at all, once, and says exactly what became of each reading."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from deltalake import DeltaTable

from meterkeep.errors import BadInput
from meterkeep.readings.model import Channel, Series
from meterkeep.readings.store import AlreadyStored, Store
from meterkeep.readings.store.intake.summary import decimal_text
from meterkeep.readings.store.rows.runs import Readings, Runs

HOUR = 3600
FEBRUARY = 1_738_396_800  # 2025-02-01 08:00 UTC, midnight in Los Angeles


def hours(kit, values, *, name="file", usage_point=5, first=FEBRUARY, channel="delivered", quality="", day=1):
    rows = [kit.Row(0, first + HOUR * i, HOUR, v, quality) for i, v in enumerate(values)]
    return kit.File(name, [(usage_point, channel, "Wh", 0)], rows, datetime(2026, 1, day, tzinfo=UTC))


def values(store, kit, usage_point=5, **how):
    return store.read(kit.holdings((usage_point, 0, 2**40)), **how)["value"].to_pylist()


def test_a_file_with_the_same_bytes_is_taken_in_once(store, kit):
    file = hours(kit, [1, 2, 3])
    first = kit.take_in(store, file)
    assert store.has_file(file.digest)
    with pytest.raises(AlreadyStored):
        kit.take_in(store, file)
    again = store.filed(file.digest)
    assert (again.stored, again.already_stored) == (0, first.stored)
    assert again.series == first.series
    assert values(store, kit) == [1, 2, 3]


def test_two_intakes_of_the_same_bytes_at_once_store_them_once(store, kit):
    file = hours(kit, [1, 2, 3])
    series = [Series(0, ("synthetic",), Channel.DELIVERED, "Wh")]
    with store.intake(digest=file.digest, received=file.received, policy="p") as slower:
        slower.add(
            kit.block_of(file.rows, 0, []), series=series, usage_points=np.array([5], np.int32), qualities=[]
        )
        kit.take_in(store, file)
        with pytest.raises(AlreadyStored):
            slower.commit()
    assert values(store, kit) == [1, 2, 3]


def test_nothing_is_seen_before_commit_and_nothing_stays_after_an_exception(store, kit):
    file = hours(kit, range(100))
    series = [Series(0, ("synthetic",), Channel.DELIVERED, "Wh")]
    with (
        pytest.raises(RuntimeError),
        store.intake(digest=file.digest, received=file.received, policy="p") as intake,
    ):
        intake.add(
            kit.block_of(file.rows, 0, []), series=series, usage_points=np.array([5], np.int32), qualities=[]
        )
        assert values(store, kit) == []
        raise RuntimeError
    assert not store.has_file(file.digest)
    assert not list((store.folder / "pending").iterdir())
    assert not list(store.folder.rglob("*.parquet"))


def test_an_intake_of_nothing_is_known_afterwards(store, kit):
    result = kit.take_in(store, hours(kit, []))
    assert (result.stored, result.series) == (0, [])
    assert store.has_file(hours(kit, []).digest)


def test_the_rest_of_a_day_is_added_and_a_changed_hour_becomes_a_new_version(store, kit):
    kit.take_in(store, hours(kit, [1, 2, 3], name="a"))
    rest = kit.take_in(store, hours(kit, [3, 4], name="b", first=FEBRUARY + 2 * HOUR, day=2))
    assert (rest.stored, rest.already_stored, rest.conflicts) == (1, 1, 0)
    changed = kit.take_in(store, hours(kit, [1, 20], name="c", day=3))
    assert (changed.stored, changed.already_stored, changed.conflicts) == (1, 1, 1)
    assert changed.notes == {"conflict": 1}
    assert values(store, kit) == [1, 20, 3, 4]
    as_known = [values(store, kit, known=datetime(2026, 1, day, 12, tzinfo=UTC)) for day in (1, 2, 3)]
    assert as_known == [[1, 2, 3], [1, 2, 3, 4], [1, 20, 3, 4]]


def test_an_actual_that_confirms_an_estimate_replaces_it(store, kit):
    kit.take_in(store, hours(kit, [7], name="a", quality="espi:8"))
    result = kit.take_in(store, hours(kit, [7], name="b", quality="espi:0", day=2))
    assert (result.stored, result.notes) == (1, {"requalified": 1})
    assert store.read(kit.holdings((5, 0, 2**40)))["quality"].to_pylist() == ["actual"]


def test_values_for_the_same_hour_that_differ_are_both_kept_and_the_last_stands(store, kit):
    rows = [kit.Row(0, FEBRUARY, HOUR, value) for value in (5, 6, 5, 6)]
    result = kit.take_in(store, kit.File("twins", [(5, "delivered", "Wh", 0)], rows))
    assert (result.stored, result.duplicate, result.conflicts) == (2, 2, 1)
    assert result.series[0].sum == "11"
    assert values(store, kit) == [6]
    assert DeltaTable(store.folder / "points").to_pyarrow_table()["value"].to_pylist() == [5]


def test_the_same_amount_at_another_power_of_ten_is_the_same_reading(store, kit):
    kit.take_in(store, kit.File("Wh", [(5, "delivered", "Wh", 0)], [kit.Row(0, FEBRUARY, HOUR, 1500)]))
    finer = kit.take_in(
        store,
        kit.File(
            "mWh",
            [(5, "delivered", "Wh", -3)],
            [kit.Row(0, FEBRUARY + i * HOUR, HOUR, 1_500_000) for i in (0, 1)],
        ),
    )
    assert (finer.stored, finer.already_stored) == (1, 1)
    assert finer.series[0].sum == "3000"


@pytest.mark.parametrize(("power", "stored"), [(15, True), (16, False), (-15, True), (-16, False)])
def test_a_power_of_ten_lies_within_what_sums_can_carry(store, kit, power, stored):
    file = kit.File("odd", [(5, "delivered", "Wh", power)], [kit.Row(0, FEBRUARY, HOUR, 1)])
    if stored:
        assert kit.take_in(store, file).stored == 1
    else:
        with pytest.raises(BadInput, match="power of ten"):
            kit.take_in(store, file)
    assert store.has_file(file.digest) == stored


def test_powers_of_ten_too_far_apart_refuse_the_file(store, kit):
    kit.take_in(store, kit.File("fine", [(5, "delivered", "Wh", -12)], [kit.Row(0, FEBRUARY, HOUR, 1)]))
    coarse = kit.File("coarse", [(5, "delivered", "Wh", 9)], [kit.Row(0, FEBRUARY, HOUR, 1)])
    with pytest.raises(BadInput, match="so far apart"):
        kit.take_in(store, coarse)
    assert not store.has_file(coarse.digest)


def test_readings_off_the_grid_keep_their_corrections_too(store, kit):
    month = 31 * 86_400
    for day, value in enumerate((100, 110), start=1):
        kit.take_in(
            store,
            kit.File(
                f"bill {day}",
                [(5, "delivered", "therm", 0)],
                [kit.Row(0, FEBRUARY, month, value)],
                datetime(2026, 1, day, tzinfo=UTC),
            ),
        )
    assert values(store, kit) == [110]
    assert values(store, kit, known=datetime(2026, 1, 1, tzinfo=UTC)) == [100]


@pytest.mark.parametrize(
    ("start", "value"), [(-1, 0), (7_258_118_400 + 8 * HOUR, 0), (FEBRUARY, 2**52 + 1), (FEBRUARY, -(2**63))]
)
def test_an_impossible_reading_refuses_the_file_and_names_the_record(store, kit, start, value):
    file = kit.File(
        "odd", [(5, "delivered", "Wh", 0)], [kit.Row(0, FEBRUARY, HOUR, 1), kit.Row(0, start, HOUR, value)]
    )
    with pytest.raises(BadInput, match="record 2"):
        kit.take_in(store, file)
    assert not store.has_file(file.digest)


@pytest.mark.parametrize(
    ("start", "value"), [(0, 0), (7_258_118_400 - 24 * HOUR, 0), (FEBRUARY, 2**52), (FEBRUARY, -(2**52))]
)
def test_the_last_possible_reading_is_stored(store, kit, start, value):
    result = kit.take_in(
        store, kit.File("odd", [(5, "register", "Wh", 0)], [kit.Row(0, start + 8 * HOUR, 0, value)])
    )
    assert result.stored == 1
    assert values(store, kit) == [value]


def test_readings_that_were_spilled_come_back_in_their_order(kit, store, monkeypatch):
    monkeypatch.setattr("meterkeep.readings.store.rows.runs.MOST_IN_MEMORY", 5)
    rows = [kit.Row(0, FEBRUARY + HOUR * (i % 50), HOUR, i) for i in range(100)]
    result = kit.take_in(store, kit.File("spilled", [(5, "delivered", "Wh", 0)], rows))
    assert (result.stored, result.conflicts) == (100, 50)
    assert values(store, kit) == list(range(50, 100))


def test_runs_spill_and_give_back_what_was_spilled(tmp_path, monkeypatch):
    monkeypatch.setattr("meterkeep.readings.store.rows.runs.MOST_IN_MEMORY", 5)
    runs, whole = Runs(tmp_path / "runs"), np.arange(12)
    for part in np.split(whole, 3):
        columns = [part.astype(kind) for kind in ("i4", "i4", "i4", "i4", "i8", "i2")]
        runs.add((part % 2).astype(np.uint16), Readings(*columns))
    assert [path.name for path in sorted((tmp_path / "runs").iterdir())] == ["0.run", "1.run"]
    assert runs.partitions() == [0, 1]
    assert runs.take(1).value.tolist() == [1, 3, 5, 7, 9, 11]
    assert runs.partitions() == [0]
    assert len(runs.take(1)) == 0


def test_a_row_may_not_be_wider_than_what_is_worked_on_at_once(store, kit, monkeypatch):
    monkeypatch.setattr("meterkeep.readings.store.rows.days.MOST_CELLS", 24)
    kit.take_in(store, hours(kit, range(24 * 20)))
    assert values(store, kit) == list(range(24 * 20))


def test_series_and_usage_points_go_together(store, kit):
    with (
        pytest.raises(ValueError, match="as many"),
        store.intake(digest="0" * 64, received=datetime(2026, 1, 1, tzinfo=UTC), policy="p") as intake,
    ):
        intake.add(
            kit.block_of([kit.Row(0, FEBRUARY, HOUR, 1)], 0, []),
            series=[Series(0, ("synthetic",), Channel.NET, "Wh")],
            usage_points=np.zeros(2, np.int32),
            qualities=[],
        )


@pytest.mark.parametrize(
    ("value", "power", "text"),
    [
        (1500, -3, "1.5"),
        (1500, 0, "1500"),
        (15, 2, "1500"),
        (-5, -3, "-0.005"),
        (0, -3, "0"),
        (1000, -3, "1"),
    ],
)
def test_a_sum_is_an_exact_decimal_without_exponent_or_trailing_zeros(value, power, text):
    assert decimal_text(value, power) == text


def test_a_folder_that_is_no_store_says_so(tmp_path):
    with pytest.raises(BadInput, match="no store"):
        Store.open(tmp_path)
    with pytest.raises(BadInput, match="no time zone"):
        Store.create(tmp_path / "s", zone="America/Nowhere")


def test_a_table_with_deletion_vectors_is_refused(store):
    from deltalake import TableFeatures

    DeltaTable(store.folder / "days").alter.add_feature(
        TableFeatures.DeletionVectors, allow_protocol_versions_increase=True
    )
    with pytest.raises(BadInput, match="deletion vectors"):
        Store.open(store.folder)
