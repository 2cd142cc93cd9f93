"""What lies in a watched folder: what is complete, what is left alone, and where it goes."""

from __future__ import annotations

import errno
import json
import os
import socket
from datetime import date
from pathlib import Path

import pytest

from meterkeep.errors import Busy
from meterkeep.jobs.watching.inbox import EMPTY_WAITS, Inbox, Settling, has_writer, source_of

ON = date(2026, 3, 2)


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def put(inbox: Inbox, name: str, text: str = "readings") -> Path:
    path = inbox.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names(inbox: Inbox) -> list[str]:
    return [found.name for found in inbox.look().files]


@pytest.mark.parametrize(
    "name",
    [".hidden", ".cache/x.csv", "a.csv.part", "A.TMP", "b.filepart", "c~", "done/2026-03-01/a", "quarantine/x",
     ".meterkeep/claims.json", "x.csv.why.json"],
)  # fmt: skip
def test_what_is_unfinished_hidden_or_put_away_is_no_new_file(inbox: Inbox, name: str) -> None:
    put(inbox, name)
    assert names(inbox) == []


def test_a_sub_folder_called_done_is_a_senders_own(inbox: Inbox) -> None:
    put(inbox, "sce/done/a.csv")
    assert names(inbox) == ["sce/done/a.csv"]


def test_files_come_in_the_order_in_which_they_were_written(inbox: Inbox) -> None:
    """A correction is read after what it corrects."""
    for age, name in enumerate(("c", "a", "b")):
        os.utime(put(inbox, name), ns=(age, age))
    assert names(inbox) == ["c", "a", "b"]


def test_links_pipes_and_sockets_are_counted_and_left_alone(inbox: Inbox, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.csv").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as bound:
        here = Path.cwd()
        os.chdir(tmp_path)  # The name of a socket may not be long.
        try:
            bound.bind("socket.csv")
        finally:
            os.chdir(here)
        look = inbox.look()
    assert (look.files, look.other) == ([], 4)


def test_a_file_is_ready_when_it_has_stayed_as_it_is(inbox: Inbox) -> None:
    settling, path = Settling(5), put(inbox, "a.csv")
    assert settling.ready(inbox.look().files, now=100) == []
    assert settling.ready(inbox.look().files, now=104.9) == []
    path.write_text("readings and more")
    assert settling.ready(inbox.look().files, now=105) == []
    assert settling.ready(inbox.look().files, now=109.9) == []
    assert len(settling.ready(inbox.look().files, now=110)) == 1


def test_times_of_files_that_jump_change_nothing_but_that_they_changed(inbox: Inbox) -> None:
    settling, path = Settling(5), put(inbox, "a.csv")
    for at, year in enumerate((1971, 2199)):
        os.utime(path, (year, (year - 1970) * 31_556_952))
        assert settling.ready(inbox.look().files, now=at * 100) == []
    assert len(settling.ready(inbox.look().files, now=105)) == 1


def test_an_empty_file_is_waited_for_longer(inbox: Inbox) -> None:
    settling = Settling(5)
    put(inbox, "a.csv", "")
    for now, ready in ((0, 0), (5, 0), (5 * EMPTY_WAITS, 1)):
        assert len(settling.ready(inbox.look().files, now=now)) == ready


@pytest.mark.parametrize(
    ("name", "source"),
    [("sce/a.csv", "sce"), ("SDG E/2026/a.csv", ""), ("a.csv", ""), ("8800001/a.csv", ""), ("ünï/a.csv", ""),
     ("meter-agent/north/a", "meter-agent"), ("Jane Doe/a.csv", ""), ("acct-8800001/a.csv", "")],
)  # fmt: skip
def test_a_sub_folder_says_who_sends_unless_it_may_be_an_account(name: str, source: str) -> None:
    assert source_of(name) == source


def test_a_file_goes_with_its_sub_folder_and_never_over_another(inbox: Inbox) -> None:
    for text in ("first", "second", "third"):
        put(inbox, "sce/a.csv.gz", text)
        assert inbox.put_away(inbox.look().files[0], into="done", on=ON)
    kept = inbox.folder / "done/2026-03-02/sce"
    assert {path.name: path.read_text() for path in kept.iterdir()} == {
        "a.csv.gz": "first",
        "a~2.csv.gz": "second",
        "a~3.csv.gz": "third",
    }


def test_a_reason_stands_beside_a_file_in_quarantine(inbox: Inbox) -> None:
    put(inbox, "bad.csv")
    assert inbox.put_away(inbox.look().files[0], into="quarantine", on=ON, why={"code": "x"})
    folder = inbox.folder / "quarantine/2026-03-02"
    assert json.loads((folder / "bad.csv.why.json").read_text()) == {"code": "x"}
    assert (folder / "bad.csv").exists()


def test_a_file_that_was_replaced_meanwhile_stays(inbox: Inbox) -> None:
    """What has been read is not what lies there now."""
    put(inbox, "a.csv")
    (found,) = inbox.look().files
    new = put(inbox, ".new", "other bytes")
    new.replace(inbox.folder / "a.csv")
    assert not inbox.put_away(found, into="quarantine", on=ON, why={})
    assert (inbox.folder / "a.csv").read_text() == "other bytes"
    assert list((inbox.folder / "quarantine/2026-03-02").iterdir()) == []


def test_a_file_that_was_taken_away_meanwhile_is_no_error(inbox: Inbox) -> None:
    path = put(inbox, "a.csv")
    (found,) = inbox.look().files
    path.unlink()
    assert not inbox.put_away(found, into="done", on=ON)


def test_another_file_system_gets_a_whole_copy(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    put(inbox, "a.csv")
    monkeypatch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError(errno.EXDEV, "")))
    assert inbox.put_away(inbox.look().files[0], into="done", on=ON)
    assert [p.name for p in (inbox.folder / "done/2026-03-02").iterdir()] == ["a.csv"]
    assert names(inbox) == []


def test_one_process_at_a_time(inbox: Inbox) -> None:
    with inbox.alone(), pytest.raises(Busy), Inbox(inbox.folder).alone():
        pass
    with Inbox(inbox.folder).alone():
        pass


@pytest.mark.skipif(not os.path.exists("/proc/self/fdinfo"), reason="leases are Linux's")  # noqa: PTH110
def test_who_still_writes_is_seen(inbox: Inbox) -> None:
    path = put(inbox, "a.csv")
    assert not has_writer(path)
    with path.open("a"):
        assert has_writer(path)
    assert not has_writer(path)
