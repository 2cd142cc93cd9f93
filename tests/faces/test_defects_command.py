"""`meterkeep defects`: kinds first, then each line with its place; the whole list as CSV."""

import csv
import io
import json
import re
from datetime import date
from types import SimpleNamespace

import pytest
from gate.world import cmep_line

from meterkeep.faces.cli import run

TODAY = date(2026, 3, 2)


@pytest.fixture
def file(house, tmp_path):
    from meterkeep.desks.intake import actions
    from meterkeep.desks.intake.models import InboundFile

    line = cmep_line("SYN-COMMAND", date(2026, 2, 1)).replace("R0,1,", "R0,x,", 22)
    (tmp_path / "one.cmep").write_text(f"{line}\nMEPMD02,20080501,SYNTHETIC\n")
    actions.ingest([tmp_path / "one.cmep"], gate=house.custodian.gate, by="intake", on=TODAY)
    return InboundFile.objects.get()


@pytest.fixture
def defects(house, capsys):
    """Runs it: exit code and what it printed."""

    def do(*arguments):
        code = run(["defects", *arguments], SimpleNamespace(open=lambda: house.custodian))
        return code, capsys.readouterr().out

    return do


def test_kinds_come_first_and_then_each_line(file, defects):
    code, printed = defects()
    assert code == 1
    assert "22  rejected  unreadable_value, in 1 file\n" in printed
    assert "The value is not a number" in printed and "Ask the sender" in printed
    assert re.search(r"1  record 1, line 1 +2026-02-01T08:00:00Z\n", printed)
    assert printed.count(" record ") == 20 and "20 lines about 20 of 23 records; --csv lists all" in printed


def test_a_refused_file_says_that_it_was_refused_and_why(house, defects, tmp_path):
    from meterkeep.desks.intake import actions
    from meterkeep.desks.intake.models import InboundFile

    (tmp_path / "none.cmep").write_bytes(b"")
    actions.ingest([tmp_path / "none.cmep"], gate=house.custodian.gate, by="intake", on=TODAY)
    file = InboundFile.objects.get()
    code, printed = defects("--file", file.sha256)
    assert code == 1 and "was refused" in printed and "The file is empty.\n  → Ask the sender" in printed
    assert (
        json.loads(defects("--file", file.reference, "--json")[1])["refused"]["message"]
        == "The file is empty."
    )


def test_the_csv_of_a_refused_file_is_the_line_that_says_so(house, defects, tmp_path):
    from meterkeep.desks.intake import actions

    (tmp_path / "none.cmep").write_bytes(b"")
    report = actions.ingest([tmp_path / "none.cmep"], gate=house.custodian.gate, by="intake", on=TODAY)
    assert report["files"][0]["status"] == "refused"
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    code, printed = defects("--csv", "--file", digest)
    (row,) = csv.DictReader(io.StringIO(printed))
    assert (code, row["outcome"], row["kind"], row["sha256"]) == (1, "refused", "bad_input", digest)
    assert row["reason"] == "The file is empty."


def test_the_csv_is_the_whole_list_and_nothing_else(file, defects):
    code, printed = defects("--csv")
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert (code, len(rows), rows[0]["file"]) == (1, 23, file.reference)
    assert {row["outcome"] for row in rows} == {"rejected", "noted"}
    assert len(defects("--csv", "--limit", "3")[1].splitlines()) == 4


@pytest.mark.parametrize(
    ("options", "records"),
    [((), 23), (("--rejected",), 22), (("--notes",), 1), (("--kind", "other_record_type"), 1),
     (("--since", "2026-03-02"), 23), (("--since", "2026-03-03"), 0)],
)  # fmt: skip
def test_a_part_is_chosen(file, defects, options, records):
    code, printed = defects("--json", "--limit", "100", *options)
    found = json.loads(printed)
    assert sum(each["records"] for each in found["kinds"]) == records
    assert sum(each["count"] for each in found["lines"]) == records
    assert code == (1 if records else 0)


def test_one_file_goes_by_its_reference_or_its_digest(file, defects):
    assert defects("--csv", "--file", file.reference) == defects("--csv", "--file", file.sha256.upper())
    code, _ = defects("--file", "nobody")
    assert code == 2


def test_nothing_found_is_said_and_is_no_failure(house, defects):
    assert defects() == (0, "Nothing was rejected and nothing noted.\n")


def test_a_list_is_printed_in_one_way(file, defects):
    assert defects("--csv", "--json")[0] == 2
