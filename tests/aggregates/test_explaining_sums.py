"""What is written out of an attack is true: everybody can repeat it with the published figures, and with who is in them."""

import random
from collections import Counter

import pyarrow as pa
import pytest

from meterkeep.aggregates import Rule, plan
from meterkeep.aggregates.explaining.plain import plain

KEY = b"a synthetic key for tests"
RULE = Rule.parse("4/40", cite="TEST/1")
MONTHS = ("2026-01", "2026-02")


def people(rng, number):
    """Who lives where, in which class, and uses what: of each month."""
    return {
        (who, month): (f"z{rng.randrange(3)}", f"c{rng.randrange(2)}", rng.choice((0, 1, 5, 5, 6, 7, 8)))
        for who in range(number)
        for month in MONTHS
    }


def table(crowd):
    rows = [(f"u{who}", zip_, kind, month, use) for (who, month), (zip_, kind, use) in crowd.items()]
    names = ("customer", "zip", "kind", "month", "value")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def history(rng):
    """Two releases by other dimensions, the second after some have left: what was counted in each, and the second's cells."""
    first = people(rng, 40)
    leavers = set(rng.sample(range(40), rng.randrange(1, 4)))
    second = {at: of for at, of in first.items() if at[0] not in leavers}
    options = {"rule": RULE, "key": KEY}
    by = ("zip", "kind", "month")
    levels = [("zip", "month"), ("kind", "month"), ("month",)]
    past = plan(table(first), by=by, totals=rng.sample(levels, rng.randrange(4)), **options).rows("R1")
    past = past if rng.random() < 0.5 else []
    planned = plan(table(second), by=by, totals=levels, past=past, republish="audit", **options)
    return {"R1": first, "": second}, planned


def counted(crowd, label):
    """Customer and month → use, of those whom a figure of this label counts."""
    want = dict(part.split("=") for part in label)
    names = ("zip", "kind")
    return {
        at: of[2]
        for at, of in crowd.items()
        if want.get("month", at[1]) == at[1] and all(want.get(name, of[i]) == of[i] for i, name in enumerate(names))
    }  # fmt: skip


def test_whom_the_recipient_knows_is_taken_off_in_the_sum():
    rng = random.Random(5)
    crowd = people(rng, 40)
    known = [f"u{who}" for who in range(0, 40, 3)]
    by = ("zip", "kind", "month")
    options = {"rule": RULE, "key": KEY, "known_to": known}
    planned = plan(table(crowd), by=by, totals=[("zip", "month"), ("kind", "month"), ("month",)], **options)
    sums = [cell for cell in map(plain, planned.cells) if cell["attack"] and cell["left"]]
    assert sums
    for cell in sums:
        for term in cell["attack"]:
            inside = counted(crowd, term["figure"])
            off = {at: use for at, use in inside.items() if f"u{at[0]}" in known}
            assert (term["customers"], term["value"]) == (len(inside), sum(inside.values()))
            assert (term.get("known", 0), term.get("known_value", 0)) == (len(off), sum(off.values()))
        assert cell["left"]["value"] == sum(
            term["factor"] * (term["value"] - term.get("known_value", 0)) for term in cell["attack"]
        )


@pytest.mark.parametrize("seed", range(25))
def test_every_sum_can_be_repeated(seed):
    crowds, planned = history(random.Random(seed))
    for cell in map(plain, planned.cells):
        times = Counter()
        for term in cell["attack"]:
            inside = counted(crowds[term["release"]], term["figure"])
            assert (len({who for who, _ in inside}), sum(inside.values())) == (
                term["customers"],
                term["value"],
            )
            times.update(dict.fromkeys(inside, term["factor"]))
        if cell["attack"] and cell["left"]:
            used = {at: use for at, (_zip, _kind, use) in crowds["R1"].items()}
            check(cell, {at: n for at, n in times.items() if n}, used)


def check(cell, times, used):
    left, minimum = cell["left"], cell["rule"]["minimum"]
    assert sum(term["factor"] * term["value"] for term in cell["attack"]) == left["value"]
    group = {at[0] for at in times if used[at]}
    if left["counted"]:
        people = sum(term["factor"] * term["customers"] for term in cell["attack"])
        assert people == left["over"] * (left["customers"] + left["idle"])
    if left["plain"]:
        assert left["value"] == left["over"] * sum(used[at] for at in times)
    if cell["kind"] == "count":
        assert len(group) == left["customers"] == cell["about"] < minimum
        assert len({who for who, _ in times}) == left["customers"] + left["idle"] > 0
    if cell["kind"] == "share":
        assert min(times.values()) > 0
        assert cell["most"] <= max(sum(used[at] for at in times if at[0] == who) for who in group)
        assert cell["most"] * left["over"] * 1_000_000 >= 400_000 * left["value"]


def test_attacks_of_every_kind_were_among_them():
    kinds = Counter(
        (cell.code, cell.reason.kind, bool(cell.reason.left and cell.reason.left.plain))
        for seed in range(25)
        for cell in history(random.Random(seed))[1].withheld
    )
    wanted = {
        ("count", None, True),
        ("share", None, True),
        ("reveals_withheld", "count", True),
        ("reveals_withheld", "share", True),
        ("overlaps_past_release", "count", True),
        ("overlaps_past_release", "share", True),
    }
    assert wanted <= set(kinds), kinds
