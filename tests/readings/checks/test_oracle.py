"""Random series: the checks in columns say what a plain loop over the readings says."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from readings.checks.series import HOUR, ZONE, Made

from meterkeep.readings.checks import Limits, check

FIRST = date(2026, 6, 1)
LIMITS = Limits(
    zero_hours=3,
    constant_hours=3,
    constant_steps=2,
    estimated_hours=3,
    spike_days=1,
    spike_floor_watts=20,
    spike_ratio=2,
    spike_rank=100,
    ends_early_days=0,
)
VALUES = st.one_of(st.none(), st.just(0), st.integers(-3, 60), st.sampled_from([7, 7, 7, 14]))


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from(["delivered", "received", "net"]), st.sampled_from([0, 1]))
def test_stretches_and_gaps(data, channel, start):
    made = Made(FIRST, 3)
    want = []
    for usage_point in (1, 2):
        values = data.draw(st.lists(VALUES, min_size=72, max_size=72))
        codes = data.draw(st.lists(st.sampled_from(["", "csv:estimated"]), min_size=72, max_size=72))
        made.regular(usage_point, values, channel=channel, codes=codes)
        want += plain(made, usage_point, channel, values, codes, start)
    flags = made.check(start, limits=LIMITS) if made.rows else []
    got = [
        (
            f["usage_point"],
            f["check"],
            int(f["start"].timestamp()),
            int(f["end"].timestamp()),
            f["found"],
            f["limit"],
            f["count"],
        )
        for f in flags
        if f["check"] not in ("night_solar", "clock_shift", "estimated_share")
    ]
    assert got == sorted(want)


def plain(made, usage_point, channel, values, codes, start):
    if all(v is None for v in values):
        return []
    first, found = start * 24, []

    def tell(check, begin, end, value, limit):
        found.append((usage_point, check, made.at(0, begin), made.at(0, end), value, limit, end - begin))

    def stretches(good, low=0):
        begin = None
        for i in range(low, 73):
            if i < 72 and good(i):
                begin = i if begin is None else begin
            elif begin is not None:
                yield begin, i
                begin = None

    one_way = channel != "net"
    there = [i for i in range(72) if values[i] is not None]
    if one_way and not (channel == "received" and all(values[i] == 0 for i in there)):
        for a, b in stretches(lambda i: values[i] == 0):
            if b - a >= 3 and b > first:
                tell("zero_run", a, b, b - a, 3)
    for a, b in stretches(lambda i: values[i] is not None and codes[i]):
        if b - a >= 3 and b > first:
            tell("estimated_run", a, b, b - a, 3)
    step = 0
    for i in there:
        a, b = step, abs(values[i])
        while b:
            a, b = b, a % b
        step = a
    step = 0 if step == max(abs(values[i]) for i in there) else step
    at = 0
    while at < 72:
        end = at + 1
        while end < 72 and values[at] is not None and values[end] == values[at]:
            end += 1
        if values[at] is not None and abs(values[at]) >= max(step * 2, 1) and end - at >= 3 and end > first:
            tell("constant_run", at, end, end - at, 3)
        at = end
    if one_way:
        for a, b in stretches(lambda i: values[i] is not None and values[i] < 0, first):
            tell("negative", a, b, min(values[a:b]), 0)
    sizes = sorted((abs(values[i]) for i in there), reverse=True)
    if len(there) >= 24:
        bound = max(2 * sizes[len(there) * 100 // 1000], 20)
        for a, b in stretches(lambda i: values[i] is not None and abs(values[i]) > bound, first):
            tell("spike", a, b, max(abs(v) for v in values[a:b]), bound)
    for a, b in stretches(lambda i: values[i] is None, max(first, there[0])):
        check = "ends_early" if a > there[-1] else "gap"
        tell(check, a, b, (b - a) * HOUR, 0)
    return found


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_sums_against_registers(data):
    values = data.draw(st.lists(st.one_of(st.none(), st.integers(0, 3000)), min_size=48, max_size=48))
    reads = data.draw(
        st.lists(st.tuples(st.integers(0, 48), st.integers(0, 90_000)), max_size=6, unique_by=lambda r: r[0])
    )
    made = Made(FIRST, 2).regular(1, values)
    for hour, value in reads:
        made.point(1, made.at(0, hour), value)
    got = [
        (f["check"], int(f["start"].timestamp()), int(f["end"].timestamp()), f["found"], f["limit"])
        for f in made.check()
        if f["check"].startswith("register")
    ]
    want = []
    reads.sort()
    for (a, before), (b, after) in pairwise(reads):
        between = values[a:b]
        if after < before:
            want.append(("register_back", made.at(0, a), made.at(0, b), after, before))
        elif None not in between and abs(sum(between) - (after - before)) > max(
            (after - before) // 100, 1000
        ):
            want.append(("register_sum", made.at(0, a), made.at(0, b), sum(between), after - before))
    assert got == sorted(want)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.sampled_from([900, 1800, 3600, 4500])),
        min_size=1,
        max_size=8,
        unique=True,
    )
)
def test_lengths(told):
    """Every quarter of an hour by itself: who tells of it, how often."""
    made = Made(FIRST, 1)
    for quarter, seconds in told:
        made.point(1, made.at(0) + quarter * 900, 5, seconds=seconds, channel="delivered")
    flags = made.check(limits=Limits(ends_early_days=0))
    depth = [sum(1 for q, s in told if q <= i < q + s // 900) for i in range(96)]
    covered = {i for i in range(96) if depth[i]}
    gap = {i for f in flags if f["check"] in ("gap", "ends_early") for i in quarters(made, f)}
    assert gap == set(range(min(covered), 96)) - covered
    twice = {i for f in flags if f["check"] == "overlap" for i in quarters(made, f)}
    assert twice == {i for i in range(96) if depth[i] > 1}
    time = {s: sum(n for _, n in told if n == s) for s in {s for _, s in told}}
    usual = min(time, key=lambda s: (-time[s], s))
    odd = {(f["found"], f["count"]) for f in flags if f["check"] == "interval_size"}
    assert odd == {(s, sum(1 for _, n in told if n == s)) for s in time if s != usual}


def quarters(made, flag):
    first, last = (int(flag[name].timestamp() - made.at(0)) // 900 for name in ("start", "end"))
    return range(first, last)


def test_the_order_of_rows_changes_nothing():
    made = Made(FIRST, 3)
    for point in (3, 1, 2):
        made.regular(point, [point, None, -1, 7, 7, 7, 7] * 10, seconds=HOUR)
    days, points = made.tables()
    order = pa.array(list(reversed(range(len(days)))))
    one, other = (
        check(rows, points, made.spans(), window=made.window(0), zone=ZONE, limits=LIMITS)
        for rows in (days, days.take(order))
    )
    assert len(one) and one.equals(other)
