"""The log's epoch is closed once a day, after everything else that the night has done."""

from datetime import date, timedelta

from meterkeep.jobs import tick as jobs

ON = date(2026, 3, 2)


def test_a_day_closes_one_epoch_over_what_the_night_has_logged(gate, take_in, people):
    take_in(("A-1", "SYN-M1", "95501"))
    done = jobs.tick(gate=gate, by="analyst", on=ON)["epoch"]
    assert done and done["upto"] + 1 == gate.log_size and done["customers"] >= 1
    assert jobs.close_epoch(gate=gate, by="analyst", on=ON) is None
    assert jobs.close_epoch(gate=gate, by="analyst", on=ON - timedelta(days=1)) is None


def test_the_next_day_closes_the_next(gate, take_in, people):
    take_in(("A-1", "SYN-M1", "95501"))
    first = jobs.close_epoch(gate=gate, by="analyst", on=ON - timedelta(days=1))
    gate.identify("customer_ref", "A-1", purpose="customer_service", reason="asks", by="clerk", on=ON)
    second = jobs.close_epoch(gate=gate, by="analyst", on=ON)
    assert (first["epoch"], second["epoch"], second["customers"]) == (1, 2, 1)
