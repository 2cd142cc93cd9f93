"""What is read while others rewrite files is read again, and in the end is busy: a file that has gone is nobody's fault."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

import duckdb
import pytest

from meterkeep.errors import Busy
from meterkeep.readings.store.correcting.turning import Turning
from meterkeep.readings.store.erasing import destroying

MAY, HOUR = 1_746_601_200, 3600  # the 7th, so that all lies in one month
LATER = datetime(2026, 3, 1, tzinfo=UTC)
EACH = pytest.mark.parametrize("channel", ["delivered", "register"])


def taken_in(store, kit, channel):
    """Readings of two usage points that share a file, from two deliveries: the digest of the second."""
    series = [(1, channel, "Wh", 0), (17, channel, "Wh", 0)]
    for day, name in ((1, "first"), (2, "second")):
        rows = [kit.Row(which, MAY + HOUR * at, HOUR, at * day) for which in (0, 1) for at in range(24)]
        file = kit.File(name, series, rows, datetime(2026, 1, day, tzinfo=UTC))
        kit.take_in(store, file)
    return file.digest


def erasing(store, kit):
    """Erases another hour of the other usage point, each time it is called."""
    hours = count()

    def erase():
        start = MAY + HOUR * next(hours)
        assert store.erase(kit.holdings((17, start, start + 1)), at=LATER).applied

    return erase


def before(monkeypatch, owner, name, act, *, times):
    """Has something done by another store between the listing of files and their reading."""
    real, left = getattr(owner, name), iter(range(times))

    def found(*args, **kwargs):
        if next(left, None) is not None:
            act()
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, found)


@EACH
def test_a_withdrawal_is_counted_again_where_files_went_meanwhile(store, kit, monkeypatch, channel):
    digest = taken_in(store, kit, channel)
    other = type(store).open(store.folder)
    listed = "_days" if channel == "delivered" else "_points"
    before(monkeypatch, Turning, listed, lambda: other.compact(as_of=date(2026, 6, 1)), times=1)
    assert store.withdraw(digest, received=LATER, apply=False).ceased == 46


@EACH
def test_a_withdrawal_beside_erasures_without_end_is_busy(store, kit, monkeypatch, channel):
    digest = taken_in(store, kit, channel)
    act = erasing(type(store).open(store.folder), kit)
    before(monkeypatch, Turning, "_days" if channel == "delivered" else "_points", act, times=4)
    with pytest.raises(Busy, match="erased or compacted"):
        store.withdraw(digest, received=LATER, apply=False)
    assert store.withdraw(digest, received=LATER).ceased == 46 - 3


@EACH
def test_a_dry_run_of_an_erasure_counts_again(store, kit, monkeypatch, channel):
    taken_in(store, kit, channel)
    other = type(store).open(store.folder)
    before(monkeypatch, destroying, "look", lambda: other.compact(as_of=date(2026, 6, 1)), times=1)
    counted = store.erase(kit.holdings((1, 0, 2**40)), at=LATER, apply=False)
    assert counted.found.readings == 47


def test_a_lost_file_is_not_taken_for_a_busy_store(store, kit):
    digest = taken_in(store, kit, "delivered")
    for path in (store.folder / "days").rglob("*.parquet"):
        path.unlink()
    with pytest.raises(duckdb.IOException):
        store.withdraw(digest, received=LATER, apply=False)
