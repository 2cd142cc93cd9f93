"""What falls due is done once a day; what opens readings takes a person who may."""

from datetime import date

import pytest

from meterkeep.jobs.tick import tick

ON = date(2026, 3, 2)
pytestmark = pytest.mark.django_db


@pytest.fixture
def two(people, take_in):
    return take_in(("C-1", "SYN-1", "91910"), ("C-2", "SYN-2", "91911"))


def test_checks_run_once_a_day_for_a_person_who_may_use_readings(two, gate):
    assert tick(gate=gate, by="analyst", on=ON)["checks"] == {"flags": gate_flags(gate)}
    assert tick(gate=gate, by="analyst", on=ON)["checks"] is None


def test_nobody_opens_readings_unnamed(two, gate):
    done = tick(gate=gate, by="intake", on=ON)
    assert "person." in done["checks"]["not_done"]
    assert done["summaries"] and done["compaction"] is not None
    assert gate.last_check() is None
    assert "flags" in tick(gate=gate, by="analyst", on=ON)["checks"]


def test_a_home_without_customers_has_nothing_to_check_and_the_rest_is_done(gate):
    done = tick(gate=gate, by="analyst", on=ON)
    assert done["checks"]["not_done"] == "There is no customer yet." and done["compaction"] is not None


def gate_flags(gate):
    return gate.last_check()["flags"]
