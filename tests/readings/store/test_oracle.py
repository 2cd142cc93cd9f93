"""Whatever files say, in whatever order: counts, sums, readings and months are those of a plain dictionary."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from meterkeep.readings.quality import classify

ZONES = ["America/Los_Angeles", "UTC", "Asia/Kolkata", "Australia/Lord_Howe"]
STARTS = {
    "spring": datetime(2025, 3, 8, 22, tzinfo=UTC),
    "autumn": datetime(2025, 11, 1, 22, tzinfo=UTC),
    "a month's end in summer": datetime(2025, 7, 31, 2, tzinfo=UTC),
    "a year's end": datetime(2024, 12, 31, 2, tzinfo=UTC),
}
MANY = pytest.param(60, marks=pytest.mark.slow)


def wherever(few, many=60):
    """Zone and examples of a random test: a few in zones drawn by lot, and in the slow set many in each."""
    everywhere = [pytest.param(zone, many, marks=pytest.mark.slow) for zone in ZONES]
    return pytest.mark.parametrize(("zone", "examples"), [pytest.param("any", few), *everywhere])


def zone_for(data, zone):
    return data.draw(st.sampled_from(ZONES)) if zone == "any" else zone


def some(examples):
    """Each example writes tables to the disk: shrinking one takes minutes, and the files are small to begin with."""
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
        report_multiple_bugs=False,
    )


@st.composite
def files(draw, kit, lengths=(900, 3600, 5400), late=(0, 0, 0, 7)):
    """late: seconds off the grid. Files about the same few usage points and hours, so that they repeat and contradict each other."""
    begin = int(draw(st.sampled_from(list(STARTS.values()))).timestamp())
    made = []
    for number in range(draw(st.integers(1, 3))):
        series = draw(
            st.lists(
                st.tuples(
                    st.sampled_from([3, 19, 20]),
                    st.sampled_from(["delivered", "received", "register", "demand"]),
                    st.sampled_from(["Wh", "therm"]),
                    st.sampled_from([0, 0, 1, -2]),
                ),
                min_size=1,
                max_size=3,
            )
        )
        row = st.builds(
            lambda s, slot, seconds, value, quality, late: kit.Row(
                s, begin + slot * seconds + late, 0 if seconds == 1 else seconds, value, quality
            ),
            st.integers(0, len(series) - 1),
            st.integers(0, 60),
            st.sampled_from([*lengths, lengths[0], 1] if len(lengths) > 1 else [*lengths]),
            st.sampled_from([0, 1, 10, 100, -5, 2**41]),
            st.sampled_from(["", "", "espi:0", "espi:8"]),
            st.sampled_from(late),
        )
        received = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        made.append(
            kit.File(f"file {number}", series, draw(st.lists(row, min_size=1, max_size=30)), received)
        )
    return made


@st.composite
def split_files(draw, kit):
    """Streams that their files split into several series, over few hours: they meet, repeat and contradict each other."""
    begin = int(draw(st.sampled_from(list(STARTS.values()))).timestamp())
    made = []
    for number in range(draw(st.integers(1, 3))):
        stream = st.tuples(
            st.sampled_from([3, 3, 20]),
            st.sampled_from(["delivered", "delivered", "demand", "register"]),
            st.just("Wh"),
            st.sampled_from([0, 0, 1, -1]),
        )
        series = draw(st.lists(stream, min_size=2, max_size=4))
        row = st.builds(
            lambda s, slot, seconds, value, quality: kit.Row(
                s, begin + slot * seconds, seconds, value, quality
            ),
            st.integers(0, len(series) - 1),
            st.integers(0, 4),
            st.sampled_from([3600, 3600, 5400]),
            st.sampled_from([0, 0, 1, 10, 100]),
            st.sampled_from(["", "", "espi:0", "espi:8"]),
        )
        rows = draw(st.lists(row, min_size=1, max_size=25))
        for again in draw(st.lists(st.integers(0, len(series) - 1), max_size=2)):
            own = [r for r in rows if r.series == again]
            rows += [kit.Row(len(series), r.start, r.seconds, r.value, r.quality) for r in own[::-1]]
            series = [*series, series[again]]
        meters = draw(st.sampled_from([(), (), tuple("abcdef"), tuple("aabbaa")]))
        received = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        made.append(kit.File(f"file {number}", series, rows, received, meters))
    return made


@pytest.mark.parametrize("kind", [files, split_files])
@wherever(few=6)
def test_counts_and_readings_are_those_of_a_dictionary(kit, new_store, kind, zone, examples):
    @some(examples)
    @given(st.data())
    def check(data):
        with tempfile.TemporaryDirectory() as folder:
            here = zone_for(data, zone)
            store, oracle = new_store(Path(folder) / "s", zone=here), kit.Oracle(ZoneInfo(here), classify)
            for file in data.draw(kind(kit)):
                expected = oracle.take_in(file)
                result = kit.take_in(store, file)
                got = {name: getattr(result, name, result.notes.get(name, 0)) for name in expected}
                assert got == expected
                assert result.stored + result.duplicate + result.already_stored == len(file.rows)
                assert sums_of(result) == sums_said(kit, file)
            spans = data.draw(
                st.lists(
                    st.tuples(st.sampled_from([3, 19, 20]), *[st.integers(1_735_600_000, 1_762_100_000)] * 2)
                )
            )
            spans += [(3, 0, 2**40), (20, 0, 1_753_930_800)]
            assert as_dictionary(store.read(kit.holdings(*spans))) == oracle.inside(spans)

    check()


@pytest.mark.parametrize("length", [900, 3600])
@wherever(few=4)
def test_months_are_those_of_a_dictionary(kit, new_store, zone, length, examples):
    @some(examples)
    @given(st.data())
    def check(data):
        with tempfile.TemporaryDirectory() as folder:
            here = zone_for(data, zone)
            store, oracle = new_store(Path(folder) / "s", zone=here), kit.Oracle(ZoneInfo(here), classify)
            for file in data.draw(files(kit, lengths=(length,), late=(0,))):
                oracle.take_in(file)
                kit.take_in(store, file)
            spans = [
                (3, 0, 2**40),
                (19, 1_753_930_800, 2**40),
                (20, 0, 1_753_930_900),
                (20, 1_753_930_900, 2**40),
            ]
            months = [date(2024, 12, 1) + timedelta(days=31 * n) for n in range(13)]
            table = store.monthly(kit.holdings(*spans), months)
            got = {
                (r["usage_point"], r["channel"], r["unit"], r["month"].isoformat()): (
                    r["total"] * Fraction(10) ** r["power_of_ten"],
                    r["intervals"],
                )
                for r in table.to_pylist()
            }
            assert got == oracle.monthly(spans)
            assert sums_by_period(store, kit.holdings(*spans)) == {
                key: total for key, (total, _) in got.items()
            }

    check()


def sums_by_period(store, spans):
    """The same months through `read`."""
    zone, totals = store.zone, {}
    for row in store.read(spans, ["delivered", "received", "net"], interval="P1M").to_pylist():
        if row["seconds"] > 86_400:
            month = row["start"].astimezone(zone).strftime("%Y-%m-01")
            totals[row["usage_point"], row["channel"], row["unit"], month] = (
                row["value"] * Fraction(10) ** row["power_of_ten"]
            )
    return totals


def as_dictionary(table):
    found = defaultdict(list)
    for row in table.to_pylist():
        key = (row["usage_point"], row["channel"], row["unit"], int(row["start"].timestamp()), row["seconds"])
        found[key].append((row["value"] * Fraction(10) ** row["power_of_ten"], row["quality"]))
    return {key: sorted(what) for key, what in found.items()}


def sums_of(result):
    return {s.ordinal: s.sum and Fraction(s.sum) for s in result.series}


def sums_said(kit, file):
    """Each different thing that a part of a stream says about an interval, once, for the series that said it last."""
    repeated = kit.repeated_series(file)
    said = {}
    for row in file.rows:
        if row.series not in repeated:
            part = file.meter(row.series) or row.series
            said[file.key(row), part, file.amount(row)] = row.series
    sums: dict[int, Fraction | None] = {}
    for row in file.rows:
        sums[row.series] = Fraction() if file.series[row.series][1] in {"delivered", "received"} else None
    for (_, _, amount), series in said.items():
        if sums[series] is not None:
            sums[series] += amount
    return sums
