"""The recipient's own account counts, under a rule that says so: four customers, the owner among them, each of the others at most half. All synthetic."""

import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, plan
from meterkeep.aggregates.conditions.own import own_counted

OTHERS = Rule.parse("3/50<=", cite="4 CCR 723-3-3034")
OWNER = 7


def building(loads, owner=()):
    """One building in one month; the owner's customer number is 7."""
    used = [*loads, *owner]
    who = [*range(100, 100 + len(loads)), *([OWNER] * len(owner))]
    table = pa.table(
        {"customer": who, "zip": ["92101"] * len(used), "month": ["2026-01"] * len(used), "value": used}
    )
    found = plan(table, by=("zip", "month"), rule=OTHERS, known_to=[OWNER])
    return own_counted(found, known_to=[OWNER], customers=4, cite=OTHERS.cite).cells[0]


@pytest.mark.parametrize(
    ("loads", "owner", "code"),
    [
        ((10, 10, 10), (5,), None),  # the owner is the fourth
        ((10, 10, 10), (900,), None),  # whatever their share
        ((10, 10, 10), (4, 5), None),  # two accounts of one owner are one
        ((10, 10), (5,), "count"),
        ((10, 10), (4, 5), "count"),
        ((10, 10, 10), (), "count"),  # the owner is not in it
        ((10, 10, 10), (0,), "count"),  # or used nothing
        ((10, 10, 10, 10), (), None),
        ((20, 10, 10), (5,), None),  # exactly half of what the others used
        ((21, 10, 10), (5,), "share"),  # more than half
    ],
)
def test_the_owner_counts_as_one_and_the_others_keep_their_share(loads, owner, code):
    assert building(loads, owner).code == code


def test_the_reason_says_what_is_missing():
    assert building((10, 10, 10)).why == (
        "3 customers and none of the recipient's own; the rule asks for at least 4 together (4 CCR 723-3-3034)."
    )
