"""SPEC.toml entry by entry: what it means, and a refusal that names the entry and the next step."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from meterkeep.aggregates.history.changes import Usual
from meterkeep.desks.releases.spec import parse_spec, public_text
from meterkeep.errors import BadInput

HEAD = 'title = "Usage"\nfrom = "2026-02"\nuntil = "2026-03"\npurpose = "reporting"\n'
COUNTY = '\n[areas.county]\nof = "zip"\n"San Diego" = ["91910"]\n'


def spec(text):
    return parse_spec(HEAD + text)


def test_the_defaults_are_totals_of_delivered_energy_for_the_public():
    found = spec('by = ["zip", "month"]')
    assert (found.measure, found.unit, found.statistic, found.recipient) == (
        "delivered",
        "Wh",
        "sum",
        "public",
    )
    assert (found.totals, found.slot, found.resolution, found.republish) == ((), "", "month", "refuse")
    assert (found.known_to, found.usual, found.remedy, found.p_ppm) == (0, Usual(), (), 0)


def test_a_hierarchy_has_all_its_levels_with_those_of_the_others():
    found = spec('by = ["zip<county", "rate_class<customer_class", "month"]' + COUNTY)
    assert found.by == ("zip", "county", "rate_class", "customer_class", "month")
    assert len(found.totals) == 3 * 3 - 1
    assert {
        ("county", "rate_class", "customer_class", "month"),
        ("zip", "county", "customer_class", "month"),
        ("month",),
    } <= {*found.totals}
    assert found.attributes == ("zip", "rate_class", "customer_class")


@pytest.mark.parametrize(
    ("totals", "levels"),
    [
        ("true", (("zip", "month"), ("customer_class", "month"), ("month",))),
        ('[["month"]]', (("month",),)),
        ("false", ()),
    ],
)
def test_totals_are_all_levels_or_those_that_are_named(totals, levels):
    found = spec(f'by = ["zip", "customer_class", "month"]\ntotals = {totals}')
    assert set(found.totals) == set(levels)


def test_a_slot_makes_it_a_load_shape():
    found = spec('by = ["zip", "month", "hour"]\ntotals = true')
    assert (found.slot, found.resolution, found.dimensions) == ("hour", "hour", ("zip", "month"))
    assert found.totals == (("month",),)
    assert found.attributes == ("zip",)


@pytest.mark.parametrize(
    ("unit", "kept"), [("kWh", "Wh"), ("MWh", "Wh"), ("therms", "therm"), ("gal", "gal")]
)
def test_units_are_written_as_people_write_them(unit, kept):
    assert spec(f'by = ["month"]\nunit = "{unit}"').unit == kept


def test_the_rest_is_read_as_it_stands():
    found = spec(
        'by = ["zip", "month"]\nfilter = { solar = ["true"] }\nusual = { floor_percent = "2.5", times = 2 }\n'
        'remedy = ["combine zip", "exclude", "mark"]\np_percent = "12.5"\ninterval_percent = "15"\ncolluders = 2\nrepublish = "audit"\nstatistic = "mean"\n'
        'known_to = ["a", "b"]\ncontact = "x@example.org"\nlicence = "CC BY 4.0"'
    )
    assert found.filter == {"solar": ("true",)} and found.attributes == ("zip", "solar")
    assert (found.usual, found.p_ppm, found.colluders) == (Usual(25_000, 2), 125_000, 2)
    assert found.interval_ppm == 150_000
    assert found.known_to == ("a", "b")
    assert found.remedy == ("combine zip", "exclude", "mark")
    assert (found.republish, found.statistic) == ("audit", "mean")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('by = ["zip", "month", "hour", "day"]', "by"),
        ('by = ["hour", "month"]', "by"),
        ('by = ["county", "month"]', "by"),
        ('by = ["month"]\nstatistic = "median"', "statistic"),
        ('by = ["month"]\nrepublish = "always"', "republish"),
        ('by = ["month"]\nmeasure = "register"', "measure"),
        ('by = ["month"]\nmeasure = "customers"\nstatistic = "mean"', "measure"),
        ('by = ["month", "hour"]\nmeasure = "customers"', "measure"),
        ('by = ["month"]\nrule = 15', "rule"),
        ('by = ["zip", "month"]\ntotals = [["zip", "month"]]', "totals"),
        ('by = ["zip", "month"]\ntotals = [["zip"]]', "totals"),
        ('by = ["zip", "month"]\ntotals = [["month"], ["month"]]', "totals"),
        ('by = ["zip", "month"]\ntotals = "all"', "totals"),
        ('by = ["month"]\nfilter = { name = ["x"] }', "filter.name"),
        ('by = ["month"]\nfilter = { zip = "91910" }', "filter.zip"),
        ('by = ["month"]\nfilter = "zip"', "filter"),
        ('by = ["month"]\nareas = { county = "zip" }', "areas"),
        ('by = ["month"]\n[areas.county]\nof = "name"\n"A" = ["1"]', "areas.county"),
        ('by = ["month"]\n[areas.region]\n"A" = ["1"]', "areas.region"),
        ('by = ["month"]\n[areas.county]\nof = "zip"', "areas.county"),
        ('by = ["month"]\n[areas.county]\n"A" = ["1"]\n"B" = ["1"]', "areas.county"),
        ('by = ["month"]\nknown_to = -1', "known_to"),
        ('by = ["month"]\nknown_to = [5]', "known_to"),
        ('by = ["month"]\nusual = { ever = 1 }', "usual"),
        ('by = ["month"]\nusual = { times = "x" }', "usual.times"),
        ('by = ["month"]\nusual = { floor_percent = "x" }', "usual.floor_percent"),
        ('by = ["month"]\np_percent = "-1"', "p_percent"),
        ('by = ["month"]\np_percent = "1.00001"', "p_percent"),
        ('by = ["month"]\np_percent = "1e999999"', "p_percent"),
        ('by = ["month"]\ncolluders = 99999999999999999999', "colluders"),
        ('by = ["month"]\ncolluders = "2"', "colluders"),
        ('by = ["month"]\ncolluders = -1', "colluders"),
        ('by = ["month"]\ncolluders = true', "colluders"),
        ('by = ["month"]\nremedy = "combine"', "remedy"),
        ('by = ["zip", "month"]\nremedy = ["combine"]', "remedy"),
        ('by = ["zip", "month"]\nremedy = ["combine city"]', "remedy"),
        ('by = ["zip", "month"]\nremedy = ["combine month"]', "remedy"),
        ('by = ["zip", "month"]\nremedy = ["exclude", "combine zip"]', "remedy"),
        ('by = ["zip", "month"]\nremedy = ["drop", "mark"]', "remedy"),
        ('by = ["zip", "month"]\nremedy = ["hide"]', "remedy"),
        ('by = ["zip", "month", "hour"]\nremedy = ["exclude"]', "remedy"),
        ('by = ["month"]\ncolour = "red"', "colour"),
    ],
)
def test_what_makes_no_sense_is_refused_under_its_name_with_a_next_step(text, where):
    with pytest.raises(BadInput) as refused:
        spec(text)
    assert refused.value.where == where and refused.value.next


def test_without_known_customers_the_text_is_kept_as_it_is():
    text = HEAD + 'by = ["month"]'
    assert public_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        '"known_to" = ["N-0", "N-1"] # N-0 is ours',
        "'known_to' = [\n  'N-0',\n  'N-1',\n]",
        'contact = """\nknown_to = 1 of\n"""\nknown_to = ["N-0", "N-1"]',
        'filter = { zip = ["9\\u007f1\\n"] }\nknown_to = ["N-0", "N-1"]\nusual = { times = 2 }\n[areas.county]\nof = "zip"\n"Ñ \\"1\\"" = ["91910"]',
    ],
)
def test_the_ids_of_known_customers_are_not_kept_however_they_are_written(text):
    kept = public_text(HEAD + 'by = ["month"]\n' + text)
    assert "N-0" not in kept
    assert parse_spec(kept) == replace(spec('by = ["month"]\n' + text), known_to=2)


def test_lists_within_lists_without_end_are_refused():
    with pytest.raises(BadInput, match="too deep"):
        spec("by = " + "[" * 5000 + "]" * 5000)


def test_the_example_on_the_page_is_read():
    page = (Path(__file__).resolve().parents[2] / "docs" / "desks.md").read_text()
    section = page.partition("## The specification of a release")[2]
    found = parse_spec(re.search(r"```toml\n(.*?)```", section, flags=re.S)[1])
    assert found.by == ("zip", "county", "customer_class", "month") and len(found.totals) == 5
    assert found.areas[0].names == {"91910": "San Diego", "91911": "San Diego"}
