"""The defect list of one file: every rejected record and every noted deviation has its line, and memory stays flat."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.readings.defects import HELD, NOWHERE, SCHEMA, in_words, keep, kept, runs
from meterkeep.readings.model import Findings
from tests.memory import TELL_PEAK


def table(findings: Findings) -> pa.Table:
    return pa.Table.from_batches(findings.defects.batches(), SCHEMA)


def lines(findings: Findings) -> list[dict]:
    return table(findings).to_pylist()


def test_each_rejected_record_has_a_line_of_its_own():
    found = Findings()
    found.reject("no_value", np.array([4, 9]), np.array([2, 3]), at="row", start=np.array([900, NOWHERE]))
    found.reject("missing", 12, 7)
    assert found.rejected == {"no_value": 2, "missing": 1}
    assert [(each["kind"], in_words(each), each["count"]) for each in lines(found)] == [
        ("no_value", "record 4, row 2", 1),
        ("no_value", "record 9, row 3", 1),
        ("missing", "record 12, line 7", 1),
    ]
    assert [each["start"] and each["start"].timestamp() for each in lines(found)] == [900, None, None]


def test_a_start_outside_every_calendar_has_a_line_and_no_time(tmp_path):
    found = Findings()
    starts = np.array([2**63 - 1, -(2**62), 92233720368547758, 253_402_300_799, 0])
    found.reject("start_out_of_range", np.arange(1, 6), at="line", start=starts)
    keep(tmp_path / "list.parquet", found.defects.batches())
    told = pa.Table.from_batches(kept(tmp_path / "list.parquet"), SCHEMA)
    assert [start and start.year for start in told["start"].to_pylist()] == [None, None, None, 9999, 1970]


def test_notes_speak_of_ranges_of_positions_and_of_the_file():
    found = Findings()
    found.note("zero_duration", record=np.array([1, 2, 3, 7]))
    found.note("cost_not_kept", count=5, within=(10, 40))
    found.note("unit_unknown", 3)
    found.note("no_header")
    found.note("never", count=0)
    found.note("never", record=np.zeros(0, np.int64))
    assert found.notes == {"zero_duration": 4, "cost_not_kept": 5, "unit_unknown": 1, "no_header": 1}
    assert [(in_words(each), each["count"], each["rejected"]) for each in lines(found)] == [
        ("records 1 to 3", 3, False),
        ("record 7", 1, False),
        ("records 10 to 40", 5, False),
        ("line 3", 1, False),
        ("", 1, False),
    ]


def test_the_first_places_of_each_kind_are_told_in_words():
    found = Findings()
    found.reject("no_value", np.arange(1, 10), np.arange(11, 20), at="block")
    found.note("zero_duration", record=np.array([5, 9]))
    assert found.places == [
        ("no_value", "record 1, in the block at line 11"),
        ("no_value", "record 2, in the block at line 12"),
        ("no_value", "record 3, in the block at line 13"),
        ("zero_duration", "record 5"),
        ("zero_duration", "record 9"),
    ]


def test_ranges_are_of_numbers_that_follow_each_other():
    assert [each.tolist() for each in runs(np.array([1, 2, 3, 7, 9, 10]))] == [[1, 7, 9], [3, 7, 10]]


def test_a_long_list_comes_back_as_it_was_met_and_again_the_same(tmp_path):
    found = Findings()
    for first in range(1, 5 * HELD, 1000):
        found.reject("no_value", np.arange(first, first + 1000), np.arange(first, first + 1000) // 7)
    once, again = table(found), table(found)
    assert once.equals(again) and len(once) == found.rejected.total() == len(found.defects)
    assert once["record"].to_pylist() == list(range(1, len(once) + 1))
    keep(tmp_path / "lists" / "one.parquet", found.defects.batches())
    assert pa.Table.from_batches(kept(tmp_path / "lists" / "one.parquet"), SCHEMA).equals(once)


def test_a_list_without_a_line_is_no_file_and_replaces_an_older_one(tmp_path):
    path, found = tmp_path / "one.parquet", Findings()
    keep(path, found.defects.batches())
    assert not path.exists() and list(kept(path)) == []
    found.reject("no_value", 1)
    keep(path, found.defects.batches())
    assert len(list(kept(path))) == 1
    keep(path, Findings().defects.batches())
    assert [*tmp_path.iterdir()] == []


def test_a_list_that_cannot_be_written_leaves_the_older_one(tmp_path):
    path, found = tmp_path / "one.parquet", Findings()
    found.reject("no_value", 1)
    keep(path, found.defects.batches())

    def torn():
        yield from found.defects.batches()
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        keep(path, torn())
    assert [len(batch) for batch in kept(path)] == [1] and len([*tmp_path.iterdir()]) == 1


MANY = """
import sys
import numpy as np
from pathlib import Path
from meterkeep.readings.defects import keep
from meterkeep.readings.model import Findings
from tests.memory import TELL_PEAK
found = Findings()
for first in range(1, int(sys.argv[1]), 1000):
    found.reject("no_value", np.arange(first, first + 1000), np.arange(first, first + 1000))
keep(Path(sys.argv[2]), found.defects.batches())
"""


def test_five_million_rejects_take_no_more_memory_than_a_hundred_thousand(tmp_path):
    def peak(count: int) -> int:
        """KiB."""
        run = [sys.executable, "-c", MANY + TELL_PEAK, str(count), str(tmp_path / "list.parquet")]
        return int(subprocess.run(run, capture_output=True, check=True, text=True).stdout)

    few, many = peak(200_000), peak(5_000_000)
    assert many - few < 24 * 1024
    assert (tmp_path / "list.parquet").stat().st_size < 5_000_000
