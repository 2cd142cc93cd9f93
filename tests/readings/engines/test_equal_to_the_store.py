"""What stands, and what it adds up to, is the same in an engine as in the store, whatever the files say."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings.store.test_oracle import files, some, split_files, wherever, zone_for

from meterkeep.readings.engines.bulk import Bulk
from meterkeep.readings.engines.duck import Duck

from .asking import EARLIEST, LATEST, everything, reading_of

SUMMED = ["delivered", "received", "net"]


def lasting(made):
    """Without readings of no duration, of which `Store.read` cannot say how many there should be."""
    for file in made:
        file.rows = [row for row in file.rows if row.seconds]
    return [file for file in made if file.rows]


def history(data, kit, store, kind):
    """Files taken in, perhaps compacted in between, perhaps one of them withdrawn."""
    made = lasting(data.draw(kind(kit)))
    for number, file in enumerate(made):
        kit.take_in(store, file)
        if data.draw(st.booleans()) and number == 1:
            store.compact(as_of=date(2026, 1, 3))
    if made and data.draw(st.booleans()):
        store.withdraw(data.draw(st.sampled_from(made)).digest, received=datetime(2026, 2, 1, tzinfo=UTC))


def drawn_spans(data):
    free = st.tuples(st.sampled_from([3, 19, 20]), *[st.integers(1_735_600_000, 1_762_100_000)] * 2)
    return [*data.draw(st.lists(free)), (3, EARLIEST, LATEST), (20, EARLIEST, 1_753_930_800)]


def asked(store, holdings, interval, known=None):
    """The totals, by DuckDB."""
    with reading_of(store, holdings, known) as reading:
        engine = Duck(reading.db)
        return engine.ask(Bulk(engine, reading, interval=interval).add_up()).to_pylist()


@pytest.mark.parametrize("kind", [files, split_files])
@wherever(few=5, many=40)
def test_days_and_months_are_those_of_read(kit, new_store, kind, zone, examples):
    @some(examples)
    @given(st.data())
    def check(data):
        with tempfile.TemporaryDirectory() as folder:
            store = new_store(Path(folder) / "s", zone=zone_for(data, zone))
            history(data, kit, store, kind)
            holdings = kit.holdings(*drawn_spans(data))
            known = data.draw(st.sampled_from([None, datetime(2026, 1, 2, 12, tzinfo=UTC)]))
            for interval in ("P1M", "P1D"):
                read = read_by_period(store, holdings, interval, known)
                got = {
                    (row["usage_point"], row["channel"], row["unit"], row["period"]): (
                        row["total"] * Fraction(10) ** row["power_of_ten"],
                        row["intervals"],
                        row["missing"],
                    )
                    for row in asked(store, holdings, interval, known)
                }
                assert got == read

    check()


def read_by_period(store, holdings, interval, known):
    """Reading by reading. A sum says how long its period is; a reading that is in no sum, how long it is itself."""
    found = {}
    with reading_of(store, holdings, known) as reading:
        rows = reading.only_sums(SUMMED, interval).to_pylist()
    for row in rows:
        local = row["start"].astimezone(store.zone).date()
        months = (local.year - 1970) * 12 + local.month - 1
        period = months if interval == "P1M" else (local - date(1970, 1, 1)).days
        amount = row["value"] * Fraction(10) ** row["power_of_ten"]
        lacking = max(row["n_expected"] - row["n_present"], 0)
        found[row["usage_point"], row["channel"], row["unit"], period] = (amount, row["n_present"], lacking)
    return found


@wherever(few=4, many=40)
def test_shapes_are_those_of_the_hours_that_read_gives(kit, new_store, zone, examples):
    @some(examples)
    @given(st.data())
    def check(data):
        with tempfile.TemporaryDirectory() as folder:
            store = new_store(Path(folder) / "s", zone=zone_for(data, zone))
            history(data, kit, store, files)
            holdings = kit.holdings(*drawn_spans(data))
            check_shape(store, holdings)

    check()


def check_shape(store, holdings):
    expected = defaultdict(lambda: [Fraction(), 0])
    with reading_of(store, holdings) as reading:
        for row in reading.only_sums(SUMMED, "PT1H").to_pylist():
            full = row["n_present"] == row["n_expected"] and row["seconds"] == 3600
            if full and row["channel"] == "delivered" and row["unit"] == "Wh":
                hour = row["start"].astimezone(store.zone).hour
                expected[hour][0] += row["value"] * Fraction(10) ** row["power_of_ten"]
                expected[hour][1] += 1
    with reading_of(store, holdings) as reading:
        shape = everything(Duck(reading.db), reading, interval="P1M")["shape"]
    got = defaultdict(lambda: [Fraction(), 0])
    for row in map(dict, shape):
        got[row["hour"]][0] += Fraction(row["total"]) * Fraction(10) ** row["power_of_ten"]
        got[row["hour"]][1] += row["hours"]
    assert got == expected
