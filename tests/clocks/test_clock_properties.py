"""What holds for every period, start and closure of twenty years, and the slow way of counting beside it."""

from datetime import date, timedelta

from clocks.oracle import due_day_by_day
from hypothesis import given
from hypothesis import strategies as st

from meterkeep.clocks import calendar_named, due, elapsed

CALIFORNIA = calendar_named("US-CA")
STARTS = st.dates(date(2015, 1, 1), date(2035, 12, 31))
UNITS = st.sampled_from(["hour", "day", "business day", "week", "month", "year"])
COUNTS = st.integers(0, 24)
ROLLS = st.sampled_from(["none", "next", "previous"])


@st.composite
def asked(draw):
    """A start, a period, a roll, and closures near them."""
    start = draw(STARTS)
    ahead = draw(st.sets(st.integers(0, 60), max_size=8))
    closures = frozenset(start + timedelta(days=number) for number in ahead)
    return start, draw(COUNTS), draw(UNITS), draw(ROLLS), closures


def counted(start, count, unit, roll, closures=frozenset(), **more):
    return due(start, f"{count} {unit}s", calendar=CALIFORNIA, roll=roll, closures=closures, **more)


@given(asked())
def test_a_due_date_is_that_of_counting_day_by_day(one):
    assert counted(*one) == due_day_by_day(*one)


@given(asked())
def test_a_due_date_is_never_before_its_start_nor_a_day_ahead_after_it(one):
    assert counted(*one) >= one[0]
    assert counted(*one, before=True) <= one[0]


@given(asked(), st.integers(0, 60))
def test_a_closure_more_never_shortens(one, number):
    *rest, closures = one
    assert counted(*rest, closures | {one[0] + timedelta(days=number)}) >= counted(*rest, closures)


@given(STARTS, COUNTS, COUNTS)
def test_more_business_days_and_later_starts_never_end_sooner(start, some, more):
    first = counted(start, some, "business day", "none")
    assert counted(start, some + more, "business day", "none") >= first
    assert counted(start + timedelta(days=more), some, "business day", "none") >= first


@given(STARTS, COUNTS, UNITS, st.sampled_from(["next", "previous"]))
def test_what_rolls_ends_on_a_business_day(start, count, unit, roll):
    end = counted(start, count, unit, roll)
    assert CALIFORNIA.is_business_day(end) or end == start


@given(STARTS, st.integers(0, 40))
def test_as_many_business_days_have_elapsed_as_were_given(start, count):
    assert elapsed(start, counted(start, count, "business day", "none"), calendar=CALIFORNIA) == count
