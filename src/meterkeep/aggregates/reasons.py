"""Why a figure may not go out, in words and as a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from meterkeep.aggregates.history.changes import Change
from meterkeep.aggregates.history.conflicts import Conflict
from meterkeep.aggregates.history.findings import Attack
from meterkeep.aggregates.loads import Group
from meterkeep.aggregates.register import PastRow
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
    "small_change",
    "past_conflict",
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
    "small_change": "that would tell about a few newcomers or leavers",
    "past_conflict": "beside past figures that break the rule already",
}
TERMS = 6
"""Figures that are named in a sentence; of the others it says how many there are."""


@dataclass(frozen=True, slots=True)
class Term:
    """One figure of the arithmetic of an attack, and how often it is added. release: "" for the one that is planned."""

    factor: Fraction
    release: str
    label: tuple[str, ...]
    customers: int
    value: int


@dataclass(frozen=True, slots=True)
class Reason:
    """code for programs, why for staff, and the past releases in conflict, if it is about them. terms: the figures of the attack
    that the withheld one would have taken part in, itself among them; customers: how many these would have told about."""

    code: Code
    why: str
    releases: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    customers: int | None = None


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
            f"Release {named} gave other values for some of the same customers and the same period: the difference would tell "
            "about those whose readings were corrected."
        )
    else:
        why = (
            f"{conflict.shared} of its {group.customers} customers are also counted in a figure of release {named} for a "
            f"period that overlaps {start} to {end}: subtracting one from the other would tell about the few who differ."
        )
    return Reason(conflict.code, why, conflict.releases)


def against_attack(attack: Attack, rows: Sequence[PastRow], rule: Rule) -> Reason:
    """Why a figure may not go out: what could be worked out from it and others. rows: those that the attack names by number."""
    terms = tuple(
        Term(factor, rows[at].release, rows[at].label, _people(rows[at]), rows[at].value)
        for at, factor in attack.factors.items()
    )
    releases = tuple(sorted({term.release for term in terms} - {""}))
    code: Code = "overlaps_past_release" if releases else "reveals_withheld"
    beside = f"Beside release {', '.join(releases)} it" if releases else "Beside the published figures it"
    why = f"{beside} would tell {_told(attack, rule)} {arithmetic(terms)} {_measure(attack, rule)}."
    return Reason(code, why, releases, terms, attack.customers if attack.kind != "share" else None)


def _told(attack: Attack, rule: Rule) -> str:
    if attack.kind == "share":
        return "that somebody used no more than so much, and they used too much of that:"
    if attack.kind == "forgotten":
        return "more about a customer whose data was destroyed, so that nobody can check how much:"
    if attack.kind == "similar":
        return "about a few customers, since the periods are nearly the same:"
    return "a sum that is not safe:"


def _measure(attack: Attack, rule: Rule) -> str:
    if attack.kind in ("count", "similar"):
        return f"{_customers(attack.customers)}; {_minimum(rule)}"
    if attack.kind == "share" and attack.bound:
        most = percent(int(1_000_000 * attack.used / attack.bound))
        limit = f"{'less than' if rule.strict else 'at most'} {percent(rule.share_ppm)} %"
        return f"One customer has {most} % of what is left; the rule asks for {limit}{_cited(rule)}"
    return "What cannot be checked is withheld"


def arithmetic(terms: Sequence[Term]) -> str:
    """ "zip=92101 less Total (R1)." The first figures, and how many more there are."""
    signs = {True: "plus", False: "less"}
    shown = sorted(terms, key=lambda term: (term.factor < 0, term.release, term.label))[:TERMS]
    words = [
        f"{signs[term.factor > 0] + ' ' if number or term.factor < 0 else ''}{_times(term.factor)}{_figure(term)}"
        for number, term in enumerate(shown)
    ]
    more = f" and {len(terms) - TERMS} more" if len(terms) > TERMS else ""
    return f"{' '.join(words)}{more}."


def _times(factor: Fraction) -> str:
    return "" if abs(factor) == 1 else f"{abs(factor)} × "


def _figure(term: Term) -> str:
    name = ", ".join(term.label) or "the total"
    return f"{name} ({term.release})" if term.release else name


def _people(row: PastRow) -> int:
    return len(set(row.members.tolist()))


def against_change(change: Change, rule: Rule) -> Reason:
    """Why a figure may not go out beside that of the next or last period: newcomers or leavers are too plain to see."""
    start, end = change.other.period
    who = f"{_customers(change.customers)} came or left since the figure for {start} to {end}"
    why = (
        f"{who}, with {percent(change.share_ppm)} % of the total, where the usual change hides "
        f"{percent(change.usual_ppm)} %: what they used could be told from the difference; {_minimum(rule)}."
    )
    return Reason("small_change", why, (change.other.release,) if change.other.release else ())


def against_everything(attack: Attack, rows: Sequence[PastRow], rule: Rule) -> Reason:
    """Why nothing more may go out for a period: what is out already breaks the rule, and more would tell more."""
    found = against_attack(attack, rows, rule)
    named = ", ".join(found.releases) or "of the past"
    why = f"What release {named} published breaks the rule already, so nothing is added to it. {_measure(attack, rule)}."
    return Reason("past_conflict", why, found.releases, found.terms, found.customers)
