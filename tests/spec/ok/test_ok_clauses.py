"""The Oklahoma Act, section by section: each test is one case of the pack's own, in words (packs/ok-utility/tests/OK.toml)."""

import pytest

from meterkeep.policy.assurance.cases import run_cases


@pytest.mark.parametrize(
    "result", run_cases("ok-utility"), ids=lambda result: f"{result.case.clause}: {result.case.about}"
)
def test_clause(result):
    assert result.differences == ()
