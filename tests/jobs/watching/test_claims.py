"""How often a file was tried is known after any crash."""

from __future__ import annotations

from pathlib import Path

from meterkeep.jobs.watching.claims import ATTEMPTS, Claims
from meterkeep.jobs.watching.inbox import Found

FILE = Found("sce/a.csv", (7, 100, 1), "sce")


def test_an_attempt_is_on_disk_before_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    for number in range(1, ATTEMPTS + 1):
        claims = Claims(path)
        claim = claims.attempt(FILE, claims.of(FILE, "d"))
        assert Claims(path).of(FILE, "d").attempts == number
    assert claim.spent and Claims(path).of(FILE, "d").arrival == claim.arrival


def test_other_bytes_under_the_same_name_are_another_file(tmp_path: Path) -> None:
    claims = Claims(tmp_path / "claims.json")
    first = claims.attempt(FILE, claims.of(FILE, "d"))
    assert claims.of(FILE, "other").attempts == 0
    later = Found(FILE.name, (8, 100, 1), "sce")
    assert claims.of(later, "d").arrival != first.arrival


def test_an_attempt_that_was_nobodys_fault_does_not_count(tmp_path: Path) -> None:
    claims = Claims(tmp_path / "claims.json")
    claim = claims.attempt(FILE, claims.of(FILE, "d"))
    claims.take_back(FILE, claim)
    assert claims.of(FILE, "d").attempts == 0 and claims.of(FILE, "d").arrival == claim.arrival


def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    claims = Claims(tmp_path / "claims.json")
    claims.attempt(FILE, claims.of(FILE, "d"))
    claims.keep_only({FILE.name})
    assert claims.of(FILE, "d").attempts == 1
    claims.keep_only(set())
    assert "a.csv" not in (tmp_path / "claims.json").read_text()


def test_a_list_that_cannot_be_read_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "claims.json").write_text("{")
    assert Claims(tmp_path / "claims.json").of(FILE, "d").attempts == 0
