"""Releases with noise: from the documents' figures to the budget that a publication spends."""

import json
from dataclasses import replace
from datetime import date
from functools import partial

import pytest

from meterkeep.aggregates.noise import drawing
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
    """Twenty customers in one ZIP and nineteen in the next, and documents that ask for twenty and count 700 kWh of each."""
    take_in(*((f"C-{number}", f"SYN-{number}", "91910" if number < 20 else "91911") for number in range(39)))
    adopted = policies.pack_in_force

    def with_twenty(on):
        pack = adopted(on)
        changed = {
            name: replace(asked, figures=(replace(asked.figures[0], value=value),))
            for name, value in ((noise.MINIMUM, 20), (noise.CLIP, 700_000))
            for asked in (pack.parameters[name],)
        }
        return replace(pack, parameters={**pack.parameters, **changed})

    monkeypatch.setattr(noise.policies, "pack_in_force", with_twenty)


def planned(gate, spec=SPEC):
    return actions.plan(spec=spec, gate=gate, by="analyst", on=ON)


def publish(release, gate):
    for by in ("officer", "manager"):
        actions.review(release=release, accept=True, why="I looked.", gate=gate, by=by, on=ON)
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    return actions.publish(release=release, gate=gate, outlet=outlet, by="officer", on=ON)


def shifted(values, *, by, reach, scale):
    return [value + by for value in values]


def test_large_groups_get_noise_and_small_ones_are_withheld(town, gate):
    release = planned(gate)
    cells = {cell["keys"][0]: cell for cell in release.cells}
    assert {name: cell["status"] for name, cell in cells.items()} == {
        "91910": "published",
        "91911": "withheld",
    }
    assert release.certificate["proof"] == "noise" and not release.rows.exists()


def test_no_plan_draws_and_a_publication_draws_once(town, gate, monkeypatch):
    """Planning again and again shows the same exact figures to staff, and nobody noise to average. What is published is what the one draw
    gave, within 40 standard deviations of them."""
    exact, draws = 20 * 28 * 24 * 1000, []

    def watched(values, *, reach, scale):
        draws.append(drawing.gaussian(values, reach=reach, scale=scale))
        return draws[-1]

    monkeypatch.setattr(actions, "draw_noise", partial(noise.draw_noise, draw=watched))
    first, second = planned(gate), planned(gate)
    tried = actions.try_out(spec=SPEC, gate=gate, by="analyst", on=ON).plan
    assert {release.cells[0]["value"] * 10**release.power_of_ten for release in (first, second)} == {exact}
    assert tried.cells[0].value * 10**first.power_of_ten == exact and not draws
    release = publish(first, gate)
    release.refresh_from_db()
    assert draws == [[release.cells[0]["value"]]]
    off = release.cells[0]["value"] - exact // 10**release.power_of_ten
    assert abs(off) < 40 * release.certificate["noise"]["standard_deviation"]
    (shown, _) = queries.public_cells(release)
    assert shown["value"] == release.cells[0]["value"]


def test_what_decides_on_a_figure_is_who_is_in_it_and_what_the_noise_leaves(town, gate):
    """The plan knows no share. A draw far below tells that a customer at the clip could have too large a part; one far above does not."""
    for off, status in ((0, "published"), (-13_000_000, "withheld")):
        release = planned(gate)
        assert "aggregate.largest_share_ppm" not in release.facts
        left = 100 * release.certificate["noise"]["clip"] + off * 100
        noise.draw_noise(release, draw=partial(shifted, by=left))
        assert release.cells[0]["status"] == status
        assert (release.facts["aggregate.largest_share_ppm"] > 0) == (status == "published")


def test_a_draw_that_leaves_nothing_is_charged_all_the_same(town, gate, monkeypatch):
    monkeypatch.setattr(actions, "draw_noise", partial(noise.draw_noise, draw=partial(shifted, by=-(10**9))))
    release = publish(planned(gate), gate)
    assert {cell["value"] for cell in queries.public_cells(release)} == {None}
    assert sum(queries.noise_spent().values()) > 290_000


def test_a_plan_that_drew_its_noise_itself_is_planned_again(town, gate):
    release = planned(gate)
    del release.certificate["noise"]["reach"]
    with pytest.raises(Refused, match="older version"):
        noise.draw_noise(release)


def test_a_publication_that_fails_keeps_no_draw(town, gate, monkeypatch):
    release = planned(gate)
    before = release.cells[0]["value"]
    monkeypatch.setattr(actions, "files_of", lambda *_a, **_k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish(release, gate)
    release.refresh_from_db()
    assert (release.cells[0]["value"], release.state) == (
        before,
        "approved",
    ) and not NoiseSpent.objects.exists()


@pytest.mark.parametrize(("rho", "refused"), [("0.785395", False), ("0.785396", True), ("1000", True)])
def test_a_rho_that_hides_too_little_is_refused_on_either_side_of_the_limit(
    town, gate, monkeypatch, rho, refused
):
    """The documents let nobody be told with an advantage above a half: 2 rho / 2π ≤ 0.25, with 1/√(2π) rounded up."""
    monkeypatch.setattr(noise, "check_affordable", lambda *_a, **_k: None)
    if not refused:
        assert planned(gate, SPEC.replace("0.3", rho)).certificate["noise"]["micro_rho"]
        return
    with pytest.raises(Refused, match="hides too little"):
        planned(gate, SPEC.replace("0.3", rho))


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
        assert words in sheet and "700 kWh" in sheet
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


@pytest.mark.parametrize(
    "line",
    ['statistic = "mean"', "totals = true", 'unit = "therms"', 'measure = "net"', 'measure = "customers"'],
)
def test_noise_is_for_monthly_sums_of_energy(town, gate, line):
    with pytest.raises(BadInput) as told:
        planned(gate, SPEC + line)
    assert told.value.where == "mode"


def test_the_shipped_documents_have_figures_for_it():
    pack = load_pack("cea")
    for name in (noise.CLIP, noise.MINIMUM, noise.YEARLY):
        assert pack.figure(name, ON).value > 0
