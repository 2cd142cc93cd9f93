"""CPA clause by clause: each test is one case of the pack's own, in words (packs/cpa/tests/CPA.toml)."""

import pytest

from meterkeep.policy.assurance.cases import run_cases

RESULTS = [result for result in run_cases("cpa") if result.case.clause.startswith("CPA/")]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: f"{result.case.clause}: {result.case.about}")
def test_clause(result):
    assert result.differences == ()
