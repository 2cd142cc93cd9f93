"""Compaction makes a few sorted files of many, and no answer changes: not now, and not as known at any moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

MAY = 1_746_082_800
HOUR = 3600
JULY = date(2025, 7, 1)


@pytest.fixture
def written(store, kit):
    """Six files on six days about the same hours of May and June, one of them withdrawn."""
    for number in range(6):
        rows = [
            kit.Row(series, MAY + HOUR * (at * 37 + number % 3), HOUR, 100 * number + at, "espi:0")
            for series in (0, 1, 2)
            for at in range(40)
        ]
        series = [(1, "delivered", "Wh", 0), (17, "delivered", "Wh", 0), (1, "register", "Wh", 0)]
        when = datetime(2025, 8, 1 + number, tzinfo=UTC)
        kit.take_in(store, kit.File(f"file {number}", series, rows, when))
    digest = kit.File("file 4", [], []).digest
    store.withdraw(digest, received=datetime(2025, 8, 20, tzinfo=UTC))
    return store


def answers(store, kit):
    spans = kit.holdings((1, 0, 2**40), (17, 0, 2**40))
    moments = [None, *(datetime(2025, 8, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(-1, 22, 2))]
    months = [date(2025, 5, 1), date(2025, 6, 1)]
    return [
        [
            store.read(spans, known=known),
            store.read(spans, interval="P1D", known=known),
            store.monthly(spans, months, known=known),
        ]
        for known in moments
    ]


def test_no_answer_changes_now_or_as_known_then(written, kit):
    before = answers(written, kit)
    done = written.compact(as_of=date(2026, 1, 1))
    assert done.after < done.before
    assert answers(written, kit) == before


def test_only_closed_months_and_years_are_rewritten_and_only_once(written):
    assert written.compact(as_of=date(2025, 6, 30)).before > 0
    months = {part.partition["month"]: part.path for part in written.days.parts() if "-c-" in part.path}
    assert set(months) == {"2025-04", "2025-05"}
    assert not any("-c-" in part.path for part in written.points.parts())
    assert written.compact(as_of=date(2025, 6, 30)).before == 0


def test_what_was_superseded_is_kept_apart(written):
    def rows():
        return [sum(part.rows for part in table.parts()) for table in (written.days, written.points)]

    before = rows()
    written.compact(as_of=date(2026, 1, 1))
    assert rows() == before
    kinds = {part.path.rpartition("/")[2].split("-")[1] for part in written.days.parts()}
    assert kinds == {"c", "h"}


def test_what_comes_later_counts_and_may_be_withdrawn(written, kit):
    before = answers(written, kit)
    written.compact(as_of=date(2026, 1, 1))
    late = kit.File(
        "late",
        [(1, "delivered", "Wh", 0), (1, "register", "Wh", 0)],
        [kit.Row(s, MAY, HOUR, 9999) for s in (0, 1)],
        datetime(2025, 9, 1, tzinfo=UTC),
    )
    kit.take_in(written, late)
    assert 9999 in written.read(kit.holdings((1, 0, 2**40)))["value"].to_pylist()
    written.compact(as_of=date(2026, 1, 1))
    written.withdraw(late.digest, received=datetime(2025, 9, 2, tzinfo=UTC))
    assert answers(written, kit) == before


def test_a_process_that_has_the_old_files_in_mind_reads_the_new_ones(written, kit):
    from meterkeep.readings.store import Store

    other = Store.open(written.folder)
    before = answers(other, kit)
    written.compact(as_of=date(2026, 1, 1))
    assert answers(other, kit) == before
