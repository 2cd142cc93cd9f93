"""A small synthetic town whose table of totals has a withheld figure of every kind. Customers are numbers of no real person."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pyarrow as pa

from meterkeep.aggregates import ReleasePlan, Rule, plan

KEY = b"a synthetic key for tests"
RULE = Rule.parse("15/15", cite="CEA-03/4.1")
BY = ("zip", "rate_class", "month")
LEVELS = [("zip", "month"), ("rate_class", "month"), ("month",)]
RATES = {"E-1": 520, "E-TOU": 610, "A-1": 1900, "A-10": 5200}
CUSTOMERS = {
    "95501": (64, 31, 22, 9),
    "95503": (48, 27, 18, 0),
    "95519": (33, 18, 15, 4),
    "95521": (57, 25, 19, 16),
    "95540": (21, 12, 7, 5),
}
MONTH = "2026-02"
Row = tuple[str, str, str, str, int]


def loads(*, month: str = MONTH, seed: int = 7) -> list[Row]:
    """Customer, ZIP code, rate, month and watt-hours, in hundreds."""
    rng = random.Random(seed)
    rows = [
        (f"{zip_} {rate} {n}", zip_, rate, month, 100 * int(10 * RATES[rate] * rng.lognormvariate(0, 0.35)))
        for zip_, sizes in CUSTOMERS.items()
        for rate, size in zip(RATES, sizes, strict=True)
        for n in range(size)
    ]
    return [_large(row) for row in rows]


def _large(row: Row) -> Row:
    """One workshop has a third of what its group uses."""
    who, zip_, rate, month, _use = row
    return (who, zip_, rate, month, 9_800_000) if who == "95519 A-1 0" else row


def planned(rows: Iterable[Row], **options: object) -> ReleasePlan:
    columns = map(list, zip(*rows, strict=True))
    table = pa.table(dict(zip(("customer", *BY, "delivered"), columns, strict=True)))
    said = {"by": BY, "totals": LEVELS, "rule": RULE, "key": KEY, "measure": "delivered"} | options
    return plan(table, **said)  # type: ignore[arg-type]


def by_itself() -> ReleasePlan:
    """The first release of the town."""
    return planned(loads())


def after_opt_outs() -> ReleasePlan:
    """A month later three customers of one ZIP code have opted out, one reading was corrected, and the same is planned again."""
    past = by_itself().rows("T-0a1b2c3d")
    gone = {"95501 E-1 3", "95501 E-1 4", "95501 E-TOU 5"}
    rows = [row for row in loads() if row[0] not in gone]
    corrected = [(*row[:4], row[4] + 40_000) if row[0] == "95503 E-1 7" else row for row in rows]
    return planned(corrected, past=past)


def by_zip_after_opt_outs() -> ReleasePlan:
    """As before, in a table of its own by ZIP code alone."""
    past = planned(loads(), totals=[]).rows("T-0a1b2c3d")
    gone = {"95521 E-1 3", "95521 E-1 4", "95521 E-TOU 5"}
    rows = [row for row in loads() if row[0] not in gone]
    return planned(rows, by=("zip", "month"), totals=[("month",)], past=past)


def next_month() -> ReleasePlan:
    """In March two large customers have come to a ZIP code that otherwise stayed as it was."""
    past = planned(loads(), by=("zip", "month"), totals=[]).rows("T-0a1b2c3d")
    march = loads(month="2026-03")
    new = [(f"new {n}", "95540", "A-10", "2026-03", 4_100_000 + 100 * n) for n in range(2)]
    return planned([*march, *new], by=("zip", "month"), totals=[], past=past)
