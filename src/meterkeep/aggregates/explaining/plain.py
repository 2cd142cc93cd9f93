"""A planned cell with its whole reason as plain data, as a desk keeps it and pages, files and commands read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from meterkeep.aggregates.explaining.sums import Term
from meterkeep.aggregates.loads import Period
from meterkeep.aggregates.reasons import Reason
from meterkeep.aggregates.release import Cell
from meterkeep.aggregates.rule import Rule

Plain = Mapping[str, object]


def plain(cell: Cell) -> Plain:
    """status: published or withheld. attack: the terms of the sum that would have told something, `left`: what they come to.

    Only a withheld cell has more than its figures; for staff, since the reason tells something about customers.
    """
    reason = cell.reason
    said: dict[str, object] = {
        "keys": list(cell.keys),
        "period": _days(cell.period),
        "customers": cell.customers,
        "value": cell.value,
        "status": cell.status,
        "code": cell.code,
        "why": cell.why,
        "releases": list(cell.releases),
        "attack": [_term(term) for term in reason.terms] if reason else [],
    }
    return said | (_reason(reason, cell.largest) if reason else {})


def _reason(reason: Reason, largest: int) -> dict[str, object]:
    """largest: of one customer in the cell; most: of one customer in what is left; about: customers that it would tell about."""
    return {
        "kind": reason.kind,
        "largest": largest,
        "about": reason.customers,
        "most": reason.most,
        "left": asdict(reason.left) if reason.left else None,
        "came": asdict(reason.came) if reason.came else None,
        "rule": _rule(reason.rule) if reason.rule else None,
    }


def _term(term: Term) -> dict[str, object]:
    return {
        "factor": term.factor,
        "release": term.release,
        "figure": list(term.label),
        "period": _days(term.period),
        "customers": term.customers,
        "value": term.value,
    } | ({"known": term.known, "known_value": term.known_value} if term.known else {})


def _rule(rule: Rule) -> dict[str, object]:
    return {
        "minimum": rule.minimum_customers,
        "share_ppm": rule.share_ppm,
        "strict": rule.strict,
        "clause": rule.cite,
    } | ({"raised_by": rule.raised_by} if rule.raised_by else {})


def _days(period: Period) -> list[str]:
    """First day and the day after the last."""
    return [day.isoformat() for day in period]
