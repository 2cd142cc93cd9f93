"""A stay overnight in a claim that is kept (CEA-01 5.9): why it was needed, and what shows that nobody near was cheaper."""

import pytest
from desks.expenses.invented import FILED, png

from meterkeep.desks.expenses import actions, queries

STAY = {"id": "h1", "kind": "lodging", "on": "2026-03-10", "amount": "150.00", "quantity": "1"}


@pytest.mark.parametrize(
    ("details", "evidence", "asked"),
    [
        ({"government_rate": "160"}, False, {"CEA-01/5.9-a"}),
        ({"government_rate": "160", "overnight": "The hearing began at eight."}, False, set()),
        (
            {"community_rate": "110", "none_near": True, "overnight": "Eight o'clock."},
            False,
            {"CEA-01/5.9-e"},
        ),
        ({"community_rate": "110", "none_near": True, "overnight": "Eight o'clock."}, True, set()),
    ],
    ids=("no_reason", "reason", "no_search", "search"),
)
def test_what_a_stay_is_asked_for(drafted, gate, details, evidence, asked):
    claim = drafted({**STAY, "details": {"government_rate_requested": True, **details}})
    if evidence:
        actions.attach(
            claim=claim, line="h1", kind="evidence", content=png(99), gate=gate, by="manager", on=FILED
        )
    (line,) = queries.assessed(claim, on=FILED)["lines"]
    missing = {one["clause"] for one in line["findings"] if one["outcome"] == "missing"}
    assert missing == asked


def test_a_stay_that_is_refused_is_asked_for_nothing_more(drafted):
    trip = {
        "start": "2026-03-10T06:00",
        "end": "2026-03-10T20:00",
        "international": False,
        "out_of_state": False,
    }
    (line,) = queries.assessed(drafted(STAY, trip=trip), on=FILED)["lines"]
    assert [one["outcome"] for one in line["findings"]] == ["refuse"]
