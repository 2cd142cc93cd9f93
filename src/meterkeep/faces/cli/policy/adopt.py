"""`policy adopt`: a pack is brought into force by the act that adopted its documents."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from meterkeep.faces.cli.output import Day, as_of_option, by_option, json_option, say_json
from meterkeep.faces.cli.policy.packs import pack_argument
from meterkeep.policy import load_pack
from meterkeep.policy.language.adoption import (
    AdoptionRecord,
    Attachment,
    adoption_of,
    findings,
    read_adoption,
    read_votes,
)
from meterkeep.policy.language.newpack import unruled

FILE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.command("adopt")
@pack_argument
@click.option(
    "--resolution", default="", metavar="NUMBER", help="The number of the resolution, or of the entry."
)
@click.option("--adopted", type=Day(), default=None, help="The day of the act.")
@click.option("--effective", type=Day(), default=None, help="The day from which it decides.")
@click.option("--votes", type=FILE, default=None, metavar="FILE.toml", help="The roll call.")
@click.option("--record", type=FILE, default=None, metavar="FILE.toml", help="The whole record of the act.")
@click.option(
    "--attach", type=FILE, multiple=True, metavar="FILE", help="A signed paper: its digest is kept."
)
@click.option(
    "--no-proofs", is_flag=True, help="Leave the proofs out of a rehearsal; --apply always runs them."
)
@click.option("--apply", is_flag=True, help="Do it. Without it everything is checked and nothing is kept.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def adopt_command(
    composition: Any,
    pack: str | Path,
    resolution: str,
    adopted: date | None,
    effective: date | None,
    votes: Path | None,
    record: Path | None,
    attach: tuple[Path, ...],
    no_proofs: bool,
    apply: bool,
    by: str,
    as_of: date | None,
    as_json: bool,
) -> int:
    """Bring a pack into force by the act that adopted it; without --apply, say what would happen.

    It is linted, tested and proved, held against what is in force, and then kept as it is: what somebody edits in its
    folder later changes nothing. Exit 1 where a finding, a failing case or a failing proof stands against it.
    """
    custodian = composition.open()
    from meterkeep.desks.policies import actions, checks, queries
    from meterkeep.desks.policies.records import effective_of, settled
    from meterkeep.faces.cli.policy.examining import examine

    on = as_of or custodian.today()
    given = _given(pack, record=record, votes=votes, attach=attach)
    said = settled(given, load_pack(pack), resolution=resolution, adopted_on=adopted, effective_on=effective)
    day = effective_of(said)
    if apply:
        checks.check_roll_call(said)
    act = actions.rehearse(pack_id=pack, record=said, by=by, on=on)
    examination = examine(pack, before=queries.pack_in_force(day), on=day, proofs=apply or not no_proofs)
    applied = apply and examination.clean
    if applied:
        actions.adopt(pack_id=pack, record=said, by=by, on=on, examined=act.copy_id)
    late = day < on and bool(queries.version(day))
    if as_json:
        say_json(_as_json(pack, said, act, examination) | {"late": late, "applied": applied})
    else:
        _tell(said, act, examination, to_rule=_to_rule(pack), late=late)
        _tell_end(applied, clean=examination.clean)
    return 0 if examination.clean else 1


def _given(
    pack: str | Path, *, record: Path | None, votes: Path | None, attach: tuple[Path, ...]
) -> AdoptionRecord:
    """The record in the file, or the one beside the pack, with the roll call and the papers that are given besides."""
    said = read_adoption(record) if record else adoption_of(pack) or AdoptionRecord()
    papers = tuple(
        Attachment(title=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest()) for path in attach
    )
    return replace(
        said, votes=read_votes(votes) if votes else said.votes, attachment=(*said.attachment, *papers)
    )


def _as_json(pack: str | Path, said: AdoptionRecord, act: Any, examination: Any) -> dict[str, Any]:
    return {
        "pack": act.pack,
        "pack_digest": act.pack_digest,
        "copy": act.copy_id,
        "adopted": act.adopted_on,
        "effective": act.effective_on,
        "number": act.number,
        "votes": {answer: list(names) for answer, names in said.votes.roll.items()},
        "result": act.result,
        "record_digest": act.record_digest,
        "findings": [*findings(said), *_to_rule(pack)],
        **examination.as_json(),
    }


def _to_rule(pack: str | Path) -> list[str]:
    waiting = unruled(load_pack(pack))
    return [f"Nobody of yours has ruled on {', '.join(waiting)}."] if waiting else []


def _tell(said: AdoptionRecord, act: Any, examination: Any, *, to_rule: list[str], late: bool) -> None:
    from meterkeep.faces.cli.policy.examining import told

    for line in told(examination):
        click.echo(line)
    click.echo("What is recorded:")
    click.echo(f"  {said.kind.replace('_', ' ')} {said.number} {said.title}".rstrip())
    click.echo(f"  {act.pack}, adopted {act.adopted_on}, in force from {act.effective_on}")
    if said.votes.taken:
        click.echo(
            f"  {act.result}: " + "; ".join(f"{a} {', '.join(n)}" for a, n in said.votes.roll.items() if n)
        )
    click.echo(f"  digest of the pack {act.pack_digest[:16]}…, of its files {act.copy_id[:16]}…")
    if late:
        click.echo("  This is caught up with: days since then were decided by what was in force before.")
    for finding in [*findings(said), *to_rule]:
        click.echo(f"  left open: {finding}")


def _tell_end(applied: bool, *, clean: bool) -> None:
    if applied:
        click.echo("Adopted, and in the log.")
    elif clean:
        click.echo("Nothing is kept yet. Do it with --apply.")
    else:
        click.echo("It cannot be adopted like this: mend what is found, then ask again.")
