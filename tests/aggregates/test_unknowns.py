"""What is known of each customer's use in each slot, where several measures and periods say something of it."""

from __future__ import annotations

from aggregates.test_history import DAYS, MONTHS, row

from meterkeep.aggregates.history.findings import audit_rows
from meterkeep.aggregates.history.unknowns import unknowns
from meterkeep.aggregates.rule import Rule

BOTH = (DAYS[0], DAYS[2])


def of_all(used, people=range(20)):
    return {(who, 0): used for who in people}


def test_energy_from_the_grid_is_not_taken_off_energy_to_it():
    """January's 10 kWh from the grid leave nothing of January's and February's 10 kWh to it, and both months have some."""
    rows = [
        row(range(20), period=MONTHS[0], loads=of_all(10), measure="delivered"),
        row(range(20), period=BOTH, loads=of_all(10), measure="received"),
    ]
    assert unknowns(rows).used.all()
    audit = audit_rows(rows, Rule.parse("15/15"), new=[1], measure="received")
    assert not audit.attacks and audit.exhaustive


def test_of_one_measure_what_a_longer_period_leaves_is_known_exactly():
    rows = [row([1], loads={(1, 0): 4}), row([1], period=BOTH, loads={(1, 0): 10})]
    found = unknowns(rows)
    assert found.most.tolist() == [4, 6] and found.exact.all()


def test_of_several_measures_the_least_counts():
    """Who took nothing from the grid hides nobody, whatever they gave to it."""
    rows = [
        row([1], loads={(1, 0): used}, measure=name) for name, used in (("delivered", 0), ("received", 9))
    ]
    assert not unknowns(rows).used.any()


def test_a_load_that_is_in_part_of_a_time_that_no_row_has_of_them_tells_no_slot_exactly():
    """No row has customer 1 in March, so that the 300 of February and March are a limit for February and no more."""
    rows = [
        row([1], period=BOTH, loads={(1, 0): 500}),
        row([2], period=MONTHS[1]),
        row([2], period=MONTHS[2]),
    ]
    withheld = row([1], period=(DAYS[1], DAYS[3]), loads={(1, 0): 300})
    found = unknowns(rows, [withheld])
    mine = found.owner == found.owner[0]
    assert found.most[mine].tolist() == [500, 300] and not found.exact[mine].any()
