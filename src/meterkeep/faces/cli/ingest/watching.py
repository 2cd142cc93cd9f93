"""`ingest --watch DIR`: what comes into a folder is taken in, and each file has a line. No line names a file."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from meterkeep.errors import BadInput
from meterkeep.faces.cli.ingest.reading import bytes_bar, place_in
from meterkeep.faces.cli.output import say_json

COUNTS = ("records", "stored", "duplicate", "already_stored", "rejected")
WAITS = {
    "not_complete": "not complete yet",
    "not_readable": "may not be read",
    "no_file": "no file (link, pipe, socket or device)",
    "later": "put off: disk or database",
    "folder": "put off: the folder cannot be written to",
}


def watch_folder(composition: Any, folder: Path, options: dict[str, Any], *, as_json: bool) -> int:
    """0 when told to end (SIGTERM) or done, 130 by Ctrl-C; of `--once` 2 with files in quarantine or not readable, 75 where
    something was put off."""
    if not composition.has_home():
        click.echo("There is no home yet: making an unnamed one (UTC, no documents adopted).", err=True)
    custodian = composition.open_or_unnamed()
    folder = folder.resolve()
    _check_apart(folder, custodian.home.folder)
    from meterkeep.jobs.watching.inbox import Inbox
    from meterkeep.jobs.watching.reader import Reader
    from meterkeep.jobs.watching.watch import Watch

    inbox = Inbox(folder)
    with inbox.alone() as lock, bytes_bar() as bar, _signals() as stop:
        reader = Reader(composition.reader(), lock=lock)
        stop.reader = reader
        watch = Watch(
            inbox,
            reader,
            orders=_orders(options),
            teller=Teller(bar, quiet=as_json),
            today=custodian.today,
            stopping=lambda: stop.asked,
        )
        try:
            tally = (
                watch.once() if options["once"] else watch.go_on(each_round=_Days(custodian, options).look)
            )
        finally:
            reader.close()
    _say(tally, as_json=as_json)
    return 130 if stop.by_hand else _exit_code(tally) if options["once"] else 0


def _orders(options: dict[str, Any]) -> Any:
    from meterkeep.desks.intake.checks import check_source
    from meterkeep.jobs.watching.watch import Orders

    if options["source"]:
        check_source(options["source"])
    mapping = options["mapping"]
    return Orders(
        every=options["every"],
        settle=options["settle"],
        by=options["by"],
        on=options["as_of"],
        format=options["format_"],
        mapping=mapping.resolve() if mapping else None,
        source=options["source"],
        limit=options["time_limit"] or 0,
    )


def _check_apart(folder: Path, home: Path) -> None:
    if folder == home or folder in home.parents or home in folder.parents:
        raise BadInput(
            "The watched folder and the home lie inside one another.",
            where=str(folder),
            next="Watch a folder of its own: files in it are moved.",
        )


class _Stop:
    """asked: end after the file that is being read. by_hand: with Ctrl-C; a second one ends the reader at once."""

    def __init__(self) -> None:
        self.asked, self.by_hand = False, False
        self.reader: Any = None

    def terminate(self, *_: Any) -> None:
        self.asked = True

    def interrupt(self, *_: Any) -> None:
        if self.by_hand:
            self.reader.kill()
            raise KeyboardInterrupt
        self.asked, self.by_hand = True, True
        click.echo("Ending after the file that is being read; Ctrl-C again ends at once.", err=True)


@contextmanager
def _signals() -> Iterator[_Stop]:
    """SIGIO is what the system sends when a lease is broken (`has_writer`); by itself it would end the process."""
    stop = _Stop()
    handlers = {"SIGTERM": stop.terminate, "SIGHUP": stop.terminate, "SIGINT": stop.interrupt}
    known = {name: signal.signal(getattr(signal, name), does) for name, does in handlers.items()}
    known["SIGIO"] = signal.signal(signal.SIGIO, signal.SIG_IGN)
    try:
        yield stop
    finally:
        for name, before in known.items():
            signal.signal(getattr(signal, name), before)


class Teller:
    """A line for each file on stdout, hindrances on stderr, a bar within the file that is being read."""

    def __init__(self, bar: Progress, *, quiet: bool) -> None:
        self._bar, self._quiet = bar, quiet
        self._task = bar.add_task("Waiting", total=None)

    def begins(self, size: int) -> None:
        self._bar.reset(self._task, total=size, description="Taking in a file")

    def reads(self, pid: int, path: Path) -> None:
        if not self._bar.disable and (place := place_in(path, pid)) is not None:
            self._bar.update(self._task, completed=place)

    def put_away(self, where: str, digest: str, source: str, reports: list[dict[str, Any]]) -> None:
        self._bar.reset(self._task, total=None, description="Waiting")
        for line in () if self._quiet else _lines(where, digest, source, reports):
            click.echo(line)

    def hindered(self, what: str) -> None:
        click.echo(what, err=True)


def _lines(where: str, digest: str, source: str, reports: list[dict[str, Any]]) -> Iterator[str]:
    sent = f" from {source}" if source else ""
    for report in reports:
        said = report["status"].replace("_", " ")
        counts = ", ".join(f"{report.get(name, 0):,} {name.replace('_', ' ')}" for name in COUNTS[:4])
        rejected = sum(report.get("rejected", {}).values())
        counted = f"{counts}, {rejected:,} rejected" if report["status"] != "refused" else ""
        told = report["error"]["message"] if report["error"] else counted
        yield f"{where}: {digest[:12]} {report['format'] or 'unknown format'}{sent}: {said}; {told}"


class _Days:
    """Sums up a day when it has ended, once."""

    def __init__(self, custodian: Any, options: dict[str, Any]) -> None:
        self._custodian, self._by = custodian, options["by"]
        self._day: date | None = None

    def look(self) -> None:
        from meterkeep.jobs.tick import sum_up

        today = self._custodian.today()
        if today != self._day:
            self._day = today
            sum_up(by=self._by, on=today)


def _say(tally: Any, *, as_json: bool) -> None:
    counts = {name: tally.counts[name] for name in COUNTS}
    if as_json:
        say_json(
            {"done": tally.done, "quarantined": tally.quarantined, **counts, "waiting": dict(tally.waiting)}
        )
        return
    said = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in counts.items())
    files = f"{tally.done:,} file{'s' if tally.done != 1 else ''}"
    click.echo(f"{files} taken in, {tally.quarantined:,} in quarantine: {said}.")
    for what, number in tally.waiting.items():
        click.echo(f"{number:,} left: {WAITS[what]}.")


def _exit_code(tally: Any) -> int:
    if tally.quarantined or tally.waiting["not_readable"]:
        return 2
    return 75 if tally.waiting["later"] or tally.waiting["folder"] else 0
