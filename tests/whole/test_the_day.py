"""The custodian's day runs to its end, and each step has the outcome and the clause that the policies give it."""

from __future__ import annotations

import re

from whole.conftest import run_in


def test_the_day_comes_to_its_end(day) -> None:
    _, ran = day
    assert ran.code == 0, ran.err
    assert "error" not in ran.err


def test_each_step_has_its_outcome_and_clause(day) -> None:
    steps = dict(enumerate(re.split(r"\n\d+\. ", day[1].out)))
    assert "150 service agreements imported, 0 rejected" in steps[1]
    assert "permitted" in steps[3] and "CEA-04/6.5-b" in steps[3]
    assert "refused" in steps[4] and "CEA-04/6.8" in steps[4]
    assert "refused" in steps[5] and "CEA-03/5.3-a" in steps[5]
    assert "permitted" in steps[6] and "CEA-04/6.9" in steps[6]
    assert "withheld" in steps[8]
    assert "sunwise-advice" in steps[9]
    assert "under the signed checkpoint" in steps[10] and "found out" in steps[10]


def test_it_starts_again_where_it_is_finished(day) -> None:
    home, _ = day
    again = run_in(home, "demo", "--no-serve")
    assert again.code == 0
    assert "delete the folder to start over" in again.out


def test_it_refuses_a_home_of_real_data(meterkeep, new_home, tmp_path) -> None:
    new_home(tmp_path / "home", "--provider", "cea", "--zone", "America/Los_Angeles")
    refused = meterkeep("demo", "--no-serve")
    assert refused.code == 1
    assert "not synthetic" in refused.err and "METERKEEP_HOME" in refused.err


def test_the_log_verifies_and_nothing_waits_for_it(day) -> None:
    home, _ = day
    verified = run_in(home, "ledger", "verify", "--json")
    assert verified.code == 0 and verified.json["ok"]
    examined = run_in(home, "doctor", "--json")
    assert examined.code == 0
    assert examined.json["waiting_for_log"] == 0 and examined.json["unresolved"] == []
