"""How much of what was granted is there: told of each customer's own time at a usage point."""

from __future__ import annotations

import pytest
from gate.world import ON

FIRST, SECOND = "a" * 31 + "1", "b" * 31 + "2"


@pytest.mark.parametrize("interval", [None, "P1D", "P1M"])
def test_each_occupants_own_time_is_covered(metered, interval) -> None:
    with metered.gate.open(metered.ask(), by="analyst", on=ON) as grant:
        rows = grant.coverage(grant.readings(interval=interval)).to_pylist()
    told = {row["customer"]: (row["n_expected"], row["n_present"], row["n_actual"]) for row in rows}
    assert told[FIRST] == (15 * 24,) * 3
    expected, present, actual = told[SECOND]
    assert present == actual
    assert expected >= present


def test_totals_have_theirs_too(metered) -> None:
    with metered.gate.open(metered.ask(elements=("monthly_usage",)), by="analyst", on=ON) as grant:
        rows = grant.coverage(grant.totals()).to_pylist()
    assert {row["customer"]: row["n_present"] for row in rows}[FIRST] == 15 * 24
