"""What a rule is asked about: a line, in its claim, under the terms and rates of its day."""

from __future__ import annotations

from dataclasses import dataclass

from meterkeep.desks.expenses.claim import Claim, Line
from meterkeep.desks.expenses.rates import Rates
from meterkeep.desks.expenses.terms import Terms


@dataclass(frozen=True, slots=True)
class Case:
    line: Line
    claim: Claim
    terms: Terms
    rates: Rates
