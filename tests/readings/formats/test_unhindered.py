"""The collector waits while a block is made, runs while others have it, and gets everything back at the end."""

from __future__ import annotations

import gc

import pytest

from meterkeep.readings.formats.green_button.unhindered import unhindered


@pytest.fixture(autouse=True)
def collecting():
    gc.unfreeze()
    gc.enable()
    yield
    gc.unfreeze()
    gc.enable()


def made(seen):
    for number in range(3):
        seen.append(gc.isenabled())
        yield [number]


def test_the_collector_waits_for_what_is_made_and_not_for_who_takes_it():
    seen, taken = [], []
    for one in unhindered(made(seen)):
        taken.append((one, gc.isenabled(), gc.get_freeze_count() > 0))
    assert seen == [False] * 3
    assert taken == [([number], True, True) for number in range(3)]
    assert gc.isenabled() and gc.get_freeze_count() == 0


@pytest.mark.parametrize("stopped", [True, False])
def test_it_is_as_before_where_nobody_goes_on_or_nothing_more_can_be_made(stopped):
    def broken():
        yield 1
        raise ValueError

    reading = unhindered(broken())
    next(reading)
    if stopped:
        reading.close()
    else:
        with pytest.raises(ValueError):
            next(reading)
    assert gc.isenabled() and gc.get_freeze_count() == 0


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    assert list(unhindered(iter([1, 2]))) == [1, 2]
    assert not gc.isenabled() and gc.get_freeze_count() == 0


def test_what_a_program_keeps_from_the_collector_stays_kept():
    gc.freeze()
    kept = gc.get_freeze_count()
    assert list(unhindered(iter([1, 2]))) == [1, 2]
    assert 0 < gc.get_freeze_count() <= kept


def test_two_readers_may_take_turns():
    one, other = unhindered(iter([1, 2])), unhindered(iter([1, 2]))
    assert [next(one), next(other), next(one), next(other)] == [1, 1, 2, 2]
    assert gc.isenabled()
    assert list(one) == list(other) == []
    assert gc.isenabled() and gc.get_freeze_count() == 0
