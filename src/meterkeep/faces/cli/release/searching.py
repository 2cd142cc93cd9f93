"""A search for fewer figures to withhold: it ends in time or by Ctrl-C, keeps what is safe, and says how far it is."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from meterkeep.aggregates.repair.search import Progress


QUIET = 1.0
"""Seconds that nobody needs to be told about."""


@dataclass(slots=True)
class Searching:
    """seconds: in all, from its making. unit: what the price counts, of what is withheld beside the rule."""

    seconds: float
    unit: str = "cells"
    began: float = field(default_factory=time.monotonic)
    stopped: bool = False  # by hand
    _told: tuple[int, int] = (0, 0)
    _seen: Progress | None = None
    _searches: int = 0

    @property
    def taken(self) -> float:
        return time.monotonic() - self.began

    def left(self) -> float:
        """Below zero: how long time has been over. Whoever ends it by hand waits for nothing more."""
        return -math.inf if self.stopped else self.seconds - self.taken

    def tell(self, progress: Progress) -> None:
        """Nothing in the first second, and nothing twice. A plan may search several times, each for other figures."""
        now = progress.best, progress.lower
        if self._seen is None or progress.round < self._seen.round or progress.best > self._seen.best:
            self._searches += 1
        self._seen = progress
        if self.taken < QUIET or now == self._told:
            return
        self._told = now
        least = "the least" if progress.best == progress.lower else f"at least {progress.lower:,} needed"
        click.echo(
            f"{self.taken:5.0f} s  {f'search {self._searches}: ' if self._searches > 1 else ''}{self.unit} withheld beside the rule: {progress.best:,} so far, {least}; "
            f"{progress.cuts:,} attack{'' if progress.cuts == 1 else 's'} known",
            err=True,
        )


def seconds_of(_context: click.Context, _option: click.Parameter, value: float) -> float:
    """A time that is none would never be over, nor ever left."""
    if math.isnan(value):
        raise click.BadParameter("this is no number of seconds.")
    return value


@contextmanager
def stopped_by_hand(searching: Searching) -> Iterator[Searching]:
    """Ctrl-C ends the search and not the program, so that what is safe is still told; the second one ends it."""
    before = signal.getsignal(signal.SIGINT)

    def stop(_number: int, _frame: Any) -> None:
        searching.stopped = True
        click.echo("Ending: what is not proven safe is withheld …", err=True)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, stop)
    try:
        yield searching
    finally:
        signal.signal(signal.SIGINT, before)
