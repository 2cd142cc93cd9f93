"""Where there is nothing of what a specification asks for, it is said what there is."""

from datetime import date

import pytest

from meterkeep.desks.releases import actions
from meterkeep.desks.releases.names import listed, nearest
from meterkeep.desks.releases.spec import parse_spec
from meterkeep.errors import BadInput

ON = date(2026, 3, 2)
SPEC = """
title = "Usage"
by = ["zip", "month"]
from = "2026-02"
until = "2026-03"
purpose = "reporting"
"""
pytestmark = pytest.mark.django_db


@pytest.fixture
def told(people, take_in, gate):
    take_in(*((f"C-{n}", f"SYN-{n}", "91910" if n else "91911") for n in range(3)))

    def do(more="", spec=SPEC):
        with pytest.raises(BadInput) as said:
            actions.plan(spec=spec + more, gate=gate, by="analyst", on=ON)
        return said.value

    return do


def test_another_measure_or_unit(told):
    for more in ('measure = "received"', 'unit = "therms"'):
        said = told(more)
        assert said.message.endswith("from 2026-02 until 2026-03.") and "delivered kWh" in said.next
    said = told('measure = "received"', SPEC.replace('"month"', '"month", "hour"'))
    assert "received kWh for each hour" in said.message and "delivered kWh" in said.next


def test_a_filter_that_nobody_fits(told):
    said = told('filter = { zip = ["91912"] }')
    assert said.message == "None of the customers has zip 91912." and said.where == "filter.zip"
    assert said.next == "There is 91910, 91911."
    said = told('filter = { zip = ["91910"], customer_class = ["homes"] }')
    assert "customer_class homes" in said.message and "residential" in said.next


def test_months_without_readings(told):
    said = told(spec=SPEC.replace("2026-02", "2025-02").replace("2026-03", "2025-03"))
    assert said.where == "from" and said.message == "Nothing was measured from 2025-02 until 2025-03."


def test_a_dimension_that_nobody_has(told):
    said = told(spec=SPEC.replace('"zip"', '"census_tract"'))
    assert said.where == "by" and "has a census_tract" in said.message and "[areas.census_tract]" in said.next
    said = told(spec=SPEC.replace('"zip"', '"rate_class"'))
    assert "has a rate_class" in said.message and "[areas." not in said.next
    area = '[areas.county]\nof = "zip"\n"Nowhere" = ["00000"]\n'
    said = told(area, spec=SPEC.replace('"zip"', '"county"'))
    assert said.where == "areas.county" and "there is no county" in said.message


def test_a_message_repeats_no_thousand_names(told):
    many = [f"{number:05}" for number in range(10_000)]
    quoted = ", ".join(f'"{name}"' for name in many)
    for said in (
        told(spec=SPEC.replace('"zip"', quoted)),
        told(f"filter = {{ zip = [{quoted}] }}"),
        told("\n".join(f"x{name} = 1" for name in many)),
        told(spec=SPEC.replace("reporting", "r" * 10_000)),
        told(spec=SPEC.replace("Usage", "u" * 10_000)),
        told(f"{'k' * 10_000} = 1"),
    ):
        assert len(str(said)) < 700, said.message
    assert "and 9,992 more" in told(spec=SPEC.replace('"zip"', quoted)).message


def test_a_purpose_that_is_none(told):
    said = told(spec=SPEC.replace('"reporting"', '"reportng"'))
    assert said.where == "purpose" and said.next.startswith("There is reporting, ")


@pytest.mark.parametrize(
    ("name", "meant"),
    [("rate", "rate_class"), ("zipcode", "zip"), ("tract", "census_tract"), ("class", "rate_class")],
)
def test_a_dimension_that_is_none(name, meant):
    with pytest.raises(BadInput) as said:
        parse_spec(SPEC.replace('"zip"', f'"{name}"'))
    assert said.value.next.startswith(f"Use {meant}, ")


def test_long_lists_are_cut():
    assert listed("c", "abc") == "c, a, b"
    assert listed("9", list("abcdefghijklm")).endswith(" and 5 more")
    assert nearest("Res-EV", ["Res", "res-ev"])[0] == "res-ev"
