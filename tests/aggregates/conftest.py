"""Small synthetic tables. Customers are letters and numbers of no real person."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pytest

from meterkeep.aggregates import ReleasePlan, Rule, plan

KEY = b"a synthetic key for tests"
Row = tuple[str, str, int]
Planned = Callable[..., ReleasePlan]


@pytest.fixture
def rule() -> Rule:
    return Rule.parse("15/15", cite="CEA-03/4.1")


@pytest.fixture
def planned(rule: Rule) -> Planned:
    """Plans rows of (customer, zip, value) for January 2026."""

    def planned(rows: Sequence[Row], **options: object) -> ReleasePlan:
        customer, area, value = zip(*rows, strict=True)
        table = pa.table(
            {"customer": customer, "zip": area, "month": ["2026-01"] * len(rows), "value": value}
        )
        return plan(table, **{"by": ("zip", "month"), "rule": rule, "key": KEY} | options)

    return planned


@pytest.fixture
def even() -> Callable[..., list[Row]]:
    """Customers numbered from `first` up to `last`, who used the same."""

    def even(first: int, last: int, area: str = "92101", value: int = 100) -> list[Row]:
        return [(f"c{number}", area, value) for number in range(first, last + 1)]

    return even
