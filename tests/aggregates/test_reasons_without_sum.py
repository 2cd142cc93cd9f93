"""A reason for what could not be worked out exactly: a plain sentence, and no sum."""

from datetime import date

import numpy as np

from meterkeep.aggregates.history.findings import Attack
from meterkeep.aggregates.reasons import against_everything
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.rule import Rule


def test_an_attack_of_no_figures_names_the_releases_and_no_sum():
    rows = [
        PastRow(
            release=release,
            family="energy",
            measure="kWh",
            period=(date(2026, 1, 1), date(2026, 2, 1)),
            members=np.arange(4, dtype=np.uint64),
            value=4,
        )
        for release in ("A", "")
    ]
    reason = against_everything(Attack("share", {}, used=1), rows, Rule.parse("4/50<="))
    assert (reason.code, reason.releases, reason.terms, reason.left) == ("past_conflict", ("A",), (), None)
    assert reason.why.startswith("Beside release A it may tell too much about somebody")
