"""The watch: round after round, what is complete is taken in, one file at a time.

For each file: its attempt is written down, the reading process takes it in (store and register, whole or not at all), it is
moved away, its attempt is forgotten. A process killed between any two of these is found again by the next one: what the
store and the register have is not entered twice, what they have not is read once more.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from meterkeep.desks.intake import actions
from meterkeep.errors import MeterkeepError
from meterkeep.jobs.watching.claims import ATTEMPTS, Claim, Claims
from meterkeep.jobs.watching.inbox import DONE, QUARANTINE, Found, Inbox, Look, Settling, has_writer
from meterkeep.jobs.watching.reader import Answer, Reader, ReaderDied
from meterkeep.readings.formats.meterfile import digest_of

STEP = 0.2  # seconds between two looks at whether to stop
LEAST_TIME, BYTES_A_SECOND = 900, 200_000
"""How long a file may take, unless it is said otherwise: a quarter of an hour, and longer by its size."""
COUNTS = ("records", "stored", "duplicate", "already_stored")
KILLERS = {
    "time": (
        "reader_too_slow",
        "Reading the file took longer than it may.",
        "Give it more time (--time-limit SECONDS), or ask the sender for smaller files.",
    ),
    "crash": (
        "reader_died",
        "The file ended the process that read it.",
        "Look at its size, then report it: a file must not do this.",
    ),
    "stopped": (
        "reader_died",
        "The process was ended each time while it read the file.",
        "Look at its size and at the memory of the machine, then put it back into the folder.",
    ),
    "fault": (
        "our_fault",
        "Something broke that should not while the file was read.",
        "Please report the place; put the file back into the folder after the next version is installed.",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Orders:
    """every, settle: seconds. source: who sends what no sub-folder names. limit: seconds a file may take; 0: by its size."""

    every: float
    settle: float
    by: str
    on: date | None = None
    format: str = "auto"
    mapping: Path | None = None
    source: str = ""
    limit: int = 0


class Teller(Protocol):
    """What a face shows of the watch. Nothing that it is given holds a name of a file."""

    def begins(self, size: int) -> None: ...
    def reads(self, pid: int, path: Path) -> None: ...
    def put_away(self, where: str, digest: str, source: str, reports: list[dict[str, Any]]) -> None: ...
    def hindered(self, what: str) -> None: ...


@dataclass(slots=True)
class Tally:
    """What a watch did. waiting: files that are left, by what they wait for."""

    done: int = 0
    quarantined: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    waiting: Counter[str] = field(default_factory=Counter)


class Watch:
    """today: the provider's civil day. stopping: whether to end after the file that is being read."""

    def __init__(
        self,
        inbox: Inbox,
        reader: Reader,
        *,
        orders: Orders,
        teller: Teller,
        today: Callable[[], date],
        stopping: Callable[[], bool],
    ) -> None:
        self.inbox, self.reader, self.orders, self.teller = inbox, reader, orders, teller
        self._today, self._stopping = today, stopping
        self._claims = Claims(inbox.own / "claims.json")
        self._settling = Settling(orders.settle)
        self._told: set[str] = set()
        self._tried_in_vain = False
        self.tally = Tally()

    def once(self) -> Tally:
        """What is complete now, and what becomes so in the settle time; what else comes meanwhile is for the next time."""
        self.round()
        self._pause(self.orders.settle)
        self.round()
        while self._tried_in_vain and not self._stopping():
            self.round()
        return self.tally

    def go_on(self, *, each_round: Callable[[], object]) -> Tally:
        """Until it is told to stop. each_round: after each round, whatever came in it."""
        while not self._stopping():
            self.round()
            each_round()
            self._pause(self.orders.every)
        return self.tally

    def round(self) -> None:
        look = self.inbox.look()
        self._claims.keep_only({found.name for found in look.files})
        ready = self._settling.ready(look.files, now=time.monotonic())
        self._tried_in_vain = False
        self.tally.waiting = self._waiting(look, len(look.files) - len(ready))
        for found in ready:
            if self._stopping():
                return
            self._take(found)

    def _waiting(self, look: Look, unsettled: int) -> Counter[str]:
        if look.other:
            self._tell_once("Links, pipes, sockets or devices lie in the folder; they are left alone.")
        if look.closed:
            self._tell_once("A sub-folder may not be read: check its permissions.")
        told = {
            "not_complete": unsettled + look.unfinished,
            "no_file": look.other,
            "not_readable": look.closed,
        }
        return Counter({name: number for name, number in told.items() if number})

    def _take(self, found: Found) -> None:
        """One file, whatever is wrong with it. A folder that cannot be written to is no fault of the file."""
        path = self.inbox.path(found)
        if has_writer(path):
            self.tally.waiting["not_complete"] += 1
            return
        try:
            digest = digest_of(path, "")
        except MeterkeepError:
            if path.exists():
                self._wait("not_readable", "A file may not be read: check its permissions.")
            return
        try:
            self._try(found, self._claims.of(found, digest))
        except OSError as error:
            self._wait("folder", f"The folder cannot be written to ({error.strerror}); it is tried again.")

    def _try(self, found: Found, claim: Claim) -> None:
        if claim.spent:
            self._give_up(found, claim)
            return
        claim = self._claims.attempt(found, claim)
        self.teller.begins(found.size)
        path = self.inbox.path(found)
        try:
            answer = self.reader.ask(
                self._request(found, claim), meanwhile=lambda: self.teller.reads(self.reader.pid, path)
            )
        except ReaderDied as died:
            self._in_vain(found, claim, died.how)
            return
        self._answered(found, claim, answer)

    def _answered(self, found: Found, claim: Claim, answer: Answer) -> None:
        if "stop" in answer:
            self._claims.take_back(found, claim)
            raise _as_error(answer["stop"])
        if "later" in answer:
            self._claims.take_back(found, claim)
            self._wait("later", f"{answer['later']} It is tried again.")
        elif "fault" in answer:
            self._in_vain(found, claim, f"fault {answer['fault']} {answer['where']}")
        elif answer["reports"] is None:
            self._claims.drop(found)
            self.tally.waiting["not_complete"] += 1
        else:
            self._settle(found, claim, answer["reports"])

    def _in_vain(self, found: Found, claim: Claim, how: str) -> None:
        claim = self._claims.ended(found, claim, how)
        if claim.spent:
            self._give_up(found, claim)
        else:
            self._tried_in_vain = True
            self.teller.hindered(
                f"The reader ended at a file ({claim.attempts} of {ATTEMPTS} times); it is tried again."
            )

    def _give_up(self, found: Found, claim: Claim) -> None:
        """The file has ended its reader as often as it may: it is entered by its digest alone."""
        how, _, where = claim.how.partition(" ")
        code, message, next_step = KILLERS.get(how, KILLERS["stopped"])
        error = {"code": code, "message": message, "where": where, "next": next_step}
        actions.note_killer(
            arrival=claim.arrival,
            digest=claim.digest,
            error=error,
            source=found.source or self.orders.source,
            by=self.orders.by,
            on=self._on(),
        )
        self._settle(found, claim, [{"status": "refused", "format": None, "sha256": None, "error": error}])

    def _settle(self, found: Found, claim: Claim, reports: list[dict[str, Any]]) -> None:
        """Moves the file away; only then is its attempt forgotten."""
        refused = any(report["status"] == "refused" for report in reports)
        where = QUARANTINE if refused else DONE
        why = self._why(found, claim, reports) if refused else None
        if not self.inbox.put_away(found, into=where, on=self._on(), why=why):
            self._claims.drop(found)
            self.tally.waiting["not_complete"] += 1
            return
        self._claims.drop(found)
        self._count(refused, reports)
        self.teller.put_away(where, claim.digest, found.source or self.orders.source, reports)

    def _count(self, refused: bool, reports: list[dict[str, Any]]) -> None:
        self.tally.quarantined += refused
        self.tally.done += not refused
        for report in reports:
            self.tally.counts.update({name: report.get(name, 0) for name in COUNTS})
            self.tally.counts["rejected"] += sum(report.get("rejected", {}).values())

    def _why(self, found: Found, claim: Claim, reports: list[dict[str, Any]]) -> dict[str, Any]:
        """What stands beside a file in quarantine. Places are lines and records, never the file's own words."""
        return {
            "what": "This file could not be taken in. Mend it or ask the sender for it again, then put it back into "
            "the watched folder; or delete it.",
            "sha256": claim.digest,
            "on": self._on().isoformat(),
            "attempts": claim.attempts + claim.stops,
            "files": [_told(report, str(self.inbox.path(found))) for report in reports],
        }

    def _request(self, found: Found, claim: Claim) -> dict[str, Any]:
        orders = self.orders
        return {
            "path": str(self.inbox.path(found)),
            "stamp": found.stamp,
            "arrival": claim.arrival,
            "digest": claim.digest,
            "source": found.source or orders.source,
            "format": orders.format,
            "mapping": str(orders.mapping) if orders.mapping else "",
            "by": orders.by,
            "on": orders.on.isoformat() if orders.on else "",
            "seconds": orders.limit or LEAST_TIME + found.size // BYTES_A_SECOND,
        }

    def _on(self) -> date:
        return self.orders.on or self._today()

    def _wait(self, what: str, told: str) -> None:
        self.tally.waiting[what] += 1
        self._tell_once(told)

    def _tell_once(self, what: str) -> None:
        """A hindrance that lasts is told when it begins, not each round."""
        if what not in self._told:
            self._told.add(what)
            self.teller.hindered(what)

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping() and (left := until - time.monotonic()) > 0:
            time.sleep(min(STEP, left))


def _told(report: dict[str, Any], path: str) -> dict[str, Any]:
    """A file's report without its name: the member of an archive by its number."""
    error = report["error"]
    member = str(report.get("path", "")).removeprefix(path).lstrip(": ")
    told = {
        "file": member or "the file",
        "status": report["status"],
        "format": report["format"],
        "error": error and {**error, "where": error["where"].replace(path, "").lstrip(": ")},
    }
    return {**told, **{name: report[name] for name in COUNTS if name in report}}


def _as_error(told: dict[str, Any]) -> MeterkeepError:
    error = MeterkeepError(told["message"], where=told["where"], next=told["next"])
    error.code, error.exit_code = told["code"], told["exit_code"]
    return error
