"""A meter file is taken back by a person, with a reason, and the log says so before it happens and after."""

from __future__ import annotations

from datetime import date

import pytest
from gate.world import ON, cmep_line

from meterkeep.errors import BadInput


@pytest.fixture
def digest(metered, tmp_path):
    path = tmp_path / "late.cmep"
    path.write_text(cmep_line("M-77", date(2026, 1, 7)) + "\n")
    return metered.gate.take_in(path, by="intake", on=ON)["sha256"]


def correct(world, digest, **how):
    return world.gate.correct(digest, **{"why": "sent by mistake", "by": "officer", "on": ON, **how})


def test_the_log_says_who_when_and_why(metered, digest):
    done = correct(metered, digest)
    assert (done.ceased, done.emptied) == (24, 24)
    assert metered.names()[-2:] == ["correction.intent", "correction.delivered"]
    (_, outcome), (_, intent) = metered.gate.recent(2)
    assert (intent.actor, intent.detail["why"], intent.detail["withdraw"]) == (
        "officer",
        "sent by mistake",
        digest,
    )
    assert (outcome.digest, outcome.intent, outcome.detail["ceased"]) == (digest, intent.id, 24)


def test_once_more_changes_nothing_and_is_recorded_as_that(metered, digest):
    correct(metered, digest)
    assert correct(metered, digest).already
    assert metered.names()[-1] == "correction.not_delivered"


def test_counting_leaves_no_trace(metered, digest):
    before = metered.names()
    assert correct(metered, digest, apply=False).ceased == 24
    assert metered.names() == before
    assert metered.gate.store.has_file(digest)


@pytest.mark.parametrize("why", ["", "  ", "x" * 301])
def test_without_a_reason_nothing_is_withdrawn(metered, digest, why):
    with pytest.raises(BadInput, match="reason"):
        correct(metered, digest, why=why)
    assert metered.gate.store.has_file(digest)


def test_a_withdrawn_file_is_refused_unless_it_is_meant(metered, digest, tmp_path):
    correct(metered, digest)
    path = tmp_path / "late.cmep"
    assert metered.gate.take_in(path, by="intake", on=ON)["status"] == "refused"
    report = metered.gate.take_in(path, by="intake", on=ON, again=True)
    assert (report["status"], report["stored"]) == ("stored", 24)
