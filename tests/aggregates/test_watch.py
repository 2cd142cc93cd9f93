"""What is told after figures were withheld and put back is what a fresh look at the public ones tells."""

from __future__ import annotations

import random

import pytest

from meterkeep.aggregates.repair.question import Question
from meterkeep.aggregates.repair.watch import Watch
from meterkeep.aggregates.rule import Rule


def drawn(rng: random.Random) -> Question:
    """Random figures over twelve atoms; what each customer used is the same, so that shares say little."""
    rows = sorted({tuple(sorted(rng.sample(range(12), rng.randint(1, 7)))) for _ in range(14)})
    weight = tuple(rng.randint(1, 4) for _ in range(12))
    return Question(
        rows=tuple(rows), values=tuple(10 * sum(weight[atom] for atom in row) for row in rows), weight=weight,
        largest=(10,) * 12, totals=tuple(10 * each for each in weight), rule=Rule(4, 700_000, strict=False),
        cost=dict.fromkeys(range(len(rows)), 1),
    )  # fmt: skip


def told(watch: Watch) -> tuple[set[frozenset[int]], list[int]]:
    """Which rows each part is made of, and all of their equations' atoms, in order."""
    parts = list(watch.parts())
    rows = {frozenset(row for equation in part.equations for row in equation.made) for part in parts}
    return rows, sorted(atom for part in parts for classes in part.classes for atom in classes)


@pytest.mark.parametrize("seed", range(12))
def test_parts_after_flips_are_those_of_a_fresh_look(seed):
    rng = random.Random(seed)
    question = drawn(rng)
    watch = Watch(question)
    for _ in range(12):
        watch.flip(rng.sample(range(len(question.rows)), rng.randint(1, 4)))
        fresh = Watch(question)
        fresh.show(watch.public)
        assert told(watch) == told(fresh)
        assert bool(watch.attacks) == bool(fresh.attacks)
        assert all(attack.rows <= watch.public for attack in watch.attacks)
