"""Why a figure may not go out, in words and as a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from meterkeep.aggregates.loads import Group
from meterkeep.aggregates.register import Conflict
from meterkeep.aggregates.rule import Rule, percent, share_ppm, share_ppm_up

Code = Literal[
    "negative_value",
    "count",
    "zero_total",
    "few_contributors",
    "share",
    "overlaps_past_release",
    "changed_value",
    "reveals_withheld",
]
_IN_SHORT: dict[Code, str] = {
    "negative_value": "with values below zero",
    "count": "with too few customers",
    "zero_total": "with a total of zero",
    "few_contributors": "where too few customers used anything",
    "share": "where one customer is too large",
    "overlaps_past_release": "that overlap a past release",
    "changed_value": "that a past release gave another value",
    "reveals_withheld": "that would reveal withheld figures",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """code for programs, why for staff, and the past releases in conflict, if it is about them."""

    code: Code
    why: str
    releases: tuple[str, ...] = ()


def in_short(code: Code) -> str:
    """The reason after a number of figures."""
    return _IN_SHORT[code]


def against_rule(group: Group, rule: Rule) -> Reason | None:
    """The first test of the rule that the group fails by itself."""
    if group.negatives:
        return Reason("negative_value", "It contains values below zero, so shares of the total mean nothing.")
    if group.customers < rule.minimum_customers:
        return Reason("count", f"{_customers(group.customers)}; {_minimum(rule)}.")
    if group.value <= 0:
        return Reason(
            "zero_total", "The total is zero, which says of every customer in it that they used nothing."
        )
    if group.contributors < rule.minimum_customers:
        used = f"Only {group.contributors} of its {group.customers} customers used anything"
        return Reason("few_contributors", f"{used}; {_minimum(rule)}.")
    if not rule.allows_share(group.largest, group.value):
        return Reason("share", f"{_largest(group, rule)}.")
    return None


def _customers(number: int) -> str:
    return "1 customer" if number == 1 else f"{number} customers"


def _minimum(rule: Rule) -> str:
    return f"the rule asks for at least {rule.minimum_customers}{_cited(rule)}"


def _largest(group: Group, rule: Rule) -> str:
    share = share_ppm(group.largest, group.value) if rule.strict else share_ppm_up(group.largest, group.value)
    limit = f"{'less than' if rule.strict else 'at most'} {percent(rule.share_ppm)} %"
    return (
        f"The largest customer has {percent(share)} % of the total; the rule asks for {limit}{_cited(rule)}"
    )


def _cited(rule: Rule) -> str:
    return f" ({rule.cite})" if rule.cite else ""


def against_past(group: Group, conflict: Conflict) -> Reason:
    """Why a group that is safe by itself is not safe beside what is out already."""
    named = ", ".join(conflict.releases)
    start, end = group.period
    if conflict.code == "changed_value":
        why = (
            f"Release {named} gave another total for the same customers and the same period: the difference would tell "
            "about those whose readings were corrected."
        )
    else:
        why = (
            f"{conflict.shared} of its {group.customers} customers are also counted in a figure of release {named} for a "
            f"period that overlaps {start} to {end}: subtracting one from the other would tell about the few who differ."
        )
    return Reason(conflict.code, why, conflict.releases)


def against_withheld(rest: Reason) -> Reason:
    """Why a total may not go out: what it leaves when the published figures are subtracted is not safe."""
    why = f"Less the published figures it leaves a sum of withheld ones that is not safe. {rest.why}"
    return Reason("reveals_withheld", why, rest.releases)
