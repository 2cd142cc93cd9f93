"""For analysts: `mk = meterkeep.connect(home, by="…")`, then `mk.request(…)` gives Arrow tables through the gate."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from meterkeep.errors import BadInput
from meterkeep.gate import Gate, Period, Request, Subjects
from meterkeep.readings.coverage import with_coverage

SHAPES = {"interval_usage": "readings", "monthly_usage": "totals"}


class Connection:
    """A custodian's gate, asked by one person."""

    def __init__(self, custodian: Any, *, by: str) -> None:
        self._gate: Gate = custodian.gate
        self._today, self._by = custodian.today, by

    def request(
        self,
        *,
        purpose: str,
        elements: list[str] | tuple[str, ...],
        period: tuple[date | str, date | str],
        area: str | None = None,
        customers: list[str] | None = None,
        interval: str | None = None,
        reason: str = "",
        on: date | None = None,
    ) -> pa.Table:
        """Readings or monthly totals of the permitted customers, with their granted attributes, as one Arrow table.

        purpose: a code of the purpose register. elements: names of the data catalogue; `interval_usage` gives one row per
        reading (or per `interval`: PT15M, PT1H, P1D, P1M), `monthly_usage` one per civil month. area: a ZIP code.
        period: half-open civil days. Raises Refused or Undetermined with the decision; both are in the log.
        What there is of what should be, and how good it is, stands in the table's metadata: `meterkeep.readings.coverage.coverage_in(table)`.
        The digest of the table's canonical Arrow stream is in the log as what was handed out.
        """
        ask = Request(
            action="use",
            purpose=purpose,
            elements=tuple(elements),
            subjects=_subjects(area, customers),
            period=Period(_day(period[0]), _day(period[1])),
            reason=reason,
        )
        shape = next((SHAPES[name] for name in elements if name in SHAPES), None)
        if shape is None:
            raise BadInput(
                "No usage is asked for.", next=f"Name one of {', '.join(SHAPES)} among the elements."
            )
        with self._gate.open(ask, by=self._by, on=on or self._today()) as grant:
            table = grant.readings(interval=interval) if shape == "readings" else grant.totals()
            if set(elements) - set(SHAPES):
                table = table.join(grant.attributes(), "customer")
            grant.deliver(table, to="")
            return with_coverage(table, grant.coverage(table))


def _subjects(area: str | None, customers: list[str] | None) -> Subjects:
    if customers is not None:
        return Subjects.of(*customers)
    return Subjects.matching(zip=area) if area else Subjects.everyone()


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
