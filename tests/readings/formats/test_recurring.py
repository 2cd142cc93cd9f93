"""Rows are numbered by what they say, whatever their order: the quick ways tell the same as looking each row up."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterkeep.readings.formats.mapped_csv.recurring import Numbering

NAMES = [f"SYN{number:03d}" for number in range(40)]


class Plain:
    """The oracle: a dictionary, a row at a time. Counts what it is asked."""

    def __init__(self):
        self.known, self.asked = {}, []

    def number(self, row):
        self.asked.append(row)
        return self.known.setdefault(row, len(self.known))


def numbered(batches, columns):
    plain = Plain()
    numbering = Numbering(plain.number)
    for batch in batches:
        texts = [pa.array([row[at] for row in batch]) for at in range(columns)]
        found = numbering.of(texts)
        assert found.tolist() == [plain.known[row] for row in batch]
    assert len(plain.asked) == len(set(plain.asked)), "no row of texts is asked for twice"
    assert plain.asked == [*dict.fromkeys(row for batch in batches for row in batch)], (
        "in the order of the file"
    )
    return numbering


def cut(rows, size):
    return [rows[at : at + size] for at in range(0, len(rows), size)]


ORDERS = {
    "by meter": lambda names, chance: [n for n in names for _ in range(50)],
    "by time": lambda names, chance: names * 50,
    "by time, with gaps": lambda names, chance: [n for n in names * 50 if chance.random() > 0.1],
    "by time, neighbours swapped": lambda names, chance: [
        n for k in range(50) for n in (names if k % 7 else names[1::-1] + names[2:])
    ],
    "newest meters later": lambda names, chance: [n for k in range(50) for n in names[: 5 + k]],
    "shuffled": lambda names, chance: chance.sample(names * 50, 50 * len(names)),
}


@pytest.mark.parametrize("size", [1, 7, 40, 64, 999])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("columns", [1, 2])
def test_any_order_of_the_rows_gives_the_numbers_of_a_dictionary(order, size, columns):
    rows = ORDERS[order](NAMES, random.Random(7))
    numbered(cut([(name, f"m{name[-1]}")[:columns] for name in rows], size), columns)


def test_a_file_by_time_is_looked_up_for_one_round_only(monkeypatch):
    """What is counted are the rows that are looked up, of ten rounds of forty names in batches of thirty."""
    looked_up = []
    plain = Numbering._looked_up
    monkeypatch.setattr(
        Numbering, "_looked_up", lambda self, c: (looked_up.append(len(c[0])), plain(self, c))[1]
    )
    numbered(cut([(name,) for name in NAMES * 10], 30), 1)
    assert sum(looked_up) < 3 * len(NAMES)


@given(st.lists(st.lists(st.sampled_from(NAMES[:6]), min_size=1, max_size=30), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_rows_at_all(batches):
    numbered([[(name,) for name in batch] for batch in batches], 1)


def test_long_batches_after_short_ones():
    rows = [(name,) for name in NAMES * 30]
    numbered([rows[:40], rows[40:80], rows[80:]], 1)
    assert np.array_equal(numbered([rows[:40], rows[40:90]], 1).of([pa.array([NAMES[3]])]), [3])
