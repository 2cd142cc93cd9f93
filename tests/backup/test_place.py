"""Where a backup is put: a folder that nobody else fills, apart from the home, and never one in which a backup was finished."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from meterkeep.backup import manifest
from meterkeep.backup.making import MARK, _being_made, _check_apart
from meterkeep.errors import BadInput, Busy, Refused


def test_a_finished_backup_is_never_cleared_though_its_mark_came_back(tmp_path: Path) -> None:
    """As after a power failure, or where a second process made the mark anew just when the first had finished."""
    for name in (MARK, manifest.NAME, "log"):
        (tmp_path / name).write_text("kept")
    with pytest.raises(BadInput, match="something here"), _being_made(tmp_path):
        pytest.fail("the folder was given away")
    assert {path.name for path in tmp_path.iterdir()} == {MARK, manifest.NAME, "log"}


def test_who_waited_for_a_mark_that_is_gone_clears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first process finishes between the second's opening of the mark and its lock."""
    target = tmp_path / "backup"
    target.mkdir()
    (target / MARK).touch()

    def finished_meanwhile(descriptor: int, how: int) -> None:
        (target / MARK).unlink()
        (target / manifest.NAME).write_text("kept")

    monkeypatch.setattr(fcntl, "flock", finished_meanwhile)
    with pytest.raises(Busy, match="Another process"), _being_made(target):
        pytest.fail("the folder was given away")
    assert [path.name for path in target.iterdir()] == [manifest.NAME]


def test_what_a_killed_backup_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / MARK).touch()
    (tmp_path / "days-0").write_text("half")
    with _being_made(tmp_path) as folder:
        assert [path.name for path in folder.iterdir()] == [MARK]
    assert not list(tmp_path.iterdir())


def test_a_mark_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    other, target = tmp_path / "other", tmp_path / "target"
    target.mkdir()
    other.write_text("somebody's")
    (target / MARK).symlink_to(other)
    with pytest.raises(BadInput, match="can be made here"), _being_made(target):
        pytest.fail("the folder was given away")
    assert other.read_text() == "somebody's"


def test_a_link_to_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "target").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="can be made here"), _being_made(tmp_path / "target"):
        pytest.fail("the folder was given away")


def test_a_home_behind_a_link_is_still_the_home(tmp_path: Path) -> None:
    home, link = tmp_path / "home", tmp_path / "link"
    home.mkdir()
    link.symlink_to(home)
    for target in (home / "backup", link / "backup", link):
        with pytest.raises(Refused, match="apart"):
            _check_apart(target, link)
