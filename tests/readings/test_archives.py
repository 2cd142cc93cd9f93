"""Archives through the gate: each file inside is a file of its own in store and log, and none is left on the disk."""

from __future__ import annotations

import gzip
import io
import multiprocessing
import os
import signal
import zipfile
from datetime import date

import pytest
from gate.world import ON, build, cmep_line

from meterkeep.gate.intake import scratch
from meterkeep.readings.store import Store

NAME = "secret-77001.cmep"


def meters(name):
    return "".join(cmep_line(name, date(2026, 1, day)) + "\n" for day in (1, 2)).encode()


def archive_of(path, **files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(f"{name}-{NAME}", content)
    path.write_bytes(held.getvalue())
    return path


@pytest.fixture
def world(tmp_path):
    return build(tmp_path, create=True)


def take_in(world, path):
    return list(world.gate.take_in_all(path, by="clerk", on=ON))


def test_each_member_is_stored_on_its_own_and_what_is_no_meter_file_refused_by_its_number(world):
    path = archive_of(world.folder / "sent.zip", a=meters("SYN-1"), b=b"dear sirs", c=meters("SYN-2"))
    reports = take_in(world, path)
    assert [report["status"] for report in reports] == ["stored", "refused", "stored"]
    assert [report["path"] for report in reports] == [f"{path}: member {n}" for n in (1, 2, 3)]
    assert reports[1]["error"]["where"] == f"{path}: member 2"
    assert len({report["archive"] for report in reports}) == 1
    assert [report["stored"] for report in reports] == [48, 0, 48]
    assert "secret-77001" not in str(reports)


def test_an_archive_sent_again_is_already_stored_also_packed_otherwise(world):
    take_in(world, archive_of(world.folder / "sent.zip", a=meters("SYN-1"), c=meters("SYN-2")))
    again = take_in(world, archive_of(world.folder / "again.zip", c=meters("SYN-2"), a=meters("SYN-1")))
    assert [report["status"] for report in again] == ["already_stored", "already_stored"]
    (world.folder / "one.gz").write_bytes(gzip.compress(meters("SYN-1")))
    (report,) = take_in(world, world.folder / "one.gz")
    assert (report["status"], report["path"]) == ("already_stored", str(world.folder / "one.gz"))
    (world.folder / "plain.cmep").write_bytes(meters("SYN-1"))
    (report,) = take_in(world, world.folder / "plain.cmep")
    assert report["status"] == "already_stored" and "archive" not in report


def test_malformed_lines_are_placed_inside_their_member(world):
    broken = meters("SYN-1") + b"MEPMD01,x\n"
    (report,) = take_in(world, archive_of(world.folder / "sent.zip", a=broken))
    assert report["error"]["where"] == f"{world.folder / 'sent.zip'}: member 1: line 3"


def test_nothing_is_left_when_all_is_done_or_refused(world):
    take_in(world, archive_of(world.folder / "sent.zip", a=meters("SYN-1"), b=b"?"))
    (world.folder / "bad.gz").write_bytes(gzip.compress(meters("SYN-1"))[:-9])
    (report,) = take_in(world, world.folder / "bad.gz")
    assert "damaged" in report["error"]["message"]
    assert not list((world.gate.store.folder / "pending").iterdir())


def _killed(folder):
    with scratch(Store.open(folder)) as private:
        (private / "member").write_bytes(b"covered")
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_process_left_is_gone_when_the_store_is_opened_next(world):
    folder = world.gate.store.folder
    process = multiprocessing.get_context("spawn").Process(target=_killed, args=(folder,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert [path.name for path in (folder / "pending").glob("*/*")] == ["member"]
    assert (next((folder / "pending").iterdir())).stat().st_mode & 0o777 == 0o700
    Store.open(folder)
    assert not list((folder / "pending").iterdir())


def test_thousands_of_letters_are_refused_together_and_a_meter_file_behind_them_is_read(world):
    letters = {f"n{number}": f"dear sirs {number}".encode() for number in range(3_000)}
    path = archive_of(world.folder / "sent.zip", **letters, z=meters("SYN-1"))
    before = world.gate.log_size
    reports = take_in(world, path)
    assert [report["status"] for report in reports] == ["refused"] * 100 + ["stored", "refused"]
    assert reports[100]["path"].endswith("member 3001") and reports[100]["stored"] == 48
    assert "2,900 more members" in reports[101]["error"]["message"]
    assert reports[101]["error"]["where"] == reports[101]["path"] == str(path)
    assert world.gate.log_size - before == 2 * 102


def test_archives_in_an_archive_are_refused_together(world):
    inner = archive_of(world.folder / "inner.zip", a=meters("SYN-1")).read_bytes()
    path = archive_of(world.folder / "sent.zip", **{f"n{number}": inner for number in range(300)})
    reports = take_in(world, path)
    assert len(reports) == 101 and "200 more members" in reports[100]["error"]["message"]
    assert "archive inside the archive" in reports[0]["error"]["message"]
