"""Load shapes on their way out: the membership game is played again on what goes out. All synthetic."""

from dataclasses import replace
from datetime import date

import pytest
from gate.world import cmep_line

from meterkeep.aggregates.shapes.game import Limits
from meterkeep.desks.customers import actions as customers
from meterkeep.desks.intake import actions as intake
from meterkeep.desks.releases import actions, drafting, rules, shapes
from meterkeep.desks.releases.screening import Outlet
from meterkeep.errors import Refused
from meterkeep.site.screens import SyntheticOnly

ON = date(2026, 3, 2)
SPEC = """
title = "The average day"
by = ["zip", "month", "hour"]
from = "2026-02"
until = "2026-03"
purpose = "reporting"
"""
pytestmark = pytest.mark.django_db


@pytest.fixture
def limits(monkeypatch):
    """Documents that ask for twenty customers of an hourly figure, in place of hundreds; what the game may come to is the test's."""
    said = {"limits": Limits(worst_ppm=900_000, mean_ppm=800_000)}

    def conditions(spec, pack, *, on):
        return replace(rules.conditions_of(spec, pack, on=on), floor=20, limits=said["limits"])

    for place in (drafting, shapes):
        monkeypatch.setattr(place, "conditions_of", conditions)
    return said


@pytest.fixture
def town(people, gate, tmp_path, today):
    """Sixty homes; each uses 1 kWh an hour, and 2 in two hours, which are not the same for all."""
    lines = ["customer_id,meter_number,zip,customer_class,start,name"]
    lines += [f"C-{n},SYN-{n},91910,residential,2025-01-01,Synthia {n}" for n in range(60)]
    (tmp_path / "customers.csv").write_text("\n".join(lines))
    customers.import_customers(tmp_path / "customers.csv", gate=gate, by="clerk", on=today)
    meters = tmp_path / "february.cmep"
    meters.write_text("\n".join(day_of(n, date(2026, 2, day)) for n in range(60) for day in range(1, 29)))
    intake.ingest([meters], gate=gate, by="clerk", on=today)


def day_of(number, day):
    *head, last = cmep_line(f"SYN-{number}", day).split(",24,")
    values = last.split(",")
    for hour in (number % 4, 4 + number % 3):
        values[3 * hour + 2] = "2"
    return ",24,".join([*head, ",".join(values)])


def approved(gate, spec=SPEC):
    release = actions.plan(spec=spec, gate=gate, by="analyst", on=ON)
    for by in ("officer", "manager"):
        actions.review(release=release, accept=True, why="I looked.", gate=gate, by=by, on=ON)
    return release


def publish(release, gate):
    outlet = Outlet("Test Energy", "cea", True, SyntheticOnly())
    return actions.publish(release=release, gate=gate, outlet=outlet, by="officer", on=ON)


def played(release):
    return {name: release.notes["shapes"][name] for name in ("worst_ppm", "mean_ppm")}


def test_two_plans_play_the_same_game_and_what_it_comes_to_goes_out_with_the_shape(town, gate, limits):
    first, second = approved(gate), approved(gate)
    assert played(first) == played(second) and 0 < played(first)["mean_ppm"] <= played(first)["worst_ppm"]
    assert publish(first, gate).state == "published"


@pytest.mark.parametrize("name", ["worst_ppm", "mean_ppm"])
def test_a_shape_meets_the_limits_of_the_day_on_which_it_goes_out(town, gate, limits, name):
    release = approved(gate)
    reached = Limits(**played(release))
    limits["limits"] = replace(reached, **{name: getattr(reached, name) - 1})
    with pytest.raises(Refused, match="limits of today"):
        publish(release, gate)
    limits["limits"] = reached
    assert publish(release, gate).state == "published"


def test_the_game_is_played_on_the_rows_that_go_out_and_not_read_from_notes(town, gate, limits):
    release = approved(gate)
    release.notes["shapes"] |= {"worst_ppm": 0, "mean_ppm": 0}
    release.save()
    limits["limits"] = Limits(worst_ppm=900_000, mean_ppm=played(release)["mean_ppm"])
    with pytest.raises(Refused, match="that one customer is in it"):
        publish(release, gate)


def test_a_group_of_whom_somebody_was_destroyed_since_is_planned_again(town, gate, limits):
    release = approved(gate)
    row = actions.seals.rows_of(release)[-1]
    actions.forget(atoms=[int(row.members[0])], by="officer", on=ON)
    with pytest.raises(Refused, match="100 %"):
        publish(release, gate)


def test_whom_the_recipient_knows_is_not_kept_so_that_the_plan_stands(town, gate, limits):
    own = gate.vault.find("customer_ref", "C-0")[0]
    release = approved(gate, SPEC + f'known_to = ["{own}"]\n')
    assert publish(release, gate).state == "published"
