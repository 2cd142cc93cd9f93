"""`demo`: a synthetic provider through the front doors, then served."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from meterkeep.errors import Refused
from meterkeep.faces.cli.demo.signins import SignIn, hand_out
from meterkeep.faces.cli.demo.teller import Teller

NAME, PROVIDER, ZONE = "Coastal Example Energy", "cea", "America/Los_Angeles"
FINISHED = "demo.json"
"""Written into the home when the whole demonstration has run; a home without it was left half way."""


@click.command()
@click.option("--customers", default=2_000, show_default=True, type=click.IntRange(150, 1_000_000))
@click.option("--no-serve", is_flag=True, help="End after the walk, instead of serving the pages.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.pass_obj
def demo(composition: Any, customers: int, no_serve: bool, host: str, port: int) -> None:
    """Make Coastal Example Energy, a synthetic provider, and walk through the custodian's day."""
    custodian = _finished_home(composition)
    if custodian is None:
        custodian = _run(composition, customers=customers)
    else:
        click.echo(
            f"{custodian.home.name} stands in {custodian.home.folder} already; delete the folder to start over."
        )
    signins = hand_out(custodian)
    _show(signins, f"http://{host}:{port}")
    if no_serve:
        click.echo("Nothing is served yet: `./run serve` does it.")
    else:
        # A new process, because the engines that this one has opened do not survive the server's forks.
        os.environ["METERKEEP_HOME"] = str(custodian.home.folder)
        sys.stdout.flush()
        serve = ["-m", "meterkeep", "serve", "--host", host, "--port", str(port)]
        os.execv(sys.executable, [sys.executable, *serve])  # noqa: S606 - our own interpreter, no shell


def _finished_home(composition: Any) -> Any | None:
    """The demonstration's home if it is there and whole, None if there is no home; any other home is refused."""
    if not composition.has_home():
        return None
    home = composition.home()
    if not home.synthetic:
        raise Refused(
            "This home is not synthetic, and a demonstration writes made-up people into it.",
            where=str(home.folder),
            next="Name another folder with METERKEEP_HOME.",
        )
    if not (home.folder / FINISHED).exists():
        raise Refused(
            "This synthetic home was not made by a demonstration that came to its end.",
            where=str(home.folder),
            next="Delete the folder, or name another with METERKEEP_HOME.",
        )
    return composition.open()


def _run(composition: Any, *, customers: int) -> Any:
    custodian = composition.create(provider=PROVIDER, zone=ZONE, name=NAME, synthetic=True)
    from meterkeep.faces.cli.demo.files import World
    from meterkeep.faces.cli.demo.walk import Walk

    teller = Teller()
    teller.title(f"{NAME}: a synthetic provider under the CEA policies, {customers:,} customers, all made up")
    world = World(customers=customers, until=custodian.today(), zone=ZONE)
    with tempfile.TemporaryDirectory(prefix="files-", dir=custodian.home.folder) as folder:
        Walk(custodian, world, teller, Path(folder)).whole_day()
    (custodian.home.folder / FINISHED).write_text(json.dumps({"customers": customers}) + "\n")
    return custodian


def _show(signins: list[SignIn], address: str) -> None:
    click.echo(f"\nSign in at {address}/ (synthetic people; the passwords are new at every start):")
    for signin in signins:
        click.echo(f"  {signin.who:<16} {signin.username:<18} {signin.password:<18} {address}{signin.page}")
