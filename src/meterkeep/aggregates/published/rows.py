"""What a published row tells by itself: too few customers, totals that no rule can judge, averages that say too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from meterkeep.aggregates.loads import Bools, Int64s
from meterkeep.aggregates.published.numbers import SCALE, exact, shown
from meterkeep.aggregates.published.report import Finding, Verdict, about, people
from meterkeep.aggregates.published.rules import ClassRules
from meterkeep.aggregates.published.table import TOTAL, UNKNOWN, Table, key_codes


@dataclass(frozen=True, slots=True, eq=False)
class Minimums:
    """The rule of each row. asked: fewest customers; text: the rule that says so, by code."""

    asked: Int64s
    code: Int64s
    texts: list[str]

    @classmethod
    def of(cls, table: Table, rules: ClassRules) -> Minimums:
        """Each combination of names is looked up once, without dimensions that no rule speaks of."""
        speaking = [
            column for column, names in zip(table.keys, table.names, strict=True) if _spoken(names, rules)
        ]
        same = key_codes(speaking) if speaking else np.zeros(len(table), np.int64)
        _, first = np.unique(same, return_index=True)
        found = [rules.minimum(_own_names(table, row)) for row in first.tolist()]
        asked = np.array([minimum for minimum, _ in found], np.int64)
        return cls(asked[same], same, [text for _, text in found])

    def text(self, row: int) -> str:
        return self.texts[int(self.code[row])]


def _spoken(names: list[str], rules: ClassRules) -> bool:
    default = str(rules.default)
    return any(rules.minimum([name])[1] != default for name in names)


def _own_names(table: Table, row: int) -> list[str]:
    keys = table.keys[:, row].tolist()
    return [names[code] for names, code in zip(table.names, keys, strict=True) if code != TOTAL]


def findings(table: Table, minimums: Minimums) -> Iterator[Finding]:
    """Of each published row by itself, and of averages beside figures that are withheld."""
    known, published = table.customers != UNKNOWN, table.published
    counted = known & (table.customers > 0)
    tested: list[tuple[str, Bools]] = [
        ("below_rule", published & counted & (table.customers < minimums.asked)),
        ("negative_total", published & (table.value < 0)),
        ("zero_total", published & (table.value == 0) & counted),
        ("no_count", published & ~known & (_whole_customers(table) == UNKNOWN)),
        ("contradiction", published & known & (table.customers == 0) & (table.value != 0)),
    ]
    for kind, rows in tested:
        for row in np.flatnonzero(rows).tolist():
            yield _about_one(kind, table, row, minimums)
    yield from _averages(table, minimums)


def _about_one(kind: str, table: Table, row: int, minimums: Minimums) -> Finding:
    count, asked = int(table.customers[row]), int(minimums.asked[row])
    amount = table.amount(row)
    says: dict[str, tuple[Verdict, str, str]] = {
        "below_rule": (
            "leak",
            f"{people(count)} used {amount}",
            f"{people(count)}; the rule asks for at least {asked}.",
        ),
        "negative_total": (
            "cannot_decide",
            f"{people(count)}, {amount}" if count >= 0 else amount,
            f"{amount} is below zero, so no customer has a share of it: delivered and received energy are mixed.",
        ),
        "zero_total": (
            "cannot_decide",
            f"each of {people(count)} used nothing, unless some sent energy back",
            f"{people(count)} and a total of {amount}.",
        ),
        "no_count": (
            "cannot_decide",
            amount,
            "The number of customers is not shown, so it cannot be held against the rule.",
        ),
        "contradiction": ("cannot_decide", amount, f"0 customers, and yet {amount}."),
    }
    verdict, known, arithmetic = says[kind]
    return _finding(kind, verdict, table, row, minimums, known, arithmetic, customers=max(count, 0) or None)


def _finding(
    kind: str,
    verdict: Verdict,
    table: Table,
    row: int,
    minimums: Minimums,
    known: str,
    arithmetic: str,
    *,
    customers: int | None = None,
    value: int | None = None,
) -> Finding:
    amount = exact(int(table.value[row]) if value is None else value)
    return Finding(
        kind,
        verdict,
        about(table, [row]),
        table.key_names(row),
        table.period(row),
        known,
        arithmetic,
        minimums.text(row),
        customers,
        amount,
    )


def _averages(table: Table, minimums: Minimums) -> Iterator[Finding]:
    """An average beside a total tells the count, beside a count the total; beside both it may contradict them."""
    having = table.average_places != UNKNOWN
    count, published = table.customers, table.published
    off = _contradicts(table, having & published & (count > 0))
    for row in off.tolist():
        times = int(table.average[row]) * int(count[row])
        says = f"{shown(int(table.average[row]))} × {int(count[row]):,} = {shown(times)}, not {table.amount(row)}."
        yield _finding(
            "contradiction",
            "cannot_decide",
            table,
            row,
            minimums,
            "count, total and average cannot all be right",
            says,
        )
    told = _whole_customers(table)
    for row in np.flatnonzero(
        published & (count == UNKNOWN) & (told != UNKNOWN) & (told < minimums.asked)
    ).tolist():
        says = f"{table.amount(row)} ÷ {shown(int(table.average[row]))} = {int(told[row]):,} customers, not shown; the rule asks for at least {int(minimums.asked[row])}."
        known = f"{people(int(told[row]))} used {table.amount(row)}"
        yield _finding("average_reveals", "leak", table, row, minimums, known, says, customers=int(told[row]))
    for row in np.flatnonzero(table.withheld & having & (count > 0) & (table.average != 0)).tolist():
        times = int(table.average[row]) * int(count[row])
        says = f"{shown(int(table.average[row]))} × {int(count[row]):,} = {shown(times)} {table.unit(row)}, up to the rounding of the average."
        known = f"{people(int(count[row]))} used about {shown(times)} {table.unit(row)}, which is withheld"
        yield _finding(
            "average_reveals",
            "leak",
            table,
            row,
            minimums,
            known,
            says,
            customers=int(count[row]),
            value=times,
        )


def _contradicts(table: Table, rows: Bools) -> Int64s:
    """Rows whose total differs from average × count by more than one unit of the average's last digit for each customer, and
    one of the total's. In whole numbers of any size."""
    at = np.flatnonzero(rows)
    count = table.customers[at].astype(object)
    gap = abs(table.value[at].astype(object) - table.average[at].astype(object) * count)
    slack = count * _last_digit(table.average_places[at]) + _last_digit(table.places[at])
    return at[np.asarray(gap > slack, np.bool_)]


def _last_digit(places: Int64s) -> Int64s:
    """The unit of the last digit shown, in millionths."""
    digit: Int64s = SCALE // 10 ** np.clip(places, 0, None)
    return digit.astype(object)


def _whole_customers(table: Table) -> Int64s:
    """How many customers total and average tell together, where only one number fits; UNKNOWN elsewhere."""
    told = np.full(len(table), UNKNOWN, np.int64)
    fits = (
        (table.average_places != UNKNOWN)
        & table.published
        & (table.customers == UNKNOWN)
        & (table.average > 0)
        & (table.value > 0)
    )
    at = np.flatnonzero(fits)
    total, average = table.value[at].astype(object), table.average[at].astype(object)
    digit = _last_digit(table.average_places[at])
    one = _last_digit(table.places[at])
    lowest = -((one - total) // (average + digit))
    highest = (total + one) // np.maximum(average - digit, 1)
    told[at] = np.where(lowest == highest, lowest, UNKNOWN).astype(np.int64)
    return told
