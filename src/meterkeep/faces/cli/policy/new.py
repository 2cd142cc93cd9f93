"""`policy new`: a provider's own pack, begun as a copy of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import json_option, say_json
from meterkeep.faces.cli.policy.packs import PackName


@click.command("new")
@click.option("--from", "model", type=PackName(), required=True, help="The pack to begin from, e.g. cea.")
@click.option("--name", required=True, help="The provider's name.")
@click.option("--prefix", default="", metavar="LETTERS", help="Begins the ids of the clauses, e.g. LE.")
@click.option(
    "--to", type=click.Path(path_type=Path), help="The folder; its name becomes the pack's id.", default=None
)
@json_option
@click.pass_obj
def new_command(
    composition: Any, model: str | Path, name: str, prefix: str, to: Path | None, as_json: bool
) -> None:
    """Begin a provider's own pack: a folder of Markdown and TOML to be edited, checked and adopted."""
    from meterkeep.policy.language.newpack import new_pack, slug_of

    if not slug_of(name):
        raise BadInput("The name has no letters.", where="--name", next="Give the provider's name.")
    folder = to or _shelf(composition) / slug_of(name)
    made = new_pack(model, name=name, folder=folder.absolute(), prefix=prefix)
    if as_json:
        say_json(
            {
                "pack": made.id,
                "folder": str(made.folder),
                "from": made.made_from,
                "documents": dict(made.renamed),
                "to_rule": list(made.rulings),
            }
        )
        return
    _tell(made, folder, spoken=_spoken(folder, composition))


def _shelf(composition: Any) -> Path:
    return Path(composition.home().packs) if composition.has_home() else Path()


def _spoken(folder: Path, composition: Any) -> str:
    """How the pack is called in the commands to come: on the home's shelf by its id, elsewhere by its folder."""
    if composition.has_home() and folder.absolute().parent == _shelf(composition).absolute():
        return folder.name
    return f"./{folder}" if len(folder.parts) == 1 else str(folder)


def _tell(made: Any, folder: Path, *, spoken: str) -> None:
    click.echo(f"Made {folder} from {made.made_from}: {', '.join(made.renamed.values())}.")
    click.echo(f"{len(made.rulings)} questions wait for your own ruling: interpretations.toml.")
    click.echo("\nNext: edit its Markdown and TOML files, then")
    for step in ("lint", "test", "prove"):
        click.echo(f"      meterkeep policy {step} {spoken}")
    click.echo(
        f"      meterkeep policy adopt {spoken} --resolution NUMBER --adopted DATE --effective DATE --votes FILE.toml"
        " --by PERSON"
    )
