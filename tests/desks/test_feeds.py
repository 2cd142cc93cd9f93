"""Who sends what, how often, how late and how good; and what came in on a day."""

from datetime import date, timedelta

import pytest

from meterkeep.desks.intake import actions, feeds
from meterkeep.desks.intake.feeds import WINDOW, late_days, learned_gap
from meterkeep.jobs.tick import sum_up

ON = date(2026, 3, 2)
REPORT = {
    "sha256": "0" * 64, "format": "cmep", "status": "stored", "error": None, "records": 10, "stored": 6, "duplicate": 1,
    "already_stored": 1, "rejected": {"no_value": 2}, "notes": {}, "series": [{"quality": {"actual": 5, "estimated": 3}}],
}  # fmt: skip
REFUSED = {
    "status": "refused", "error": {"code": "bad_input"}, "sha256": None, "format": None, "series": [],
    **dict.fromkeys(("records", "stored", "duplicate", "already_stored"), 0), "rejected": {},
}  # fmt: skip


def came(source, *back, arrival="", **changes):
    """A file of this source, this many days before ON."""
    for days in back:
        on = ON - timedelta(days=days)
        sender = actions.source_of(id=source, by="intake", on=on) if source else None
        actions.note_file(report={**REPORT, **changes}, by="intake", on=on, source=sender, arrival=arrival)


@pytest.mark.parametrize(
    ("days", "gap"),
    [([], None), ([1, 2, 3], None), ([1, 2, 3, 4], 1), ([1, 8, 15, 22], 7), ([1, 2, 3, 4, 20], 1), ([1, 2, 3, 10, 17], 7)],
)  # fmt: skip
def test_a_rhythm_is_the_median_gap_of_three_or_more(days, gap):
    assert learned_gap([date(2026, 1, day) for day in days]) == gap


@pytest.mark.parametrize(("every", "late"), [(None, 0), (1, 4), (4, 1), (5, 0), (6, 0)])
def test_late_is_since_the_day_on_which_the_next_one_was_due(every, late):
    assert late_days(ON - timedelta(days=5), every, ON) == late


def test_nothing_that_never_came_is_late_by_a_learned_rhythm():
    assert late_days(None, None, ON) == 0


def test_an_agreed_rhythm_counts_before_a_learned_one(db):
    came("sce", 23, 16, 9, 2)
    assert [(feed.learned_days, feed.late_days) for feed in feeds.feeds(ON)] == [(7, 0)]
    actions.record_source(id="sce", name="The utility", every_days=1, by="officer", on=ON)
    assert [(feed.every_days, feed.late_days) for feed in feeds.feeds(ON)] == [(1, 1)]


def test_who_never_sent_anything_is_late_since_it_was_entered(db):
    actions.record_source(id="agent", name="Agent", every_days=7, by="officer", on=ON - timedelta(days=10))
    (feed,) = feeds.feeds(ON)
    assert (feed.files, feed.last, feed.late_days) == (0, None, 3)


def test_a_file_that_cannot_be_read_keeps_nobody_on_time(db):
    came("sce", 5, 4, 3, 2)
    came("sce", 0, arrival="a" * 32, **REFUSED)
    (feed,) = feeds.feeds(ON)
    assert (feed.last, feed.late_days, feed.refused, feed.files) == (ON - timedelta(days=2), 1, 1, 5)


def test_what_is_counted_is_of_the_window_and_as_of_the_day(db):
    came("sce", WINDOW, WINDOW - 1, 0)
    came("sce", -1)
    (feed,) = feeds.feeds(ON)
    assert (feed.files, feed.counts["records"], feed.rejected, feed.estimated) == (2, 20, 4, 6)
    assert (feed.arrivals[0], feed.arrivals[-1], sum(feed.arrivals), len(feed.arrivals)) == (1, 1, 2, WINDOW)


def test_the_late_stand_first_and_files_of_nobody_last(db):
    came("", 0)
    came("aaa", 0)
    actions.record_source(id="zzz", name="z", every_days=1, by="officer", on=ON - timedelta(days=9))
    assert [feed.source for feed in feeds.feeds(ON)] == ["zzz", "aaa", ""]


def test_a_day_is_summed_up_with_its_sources_and_who_was_late(db):
    came("sce", 0, 0)
    came("", 0, arrival="a" * 32, **REFUSED)
    actions.record_source(id="agent", name="a", every_days=1, by="officer", on=ON - timedelta(days=3))
    figures = feeds.figures_of(ON)
    counted = (
        "files",
        "records",
        "stored",
        "duplicate",
        "already_stored",
        "rejected",
        "refused",
        "quarantined",
    )
    assert [figures[name] for name in counted] == [3, 20, 12, 2, 2, 4, 1, 1]
    assert [(one["source"], one["files"]) for one in figures["sources"]] == [("", 1), ("sce", 2)]
    assert figures["late"] == [{"source": "agent", "days": 2}]


def test_each_day_that_has_ended_is_summed_up_once_and_the_day_itself_so_far(db):
    came("sce", 2, 0)
    first = sum_up(by="tick", on=ON)
    assert [(one["day"], one["final"], one["files"]) for one in first] == [
        (ON - timedelta(days=2), True, 1),
        (ON - timedelta(days=1), True, 0),
        (ON, False, 1),
    ]
    came("sce", 0)
    assert [(one["day"], one["files"]) for one in sum_up(by="tick", on=ON)] == [(ON, 2)]
    sum_up(by="tick", on=ON + timedelta(days=1))
    kept = {row.day: row.final for row in feeds.summaries(until=ON + timedelta(days=1), days=9)}
    assert list(kept.values()) == [False, True, True, True]


def test_before_the_first_file_there_is_nothing_to_sum_up(db):
    assert sum_up(by="tick", on=ON) == []
