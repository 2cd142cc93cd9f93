"""What a newcomer types and gets: exit codes, errors that say what to do next, one JSON document on stdout."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from meterkeep.faces.cli import run

DAY = "20260105"
GOOD = (
    "MEPMD01,20080501,SYNTHETIC,CEE,CEE,SYN-1,202601050815,SYN-1,OK,E,KWH,1.0,00000100,2,"
    f"{DAY}0100,R0,1,{DAY}0200,R0,2\n"
)
BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><feed xmlns="http://www.w3.org/2005/Atom">&c;</feed>'
BAD_FILES = {
    "empty.xml": "",
    "truncated.xml": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><content>',
    "bomb.xml": BOMB,
    "junk.bin": "\x00\x01\x02" * 100,
    "letter.txt": "Dear utility, please find nothing attached.\n",
}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.cmep"
    path.write_text(GOOD)
    return path


def test_ingest_without_a_home_makes_an_unnamed_one_and_says_so(meterkeep, good) -> None:
    ran = meterkeep("ingest", good, "--json")
    assert ran.code == 0, ran.err
    assert "unnamed" in ran.err
    (file,) = ran.json["files"]
    assert (file["status"], file["records"], file["stored"]) == ("stored", 2, 2)
    assert file["series"][0]["sum"] == "3000"
    assert set(file) == {
        "path", "format", "sha256", "status", "error", "records", "stored", "duplicate", "already_stored",
        "rejected", "notes", "series",
    }  # fmt: skip


def test_the_same_file_twice_is_already_stored(meterkeep, new_home, good, tmp_path) -> None:
    new_home(tmp_path / "home")
    meterkeep("ingest", good)
    (file,) = meterkeep("ingest", good, "--json").json["files"]
    assert (file["status"], file["stored"], file["already_stored"], file["records"]) == (
        "already_stored",
        0,
        2,
        2,
    )


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_by_name_and_the_others_are_done(
    meterkeep, new_home, good, tmp_path: Path, name: str
) -> None:
    new_home(tmp_path / "home")
    bad = tmp_path / name
    bad.write_text(BAD_FILES[name])
    ran = meterkeep("ingest", bad, good, "--json")
    assert ran.code == 2
    refused, stored = ran.json["files"]
    assert refused["status"] == "refused" and refused["stored"] == 0
    assert name in refused["error"]["where"]
    assert refused["error"]["next"]
    assert stored["status"] == "stored"


def test_a_file_that_breaks_half_way_leaves_nothing(meterkeep, tmp_path: Path) -> None:
    path = tmp_path / "half.cmep"
    path.write_text(GOOD + "\x00\xff not a record")
    ran = meterkeep("ingest", path, "--json")
    (file,) = ran.json["files"]
    total = file["stored"] + file["duplicate"] + file["already_stored"] + sum(file["rejected"].values())
    assert total == file["records"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ingest", "nowhere.xml"), "no such file"),
        (
            ("usage", "1", "--from", "2026-01-01", "--to", "2026-02-01", "--purpose", "x", "--by", "me"),
            "meterkeep init",
        ),
        (("init", "--provider", "nobody", "--zone", "UTC"), "Choose one of"),
        (("init", "--provider", "cea", "--zone", "Mars/Base"), "America/Los_Angeles"),
        (("ledger", "verify"), "→"),
    ],
)
def test_errors_say_what_to_do_next(meterkeep, arguments, words) -> None:
    ran = meterkeep(*arguments)
    assert ran.code == 2, ran.err
    assert words in ran.err
    assert ran.out == ""


def test_an_error_is_json_too_when_json_is_asked_for(meterkeep) -> None:
    ran = meterkeep("ingest", "nowhere.xml", "--json")
    assert ran.code == 2
    assert set(ran.json["error"]) == {"code", "message", "where", "next"}


def test_who_looks_is_never_implicit(meterkeep) -> None:
    ran = meterkeep(
        "usage", "1", "--from", "2026-01-01", "--to", "2026-02-01", "--purpose", "power_or_billing"
    )
    assert ran.code == 2
    assert "--by" in ran.err


def test_decide_reads_stdin_and_a_list_gives_a_list(meterkeep) -> None:
    ask = {
        "provider": "cea",
        "action": "disclose",
        "on": "2026-01-01",
        "facts": {"use.third_party_solicitation": True},
    }
    ran = meterkeep("decide", "-", "--json", stdin=json.dumps([ask, {**ask, "provider": "cpa"}]))
    assert ran.code == 0, ran.err
    assert [decision["outcome"] for decision in ran.json] == ["refuse", "refuse"]


def test_decide_without_a_day_decides_as_of_today(meterkeep) -> None:
    ask = {"provider": "cea", "action": "disclose", "facts": {"use.third_party_solicitation": True}}
    ran = meterkeep("decide", "-", "--json", stdin=json.dumps(ask))
    assert ran.code == 1
    assert ran.json["on"] >= "2026-01-01"
    assert meterkeep("decide", "-", "--json", "--as-of", "2019-01-01", stdin=json.dumps(ask)).code == 3


def test_decide_names_a_fact_it_does_not_know(meterkeep) -> None:
    ask = {
        "provider": "cea",
        "action": "disclose",
        "on": "2026-01-01",
        "facts": {"use.third_party_soliciation": True},
    }
    ran = meterkeep("decide", "-", "--json", stdin=json.dumps(ask))
    assert ran.code == 2
    assert "use.third_party_soliciation" in ran.json["error"]["message"] + ran.json["error"]["where"]


def test_upgrade_brings_an_older_database_up_to_date(meterkeep) -> None:
    meterkeep("init", "--provider", "cea", "--zone", "America/Los_Angeles")
    assert meterkeep("upgrade").out.strip() == "Nothing to do."


def test_a_database_that_stays_locked_is_busy_and_not_our_fault() -> None:
    """However deep the error is wrapped, as Django wraps SQLite's."""
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    wrapped = RuntimeError("OperationalError")
    wrapped.__cause__ = locked

    class Locked:
        def home(self) -> None:
            raise wrapped

    assert run(["serve"], Locked()) == 75
