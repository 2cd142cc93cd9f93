"""The two weeks of CEA-01 6.1.2: whoever has a draft is reminded, each day, from three days before the last one."""

from datetime import date

import pytest
from desks.expenses.invented import FILED, meal

from meterkeep.desks.expenses import actions, queries
from meterkeep.faces.cli.tick import _say


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (date(2026, 3, 20), None),
        (date(2026, 3, 21), (3, False)),
        (date(2026, 3, 24), (0, False)),
        (date(2026, 3, 25), (-1, True)),
    ],
)
def test_from_three_days_before_the_last(drafted, on, told):
    claim = drafted()
    found = [(one["claim"], (one["days"], one["late"])) for one in queries.reminders(on)]
    assert found == ([(claim.reference, told)] if told else [])


def test_what_was_handed_in_or_given_back_or_has_no_day_yet_needs_none(submitted, gate):
    claim = submitted()
    assert queries.reminders(date(2026, 4, 1)) == []
    actions.give_back(claim=claim, why="Which dinner?", by="clerk", on=FILED)
    actions.begin(claimant="manager", kind="official", by="manager", on=FILED)
    assert queries.reminders(date(2026, 4, 1)) == []


def test_a_line_of_before_the_policy_has_no_last_day(drafted):
    assert queries.due(drafted(meal(on="2019-03-10"))) is None and queries.reminders(date(2026, 4, 1)) == []


def test_the_operator_reads_it(drafted, capsys):
    claim = drafted()
    _say(
        {
            "summaries": [],
            "compaction": None,
            "checks": None,
            "epoch": None,
            "witnesses": None,
            "expenses": queries.reminders(date(2026, 3, 25)),
        }
    )
    assert (
        f"{claim.reference} of manager was to be handed in by 2026-03-24 (CEA-01/6.1.2-a)"
        in capsys.readouterr().out
    )
