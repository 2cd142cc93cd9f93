"""What may replace what stands in a pack, dated, and changes no decision."""

from __future__ import annotations

import shutil
from datetime import date

import pytest

from meterkeep.errors import BadInput
from meterkeep.policy import load_pack
from meterkeep.policy.language.loading import SHIPPED
from meterkeep.readings.store.intake.replacement import DEFAULT, ranks_of


@pytest.mark.parametrize("name", ["cea", "citizens", "cpa", "lce", "ok-utility"])
def test_every_provider_has_an_order_that_the_store_understands(name):
    order = load_pack(name).replacement(date(2026, 1, 1))
    assert list(ranks_of(order.ranks)) == list(ranks_of(DEFAULT))
    assert load_pack(name).replacement(date(1999, 1, 1)) is None


@pytest.fixture
def written(tmp_path):
    def write(text):
        folder = tmp_path / "own"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(SHIPPED / "ok-utility", folder)
        (folder / "replacement.toml").write_text(text)
        return load_pack(folder)

    return write


TWO = """
[[order]]
effective = 2026-01-01
ranks = [["actual", "edited", "estimated", "unknown", "missing"]]
cite = "practice"
[[order]]
effective = 2011-11-01
ranks = [["actual"], ["edited"], ["estimated"], ["unknown"], ["missing"]]
cite = "practice"
"""


def test_the_one_in_force_on_the_day_holds(written):
    pack = written(TWO)
    assert len(pack.replacement(date(2025, 12, 31)).ranks) == 5
    assert len(pack.replacement(date(2026, 1, 1)).ranks) == 1


def test_it_decides_nothing(written):
    assert written(TWO).digest == written("").digest


@pytest.mark.parametrize(
    "text",
    [
        TWO.replace('["edited"]', '["actual"]'),
        TWO.replace('["edited"]', "[]"),
        TWO.replace("practice", "nowhere/1.1"),
        TWO.replace('cite = "practice"', ""),
        TWO.replace("ranks", "rank"),
    ],
)
def test_what_is_no_order_is_refused(written, text):
    with pytest.raises(BadInput):
        written(text)
