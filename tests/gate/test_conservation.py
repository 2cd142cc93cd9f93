"""records = stored + duplicate + already stored + rejected, through gate and store, whatever files come in what order."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from decimal import Decimal

import pyarrow as pa
from gate.world import ON, cmep_line
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterkeep.readings.defects import SCHEMA

LINES = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 5)), min_size=1, max_size=6)
"""Of each line: which meter, which day, and how many of its values cannot be read."""


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(LINES, min_size=1, max_size=3))
def test_every_record_of_every_file_has_one_fate_and_every_rejected_one_its_line(world, files):
    for lines in files:
        report, bad = take_in(world, lines)
        rejected = sum(report["rejected"].values())
        fates = report["stored"] + report["duplicate"] + report["already_stored"] + rejected
        assert report["records"] == 24 * len(lines) == fates
        listed = pa.Table.from_batches(world.gate.defects(report["sha256"]), SCHEMA).to_pylist()
        assert rejected == bad == sum(line["rejected"] for line in listed)
        assert stored_sum(report) == 1000 * len(distinct(lines)), "each interval of 1 kWh once"


def take_in(world, lines):
    """Meters of this file alone, so that its sum is its own."""
    name = secrets.token_hex(4)
    texts = [
        cmep_line(f"SYN-{name}-{meter}", date(2026, 1, 1) + timedelta(days=day)).replace(
            "R0,1,", "R0,x,", bad
        )
        for meter, day, bad in lines
    ]
    path = world.folder / f"{name}.cmep"
    path.write_text("\n".join(texts) + "\n")
    return world.gate.take_in(path, by="clerk", on=ON), sum(bad for _, _, bad in lines)


def distinct(lines):
    """The hours that some line tells of."""
    return {(meter, day, hour) for meter, day, bad in lines for hour in range(bad, 24)}


def stored_sum(report):
    return sum(Decimal(series["sum"]) for series in report["series"])


def test_the_same_file_again_has_the_same_fates_and_the_same_list(world):
    report, _ = take_in(world, [(0, 0, 3), (0, 0, 3), (1, 2, 1)])
    before = list(world.gate.defects(report["sha256"]))
    path = next(world.folder.glob("*.cmep"))
    again = world.gate.take_in(path, by="clerk", on=ON)
    assert (again["status"], again["stored"], again["rejected"]) == ("already_stored", 0, report["rejected"])
    assert again["already_stored"] + again["duplicate"] == report["stored"] + report["duplicate"]
    assert list(world.gate.defects(report["sha256"])) == before
    assert len([*(world.folder / "store" / "defects").iterdir()]) == 1


def test_the_series_of_a_file_are_told_without_any_amount(world):
    report, _ = take_in(world, [(0, 0, 0)])
    (series,) = world.gate.series_of(report["sha256"])
    assert "sum" not in series and series["records"] == 24
    assert world.gate.series_of("0" * 64) == [] and list(world.gate.defects("0" * 64)) == []
