"""`register`: a provider's own people, parties, contracts and sign-ins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from meterkeep.faces.cli.output import as_of_option, by_option, json_option, say_json


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.toml")
@click.option("--new-password", multiple=True, metavar="PERSON", help="Give this person a new password.")
@by_option()
@as_of_option
@json_option
@click.pass_obj
def register(
    composition: Any, file: Path, new_password: tuple[str, ...], by: str, as_of: Any, as_json: bool
) -> None:
    """Bring the registers of people and parties up to FILE.toml.

    Who works here and needs to know what, who may receive something, by which contract, who may sign in. What is on
    record already is left alone; a sign-in's password is shown once.
    """
    custodian = composition.open()
    from meterkeep.faces.cli.register.file import read
    from meterkeep.faces.cli.register.recording import Recording

    recording = Recording(by=by, on=as_of or custodian.today())
    recording.bring_up_to(read(file), new_passwords=new_password)
    if as_json:
        say_json({"recorded": recording.done, "passwords": recording.passwords})
        return
    for line in recording.done or ["Nothing to do: all of it is on record."]:
        click.echo(line)
    if recording.passwords:
        click.echo("\nPasswords, shown this once:")
        for person, password in recording.passwords.items():
            click.echo(f"  {person:<20} {password}")
