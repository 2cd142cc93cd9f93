"""The worklist: what is late stands first, what is due is counted in days, filters never hide what they should show."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from meterkeep.faces.console.worklist import as_csv, worklist
from meterkeep.faces.names import Names

TODAY = date(2026, 3, 2)
NAMES = Names("Test Energy", {"tern": SimpleNamespace(name="Tern Analytics", kind="contractor")}, {}, {}, ())


def asked(due=None, *, state="received", reference="R-1", **changed):
    request = {
        "action": "disclose", "purpose": "efficiency_program", "elements": ["interval_usage"], "customers": ["a" * 32],
        "where": {}, "period": None, "recipient": "tern", "channel": "secure", "reason": "", "declared": {},
    }  # fmt: skip
    due_on = None if due is None else TODAY + timedelta(days=due)
    return SimpleNamespace(
        reference=reference, request=request | changed, state=state, due_on=due_on, asked_on=date(2026, 2, 1)
    )


def listed(*requests, **chosen):
    return worklist(requests, names=NAMES, today=TODAY, chosen=chosen)


def groups(work):
    return {group.tone: [row.left for row in group.rows] for group in work.groups}


@pytest.mark.parametrize(
    ("due", "group", "left"),
    [(-2, "alarm", "2 days late"), (-1, "alarm", "1 day late"), (0, "soon", "today"), (1, "soon", "1 day left"),
     (7, "soon", "7 days left"), (8, "calm", "8 days left"), (None, "calm", "")],
)  # fmt: skip
def test_a_row_stands_in_the_group_of_its_day(due, group, left):
    assert groups(listed(asked(due)))[group] == [left]


def test_what_is_done_is_not_late_and_not_listed_unless_asked_for():
    assert listed(asked(-5, state="fulfilled")).count == 0
    assert groups(listed(asked(-5, state="fulfilled"), state="fulfilled")) == {
        "alarm": [],
        "soon": [],
        "calm": [""],
    }


def test_a_search_finds_every_word_in_reference_act_purpose_or_recipient():
    rows = (asked(reference="R-7"), asked(recipient=""))
    assert listed(*rows, q="r-7 TERN hour").count == 1
    assert listed(*rows, q="test energy").count == 1
    assert listed(*rows, q="r-7 energy-free").count == 0


def test_filters_stay_in_the_address():
    assert listed(asked(), q="tern", state="received").query == "?q=tern&state=received"
    assert listed(asked()).query == ""


@pytest.mark.parametrize(
    ("subjects", "about"),
    [({"customers": ["a" * 32]}, "1 customer"), ({"customers": ["a" * 32, "b" * 32]}, "2 customers"),
     ({"customers": None, "where": {"zip": "95501"}}, "zip 95501"), ({"customers": None}, "all customers")],
)  # fmt: skip
def test_customers_are_counted_and_never_named(subjects, about):
    work = listed(asked(**subjects))
    assert next(row for group in work.groups for row in group.rows).about == about
    assert "a" * 32 not in as_csv(work)


def test_the_file_has_the_rows_shown():
    lines = as_csv(listed(asked(-2), asked(3, reference="R-2"), asked(state="closed"))).splitlines()
    assert len(lines) == 3 and lines[1].startswith("R-1,") and ",2026-02-28," in lines[1]
