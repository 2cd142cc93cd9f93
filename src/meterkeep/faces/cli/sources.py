"""`sources`: who sends what, when last, how late, how good."""

from __future__ import annotations

from typing import Any

import click

from meterkeep.faces.cli.output import aligned, as_of_option, json_option, say_json
from meterkeep.faces.shares import tenths

HEAD = (
    "source",
    "formats",
    "files",
    "last",
    "every",
    "late",
    "records",
    "stored",
    "estimated",
    "rejected",
    "refused",
)


@click.command()
@as_of_option
@json_option
@click.pass_obj
def sources(composition: Any, as_of: Any, as_json: bool) -> int:
    """Show who sends meter files, when last, how late and how good. Exit 1 where somebody is late."""
    custodian = composition.open()
    from meterkeep.desks.intake.feeds import WINDOW, feeds

    on = as_of or custodian.today()
    found = feeds(on)
    if as_json:
        say_json({"on": on, "sources": [_told(feed) for feed in found]})
    elif not found:
        click.echo("Nobody has sent anything yet: meterkeep ingest --watch DIR, or ingest PATH… --source ID")
    else:
        for line in aligned([HEAD, *map(_row, found)], left=(0, 1, 3)):
            click.echo(line)
        click.echo(f"\nAs of {on}. What is counted is of the last {WINDOW} days.")
    return 1 if any(feed.late_days for feed in found) else 0


def _told(feed: Any) -> dict[str, Any]:
    return {
        "source": feed.source,
        "name": feed.name,
        "formats": feed.formats,
        "files": feed.files,
        "last": feed.last,
        "every_days": feed.every_days,
        "rhythm": "agreed" if feed.stated_days else "learned" if feed.learned_days else "unknown",
        "late_days": feed.late_days,
        **feed.counts,
        "rejected": feed.rejected,
        "estimated": feed.estimated,
        "refused": feed.refused,
        "withdrawn": feed.withdrawn,
        "arrivals": feed.arrivals,
    }


def _row(feed: Any) -> tuple[str, ...]:
    records = feed.counts["records"]
    every = f"{feed.every_days} d" if feed.every_days else "?"
    stored = feed.counts["stored"]
    return (
        feed.source or "(not named)",
        " ".join(feed.formats) or "–",
        f"{feed.files:,}",
        str(feed.last or "–"),
        every if feed.stated_days or not feed.every_days else f"~{every}",
        f"{feed.late_days} d" if feed.late_days else "–",
        f"{records:,}",
        share(stored, records),
        share(feed.estimated, stored),
        share(feed.rejected, records),
        f"{feed.refused:,}",
    )


def share(part: int, whole: int) -> str:
    """Hundredths, to a tenth; never 0.0 % of something, never 100 % of almost all."""
    if not whole:
        return "–"
    shown = tenths(part, whole)
    return "<0.1%" if shown is None else f"{shown // 10}.{shown % 10}%"
