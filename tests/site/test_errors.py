"""A full disk is told as that, whichever engine meets it."""

import errno
import sqlite3

import pytest

from meterkeep.errors import is_full


def full_database(tmp_path):
    with sqlite3.connect(tmp_path / "small.sqlite3") as db:
        db.execute("PRAGMA max_page_count = 2")
        db.execute("CREATE TABLE t (x)")
        db.execute("INSERT INTO t VALUES (zeroblob(100000))")


def test_a_database_that_cannot_grow_is_full(tmp_path):
    with pytest.raises(sqlite3.OperationalError) as caught:
        full_database(tmp_path)
    assert is_full(caught.value)


@pytest.mark.parametrize(
    ("error", "full"),
    [(OSError(errno.ENOSPC, "No space"), True), (OSError(errno.EDQUOT, "Quota"), True), (OSError(errno.EACCES, "No"), False),
     (RuntimeError("IO Error: No space left on device"), True), (ValueError("full"), False), (None, False)],
)  # fmt: skip
def test_errors_are_told_apart(error, full):
    assert is_full(error) is full


def test_what_another_error_is_wrapped_around_counts():
    with pytest.raises(RuntimeError) as caught:
        try:
            raise OSError(errno.ENOSPC, "No space")
        except OSError as problem:
            raise RuntimeError("the commit failed") from problem
    assert is_full(caught.value)


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE])
def test_side_files_of_a_database_that_cannot_grow_are_a_full_disk(code):
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    assert is_full(error)
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
    assert not is_full(error)
