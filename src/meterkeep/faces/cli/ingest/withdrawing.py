"""`ingest --withdraw`: a file taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import say_json


def withdraw(
    composition: Any,
    digest: str,
    paths: tuple[Path, ...],
    *,
    why: str,
    by: str,
    as_of: Any,
    apply: bool,
    as_json: bool,
) -> int:
    """Shows what a withdrawal does, and with `apply` does it. It is a person's act: the intake itself withdraws nothing."""
    if paths or by == "intake":
        raise BadInput(
            "A file is withdrawn by its digest, by a person.",
            next="Give --withdraw SHA256 --why REASON --by PERSON, and no path.",
        )
    custodian = composition.open()
    from meterkeep.desks.intake import actions

    found = actions.withdraw(
        digest=digest.strip().lower(),
        why=why,
        gate=custodian.gate,
        by=by,
        on=as_of or custodian.today(),
        apply=apply,
    )
    if as_json:
        say_json({**asdict(found), "applied": apply and not found.already})
        return 0
    if found.already:
        click.echo("This file was withdrawn already; nothing changes.")
        return 0
    verb = "no longer count" if apply else "would no longer count"
    click.echo(f"{found.ceased:,} readings {verb}: for {found.restored:,} an earlier one counts again.")
    if found.revived:
        click.echo(
            f"{found.revived:,} readings that the file had cancelled {'count' if apply else 'would count'} again."
        )
    if found.send_again:
        click.echo("These files said some of the same; take them in with --again, so that their word counts:")
        click.echo("\n".join(found.send_again))
    if not apply:
        click.echo("Nothing was changed. Add --apply to withdraw the file.")
    return 0
