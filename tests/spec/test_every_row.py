"""Every row of the documents, cut clause by clause, is a clause of a pack: nothing that was adopted is left out.

A row such as 6.7 is there as itself or in parts (6.7-a). Rows that bundled several items stand here one by one.
"""

import re
import tomllib
from pathlib import Path

import pytest

from meterkeep.policy import load_pack
from meterkeep.policy.language.loading import SHIPPED

REPOSITORY = Path(__file__).parents[2]
ANCHOR = re.compile(r"L\d+(-\d+)?(, L\d+(-\d+)?)*")
READ = ("cea", "cpa", "lce", "citizens")  # from a document's text; the Act is cited by its sections

METERING = """
    1.0 2.0 3.0 4.1 4.2 4.3 4.4 5.1 5.2 5.3 6.1-a 6.1-b 6.2-a 6.2-b 6.2-c 6.2-d 6.2-e 6.2-f 6.2-g-1 6.2-g-2 6.2-g-3 6.2-g-4
    6.2-h-1 6.2-h-2 6.2-h-3 6.3 6.4-a 6.4-b 6.5-a 6.5-b 6.6 6.7 6.8 6.9 6.10 6.11
"""
ROWS = {
    ("cpa", "CPA"): "0 1 2 2-x 2-a 2-b 2-c 2-d 2-e 2-f 2-g 2-n 3 4 5 6 7 8 9 10",
    ("cea", "CEA-ADM"): "1 2 3 4 5 6 7 8 9 10 11 12 13",
    ("cea", "CEA-RES"): "1 2 3 4 5 6 7 8",
    ("cea", "CEA-HDR"): "1 2 3 4 5",
    ("cea", "CEA-SIG"): "1 2 3 4 5",
    ("cea", "CEA-01"): """
        1.0 2.0 3.0 4.1 4.2 4.3 4.4 4.5 4.6 4.7 5.1 5.1.1 5.1.2 5.1.3 5.1.4 5.1.5 5.1.6
        5.2-a 5.2-b 5.2-c 5.2-d 5.2-e 5.2-f 5.2-n 5.3 5.4 5.5-a 5.5-b 5.6 5.7-a 5.7-b 5.8 5.9-a 5.9-b 5.9-c 5.9-d 5.9-e 5.9.1
        5.10-a 5.10-b 5.10-c 5.11 5.12 5.13-a 5.13-b 5.13-c 5.14 6.1 6.1.1 6.1.2-a 6.1.2-b 6.1.2-c 6.1.2-d 6.2 6.3 6.4-a 6.4-b
    """,
    ("cea", "CEA-02"): """
        1.0 2.0 3.0 4.1 5.1-a 5.1-b 5.1-c 5.2-a 5.2-b 5.2-c 5.2-d 5.2-e 5.2-f 5.2-g
        6.1 6.2 6.3 6.4 6.5-a 6.5-b 6.6 6.7-a 6.7-b 6.8 6.9 ACK-1 ACK-2 ACK-3 ACK-4 ACK-5 ACK-6 ACK-7
    """,
    ("cea", "CEA-03"): """
        1.0 2.0 3.0 4.1-a 4.1-b 4.2 4.3 5.0 5.1 5.2-a 5.2-b 5.2-c 5.2-d 5.2-e 5.2-f 5.2-g 5.3-a 5.3-b
        5.4-a 5.4-b 5.4-c 5.4-d 5.5-a 5.5-b 5.5-c 5.5-d 5.6 5.7
    """,
    ("cea", "CEA-04"): METERING,
    ("cea", "CEA-05"): "1.0 2.0 3.0 4.0 5.1-a 5.1-b 5.1-c 5.2 5.3 5.4 5.5 5.6 5.7",
    ("lce", "LCE-006"): METERING.replace("2.0", "2.1 2.2") + " 4.5",
    ("ok-utility", "OK"): """
        710.1 710.2 710.3-scope 710.3-aggregate 710.3-customer 710.3-identifiable 710.3-standard 710.4-a 710.4-b-1 710.4-b-2
        710.4-b-3 710.4-b-4 710.4-b-n 710.5-a 710.5-b 710.6 710.6-a 710.6-b-1 710.6-b-2 710.6-b-3 710.6-b-4 710.6-b-5
        710.7-a 710.7-b-1 710.7-b-2 OKL-1 OKL-6 OKL-7 OKL-8
    """,
    ("citizens", "CIT"): """
        0 1 1-b 2 2-b 2-c 3 4-a 4-b 4-c 4-d 4-e 4-f 4-g 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 23-b 24-a 24-b 24-c
    """,
}


@pytest.mark.parametrize(("pack", "document"), ROWS)
def test_every_row_is_a_clause(pack, document):
    ids = {clause.id for clause in load_pack(pack).clauses}
    rows = [f"{document}/{row}" for row in ROWS[pack, document].split()]
    assert [row for row in rows if not any(one == row or one.startswith(f"{row}-") for one in ids)] == []


@pytest.mark.parametrize("pack", READ)
def test_every_clause_says_where_it_was_read(pack):
    own = [clause for document in load_pack(pack).documents for clause in document.clauses]
    assert [clause.id for clause in own if not (clause.source and ANCHOR.fullmatch(clause.anchor))] == []


@pytest.mark.parametrize("pack", sorted({pack for pack, _ in ROWS}))
def test_every_number_is_cited_by_a_clause_of_the_pack(pack):
    loaded = load_pack(pack)
    ids = {clause.id for clause in loaded.clauses}
    figures = [figure for parameter in loaded.parameters.values() for figure in parameter.figures]
    assert [figure.cite for figure in figures if figure.cite not in ids] == []


@pytest.mark.parametrize("pack", ["cea", "cpa"])
def test_a_test_that_proves_a_clause_exists(pack):
    """`spec.toml` names tests by file and function."""
    named = tomllib.loads((SHIPPED / pack / "spec.toml").read_text())
    for test in {test for tests in named.values() for test in tests}:
        file, _, function = test.partition("::")
        assert f"def {function}(" in (REPOSITORY / file).read_text(), test
