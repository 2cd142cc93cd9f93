"""The adoption of the CEA policies, row by row: each test is one case of the pack's own, in words (packs/cea/tests/adoption.toml)."""

from datetime import date

import pytest

from meterkeep.policy import load_pack
from meterkeep.policy.assurance.cases import run_cases

RESULTS = [result for result in run_cases("cea") if result.case.clause.startswith(("CEA-ADM/", "CEA-RES/"))]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: f"{result.case.clause}: {result.case.about}")
def test_clause(result):
    assert result.differences == ()


def test_the_acts_and_the_policies_without_decisions_decide_nothing():
    """CEA-01 and CEA-05 are measured by their desks, the report and the resolution by nobody."""
    documents = {document.id: document for document in load_pack("cea").documents}
    silent = {name for name, one in documents.items() if not any(clause.deciding for clause in one.clauses)}
    assert silent == {"CEA-ADM", "CEA-RES", "CEA-HDR", "CEA-SIG", "CEA-01", "CEA-05"}


def test_all_nine_are_in_force_from_the_day_of_the_resolution():
    assert {document.effective for document in load_pack("cea").documents} == {date(2020, 2, 20)}
