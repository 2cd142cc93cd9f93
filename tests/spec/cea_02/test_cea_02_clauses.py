"""CEA-02 clause by clause: each test is one case of the pack's own, in words (packs/cea/tests/CEA-02.toml)."""

import pytest

from meterkeep.policy.assurance.cases import run_cases

RESULTS = [result for result in run_cases("cea") if result.case.clause.startswith("CEA-02/")]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: f"{result.case.clause}: {result.case.about}")
def test_clause(result):
    assert result.differences == ()
