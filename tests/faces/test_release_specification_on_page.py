"""The specification that docs/releases.md gives is planned as it stands there, but for the ZIP codes. All customers here are synthetic."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from faces.test_release_command import release, said, town  # noqa: F401

from meterkeep.desks.releases.entries import MEASURES, UNITS
from meterkeep.faces.cli.demo.cast import cast

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "releases.md").read_text()
PUBLISHING = PAGE.split("## Publishing\n", 1)[1].split("\n## ", 1)[0]
(SPEC,) = re.findall(r"```toml\n(.*?)```", PUBLISHING, flags=re.S)


@pytest.mark.django_db
def test_it_is_planned_as_it_stands(town, release):  # noqa: F811
    here = SPEC.replace("93970", "91910").replace("93971", "91911")
    assert here != SPEC
    code, found = release("check", "SPEC", "--by", "analyst", spec=here)
    assert code == 0, found
    assert found["published"] > 0 and found["withheld"] == 0, "forty customers, all alike"


def test_its_measures_and_units_are_named():
    assert [name for name in MEASURES if f"`{name}`" not in PUBLISHING] == []
    assert [name for name in UNITS if name != "$" and f"`{name}`" not in PUBLISHING] == []


def test_its_people_are_those_of_the_demo():
    staff = {one.id: one for one in cast(months=(date(2026, 1, 1),) * 2, on=date(2026, 3, 2)).staff}
    named = set(re.findall(r"--by ([\w-]+)", PUBLISHING))
    assert named and all(staff[name].trained and "reporting" in staff[name].purposes for name in named)


@pytest.mark.django_db
def test_one_figure_is_one(town, release, said):  # noqa: F811
    _, found = release("plan", "SPEC", "--by", "analyst")
    for by in ("officer", "manager"):
        assert release("approve", found["reference"], "--why", "Large groups.", "--by", by)[0] == 0
    code, out, err = said("publish", found["reference"], "--by", "officer", "--as-of", "2026-03-02")
    assert code == 0, err
    assert "agrees, on 1 figure in 1 part." in out
