"""Errors that are product text: what happened, where, what the rule is, what to do next.

Everything anticipated is raised as one of these and ends a command with its exit code; anything else is our fault (70)
and is never swallowed. No message, place or next step holds an identity: name files by the name that was given,
records by their number, customers never.
"""

from __future__ import annotations

import errno
import sqlite3


class MeterkeepError(Exception):
    """An anticipated error.

    message: what happened and which rule it met, one or two sentences.
    where:   file, line, record or field, or "" where there is no place.
    next:    what the reader can do about it, one sentence.
    """

    code = "error"
    exit_code = 70

    def __init__(self, message: str, *, where: str = "", next: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.next = message, where, next

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        step = f"\n  → {self.next}" if self.next else ""
        return f"{place}{self.message}{step}"

    def as_json(self) -> dict[str, str]:
        """The `error` object that `--json` prints."""
        return {"code": self.code, "message": self.message, "where": self.where, "next": self.next}


class BadInput(MeterkeepError):
    """Wrong usage, or input that breaks a stated rule. Nothing was done."""

    code, exit_code = "bad_input", 2


class Refused(MeterkeepError):
    """An adopted clause, or a check, says no."""

    code, exit_code = "refused", 1


class Undetermined(MeterkeepError):
    """A fact is missing, so nothing was done: unknown is never false."""

    code, exit_code = "undetermined", 3


class Busy(MeterkeepError):
    """Something else holds what this needs; trying again may work."""

    code, exit_code = "busy", 75


def is_full(error: BaseException | None) -> bool:
    """Whether there was no room left on a disk, however deep the error is wrapped and whichever engine met it."""
    while error is not None:
        code = getattr(error, "sqlite_errorcode", 0)
        full = code & 0xFF == sqlite3.SQLITE_FULL or code in _NO_ROOM_FOR_SQLITE
        if (
            full
            or getattr(error, "errno", None) in _NO_ROOM
            or any(words in str(error) for words in _FULL_WORDS)
        ):
            return True
        error = error.__cause__ or error.__context__
    return False


_NO_ROOM_FOR_SQLITE = (sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE)
"""What SQLite says where not even its own side files could grow."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_FULL_WORDS = ("No space left on device", "database or disk is full")
