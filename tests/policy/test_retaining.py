"""How long records are kept stands in a pack beside its numbers; the law beneath adds its floors, and no decision changes by it."""

from __future__ import annotations

import shutil

import pytest

from meterkeep.errors import BadInput
from meterkeep.policy import load_pack
from meterkeep.policy.language.loading import SHIPPED
from meterkeep.policy.language.retaining import RECORDS

RULE = """
[[rule]]
record = "readings"
bound = "ceiling"
figure = "retention.typical_years"
cite = "CEA-03/5.4-d"
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        folder = tmp_path / "own"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(SHIPPED / "cea", folder)
        (folder / "retention.toml").write_text(text)
        return load_pack(folder)

    return write


@pytest.mark.parametrize("name", ["cea", "cpa"])
def test_every_class_has_a_ceiling_of_its_own_and_a_floor_of_the_law(name):
    rules = load_pack(name).retention
    for record in RECORDS:
        bounds = {rule.bound: rule.cite for rule in rules if rule.record == record}
        assert bounds["ceiling"].partition("/")[0] in ("CEA-03", "CPA")
        assert bounds["floor"].partition("/")[0] in ("GOV", "PRC")


def test_a_provider_outside_the_state_has_none_of_its_law(written):
    assert load_pack("ok-utility").retention == ()


def test_it_decides_nothing_by_itself(written):
    assert written(RULE).digest == written("").digest
    assert [rule.unit for rule in written(RULE).retention][:1] == ["years"]


@pytest.mark.parametrize(
    "change",
    [
        ('"readings"', '"diaries"'),
        ('"ceiling"', '"roof"'),
        ("retention.typical_years", "aggregate.minimum_customers"),
        ("retention.typical_years", "retention.other_years"),
        ("CEA-03/5.4-d", "CEA-03/5.4-z"),
        ('figure = "retention', 'under = "L1 is nothing"\nfigure = "retention'),
        ('figure = "retention', 'colour = "red"\nfigure = "retention'),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused(written, change):
    with pytest.raises(BadInput, match=r"retention|key") as refused:
        written(RULE.replace(*change))
    assert "retention.toml" in refused.value.where
