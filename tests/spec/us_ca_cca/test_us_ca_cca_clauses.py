"""The law layer clause by clause: each test is one case of the pack's own, in words (packs/us-ca-cca/tests/law.toml)."""

import pytest

from meterkeep.policy.assurance.cases import run_cases


@pytest.mark.parametrize(
    "result", run_cases("us-ca-cca"), ids=lambda result: f"{result.case.clause}: {result.case.about}"
)
def test_clause(result):
    assert result.differences == ()
