"""Layouts of long CSV that are known without a mapping of one's own. Synthetic twins of Smart Meter Texas."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from meterkeep.errors import BadInput
from meterkeep.readings.formats import open_file
from meterkeep.readings.formats.mapped_csv.mapping import mapping_of
from meterkeep.readings.model import Channel
from meterkeep.readings.quality import classify

HEADER = "ESIID,USAGE_DATE,REVISION_DATE,USAGE_START_TIME,USAGE_END_TIME,USAGE_KWH,ESTIMATED_ACTUAL,CONSUMPTION_SURPLUSGENERATION\n"
POINT = "10000000000007001"


def rows(date, quarters, *, kwh="0.250", way="Consumption", mark="A"):
    for quarter in quarters:
        begin, end = (f"{q // 4 % 24:02d}:{q % 4 * 15:02d}" for q in (quarter, quarter + 1))
        yield f"'{POINT},{date},{date} 07:40:29, {begin}, {end},{kwh},{mark},{way}\n"


@pytest.fixture
def take(tmp_path, read):
    def take_rows(*parts):
        path = tmp_path / "IntervalData.csv"
        path.write_text(HEADER + "".join(line for part in parts for line in part))
        return read(path)

    return take_rows


def test_both_directions_of_a_day_with_its_estimates(take):
    whole = take(
        rows("07/01/2025", range(90)),
        rows("07/01/2025", range(90, 96), mark="E"),
        rows("07/01/2025", range(96), kwh="0.125", way="Surplus Generation"),
    )
    assert whole.file.format == "csv-smt"
    assert [(s.series.channel, s.records, s.total) for s in whole.sums] == [
        (Channel.DELIVERED, 96, Decimal(24_000)),
        (Channel.RECEIVED, 96, Decimal(12_000)),
    ]
    assert {s.series.identifiers for s in whole.sums} == {(POINT,)}
    assert whole.sums[0].first == datetime(2025, 7, 1, 5, tzinfo=UTC)
    assert {classify(code) for code in whole.file.qualities} == {"actual", "estimated"}


def test_the_autumn_day_has_a_hundred_quarters_in_their_order(take):
    day = [*range(8), *range(4, 96)]
    whole = take(rows("11/02/2025", day), rows("11/02/2025", day, way="Surplus Generation"))
    for each in whole.sums:
        starts = [start for start, _, _ in each.rows]
        assert starts == list(range(starts[0], starts[0] + 90_000, 900))


def test_quarters_that_spring_skips_and_blanks_are_refused_by_name(take):
    whole = take(
        rows("03/09/2025", [*range(8)]),
        rows("03/09/2025", range(8, 12), kwh="", mark=""),
        rows("03/09/2025", [*range(12, 96)]),
        rows("03/10/2025", [0], kwh=""),
    )
    assert whole.findings.rejected == {"no_such_time": 4, "no_value": 1}
    assert whole.readings == 92


def test_its_name_is_taken(tmp_path):
    told = {"seconds": 900, "channel": "net", "columns": {"usage_point": "a", "start": "b", "value": "c"}}
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n")
    with pytest.raises(BadInput, match="csv-smt"):
        open_file(path, mappings=[mapping_of("csv-smt", told)])


def test_marks_of_spreadsheets_are_no_part_of_a_name(tmp_path, read):
    told = {"seconds": 900, "channel": "net", "columns": {"usage_point": "a", "start": "b", "value": "c"}}
    path = tmp_path / "a.csv"
    path.write_text('a,b,c\n"=""0123456""",2025-07-01,1\n\'0123456,2025-07-02,1\n')
    whole = read(path, mappings=[mapping_of("own", told)], format="own")
    assert [s.series.identifiers for s in whole.sums] == [("0123456",)]
