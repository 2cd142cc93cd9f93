"""The promise itself: whatever is released one after the other, the brute-force checker finds nothing under the rule.

Every history is random: customers with one or two premises, two months, releases by other dimensions, with and without
totals, while customers opt out, come in and change class in between. The checker is told who is in a published figure
by reading the figure's keys off the table, not by the plan, and it knows who used nothing.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, plan
from meterkeep.aggregates.checker import Row, smallest_derivable_group, tightest_share

COLUMNS = ("zip", "rate_class", "month")
VIEWS = [
    {"by": COLUMNS},
    {"by": COLUMNS, "totals": [("zip", "month"), ("month",)]},
    {"by": COLUMNS, "totals": [("rate_class", "month")]},
    {"by": ("zip", "month"), "totals": [("month",)]},
    {"by": ("rate_class", "month")},
    {"by": ("month",)},
    {"by": ("zip",), "period": (date(2026, 1, 1), date(2026, 3, 1))},
]


def world(rng):
    """unknown (customer, premise, month) -> [zip, class, month, load]"""
    found = {}
    for customer in range(int(rng.integers(6, 25))):
        for premise in range(int(rng.integers(1, 3)) if rng.random() < 0.3 else 1):
            for month in ("2026-01", "2026-02"):
                load = int(rng.integers(1, 9)) if rng.random() > 0.08 else int(rng.integers(-1, 1))
                found[(customer, premise, month)] = [
                    str(rng.integers(0, 2)),
                    str(rng.integers(0, 2)),
                    month,
                    load,
                ]
    return found


def drift(rng, found):
    """Somebody opts out, somebody changes class. What they used stays what it was."""
    much = rng.choice([0, 0.04, 0.3])
    kept = {unknown: list(row) for unknown, row in found.items() if rng.random() >= much}
    for row in kept.values():
        if rng.random() < much:
            row[1] = str(1 - int(row[1]))
    return kept


def as_table(found):
    zips, classes, months, loads = zip(*found.values(), strict=True)
    return pa.table(
        {
            "customer": [f"c{unknown[0]}" for unknown in found],
            "premise": [str(unknown[1]) for unknown in found],
            "zip": zips,
            "rate_class": classes,
            "month": months,
            "value": pa.array(loads, pa.int64()),
        }
    )


def as_rows(found, cells, by):
    def inside(row, cell):
        named = dict(zip(COLUMNS, row, strict=False))
        return all(key in ("Total", named[name]) for name, key in zip(by, cell.keys, strict=True))

    return [
        Row(frozenset(unknown for unknown, row in found.items() if row[3] and inside(row, cell)), cell.value)
        for cell in cells
    ]


def history(seed, rule, *, remember=True):
    """All rows that four releases made public, and what everybody used."""
    rng = np.random.default_rng(seed)
    found, past, public, loads = world(rng), [], [], {}
    for number in range(4):
        loads |= {unknown: row[3] for unknown, row in found.items()}
        view = VIEWS[rng.integers(0, len(VIEWS))]
        done = plan(
            as_table(found),
            rule=rule,
            past=past if remember else [],
            key=b"synthetic key 01",
            part="premise",
            **view,
        )
        past += done.rows(f"R{number}")
        public += as_rows(found, done.published, view["by"])
        found = drift(rng, found) or found
    return public, loads


@pytest.mark.parametrize("rule", [Rule.parse("3/60"), Rule.parse("4/50<=")], ids=str)
def test_nothing_under_the_rule_can_be_derived_from_any_history_of_releases(rule):
    published = 0
    for seed in range(200):
        rows, loads = history(seed, rule)
        published += len(rows)
        assert smallest_derivable_group(rows, below=rule.minimum_customers) is None, seed
        share = tightest_share(list(dict.fromkeys(rows)), loads)
        limit = Fraction(rule.share_ppm, 1_000_000)
        assert share < limit if rule.strict else share <= limit, seed
    assert published > 400


def test_far_more_goes_out_than_where_figures_must_not_overlap():
    """The plainest safe rule lets a figure out only if it has nobody in common with any other that is out, or the same people."""
    rule, exact, plain = Rule.parse("3/60"), 0, 0
    for seed in range(40):
        rows, _loads = history(seed, rule)
        exact += len(set(rows))
        apart: list[Row] = []
        for row in dict.fromkeys(rows):
            if all(row.members.isdisjoint(other.members) for other in apart):
                apart.append(row)
        plain += len(apart)
    assert exact >= 1.2 * plain


def test_whoever_holds_the_published_files_of_two_runs_derives_nothing():
    """Nested areas, two runs with customers gone in between: every difference and every difference of differences of the figures in
    the files is zero or is about enough customers, counted from who lives where."""
    rng = np.random.default_rng(7)
    rule = Rule.parse("15/15")
    people = {
        who: (f"z{int(where * where * 12):02}", f"r{rng.integers(0, 3)}")
        for who, where in enumerate(rng.random(1500))
    }
    used = {who: int(rng.integers(200, 900)) for who in people}
    files, past = [], []
    for run, gone in enumerate((set(), set(rng.choice(1500, 9, replace=False).tolist()))):
        here = {who: people[who] for who in people if who not in gone}
        done = plan(
            two_levels(here, used),
            by=("county", "zip", "rate_class", "month"),
            totals=[
                ("county", "zip", "month"),
                ("county", "rate_class", "month"),
                ("county", "month"),
                ("month",),
            ],
            rule=rule,
            past=past,
            republish="audit",
        )
        past += done.rows(f"R{run}")
        files.append([members_of(cell.keys, here) for cell in done.published])
    known = list({frozenset(members) for members in files[0] + files[1]})
    assert len(files[0]) > 20 and len(files[1]) >= 10
    vectors = np.array([[who in members for who in people] for members in known], np.int8)
    for at in range(len(known)):
        rest = vectors[at] - vectors
        touched = np.count_nonzero(rest, axis=1)
        assert not np.any((touched > 0) & (touched < 15))
        for other in range(len(known)):
            touched = np.count_nonzero(rest[other] - vectors, axis=1)
            assert not np.any((touched > 0) & (touched < 15))


def county(area):
    return f"c{int(area[1:]) // 4}"


def two_levels(people, used):
    return pa.table(
        {
            "customer": list(people),
            "county": [county(area) for area, _rate in people.values()],
            "zip": [area for area, _rate in people.values()],
            "rate_class": [rate for _area, rate in people.values()],
            "month": ["2026-01"] * len(people),
            "value": [used[who] for who in people],
        }
    )


def members_of(keys, people):
    return {
        who
        for who, (area, rate) in people.items()
        if all(key in ("Total", name) for key, name in zip(keys[:3], (county(area), area, rate), strict=True))
    }


def test_the_same_histories_leak_when_the_past_is_forgotten():
    rule = Rule.parse("3/60")
    leaks = sum(
        smallest_derivable_group(history(seed, rule, remember=False)[0], below=rule.minimum_customers)
        is not None
        for seed in range(60)
    )
    assert leaks >= 10
