"""Over overlapping periods the last audit is of exactly what goes out: which times a bound is for depends on all rows, so that
dropping some afterwards may make the rest less safe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.aggregates.history.candidates import Candidate, Outcome
from meterkeep.aggregates.history.findings import audit_rows
from meterkeep.aggregates.planning import plan
from meterkeep.aggregates.register import PastRow
from meterkeep.aggregates.repair.releases import Repairing
from meterkeep.aggregates.rule import Rule

RULE = Rule.parse("15/15")
TOTALS = [("zip", "month"), ("month",), ("zip", "quarter"), ("quarter",)]


def town(seed: int) -> pa.Table:
    """A hundred customers and ten; one in five moves in or out within the quarter."""
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(110):
        first, last = (1, 3) if rng.random() < 0.8 else sorted(rng.integers(1, 4, 2).tolist())
        use = int(rng.lognormal(6, 0.8))
        rows += [
            (
                customer,
                f"2026-{month:02}",
                "2026-Q1",
                f"z{customer % 3}",
                int(use * rng.uniform(0.6, 1.5)) + 1,
            )
            for month in range(first, last + 1)
        ]
    columns = dict(
        zip(("customer", "month", "quarter", "zip", "value"), zip(*rows, strict=True), strict=True)
    )
    return pa.table(columns | {"customer": np.array(columns["customer"], np.uint64)})


@pytest.mark.parametrize("seed", range(6))
def test_what_goes_out_was_audited_as_it_goes_out(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    audited: list[set[tuple[Any, ...]]] = []
    repair = Repairing.__call__

    def spy(
        self: Repairing, past: Sequence[PastRow], candidates: Sequence[Candidate], *args: Any, **kw: Any
    ) -> Outcome:
        outcome = repair(self, past, candidates, *args, **kw)
        gone = {each.place for each in (*outcome.blocked, *outcome.stuck)}
        audited.append({_name(each.row) for each in candidates if each.place not in gone})
        return outcome

    monkeypatch.setattr(Repairing, "__call__", spy)
    found = plan(
        town(seed), by=("zip", "month", "quarter"), period=("month", "quarter"), rule=RULE, totals=TOTALS
    )
    rows = list(found.rows("R"))
    assert rows
    assert audited[-1] == {_name(row) for row in rows}
    assert not audit_rows(rows, RULE, new=range(len(rows)), measure="value").attacks


def test_some_of_them_are_withheld_for_their_neighbour_in_time() -> None:
    plans = [
        plan(
            town(seed), by=("zip", "month", "quarter"), period=("month", "quarter"), rule=RULE, totals=TOTALS
        )
        for seed in range(6)
    ]
    assert any(cell.reason and cell.reason.came for each in plans for cell in each.cells)


def _name(row: PastRow) -> tuple[Any, ...]:
    return row.period, row.label, row.members.tobytes()
