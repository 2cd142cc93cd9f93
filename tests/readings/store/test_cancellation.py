"""A part of an earlier file is cancelled by its name: exactly what it had told ceases to count, and stays known as of then."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings.store.test_oracle import MANY, ZONES, as_dictionary, files, some, split_files

from meterkeep.readings.quality import classify
from meterkeep.readings.store import Store

MAY = 1_746_082_800
HOUR = 3600


@pytest.fixture(params=["delivered", "register", "demand"])
def made(request, kit):
    """A file of parts: name, what it cancels, and hour → value of each; every part is about meter `meter` of usage point 1."""

    def make(name, *parts, day=1, meters=(), channel=request.param):
        rows, marks = [], []
        for number, (called, cancels, told) in enumerate(parts):
            first = len(rows)
            series = number if meters else 0
            rows += [kit.Row(series, MAY + HOUR * at, HOUR, value) for at, value in told.items()]
            marks.append((called, cancels, first, len(rows)))
        streams = [(1, channel, "Wh", 0)] * (len(parts) if meters else 1)
        return kit.File(name, streams, rows, datetime(2026, 1, day, tzinfo=UTC), meters, tuple(marks))

    return make


def tables_of(store):
    """Every Parquet file of the two tables."""
    return {path for name in ("days", "points") for path in (store.folder / name).rglob("*.parquet")}


def values(store, kit, **how):
    table = store.read(kit.holdings((1, 0, 2**40)), **how)
    starts = ((int(s.timestamp()) - MAY) // HOUR for s in table["start"].to_pylist())
    return sorted(zip(starts, table["value"].to_pylist(), strict=True))


ORIGINAL = ("A", "", {0: 1, 1: 2, 2: 3})
OTHER = ("B", "", {5: 50, 6: 60})
CANCEL = ("", "A", {})
REBILL = ("C", "", {0: 1, 1: 5})


def told(*parts):
    return sorted(pair for _, _, part in parts for pair in part.items())


def test_exactly_that_part_ceases_and_what_replaces_it_counts(store, kit, made):
    kit.take_in(store, made("original", ORIGINAL, OTHER))
    result = kit.take_in(store, made("rebill", CANCEL, REBILL, day=2))
    assert values(store, kit) == told(REBILL, OTHER)
    assert (result.stored, result.conflicts, result.notes) == (2, 0, {"readings_cancelled": 3})
    assert values(store, kit, known=datetime(2026, 1, 1, 1, tzinfo=UTC)) == told(ORIGINAL, OTHER)


@pytest.mark.parametrize("compacted", [False, True])
def test_a_cancellation_alone_leaves_the_intervals_empty(store, kit, made, compacted):
    kit.take_in(store, made("original", ORIGINAL, OTHER))
    if compacted:
        store.compact(as_of=date(2026, 1, 1))
    kit.take_in(store, made("cancel", CANCEL, day=2))
    assert values(store, kit) == told(OTHER)
    if compacted:
        store.compact(as_of=date(2026, 1, 1))
    assert values(store, kit) == told(OTHER)
    assert values(store, kit, known=datetime(2026, 1, 1, 1, tzinfo=UTC)) == told(ORIGINAL, OTHER)


def test_what_it_had_superseded_counts_again(store, kit, made):
    kit.take_in(store, made("first", ("Z", "", {0: 9, 1: 9})))
    kit.take_in(store, made("original", ORIGINAL, day=2))
    kit.take_in(store, made("cancel", CANCEL, day=3))
    assert values(store, kit) == [(0, 9), (1, 9)]


def test_what_a_correction_had_superseded_already_changes_nothing_and_stays_away_for_good(store, kit, made):
    kit.take_in(store, made("original", ORIGINAL))
    correction = made("correction", ("D", "", {0: 7, 1: 7}), day=2)
    kit.take_in(store, correction)
    result = kit.take_in(store, made("cancel", CANCEL, day=3))
    assert (values(store, kit), result.notes) == ([(0, 7), (1, 7)], {"readings_cancelled": 1})
    store.withdraw(correction.digest, received=datetime(2026, 2, 1, tzinfo=UTC))
    assert values(store, kit) == []


def test_cancelling_twice_is_noted_and_changes_nothing(store, kit, made):
    kit.take_in(store, made("original", ORIGINAL))
    kit.take_in(store, made("cancel", CANCEL, day=2))
    parquet = tables_of(store)
    again = kit.take_in(store, made("cancel again", CANCEL, day=3))
    assert again.notes == {"cancels_again": 1}
    assert tables_of(store) == parquet


def test_a_cancellation_that_comes_first_is_noted_and_holds_for_what_comes_later(store, kit, made):
    early = kit.take_in(store, made("cancel", CANCEL))
    assert early.notes == {"cancels_unknown": 1}
    late = kit.take_in(store, made("original", ORIGINAL, OTHER, day=2))
    assert (late.stored, late.notes) == (5, {"cancelled_earlier": 1})
    assert values(store, kit) == told(OTHER)
    used_anew = kit.take_in(store, made("another", ("A", "", {8: 8}), day=3))
    assert used_anew.notes == {}
    assert values(store, kit) == told(OTHER, ("", "", {8: 8}))


def test_the_same_file_again_does_not_bring_back_what_is_cancelled(store, kit, made):
    original = made("original", ORIGINAL, OTHER)
    kit.take_in(store, original)
    kit.take_in(store, made("cancel", CANCEL, day=2))
    assert kit.take_in(store, original, again=True).notes == {"cancelled_earlier": 1}
    assert values(store, kit) == told(OTHER)


def test_withdrawing_what_cancels_lets_the_cancelled_count_again(store, kit, made):
    kit.take_in(store, made("original", ORIGINAL, OTHER))
    rebill = made("rebill", CANCEL, REBILL, day=2)
    kit.take_in(store, rebill)
    found = store.withdraw(rebill.digest, received=datetime(2026, 2, 1, tzinfo=UTC))
    assert values(store, kit) == told(ORIGINAL, OTHER)
    assert (found.ceased, found.restored, found.revived) == (2, 2, 1)


def test_withdrawing_what_is_cancelled_changes_nothing_more(store, kit, made):
    original = made("original", ORIGINAL, OTHER)
    kit.take_in(store, original)
    kit.take_in(store, made("cancel", CANCEL, day=2))
    assert store.withdraw(original.digest, received=datetime(2026, 2, 1, tzinfo=UTC)).ceased == 2
    assert values(store, kit) == []


def test_the_name_of_nobody_is_nobodys(store, kit, made):
    kit.take_in(store, made("original", ORIGINAL, OTHER))
    kit.take_in(store, made("cancel", ("", "X", {}), day=2))
    assert values(store, kit) == told(ORIGINAL, OTHER)


def test_of_two_parts_that_share_an_interval_the_other_one_is_left(store, kit, made):
    """Two meters: a total where readings may be added, side by side where not."""
    two = [("A", "", {0: 1, 1: 2}), ("B", "", {1: 30, 2: 40})]
    kit.take_in(store, made("both", *two, meters=("m1", "m2")))
    kit.take_in(store, made("cancel", CANCEL, day=2))
    assert values(store, kit) == [(1, 30), (2, 40)]
    kit.take_in(store, made("cancel more", ("", "B", {}), day=3))
    assert values(store, kit) == []


def test_of_two_parts_about_one_meter_the_earlier_is_what_the_later_leaves(store, kit, made):
    kit.take_in(store, made("both", ORIGINAL, ("D", "", {0: 8, 1: 2})))
    assert values(store, kit) == [(0, 8), (1, 2), (2, 3)]
    kit.take_in(store, made("cancel", ("", "D", {}), day=2))
    assert values(store, kit) == told(ORIGINAL)


def test_one_file_cancels_parts_of_several(store, kit, made):
    kit.take_in(store, made("one", ORIGINAL))
    kit.take_in(store, made("two", OTHER, day=2))
    kit.take_in(store, made("three", ("", "B", {}), CANCEL, ("C", "", {1: 1}), day=3))
    assert values(store, kit) == [(1, 1)]


def test_moments_are_told_apart(store, kit, made):
    kit.take_in(store, made("original", ORIGINAL))
    when = datetime(2026, 1, 2, tzinfo=UTC)
    kit.take_in(store, made("rebill", CANCEL, REBILL, day=2))
    assert values(store, kit, known=when - timedelta(microseconds=1)) == told(ORIGINAL)
    assert values(store, kit, known=when + timedelta(microseconds=5)) == told(REBILL)
    assert values(Store.open(store.folder), kit) == told(REBILL)


@st.composite
def named_files(draw, kit, kind):
    """Files whose rows lie in named parts, of which later ones cancel some."""
    made = draw(kind(kit))
    bearing = [f"{name}{number}" for number in range(len(made)) for name in "PQ"]
    for number, each in enumerate(made):
        cuts = sorted(draw(st.lists(st.integers(0, len(each.rows)), min_size=3, max_size=3)))
        cancels = draw(
            st.lists(st.sampled_from([b for b in bearing if b[1:] != str(number)] or [""]), max_size=2)
        )
        each.marks = (
            *(("", name, 0, 0) for name in cancels if name),
            (f"P{number}", "", cuts[0], cuts[1]),
            (f"Q{number}", "", cuts[1], cuts[2]),
        )
    return made


@pytest.mark.parametrize("kind", [files, split_files])
@pytest.mark.parametrize("examples", [4, MANY])
def test_in_whatever_order_the_rest_is_that_of_a_dictionary_of_all_tellings(kit, new_store, kind, examples):
    zone = ZONES[0]

    @some(examples)
    @given(st.data())
    def check(data):
        with tempfile.TemporaryDirectory() as folder:
            store, oracle = new_store(Path(folder) / "s", zone=zone), kit.Oracle(ZoneInfo(zone), classify)
            made = data.draw(named_files(kit, kind))
            known, spans = [], [(3, 0, 2**40), (19, 0, 2**40), (20, 0, 2**40)]
            for step in data.draw(st.lists(st.integers(0, len(made) - 1), min_size=2, max_size=6)):
                moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=len(known))
                each = made[step]
                each.received = moment
                if store.has_file(each.digest):
                    found = store.withdraw(each.digest, received=moment)
                    expected = oracle.withdraw(each)
                    assert {name: getattr(found, name) for name in expected} == expected
                else:
                    expected = oracle.take_in(each)
                    result = kit.take_in(store, each, again=True)
                    assert {n: getattr(result, n, result.notes.get(n, 0)) for n in expected} == expected
                if data.draw(st.booleans()):
                    store.compact(as_of=date(2026, 1, 1))
                read = store.read(kit.holdings(*spans))
                known.append((moment + timedelta(seconds=1), as_bytes(read)))
                assert as_dictionary(read) == oracle.inside(spans)
            for moment, then in known:
                assert as_bytes(store.read(kit.holdings(*spans), known=moment)) == then

    check()


def as_bytes(table):
    """As an extract would be written, rows that are told apart by nothing but their values in the order of these."""
    return json.dumps(sorted(map(str, table.to_pylist()))).encode()


def test_files_that_had_said_the_cancelled_once_more_are_named(store, kit, made):
    kit.take_in(store, made("original", ORIGINAL, OTHER))
    same, later = made("same", ("", "", {1: 2, 5: 50}), day=2), made("elsewhere", ("", "", {6: 60}), day=3)
    kit.take_in(store, same)
    kit.take_in(store, later)
    result = kit.take_in(store, made("cancel", CANCEL, day=4))
    assert result.send_again == [same.digest]
    assert store.filed(made("cancel", CANCEL).digest).send_again == []
    kit.take_in(store, same, again=True)
    assert (1, 2) in values(store, kit)


def test_a_cancellation_forgets_the_checks(store, kit, made):
    kit.take_in(store, made("original", ORIGINAL))
    (store.folder / "checks").mkdir()
    (store.folder / "checks" / "last.parquet").touch()
    kit.take_in(store, made("other", OTHER, day=2))
    assert [*(store.folder / "checks").iterdir()]
    kit.take_in(store, made("cancel", CANCEL, day=3))
    assert not [*(store.folder / "checks").iterdir()]


def test_of_one_meter_the_last_in_the_file_stands_named_or_not(kit, store):
    """A named part said 7 and a reading of no part said 100 later on; what a third part had added is cancelled."""
    at = kit.instant("2024-12-31 00:00", ZONES[0])
    series = [(3, "delivered", "Wh", 0), (3, "delivered", "Wh", 0)]
    rows = [kit.Row(0, at, 3600, 5), kit.Row(1, at, 3600, 7), kit.Row(1, at, 3600, 100)]
    told = kit.File("told", series, rows, datetime(2026, 1, 1, tzinfo=UTC))
    told.marks = (("P", "", 0, 1), ("Q", "", 1, 2))
    kit.take_in(store, told)
    cancelling = kit.File(
        "cancelling", [(9, "register", "Wh", 0)], [kit.Row(0, at, 0, 1)], datetime(2026, 1, 2, tzinfo=UTC)
    )
    cancelling.marks = (("", "P", 0, 0),)
    kit.take_in(store, cancelling)
    assert store.read(kit.holdings((3, 0, 2**40)))["value"].to_pylist() == [100]
