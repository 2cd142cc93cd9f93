"""LCE-006 clause by clause: each test is one case of the pack's own, in words (packs/lce/tests/LCE-006.toml)."""

import pytest

from meterkeep.policy.assurance.cases import run_cases


@pytest.mark.parametrize(
    "result", run_cases("lce"), ids=lambda result: f"{result.case.clause}: {result.case.about}"
)
def test_clause(result):
    assert result.differences == ()
