"""A duty's day: whose days are counted, when it rolls, and what a closed office changes."""

from datetime import date

import pytest

from meterkeep.clocks import Closure
from meterkeep.errors import BadInput
from meterkeep.policy.deciding.duties import duties_from
from meterkeep.policy.language.clauses import Place, parse_clause

CHAVEZ = Closure(date(2025, 3, 31), "Cesar Chavez Day", "CPA/0")
FRIDAY = date(2025, 3, 28)


def clause(*duties, name="LAW/1"):
    block = {"id": name, "kind": "duty", "summary": "synthetic", "duties": list(duties)}
    return parse_clause(block, Place("", "", "LAW.md line 1", date.min, date.max, ""))


def only(duty, on=FRIDAY, **more):
    (found,) = duties_from([clause(duty)], on, **more)
    return found


def test_a_duty_without_a_time_has_no_day():
    duty = only({"do": "Count it."})
    assert (duty.due, duty.days, duty.in_words) == (None, "", "Count it. LAW/1")


@pytest.mark.parametrize(
    ("jurisdiction", "day", "days"),
    [
        ("US-CA", date(2025, 4, 1), "1 California business day"),
        ("US-OK", date(2025, 3, 31), "1 Oklahoma business day"),
        ("US-IN", date(2025, 3, 31), "1 Indiana business day"),
    ],
)
def test_business_days_are_those_of_the_providers_state(jurisdiction, day, days):
    duty = only({"do": "Answer.", "within": "1 business day"}, jurisdiction=jurisdiction)
    assert (duty.due, duty.days) == (day, days)


def test_a_closure_pauses_the_staff_and_never_the_law():
    closed = {"jurisdiction": "US-OK", "closures": [CHAVEZ]}
    staff = only({"do": "Answer.", "within": "7 days", "clock": "staff"}, **closed)
    law = only({"do": "Answer.", "within": "7 days"}, **closed)
    assert (staff.due, law.due) == (date(2025, 4, 5), date(2025, 4, 4))
    assert (
        staff.in_words == "Answer. By 2025-04-05 (7 calendar days, the office's closures not counted). LAW/1"
    )
    assert law.in_words == "Answer. By 2025-04-04 (7 calendar days). LAW/1"


def test_a_statutory_period_rolls_over_the_states_holidays_onto_a_day_the_provider_is_shut():
    duty = {"do": "File.", "within": "1 week", "roll": "next"}
    shut = Closure(date(2025, 4, 1), "Moving day")
    filed = only(duty, date(2025, 3, 24), jurisdiction="US-CA", closures=[CHAVEZ, shut])
    assert (filed.due, filed.days) == (date(2025, 4, 1), "1 week, or the next business day")
    staff = only(duty | {"clock": "staff"}, date(2025, 3, 24), jurisdiction="US-CA", closures=[CHAVEZ, shut])
    assert staff.due == date(2025, 4, 2)


def test_two_clauses_that_impose_one_duty_name_it_once_by_the_earlier_day():
    later = clause({"do": "Tell them.", "within": "2 weeks"}, name="LAW/2")
    sooner = clause({"do": "Tell them.", "within": "1 week"}, name="LAW/3")
    (duty,) = duties_from([clause({"do": "Tell them."}), later, sooner], FRIDAY)
    assert (duty.due, duty.clause) == (date(2025, 4, 4), "LAW/3")


@pytest.mark.parametrize(
    "duty",
    [
        {"within": "7 days"},
        {"do": "Answer.", "within": "a fortnight"},
        {"do": "Answer.", "within": "7 days", "roll": "after"},
        {"do": "Answer.", "within": "7 days", "clock": "office"},
        {"do": "Answer.", "by": "7 days"},
    ],
)
def test_a_slip_in_a_duty_is_named_with_its_place(duty):
    with pytest.raises(BadInput) as caught:
        clause(duty)
    assert caught.value.where == "LAW.md line 1"
