"""Places as dimensions: ZIP code, city and census tract of the customers' records, and the county above them. All synthetic."""

from datetime import date
from decimal import Decimal

import pytest
from gate.world import cmep_line

from meterkeep.desks.customers import actions as customers
from meterkeep.desks.intake import actions as intake
from meterkeep.desks.releases.drafting import draft
from meterkeep.desks.releases.spec import parse_spec

ON = date(2026, 3, 2)
HEAD = 'title = "Usage"\nfrom = "2026-02"\nuntil = "2026-03"\npurpose = "reporting"\n'
COUNTY = '[areas.county]\nof = "city"\n"North" = ["Arroyo"]\n"South" = ["Bahia"]'
MONTH = 28 * 24 * 1000
pytestmark = pytest.mark.django_db


@pytest.fixture
def town(people, gate, tmp_path, today):
    """Two cities that share a ZIP code: fifteen homes of it in the first, sixteen in the second, which has fifteen more."""
    places = [("91910", "Arroyo", "06073008305", "yes")] * 15
    places += [("91910", "Bahia", "06073008306", "no")] * 16 + [("91911", "Bahia", "06073008306", "no")] * 15
    lines = ["customer_id,meter_number,zip,city,census_tract,solar,customer_class,start,name"]
    lines += [
        f"C-{n},SYN-{n},{','.join(place)},residential,2025-01-01,Synthia {n}"
        for n, place in enumerate(places)
    ]
    (tmp_path / "customers.csv").write_text("\n".join(lines))
    customers.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=today)
    meters = tmp_path / "february.cmep"
    days = [date(2026, 2, day) for day in range(1, 29)]
    meters.write_text("\n".join(cmep_line(f"SYN-{n}", day) for n in range(len(places)) for day in days))
    intake.ingest([meters], gate=gate, by="clerk", on=today)


def figures(gate, spec):
    found = draft(parse_spec(HEAD + spec), gate=gate, past=[], by="analyst", on=ON)
    scale = Decimal(1).scaleb(found.power)
    return {cell.keys[:-1]: (cell.customers, int(cell.value * scale)) for cell in found.plan.published}


@pytest.mark.parametrize(
    ("dimension", "groups"),
    [
        ("city", {"Arroyo": 15, "Bahia": 31}),
        ("census_tract", {"06073008305": 15, "06073008306": 31}),
        ("solar", {"true": 15, "false": 31}),
    ],
)
def test_what_the_records_say_of_customers_is_a_dimension(town, gate, dimension, groups):
    found = figures(gate, f'by = ["{dimension}", "month"]')
    assert found == {(name,): (number, number * MONTH) for name, number in groups.items()}


def test_a_zip_code_of_two_cities_has_a_figure_in_each_and_counties_stand_above_cities(town, gate):
    assert figures(gate, f'by = ["zip<city<county", "month"]\n{COUNTY}') == {
        ("91910", "Arroyo", "North"): (15, 15 * MONTH),
        ("91910", "Bahia", "South"): (16, 16 * MONTH),
        ("91911", "Bahia", "South"): (15, 15 * MONTH),
        ("Total", "Bahia", "South"): (31, 31 * MONTH),
        ("Total", "Arroyo", "North"): (15, 15 * MONTH),
        ("Total", "Total", "North"): (15, 15 * MONTH),
        ("Total", "Total", "South"): (31, 31 * MONTH),
        ("Total", "Total", "Total"): (46, 46 * MONTH),
    }


def test_a_map_of_the_specification_stands_before_the_tracts_on_record(town, gate):
    spec = 'by = ["census_tract", "month"]\n[areas.census_tract]\nof = "zip"\n"one" = ["91910"]\n"two" = ["91911"]'
    assert figures(gate, spec) == {("one",): (31, 31 * MONTH), ("two",): (15, 15 * MONTH)}
