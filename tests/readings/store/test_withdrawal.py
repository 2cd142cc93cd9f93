"""A withdrawn file counts no more, what it had superseded counts again, and what was known before stays known."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from readings.store.test_oracle import MANY, ZONES, as_dictionary, files, some, split_files

from meterkeep.errors import BadInput
from meterkeep.readings.quality import classify
from meterkeep.readings.store import AlreadyStored, Store

MAY = 1_746_082_800
HOUR = 3600
LATER = datetime(2026, 3, 1, tzinfo=UTC)


def file(kit, name, rows, *, day=1, channel="delivered"):
    rows = [kit.Row(0, MAY + HOUR * at, HOUR, value) for at, value in rows]
    return kit.File(name, [(1, channel, "Wh", 0)], rows, datetime(2026, 1, day, tzinfo=UTC))


def values(store, kit, **how):
    table = store.read(kit.holdings((1, 0, 2**40)), **how)
    starts = (int(s.timestamp()) - MAY for s in table["start"].to_pylist())
    return dict(zip((s // HOUR for s in starts), table["value"].to_pylist(), strict=True))


@pytest.fixture(params=["delivered", "register"])
def three(request, store, kit):
    """Three files, each about some hours of the one before, as day rows and as points."""
    made = [
        file(kit, "first", [(0, 10), (1, 11), (2, 12)], day=1, channel=request.param),
        file(kit, "second", [(1, 21), (2, 22), (3, 23)], day=2, channel=request.param),
        file(kit, "third", [(2, 32), (4, 34)], day=3, channel=request.param),
    ]
    for each in made:
        kit.take_in(store, each)
    return made


@pytest.mark.parametrize(
    ("which", "left", "counts"),
    [
        ([0], {1: 21, 2: 32, 3: 23, 4: 34}, (1, 0)),
        ([1], {0: 10, 1: 11, 2: 32, 4: 34}, (2, 1)),
        ([2], {0: 10, 1: 21, 2: 22, 3: 23}, (2, 1)),
        ([2, 1], {0: 10, 1: 11, 2: 12}, (3, 2)),
        ([0, 2], {1: 21, 2: 22, 3: 23}, (2, 1)),
        ([1, 0, 2], {}, (2, 0)),
    ],
)
def test_what_it_had_superseded_counts_again(store, kit, three, which, left, counts):
    for at in which:
        found = store.withdraw(three[at].digest, received=LATER)
    assert values(store, kit) == left
    assert (found.ceased, found.restored, found.emptied) == (*counts, counts[0] - counts[1])
    assert [store.has_file(each.digest) for each in three] == [n not in which for n in range(3)]


def test_what_was_known_before_stays_known(store, kit, three):
    moments = [LATER - timedelta(seconds=1), datetime(2026, 1, 2, 1, tzinfo=UTC)]
    before = [store.read(kit.holdings((1, 0, 2**40)), known=moment) for moment in moments]
    for each in three:
        store.withdraw(each.digest, received=LATER)
    assert [store.read(kit.holdings((1, 0, 2**40)), known=moment) for moment in moments] == before
    assert values(store, kit, known=LATER + timedelta(seconds=1)) == {}


def test_withdrawing_twice_is_withdrawing_once(store, kit, three):
    store.withdraw(three[1].digest, received=LATER)
    parquet = set(store.folder.rglob("*.parquet"))
    again = store.withdraw(three[1].digest, received=LATER)
    assert (again.already, again.ceased) == (True, 0)
    assert set(store.folder.rglob("*.parquet")) == parquet


def test_a_dry_run_counts_and_changes_nothing(store, kit, three):
    before = values(store, kit)
    counted = store.withdraw(three[1].digest, received=LATER, apply=False)
    assert values(store, kit) == before
    assert not list((store.folder / "pending").iterdir())
    assert counted == store.withdraw(three[1].digest, received=LATER)


def test_a_withdrawal_forgets_the_checks_and_a_dry_run_does_not(store, kit, three):
    kept = store.folder / "checks" / "last.parquet"
    kept.parent.mkdir()
    kept.touch()
    digest = three[1].digest
    store.withdraw(digest, received=LATER, apply=False)
    assert kept.exists()
    store.withdraw(digest, received=LATER)
    assert not kept.exists()


def test_a_file_never_taken_in_cannot_be_withdrawn(store):
    with pytest.raises(BadInput, match="no file with this digest"):
        store.withdraw("0" * 64, received=LATER)


def test_a_withdrawn_file_comes_in_again_only_on_purpose(store, kit, three):
    before = values(store, kit)
    store.withdraw(three[2].digest, received=LATER)
    with pytest.raises(BadInput, match="withdrawn"):
        kit.take_in(store, three[2])
    assert kit.take_in(store, three[2], again=True).stored == 2
    assert values(store, kit) == before
    with pytest.raises(AlreadyStored):
        kit.take_in(store, three[2])
    assert store.withdraw(three[2].digest, received=LATER).ceased == 2
    assert values(store, kit) == {0: 10, 1: 21, 2: 22, 3: 23}


def test_files_that_said_the_same_are_named_and_count_once_sent_again(store, kit):
    bad, same = file(kit, "bad", [(0, 10), (1, 11)]), file(kit, "same", [(1, 11), (2, 12)], day=2)
    elsewhere = file(kit, "elsewhere", [(500, 1)], day=3)
    for each in (bad, same, elsewhere):
        kit.take_in(store, each)
    assert store.withdraw(bad.digest, received=LATER).send_again == [same.digest]
    assert values(store, kit) == {2: 12, 500: 1}
    assert kit.take_in(store, same, again=True).stored == 1
    assert values(store, kit) == {1: 11, 2: 12, 500: 1}


def test_an_interval_for_which_several_readings_stand_is_counted_once(store, kit):
    rows = [kit.Row(0, MAY, HOUR, 1), kit.Row(1, MAY, HOUR, 2)]
    two = [(1, "register", "Wh", 0)] * 2
    kit.take_in(store, kit.File("both", two, rows, datetime(2026, 1, 1, tzinfo=UTC), ("a", "b")))
    late = file(kit, "late", [(0, 9)], day=2, channel="register")
    kit.take_in(store, late)
    found = store.withdraw(late.digest, received=LATER)
    assert (found.ceased, found.restored) == (1, 1)
    assert sorted(store.read(kit.holdings((1, 0, 2**40)))["value"].to_pylist()) == [1, 2]


def test_months_leave_a_withdrawn_file_out(store, kit, three):
    for each in three[1:]:
        store.withdraw(each.digest, received=LATER)
    months = store.monthly(kit.holdings((1, 0, 2**40)), [date(2025, 5, 1)])
    told = [(row["total"], row["intervals"]) for row in months.to_pylist()]
    assert told == ([(33, 3)] if three[0].series[0][1] == "delivered" else [])
    store.withdraw(three[0].digest, received=LATER)
    assert not store.monthly(kit.holdings((1, 0, 2**40)), [date(2025, 5, 1)]).num_rows


def test_a_registry_of_an_older_store_is_brought_up_once(store, kit, three):
    with store.registry.alone() as db:
        columns = "number, name, digest, received, policy, qualities, usage_points, result"
        db.execute(f"CREATE TABLE plain AS SELECT {columns} FROM intake")
        db.execute("DROP TABLE intake")
        db.execute("ALTER TABLE plain RENAME TO intake")
        db.execute("PRAGMA user_version = 0")
    again = Store.open(store.folder)
    assert again.has_file(three[0].digest)
    assert again.withdraw(three[0].digest, received=LATER).ceased == 1


@pytest.mark.parametrize("kind", [files, split_files])
@pytest.mark.parametrize("zone", ZONES[:1])
@pytest.mark.parametrize("examples", [4, MANY])
def test_in_whatever_order_and_compacted_or_not_the_rest_is_that_of_a_dictionary(
    kit, new_store, kind, zone, examples
):
    @some(examples)
    @given(st.data())
    def check(data):
        with tempfile.TemporaryDirectory() as folder:
            store, oracle = new_store(Path(folder) / "s", zone=zone), kit.Oracle(ZoneInfo(zone), classify)
            made = data.draw(kind(kit))
            known, spans = [], [(3, 0, 2**40), (19, 0, 2**40), (20, 0, 2**40)]
            for step in data.draw(st.lists(st.integers(0, len(made) - 1), min_size=2, max_size=6)):
                moment = LATER + timedelta(days=len(known))
                each = made[step]
                each.received = moment
                if store.has_file(each.digest):
                    found = store.withdraw(each.digest, received=moment)
                    assert {
                        n: getattr(found, n) for n in ("ceased", "restored", "emptied")
                    } == oracle.withdraw(each)
                else:
                    expected = oracle.take_in(each)
                    result = kit.take_in(store, each, again=True)
                    assert {n: getattr(result, n, result.notes.get(n, 0)) for n in expected} == expected
                if data.draw(st.booleans()):
                    store.compact(as_of=date(2026, 1, 1))
                known.append((moment, as_dictionary(store.read(kit.holdings(*spans)))))
                assert known[-1][1] == oracle.inside(spans)
            for moment, then in known:
                assert as_dictionary(store.read(kit.holdings(*spans), known=moment)) == then

    check()
