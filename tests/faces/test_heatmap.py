"""The heat map says what it shows: every hour once, in the class that its value has, gaps and estimates apart."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from meterkeep.faces.charts.heatmap import (
    BLUE,
    Hours,
    Labels,
    State,
    class_bounds,
    class_of,
    colours,
    heatmap,
)

SVG = "{http://www.w3.org/2000/svg}"


def labels(rows: int) -> Labels:
    return Labels(
        "Title", "Says <what> it shows", [f"Day {i}" for i in range(rows)], [str(h) for h in range(24)]
    )


def paths(svg: str) -> dict[str, int]:
    """How many shapes each fill (or, for strokes, stroke) has."""
    tree = ElementTree.fromstring(svg)
    return {
        (p.get("fill") if p.get("fill") != "none" else p.get("stroke")): p.get("d").count("M")
        for p in tree.iter(f"{SVG}path")
    }


@st.composite
def months(draw):
    rows = draw(st.integers(1, 31))
    values = draw(arrays(np.int64, (rows, 24), elements=st.integers(0, 20_000)))
    state = draw(arrays(np.int8, (rows, 24), elements=st.sampled_from([int(s) for s in State])))
    return Hours(values, state)


@given(months())
@settings(max_examples=40, deadline=None)
def test_every_hour_is_drawn_once_and_only_those_that_exist(hours):
    drawn = paths(heatmap(hours, labels(len(hours.values)), name="m"))
    marks = {
        "#1b1b1b": int((hours.state == State.ESTIMATED).sum()),
        "#71767a": int(np.isin(hours.state, [State.PARTIAL, State.MISSING]).sum()),
    }
    for colour, count in marks.items():
        assert drawn.pop(colour, 0) == count
    assert sum(drawn.values()) == int(hours.shown.sum())


@given(months())
@settings(max_examples=40, deadline=None)
def test_a_value_lies_in_its_class_on_both_sides(hours):
    bounds = class_bounds(hours)
    assert bounds == sorted(set(bounds))
    classes = class_of(hours, bounds)
    for value, one in zip(hours.values[hours.shown], classes[hours.shown], strict=True):
        if one == 0:
            assert value == 0
        else:
            assert value <= bounds[one - 1] and (one == 1 or value > bounds[one - 2])


def test_a_value_on_a_bound_and_one_above_it_are_in_different_classes():
    hours = Hours(np.array([[99, 100, 101]]), np.zeros((1, 3), np.int8))
    assert class_of(hours, [100, 200]).tolist() == [[1, 1, 2]]


def test_zero_is_shown_as_nothing_and_missing_is_not_zero():
    hours = Hours(np.zeros((1, 24), np.int64), np.array([[State.ACTUAL] * 23 + [State.MISSING]], np.int8))
    assert paths(heatmap(hours, labels(1), name="m")) == {"#f1f3f6": 23, "#71767a": 1}


def test_the_picture_names_itself_and_escapes_its_words():
    svg = heatmap(Hours(np.ones((2, 24), np.int64), np.zeros((2, 24), np.int8)), labels(2), name="m")
    tree = ElementTree.fromstring(svg)
    assert tree.get("role") == "img" and tree.get("aria-labelledby") == "m-title m-desc"
    assert tree.find(f"{SVG}desc").text == "Says <what> it shows"


def test_no_inline_style_so_that_a_strict_policy_lets_it_stand():
    svg = heatmap(Hours(np.ones((2, 24), np.int64), np.ones((2, 24), np.int8)), labels(2), name="m")
    assert not re.search(r"style=|<style|<script|on\w+=", svg)


@pytest.mark.parametrize("count", [1, 2, 6])
def test_classes_use_the_palette_from_light_to_dark(count):
    chosen = colours(list(range(count)))
    assert len(chosen) == count == len(set(chosen))
    assert [BLUE.index(c) for c in chosen] == sorted(BLUE.index(c) for c in chosen)


def test_an_empty_month_still_draws():
    hours = Hours(np.zeros((0, 24), np.int64), np.zeros((0, 24), np.int8))
    assert "<title" in heatmap(hours, labels(0), name="m")


def test_a_month_of_hours_stays_small():
    rng = np.random.default_rng(1)
    hours = Hours(rng.integers(0, 4000, (31, 24)), np.zeros((31, 24), np.int8))
    assert len(heatmap(hours, labels(31), name="m")) < 25_000
