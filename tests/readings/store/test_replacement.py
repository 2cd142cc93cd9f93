"""A worse class of quality never replaces a better one; what it says is kept, noted, and does not count."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from meterkeep.errors import BadInput
from meterkeep.readings.store import Store

MAY = 1_746_082_800
HOUR = 3600
CODES = {
    "actual": "espi:0",
    "edited": "espi:7",
    "estimated": "espi:8",
    "unknown": "espi:16",
    "missing": "csv/missing:x",
}
ORDER = [("actual", "edited"), ("estimated",), ("unknown",), ("missing",)]
RANK = {name: number for number, names in enumerate(ORDER) for name in names}


@pytest.fixture(params=["delivered", "register", "demand"])
def send(request, store, kit):
    """Takes in one file after the other, each with one reading of the same hour: value and class."""
    sent = []

    def take(value, quality, into=store):
        sent.append(value)
        rows = [kit.Row(0, MAY, HOUR, value, CODES[quality])]
        when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=len(sent))
        return kit.take_in(into, kit.File(f"file {len(sent)}", [(1, request.param, "Wh", 0)], rows, when))

    return take


def standing(store, kit):
    table = store.read(kit.holdings((1, 0, 2**40)))
    return list(zip(table["value"].to_pylist(), table["quality"].to_pylist(), strict=True))


@pytest.mark.parametrize("first", RANK)
@pytest.mark.parametrize("second", RANK)
def test_of_two_values_the_better_stands_and_of_equal_ones_the_later(store, kit, send, first, second):
    send(1, first)
    told = send(2, second)
    worse = RANK[second] > RANK[first]
    assert standing(store, kit) == [(1, first) if worse else (2, second)]
    assert (told.stored, told.conflicts, told.notes.get("not_better", 0)) == (1, not worse, worse)


def test_the_same_value_with_a_worse_class_says_nothing_new(store, kit, send):
    send(1, "actual")
    told = send(1, "estimated")
    assert (told.stored, told.already_stored, told.notes) == (0, 1, {"not_better": 1})
    assert standing(store, kit) == [(1, "actual")]


def test_what_is_held_back_is_kept_once(store, kit, send):
    send(1, "actual")
    assert send(2, "estimated").stored == 1
    assert send(2, "estimated").already_stored == 1
    assert send(3, "estimated").stored == 1
    points = store.snapshot().point_files([2025])
    with store.cursor() as db:
        paths = [file.path for file in points]
        kept = db.execute("SELECT value FROM read_parquet(?) WHERE lost ORDER BY value", [paths]).fetchall()
    assert kept == [(2,), (3,)]


def test_what_was_held_back_counts_once_its_better_is_withdrawn_and_it_is_sent_again(store, kit):
    def file(name, value, code, day):
        rows = [kit.Row(0, MAY, HOUR, value, code)]
        return kit.File(name, [(1, "delivered", "Wh", 0)], rows, datetime(2026, 1, day, tzinfo=UTC))

    wrong, guess = file("wrong", 1, "espi:0", 1), file("guess", 2, "espi:8", 2)
    kit.take_in(store, wrong)
    kit.take_in(store, guess)
    found = store.withdraw(wrong.digest, received=datetime(2026, 2, 1, tzinfo=UTC))
    assert (found.emptied, found.send_again) == (1, [guess.digest])
    kit.take_in(store, guess, again=True)
    assert standing(store, kit) == [(2, "estimated")]


def test_the_ranks_are_the_providers(tmp_path, kit, send):
    order = [["actual", "edited", "estimated", "unknown", "missing"]]
    store = Store.create(tmp_path / "mine", zone="UTC", replacement=order)
    send(1, "actual", store)
    send(2, "estimated", store)
    assert standing(Store.open(store.folder), kit) == [(2, "estimated")]


@pytest.mark.parametrize(
    "order", [[["actual"]], [["actual", "actual"], ["edited", "estimated", "unknown", "missing"]]]
)
def test_ranks_name_each_class_once(store, order):
    path = store.folder / "store.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "replacement": order}))
    with pytest.raises(BadInput, match="each class"):
        Store.open(store.folder)
