"""`policy replay`: every decision of the home's log, decided again by the pack of its day and by a candidate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click
from msgspec import MsgspecError

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import Day, json_option, progress, say_json
from meterkeep.faces.cli.policy.packs import pack_argument
from meterkeep.policy import load_pack

if TYPE_CHECKING:
    from meterkeep.ledger import Entry
    from meterkeep.policy.assurance.replay import Recorded, Replay

SAID = {"permit": "permitted", "refuse": "refused", "undetermined": "undetermined"}


@click.command("replay")
@pack_argument
@click.option("--from", "start", type=Day(), default=None, help="Only decisions from this day on.")
@click.option("--to", "end", type=Day(), default=None, help="Only decisions before this day.")
@json_option
@click.pass_obj
def replay_command(
    composition: Any, pack: str | Path, start: date | None, end: date | None, as_json: bool
) -> int:
    """Decide every decision in the log again, by the pack of its day and by PACK.

    Exit 1 where a recorded decision is not reproduced, or where PACK would decide one otherwise.
    """
    custodian = composition.open()
    from meterkeep.desks.policies.queries import pack_in_force
    from meterkeep.policy.assurance.replay import replay

    candidate = load_pack(pack)
    decisions = (
        one
        for one in decisions_in(custodian.home.ledger, ZoneInfo(custodian.home.zone))
        if (start is None or start <= one.on) and (end is None or one.on < end)
    )
    with progress() as bar:
        watched = bar.track(decisions, description="Deciding again")
        found = replay(watched, then=cache(pack_in_force), candidate=candidate)
    if as_json:
        say_json({"pack": candidate.id, "pack_digest": candidate.digest, **found.as_json()})
    else:
        _tell(found, candidate.name)
    return 1 if found.findings or found.changes else 0


def decisions_in(folder: Path, zone: ZoneInfo) -> Iterator[Recorded]:
    """The decisions of a log, oldest first, bundle by bundle from its published files. Raises BadInput where it is damaged."""
    from meterkeep.ledger.notes import read_checkpoint
    from meterkeep.ledger.proofs import published_checkpoint
    from meterkeep.ledger.tiles import WIDTH, read_bundle

    size = read_checkpoint(published_checkpoint(folder)).size
    for number in range(-(-size // WIDTH)):
        try:
            bundle = read_bundle(folder, index=number, size=size)[: size - number * WIDTH]
            entries = [_recorded(number * WIDTH + place, data, zone) for place, data in enumerate(bundle)]
        except (OSError, ValueError, MsgspecError) as error:
            raise BadInput(
                "The log cannot be read.", where=f"bundle {number}", next="Run `meterkeep ledger verify`."
            ) from error
        yield from (recorded for recorded in entries if recorded)


def _recorded(index: int, data: bytes, zone: ZoneInfo) -> Recorded | None:
    """An entry that holds a decision names its action and its facts; what it says of customers is left where it is."""
    from meterkeep.ledger.entries import decode
    from meterkeep.policy.assurance.replay import Recorded

    entry = decode(data)
    action, facts = entry.detail.get("action"), entry.detail.get("facts")
    if not isinstance(action, str) or not isinstance(facts, str):
        return None
    return Recorded(
        index=index,
        action=action,
        facts=json.loads(facts),
        on=date.fromisoformat(entry.on),
        at=datetime.fromisoformat(entry.at).astimezone(zone).date(),
        outcomes=_outcomes(entry, action),
        clauses=frozenset(entry.clauses),
        pack_digest=entry.pack_digest,
    )


def _outcomes(entry: Entry, action: str) -> tuple[str, ...]:
    """An intent was permitted; a collection also goes ahead where the documents are silent."""
    if entry.outcome == "refused":
        return ("refuse",)
    if entry.outcome == "undetermined":
        return ("undetermined",)
    return ("permit", "undetermined") if action == "collect" else ("permit",)


def _tell(found: Replay, candidate: str) -> None:
    if not found.decisions:
        click.echo("The log holds no decision of that time.")
        return
    click.echo(f"{found.decisions:,} decisions from {found.first} to {found.last}.")
    click.echo(f"  {found.reproduced:,} come out as recorded under the pack of their day.")
    if found.superseded:
        click.echo(f"  {found.superseded:,} were decided by a version of the pack that is not here any more.")
    for finding in found.findings:
        now = finding.now if finding.why == "unreadable" else f"now {_with(finding.now, finding.cites)}"
        click.echo(f"  entry {finding.index}: recorded {_with(finding.recorded, finding.cited)}, {now}")
    click.echo(f"Under {candidate} {found.changed:,} of {found.decisions:,} would change.")
    for change, count in found.changes.most_common():
        click.echo(f"  {count:,} from {change.before} to {change.after}: {change.kind}")
        click.echo(f"      before by {_list(change.clauses_before)}, then by {_list(change.clauses_after)}")
        if change.missing:
            click.echo(f"      for want of {', '.join(change.missing)}")


def _with(outcome: str, clauses: tuple[str, ...]) -> str:
    return f"{SAID[outcome]} by {_list(clauses)}"


def _list(clauses: tuple[str, ...]) -> str:
    return ", ".join(clauses) or "no clause"
