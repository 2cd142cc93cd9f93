"""Releases with noise: from the documents' figures to the budget that a publication spends."""

import json
from dataclasses import replace
from datetime import date

import pytest

from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases import actions, noise, queries
from meterkeep.desks.releases.models import NoiseSpent
from meterkeep.desks.releases.screening import Outlet
from meterkeep.errors import BadInput, Refused, Undetermined
from meterkeep.policy import load_pack
from meterkeep.site.screens import SyntheticOnly

ON = date(2026, 3, 2)
SPEC = """
title = "Usage by area, with noise"
by = ["zip", "month"]
from = "2026-02"
until = "2026-03"
purpose = "reporting"
mode = "noise"
rho = "0.3"
"""
pytestmark = pytest.mark.django_db


@pytest.fixture
def town(people, take_in, monkeypatch):
    """Twenty customers in one ZIP and nineteen in the next, and documents that ask for twenty."""
    take_in(*((f"C-{number}", f"SYN-{number}", "91910" if number < 20 else "91911") for number in range(39)))
    adopted = policies.pack_in_force

    def with_twenty(on):
        pack = adopted(on)
        asked = pack.parameters[noise.MINIMUM]
        smaller = replace(asked, figures=(replace(asked.figures[0], value=20),))
        return replace(pack, parameters={**pack.parameters, noise.MINIMUM: smaller})

    monkeypatch.setattr(noise.policies, "pack_in_force", with_twenty)


def planned(gate, spec=SPEC):
    return actions.plan(spec=spec, gate=gate, by="analyst", on=ON)


def publish(release, gate):
    for by in ("officer", "manager"):
        actions.review(release=release, accept=True, why="I looked.", gate=gate, by=by, on=ON)
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    return actions.publish(release=release, gate=gate, outlet=outlet, by="officer", on=ON)


def test_large_groups_get_noise_and_small_ones_are_withheld(town, gate):
    release = planned(gate)
    cells = {cell["keys"][0]: cell for cell in release.cells}
    assert {name: cell["status"] for name, cell in cells.items()} == {
        "91910": "published",
        "91911": "withheld",
    }
    assert release.certificate["proof"] == "noise" and not release.rows.exists()


def test_the_value_is_near_the_sum_and_drawn_again_for_every_plan(town, gate):
    """Within 40 standard deviations; two plans agree with a chance of less than one in a million."""
    first, second = planned(gate), planned(gate)
    values = [release.cells[0]["value"] for release in (first, second)]
    exact = 20 * 28 * 24 * 1000 * 10**-first.power_of_ten
    scale = first.certificate["noise"]["standard_deviation"]
    assert all(abs(value - exact) < 40 * scale for value in values) and values[0] != values[1]


def test_a_publication_spends_and_a_withdrawal_gives_nothing_back(town, gate):
    release = publish(planned(gate), gate)
    (spent,) = NoiseSpent.objects.all()
    assert (spent.year, spent.release) == (2026, release) and 290_000 < spent.micro_rho <= 300_001
    actions.withdraw(release=release, why="Wrong title.", gate=gate, by="officer", on=ON)
    assert queries.noise_spent() == {2026: spent.micro_rho}
    with pytest.raises(Refused, match="are left"):
        planned(gate)


def test_two_plans_that_together_spend_too_much_are_not_both_published(town, gate):
    first, second = planned(gate), planned(gate)
    publish(first, gate)
    second.audited += 1  # as if it had been planned after the other
    second.save()
    with pytest.raises(Refused, match="of 500,000 are left"):
        publish(second, gate)


def test_what_goes_out_says_how_much_noise_and_what_it_does_not_hide(town, gate):
    exact = SPEC.replace('mode = "noise"\nrho = "0.3"', 'title = "x"').replace('title = "x"', "")
    publish(planned(gate, exact), gate)
    release = publish(planned(gate), gate)
    files = {file.name.removeprefix(f"totals-{release.reference}"): bytes(file.content) for file in release.files.all()}  # fmt: skip
    said = json.loads(files["-certificate.json"])["noise"]
    assert said["exact_figures_of_the_same_customers"] >= 1 and "not hidden" in said["beside_them"]
    for name, words in (("en", "off by less than"), ("es", "se desvían menos de")):
        sheet = files[f"-data-sheet-{name}.md"].decode()
        assert words in sheet and "3000 kWh" in sheet
    assert "no noise is added" not in files["-data-sheet-en.md"].decode()


def test_the_register_of_exact_figures_knows_nothing_of_it(town, gate):
    publish(planned(gate), gate)
    assert queries.register(gate).rows == []


def test_without_figures_in_the_documents_it_is_undetermined(town, gate, monkeypatch):
    bare = replace(load_pack("cea"), parameters={})
    with pytest.raises(Undetermined) as told:
        noise._figure(bare, noise.CLIP, ON)
    assert told.value.where == noise.CLIP
    with pytest.raises(Undetermined):
        noise._figure(None, noise.CLIP, ON)


@pytest.mark.parametrize("line", ['statistic = "mean"', "totals = true", 'unit = "therms"'])
def test_noise_is_for_monthly_sums_of_energy(town, gate, line):
    with pytest.raises(BadInput) as told:
        planned(gate, SPEC + line)
    assert told.value.where == "mode"


def test_the_shipped_documents_have_figures_for_it():
    pack = load_pack("cea")
    for name in (noise.CLIP, noise.MINIMUM, noise.YEARLY):
        assert pack.figure(name, ON).value > 0
