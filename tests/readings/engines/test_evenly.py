"""What the name of a file notes is true of its rows, and what is concluded from it is what the long way says."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings.store.test_oracle import STARTS, some, wherever, zone_for

from meterkeep.readings.model import SUMMABLE
from meterkeep.readings.store.rows.civil import midnight
from meterkeep.readings.store.tables.even import Even, even_of, noted, read_note
from meterkeep.readings.store.tables.snapshot import visible

from . import town
from .asking import three_ways

CELLS = pa.table({"holder": [0, 1], "zip": ["92001", ""]})


def rows(*told):
    names = ("channel", "interval_seconds", "power_of_ten")
    return pa.table({name: [row[at] for row in told] for at, name in enumerate(names)})


@pytest.mark.parametrize(
    ("told", "even"),
    [
        ([("delivered", 900, -3), ("net", 900, -3)], Even(900, -3)),
        ([("delivered", 900, -3), ("demand", 3600, 0)], Even(900, -3)),
        ([("delivered", 900, -3), ("delivered", 900, 0)], None),
        ([("delivered", 900, 0), ("received", 3600, 0)], None),
        ([("demand", 900, 0)], None),
    ],
)
def test_only_rows_that_may_be_added_up_have_to_agree(told, even):
    table = rows(*told)
    assert even_of(table) == even
    dictionary = table.set_column(0, "channel", table["channel"].dictionary_encode())
    assert even_of(dictionary) == even


@pytest.mark.parametrize("kind", ["b", "r", "c-12-1767225600000000", "h-3-5"])
@pytest.mark.parametrize("even", [None, Even(3600, 0), Even(900, -3), Even(60, 15)])
def test_a_note_is_read_as_it_was_written(kind, even):
    assert read_note(noted(kind, even)) == (kind, even)


@pytest.mark.parametrize("kind", ["b-s900", "b-s900e", "b-s900e1.5", "s900e0", "b-s-900e0"])
def test_what_is_no_note_says_nothing(kind):
    assert read_note(kind) == (kind, None)


def drawn_files(draw, kit, length):
    """A few usage points, most days alike; some at another power of ten or of another length."""
    begin = int(draw(st.sampled_from(list(STARTS.values()))).timestamp())
    lengths = draw(st.sampled_from([[length], [length], [900, 3600]]))
    powers = draw(st.sampled_from([[0], [0], [-2], [0, 1, -2]]))
    channels = draw(st.sampled_from([["delivered"], ["delivered", "received", "demand"]]))
    for number in range(draw(st.integers(1, 4))):
        stream = st.tuples(
            st.sampled_from([3, 19, 20]),
            st.sampled_from(channels),
            st.sampled_from(["Wh", "Wh", "therm"]),
            st.sampled_from(powers),
        )
        series = draw(st.lists(stream, min_size=1, max_size=3, unique_by=lambda each: each[:3]))
        row = st.builds(
            lambda s, slot, seconds, value: kit.Row(s, begin + slot * seconds, seconds, value),
            st.integers(0, len(series) - 1),
            st.integers(0, 60),
            st.sampled_from(lengths),
            st.sampled_from([0, 1, 100, -5, 2**41]),
        )
        received = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        yield kit.File(f"file {number}", series, draw(st.lists(row, min_size=1, max_size=30)), received)


def lived_through(data, kit, store, length):
    """Files taken in; perhaps compacted, withdrawn, and a stretch of a usage point's time erased."""
    made = list(drawn_files(data.draw, kit, length))
    for number, file in enumerate(made):
        kit.take_in(store, file)
        if number == 1 and data.draw(st.booleans()):
            store.compact(as_of=date(2026, 1, 3))
    if data.draw(st.booleans()):
        store.withdraw(data.draw(st.sampled_from(made)).digest, received=datetime(2026, 2, 1, tzinfo=UTC))
    if data.draw(st.booleans()):
        first = data.draw(st.sampled_from(made)).rows[0].start
        span = kit.holdings((3, first, first + data.draw(st.sampled_from([3600, 86_400]))))
        assert not store.erase(span, at=datetime(2026, 3, 1, tzinfo=UTC)).findings
    if data.draw(st.booleans()):
        store.compact(as_of=date(2026, 1, 3))
    return datetime.fromtimestamp(made[0].rows[0].start, store.zone).date()


def check_notes(store):
    """Every file's name says that its rows are even, and how, or that they are not."""
    for part in store.days.parts():
        file = visible(part, store.days.folder)
        told = pq.read_table(file.path, columns=["channel", "interval_seconds", "power_of_ten"]).to_pylist()
        kinds = {(row["interval_seconds"], row["power_of_ten"]) for row in told if row["channel"] in SUMMABLE}
        assert file.even is None or kinds <= {file.even}
        if "." not in Path(file.path).stem:  # An erasure may leave a file more even than its name.
            assert (file.even is None) == (len(kinds) != 1)


def months(zone, day, *, count):
    first = date(day.year, day.month, 1)
    after = first
    for _ in range(count):
        after = (after + timedelta(days=32)).replace(day=1)
    return midnight(first, zone), midnight(after, zone)


@wherever(few=5)
def test_by_notes_by_looking_and_the_long_way(kit, new_store, zone, examples):
    @some(examples)
    @given(st.data())
    def check(data):
        with tempfile.TemporaryDirectory() as folder:
            store = new_store(Path(folder) / "s", zone=zone_for(data, zone))
            day = lived_through(data, kit, store, data.draw(st.sampled_from([900, 3600])))
            check_notes(store)
            interval = data.draw(st.sampled_from(["P1M", "P1M", "P1D"]))
            span = months(store.zone, day, count=data.draw(st.sampled_from([1, 1, 2])))
            holdings = kit.holdings(*((number, *span) for number in (3, 19, 20)))
            holdings = holdings.append_column("holder", pa.array([0, 0, 1]))
            known = data.draw(st.sampled_from([None, None, datetime(2026, 1, 2, 12, tzinfo=UTC)]))
            by_notes, looked, long = three_ways(store, holdings, CELLS, interval, known)
            assert by_notes == looked
            assert looked in (None, long)

    check()


@pytest.mark.parametrize("count", [1, 2])
def test_a_town_of_equal_meters(tmp_path, count):
    """The one that Spark is asked about in the slow set."""
    store = town.build_even(tmp_path / "even", usage_points=30)
    by_notes, looked, long = three_ways(store, *town.whole_months(30, count), "P1M")
    assert by_notes == looked == long and long
    assert {file.even for file in store.snapshot().day_files([662, 663], range(16))} == {Even(3600, 0)}
