"""The web site's policy, clause by clause: each test is one case of the pack's own (packs/citizens/tests/CIT.toml)."""

import pytest

from meterkeep.policy.assurance.cases import run_cases


@pytest.mark.parametrize(
    "result", run_cases("citizens"), ids=lambda result: f"{result.case.clause}: {result.case.about}"
)
def test_clause(result):
    assert result.differences == ()
