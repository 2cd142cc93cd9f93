"""The process that reads: a child, so that a file that ends it ends nothing else.

Requests and answers are lines of JSON. The child lives by itself: it ends when its parent's pipe closes, and the system
ends it when a file takes too long. What it writes to its standard outputs is thrown away, since it may tell of a file.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import selectors
import signal
import subprocess
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.db import OperationalError

from meterkeep.desks.intake import actions
from meterkeep.desks.intake.mappings import mappings_for
from meterkeep.errors import Busy, MeterkeepError, is_full

STEP = 0.2  # seconds between two looks at how far the child is
_LIMITS = (errno.EMFILE, errno.ENFILE, errno.EROFS)
Answer = dict[str, Any]
"""{"ready"} once the child has opened the home; {"reports"} of a file that was read, None where it changed meanwhile; {"later"}: what else stood in the way;
{"fault"}: our own mistake; {"stop"}: an error that every file would meet."""


_NO_START = {
    "code": "our_fault",
    "message": "The process that reads meter files does not start.",
    "where": "python -m meterkeep.site.reader",
    "next": "Run `meterkeep doctor`; if that is fine, please report it.",
    "exit_code": 70,
}


class ReaderDied(Exception):
    """how: "time" or "crash"."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class Reader:
    """The parent's side. lock: a descriptor that the child holds too, so that nobody else begins before it has ended."""

    def __init__(self, command: Sequence[str], *, lock: int) -> None:
        self._command, self._lock = command, lock
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    def ask(self, request: dict[str, Any], *, meanwhile: Callable[[], object]) -> Answer:
        """Raises ReaderDied. meanwhile: called a few times a second. A child that cannot even start answers {"stop"}."""
        child = self._child
        if child is None or child.poll() is not None:
            child = self._child = self._start()
            first = self._answer(child, lambda: None)
            if first is None or "stop" in first:
                self._end()
                return first or {"stop": _NO_START}
        assert child.stdin  # noqa: S101
        try:
            child.stdin.write(json.dumps(request).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            raise self._died() from None
        answer = self._answer(child, meanwhile)
        if answer is None:
            raise self._died()
        return answer

    def close(self) -> None:
        """Lets the child end what it is at."""
        if self._child and self._child.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.close()
            self._child.wait()
            self._child = None

    def kill(self) -> None:
        if self._child:
            self._end()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pass_fds=(self._lock,),
            start_new_session=True,
        )

    def _answer(self, child: subprocess.Popen[bytes], meanwhile: Callable[[], object]) -> Answer | None:
        """None where the child has ended."""
        assert child.stdout  # noqa: S101
        line = self._line(child, child.stdout, meanwhile)
        answer: Answer | None = json.loads(line) if line.endswith(b"\n") else None
        return answer

    def _line(self, child: subprocess.Popen[bytes], out: IO[bytes], meanwhile: Callable[[], object]) -> bytes:
        """A line, or what there is of one when the child has ended. Helpers of the child may hold the pipe open longer."""
        got = b""
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while not got.endswith(b"\n"):
                if selector.select(STEP):
                    chunk = os.read(out.fileno(), 1 << 16)
                    got += chunk
                    if not chunk:
                        return got
                elif child.poll() is not None:
                    return got
                meanwhile()
        return got

    def _died(self) -> ReaderDied:
        child = self._child
        self._end()
        return ReaderDied("time" if child and child.returncode == -signal.SIGALRM else "crash")

    def _end(self) -> None:
        """The child, and helpers that it may have left behind."""
        assert self._child  # noqa: S101
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()
        self._child = None


def serve(custodian: Any, *, requests: IO[bytes], answers: IO[bytes]) -> None:
    """The child's side: a file for each line, until there are no more."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _die_first()
    say(answers, {"ready": True})
    for line in requests:
        request = json.loads(line)
        signal.alarm(request["seconds"])
        answer = answer_to(custodian, request)
        signal.alarm(0)
        say(answers, answer)


def say(answers: IO[bytes], answer: Answer) -> None:
    answers.write(json.dumps(answer, default=str).encode() + b"\n")
    answers.flush()


def stop(error: MeterkeepError) -> Answer:
    return {"stop": {**error.as_json(), "exit_code": error.exit_code}}


def answer_to(custodian: Any, request: dict[str, Any]) -> Answer:
    try:
        return {"reports": _reports(custodian, request)}
    except Busy as error:
        return {"later": error.message}
    except MeterkeepError as error:
        return stop(error)
    except MemoryError:
        os.abort()
    except Exception as error:  # noqa: BLE001 - whatever a file can make a reader raise
        later = _nobodys_fault(error)
        return {"later": later} if later else {"fault": type(error).__name__, "where": _place(error)}


def _reports(custodian: Any, request: dict[str, Any]) -> list[dict[str, Any]] | None:
    path, stamp = Path(request["path"]), tuple(request["stamp"])
    given = Path(request["mapping"]) if request["mapping"] else None
    format, mappings = mappings_for(custodian.home.folder, given, request["format"])

    def unchanged() -> bool:
        status = os.lstat(path)
        return (status.st_ino, status.st_size, status.st_mtime_ns) == stamp

    reports = actions.take_in_arrival(
        path,
        arrival=request["arrival"],
        digest=request["digest"],
        gate=custodian.gate,
        by=request["by"],
        on=date.fromisoformat(request["on"]) if request["on"] else custodian.today(),
        format=format,
        mappings=mappings,
        source=request["source"],
        unchanged=unchanged,
    )
    if reports is None:
        return None
    return [{name: value for name, value in report.items() if name != "series"} for report in reports]


def _nobodys_fault(error: Exception) -> str:
    """Why the same file may well be read later, or ""."""
    if is_full(error) or (isinstance(error, OSError) and error.errno in _LIMITS):
        return "The disk is full, or a limit of the system is reached."
    if isinstance(error, OperationalError):
        return "The database is in use or full."
    return ""


def _place(error: Exception) -> str:
    """Values in a message may identify somebody, so only the place in our code is told."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/meterkeep/" in frame.filename]
    return f"{ours[-1].filename.rpartition('/meterkeep/')[2]}:{ours[-1].lineno}" if ours else ""


def _die_first() -> None:
    """Where memory runs out, the system shall end the reader and not the watch."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
