"""The numbers of CEA-05, as the arrears desk reads them: cents, days."""

from datetime import date

import pytest

from meterkeep.policy import load_pack

EFFECTIVE = date(2020, 2, 20)


@pytest.mark.parametrize(
    ("name", "value", "cite"),
    [
        ("collections.letter_over_cents", 250_00, "CEA-05/5.1-a"),
        ("collections.first_letter_after_days", 90, "CEA-05/5.1-a"),
        ("collections.second_letter_at_days", 120, "CEA-05/5.1-b"),
        ("collections.referral_from_cents", 20_00, "CEA-05/5.2"),
        ("collections.write_off_up_to_cents", 19_99, "CEA-05/5.3"),
        ("collections.interest_ppm", 0, "CEA-05/5.4"),
        ("collections.credit_report_after_days", 180, "CEA-05/5.5"),
        ("collections.legal_action_from_cents", 750_00, "CEA-05/5.6"),
    ],
)
def test_a_number_is_dated_and_cited(name, value, cite):
    figure = load_pack("cea").figure(name, EFFECTIVE)
    assert (figure.value, figure.cite, figure.effective) == (value, cite, EFFECTIVE)


@pytest.mark.parametrize("question", ["11.5-a", "11.5-b", "11.5-c", "11.5-d", "11.5-e", "11.9"])
def test_what_the_desk_must_be_told_is_ruled_and_says_who_reads_it(question):
    ruling = load_pack("cea").interpretations[question]
    assert ruling.used_by == "F21" and len(ruling.choices) > 1
