"""The SQL for engines that we cannot run here is the same text until somebody means to change it."""

from __future__ import annotations

import pytest
import sqlglot

from meterkeep.readings.engines.sql import compiled

from .questions import DIALECTS, GOLDEN, questions

QUESTIONS = questions()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", QUESTIONS)
def test_the_text_is_the_golden_one_and_parses_in_its_dialect(name, dialect):
    text = compiled(QUESTIONS[name], dialect, pretty=True)
    golden = (GOLDEN / f"{name}.{dialect}.sql").read_text()
    assert text + "\n" == golden
    parsed = sqlglot.parse(golden, read=dialect)
    assert len(parsed) == 1 and isinstance(parsed[0], sqlglot.exp.Query)


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_is_averaged_and_nothing_in_it_is_drawn_by_lot(name):
    for dialect in DIALECTS:
        text = compiled(QUESTIONS[name], dialect)
        assert text == compiled(QUESTIONS[name], dialect)
        assert "FLOAT" not in text.upper() and "AVG(" not in text.upper()


def test_every_golden_file_is_of_a_question():
    known = {f"{name}.{dialect}.sql" for name in QUESTIONS for dialect in DIALECTS}
    assert {path.name for path in GOLDEN.glob("*.sql")} == known
