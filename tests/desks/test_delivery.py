"""Readings leave as a table or as a file, with their coverage; the log has the digest of exactly that."""

import hashlib
from datetime import UTC, date, datetime

import pytest

from meterkeep.desks.disclosures import actions
from meterkeep.desks.disclosures.delivery import ENDINGS, FileKind
from meterkeep.errors import BadInput

ON = date(2026, 3, 2)
pytestmark = pytest.mark.django_db


@pytest.fixture
def two(people, take_in):
    return take_in(("C-1", "SYN-1", "91910"), ("C-2", "SYN-2", "91911"))


def kind(format):
    return FileKind(format, "America/Los_Angeles", datetime(2026, 3, 2, tzinfo=UTC), "secret")


def look(two, gate, **changes):
    how = {"period": (date(2026, 2, 1), date(2026, 3, 2)), "interval": None, "purpose": "customer_service"}
    return actions.look_at_usage(
        usage_point=str(two.points["C-1"]), gate=gate, by="clerk", on=ON, **how | changes
    )


@pytest.mark.parametrize("format", sorted(ENDINGS.values()))
def test_the_log_has_the_digest_of_the_bytes_that_left(two, gate, format):
    file = look(two, gate, kind=kind(format)).file
    (_, outcome), *_ = gate.recent(1)
    assert (outcome.name, outcome.digest) == ("access.delivered", hashlib.sha256(file).hexdigest())


def test_coverage_says_what_is_missing_of_what_was_asked_for(two, gate):
    coverage = look(two, gate).coverage.to_pylist()
    assert [
        (row["usage_point"], row["n_present"], row["n_expected"], row["n_missing"]) for row in coverage
    ] == [(two.points["C-1"], 28 * 24, 29 * 24, 24)]


def test_a_moment_before_the_file_came_shows_nothing_of_it(two, gate):
    before = look(two, gate, known=datetime(2020, 1, 1, tzinfo=UTC))
    assert len(before.table) == 0
    assert [row["n_present"] for row in before.coverage.to_pylist()] == [0]


def test_what_cannot_be_written_is_not_delivered(two, gate):
    with pytest.raises(BadInput, match="no format"):
        look(two, gate, kind=kind("pdf"))
    assert gate.recent(1)[0][1].name == "access.failed"
