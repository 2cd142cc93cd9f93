"""The numbers of CEA-01, as the expenses desk reads them: cents, ppm, hours, days."""

from datetime import date

import pytest

from meterkeep.policy import load_pack

EFFECTIVE = date(2020, 2, 20)


@pytest.mark.parametrize(
    ("name", "value", "cite"),
    [
        ("expenses.meal_cents", 30_00, "CEA-01/5.10-a"),
        ("expenses.meal_gratuity_ppm", 200_000, "CEA-01/5.10-b"),
        ("expenses.fare_gratuity_ppm", 200_000, "CEA-01/5.8"),
        ("expenses.other_gratuity_ppm", 200_000, "CEA-01/5.13-b"),
        ("expenses.bag_cents", 2_00, "CEA-01/5.13-a"),
        ("expenses.long_term_parking_over_hours", 24, "CEA-01/5.12"),
        ("expenses.report_within_days", 2 * 7, "CEA-01/6.1.2-a"),
    ],
)
def test_a_number_is_dated_and_cited(name, value, cite):
    figure = load_pack("cea").figure(name, EFFECTIVE)
    assert (figure.value, figure.cite, figure.effective) == (value, cite, EFFECTIVE)


@pytest.mark.parametrize("question", ["11.6", "11.7", "11.8", "M5"])
def test_what_the_desk_must_be_told_is_ruled_and_says_who_reads_it(question):
    ruling = load_pack("cea").interpretations[question]
    assert ruling.used_by in ("F28", "F29") and len(ruling.choices) > 1
