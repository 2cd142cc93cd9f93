"""The rule a group must meet: how many customers, and how much of the total the largest may have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from meterkeep.errors import BadInput

MILLION = 1_000_000
_TEXT = re.compile(r"(\d{1,9})/(\d{1,3}(?:\.\d{1,4})?)(<=)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rule:
    """At least `minimum_customers`, and no customer at or above (strict) or above (not strict) `share_ppm`.

    share_ppm: parts per million of the group's total. cite: the clause that sets the numbers. All arithmetic is on
    integers; zero and negative totals are never safe, since they have no shares.
    """

    minimum_customers: int
    share_ppm: int
    strict: bool
    cite: str = ""

    def __post_init__(self) -> None:
        if self.minimum_customers < 1 or not 0 < self.share_ppm <= MILLION:
            raise BadInput(
                "A rule needs at least one customer and a share above 0 % and up to 100 %.",
                where=str(self),
                next="Write it as customers/percent, for example 15/15 or 15/15<=.",
            )

    @classmethod
    def parse(cls, text: str, *, cite: str = "") -> Rule:
        """ "15/15" is at least 15 and strictly below 15 %; "15/15<=" is at least 15 and at most 15 %."""
        match = _TEXT.fullmatch(text.strip())
        if match is None:
            raise BadInput(
                "This is not a rule for totals.",
                where=text,
                next="Write it as customers/percent, for example 15/15 or 15/15<=.",
            )
        customers, percent, at_most = match.groups()
        return cls(int(customers), int(Decimal(percent) * 10_000), strict=at_most is None, cite=cite)

    def __str__(self) -> str:
        return f"{self.minimum_customers}/{percent(self.share_ppm)}{'' if self.strict else '<='}"

    def allows_share(self, largest: int, total: int) -> bool:
        """Whether a customer with `largest` of `total` is small enough. Exact for integers of any size."""
        if total <= 0:
            return False
        part, limit = MILLION * largest, self.share_ppm * total
        return part < limit if self.strict else part <= limit


def share_ppm(largest: int, total: int) -> int:
    """The share in parts per million, rounded down: `< limit` holds of it exactly when it holds of the share."""
    return MILLION * largest // total


def share_ppm_up(largest: int, total: int) -> int:
    """The share in parts per million, rounded up: `<= limit` holds of it exactly when it holds of the share."""
    return -(-MILLION * largest // total)


def percent(ppm: int) -> str:
    """150000 → "15", 142857 → "14.2857"."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".")
