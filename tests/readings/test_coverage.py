"""What travels beside an extract: how much is there, how good it is, and what is missing, whatever the interval."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from meterkeep.readings.coverage import COLUMNS, coverage, coverage_in, with_coverage

HOUR, DAY = 3600, 86_400
CLASSES = ("actual", "estimated", "edited", "unknown", "missing")
JUNE = 20_240 * DAY


def readings(*rows):
    """Rows as the store gives them: (usage point, channel, start, seconds, quality)."""
    return pa.table(
        {
            "usage_point": pa.array([r[0] for r in rows], pa.int32()),
            "channel": pa.array([r[1] for r in rows], pa.string()),
            "unit": pa.array(["Wh" for _ in rows], pa.string()),
            "start": pa.array([r[2] for r in rows], pa.int64()).cast(pa.timestamp("s", "UTC")),
            "seconds": pa.array([r[3] for r in rows], pa.int32()),
            "interval_seconds": pa.array([r[3] for r in rows], pa.int32()),
            "n_present": pa.array([1 for _ in rows], pa.int32()),
            "n_expected": pa.array([1 for _ in rows], pa.int32()),
            **{f"n_{name}": pa.array([int(r[4] == name) for r in rows], pa.int32()) for name in CLASSES},
        }
    )


def held(*spans):
    return pa.table(
        {
            "usage_point": pa.array([s[0] for s in spans], pa.int32()),
            "start": pa.array([s[1] for s in spans], pa.int64()),
            "end": pa.array([s[2] for s in spans], pa.int64()),
        }
    )


def counts(row):
    return {name.removeprefix("n_"): row[name] for name in row if name.startswith("n_")}


def test_what_is_there_and_what_is_not_add_up_to_what_was_asked_for():
    table = readings(
        (5, "delivered", JUNE, HOUR, "actual"),
        (5, "delivered", JUNE + HOUR, HOUR, "estimated"),
        (5, "delivered", JUNE + 3 * HOUR, HOUR, "edited"),
        (5, "delivered", JUNE + 4 * HOUR, HOUR, "missing"),
    )
    (row,) = coverage(table, holdings=held((5, JUNE, JUNE + DAY))).to_pylist()
    assert counts(row) == {
        "expected": 24, "present": 4, "actual": 1, "estimated": 1, "edited": 1, "unknown": 0, "missing": 21,
        "destroyed": 0,
    }  # fmt: skip
    assert (row["interval_seconds"], row["first"]) == (HOUR, datetime.fromtimestamp(JUNE, UTC))


def test_without_the_span_only_periods_that_have_rows_are_judged():
    (row,) = coverage(readings((5, "delivered", JUNE, HOUR, "actual"))).to_pylist()
    assert (row["n_expected"], row["n_missing"]) == (1, 0)


def test_a_usage_point_without_readings_is_named_without_a_channel():
    table = readings((5, "delivered", JUNE, HOUR, "actual"))
    told = coverage(table, holdings=held((5, JUNE, JUNE + HOUR), (6, JUNE, JUNE + HOUR))).to_pylist()
    assert [(r["usage_point"], r["channel"], r["n_present"], r["n_expected"]) for r in told] == [
        (5, "delivered", 1, 1),
        (6, None, 0, None),
    ]


def test_nobody_expects_a_number_of_register_readings():
    (row,) = coverage(
        readings((5, "register", JUNE, 0, "actual")), holdings=held((5, JUNE, JUNE + DAY))
    ).to_pylist()
    assert (row["n_expected"], row["n_missing"], row["n_present"], row["n_actual"]) == (None, None, 1, 1)


def test_where_lengths_overlap_the_shorter_ones_count():
    quarter = [(5, "delivered", JUNE + i * 900, 900, "actual") for i in range(4)]
    hours = [(5, "delivered", JUNE + i * HOUR, HOUR, "estimated") for i in range(2)]
    (row,) = coverage(readings(*quarter, *hours), holdings=held((5, JUNE, JUNE + 2 * HOUR))).to_pylist()
    assert (row["interval_seconds"], row["n_actual"], row["n_estimated"], row["n_missing"]) == (900, 4, 4, 0)


def test_an_interval_with_several_readings_counts_once():
    rows = [(5, "demand", JUNE, 900, "actual")] * 2
    (row,) = coverage(readings(*rows), holdings=held((5, JUNE, JUNE + 1800))).to_pylist()
    assert (row["n_present"], row["n_expected"]) == (1, 2)


def test_customers_are_kept_apart():
    table = readings((5, "delivered", JUNE, HOUR, "actual"), (5, "delivered", JUNE + HOUR, HOUR, "actual"))
    table = table.add_column(0, "customer", pa.array(["a", "b"]))
    spans = held((5, JUNE, JUNE + HOUR), (5, JUNE + HOUR, JUNE + DAY)).append_column(
        "customer", pa.array(["a", "b"])
    )
    told = coverage(table, holdings=spans).to_pylist()
    assert [(r["customer"], r["n_missing"]) for r in told] == [("a", 0), ("b", 22)]


def test_monthly_totals_tell_what_they_carry():
    totals = pa.table(
        {
            "usage_point": pa.array([5, 5], pa.int32()), "channel": ["delivered"] * 2, "unit": ["Wh"] * 2,
            "month": [date(2025, 6, 1), date(2025, 7, 1)],
            "intervals": [700, 744], "missing": [20, 0], "estimated": [3, 4],
        }
    )  # fmt: skip
    (row,) = coverage(totals).to_pylist()
    assert (row["n_expected"], row["n_present"], row["n_missing"], row["n_estimated"]) == (1464, 1444, 20, 7)
    assert row["n_actual"] is None


def test_nothing_gives_nothing():
    assert coverage(readings()).num_rows == 0
    assert coverage(readings()).schema.names == [*COLUMNS]


def test_the_summary_travels_in_the_metadata_and_comes_back():
    table = readings((5, "delivered", JUNE, HOUR, "actual"), (7, "register", JUNE, 0, "unknown"))
    summary = coverage(table, holdings=held((5, JUNE, JUNE + DAY), (8, JUNE, JUNE + DAY)))
    assert coverage_in(with_coverage(table, summary)).equals(summary)
    assert coverage_in(table) is None


@settings(deadline=None)
@example(  # A shorter reading hides longer ones, be it hidden itself.
    [
        (1, "demand", JUNE, 900, "actual"),
        (1, "demand", JUNE, 1800, "actual"),
        (1, "demand", JUNE + 900, 3600, "actual"),
    ]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([1, 2]),
            st.sampled_from(["delivered", "demand"]),
            st.integers(0, 12).map(lambda n: JUNE + n * 900),
            st.sampled_from([900, 1800, 3600]),
            st.sampled_from(CLASSES),
        ),
        max_size=12,
    )
)
def test_as_a_plain_oracle_counts(rows):
    spans = held((1, JUNE, JUNE + DAY), (2, JUNE, JUNE + DAY))
    told = {
        (r["usage_point"], r["channel"]): counts(r)
        for r in coverage(readings(*rows), holdings=spans).to_pylist()
    }
    assert {key: value for key, value in told.items() if key[1]} == plain(rows)


def plain(rows):
    found = {}
    for stream in {row[:2] for row in rows}:
        own = {}
        for row in rows:
            if row[:2] == stream:
                own.setdefault((row[3], row[2]), row[4])
        kept = [
            (seconds, start, quality)
            for (seconds, start), quality in own.items()
            if not any(s < seconds and b < start + seconds and b + s > start for s, b in own)
        ]
        finest = min(seconds for seconds, _ in own)
        tally = {name: sum(s for s, _, q in kept if q == name) // finest for name in CLASSES}
        tally["present"] = sum(s for s, _, _ in kept) // finest
        good = sum(tally[name] for name in CLASSES[:-1])
        tally["expected"] = max(DAY // finest, good)
        tally |= {"missing": tally["expected"] - good, "destroyed": 0}
        found[stream] = tally
    return found
