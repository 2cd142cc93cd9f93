"""`policy import`: a policy's text, cut into clauses and mapped to a pack's."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import json_option, say_json
from meterkeep.faces.cli.policy.packs import PackName
from meterkeep.policy import load_pack

if TYPE_CHECKING:
    from meterkeep.policy.texts import Imported
    from meterkeep.policy.texts.mapping import Mapped
    from meterkeep.policy.texts.passages import ImportedDocument

COLOURS = {"mapped": "green", "check": "yellow", "new": "red", "heading": None}
SAID = {
    "mapped": "carry a clause of the pack",
    "check": "resemble one: somebody has to confirm",
    "new": "have no clause yet",
    "heading": "are headings",
}


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--pack", type=PackName(), help="The pack whose clauses the text carries; shipped or a folder.")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep what is mapped in this folder's texts.toml, so that answers show the adopted words.",
)
@json_option
@click.pass_context
def import_command(
    context: click.Context, file: Path, pack: str | Path | None, folder: Path | None, as_json: bool
) -> None:
    """Cut a policy (text or PDF) into its numbered clauses, with line and page, and map them to a pack's.

    Exit 3 while something is left for a person to look at.
    """
    from meterkeep.policy.texts import import_text

    imported = import_text(file, pack=load_pack(pack) if pack else None)
    if folder:
        _keep(imported, folder)
    if as_json:
        say_json(_as_json(imported))
    else:
        _tell(imported)
    context.exit(3 if imported.worklist else 0)


def _keep(imported: Imported, folder: Path) -> None:
    from meterkeep.policy.texts.kept import NAME, as_toml

    if not folder.is_dir():
        raise BadInput(
            "The folder is not there.", where=str(folder), next="Name the folder of the provider's own pack."
        )
    (folder / NAME).write_text(as_toml(imported), encoding="utf-8")
    click.echo(f"Kept in {folder / NAME}.", err=True)


def _as_json(imported: Imported) -> dict[str, Any]:
    mapped = {id(one.passage): one for one in imported.mapped}
    votes = imported.votes
    return {
        "file": imported.name,
        "sha256": imported.sha256,
        "pages": imported.pages,
        "resolution": imported.resolution or None,
        "votes": {name: list(who) for name, who in votes.votes.items()} if votes else None,
        "documents": [
            {**_document(one), "clauses": [_clause(mapped[id(passage)]) for passage in one.passages]}
            for one in imported.documents
        ],
        "counts": dict(Counter(one.status for one in imported.mapped)),
        "unmatched": list(imported.unmatched),
    }


def _document(document: ImportedDocument) -> dict[str, Any]:
    header = document.header
    return {
        "number": document.number,
        "aliases": list(document.aliases),
        "subject": header.subject if header else None,
        "effective": header.effective.isoformat() if header and header.effective else None,
        "supersedes": header.supersedes or None if header else None,
        "staff_contact": header.contact or None if header else None,
        "pages_said": header.pages if header else None,
        "lines": list(document.lines),
        "signatures": [
            {"name": one.legible, "role": one.role, "state": one.state, "line": one.line}
            for one in document.signatures
        ],
        "notes": list(document.notes),
    }


def _clause(one: Mapped) -> dict[str, Any]:
    passage = one.passage
    return {
        "number": passage.number,
        "heading": passage.heading or None,
        "text": passage.text,
        "lines": list(passage.lines),
        "page": passage.page,
        "status": one.status,
        "clauses": list(one.clauses),
        "by": one.by or None,
        "likeness": f"{one.likeness:.2f}",
        "notes": list(passage.notes),
    }


def _tell(imported: Imported) -> None:
    click.secho(
        f"{imported.name}: {_counted(imported.pages, 'page')}, {_counted(len(imported.documents), 'document')}",
        bold=True,
    )
    if imported.votes:
        called = "; ".join(f"{name} {', '.join(who) or 'none'}" for name, who in imported.votes.votes.items())
        click.echo(f"  Resolution {imported.resolution or 'without number'}: {called}")
    mapped = {id(one.passage): one for one in imported.mapped}
    for document in imported.documents:
        _tell_document(document)
        for passage in document.passages:
            _tell_clause(mapped[id(passage)])
    counts = Counter(one.status for one in imported.mapped)
    click.echo()
    for status, meaning in SAID.items():
        click.echo(f"  {counts[status]:4} passages {meaning}")
    if imported.unmatched:
        click.echo(f"  Clauses of the pack without a passage: {', '.join(imported.unmatched)}")


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _tell_document(document: ImportedDocument) -> None:
    click.echo()
    header = document.header
    click.secho(f"{document.number}  {header.subject if header else ''}".rstrip(), bold=True)
    if header:
        said = f"{header.pages} pages said" if header.pages else "pages not said"
        click.echo(
            f"  in effect {header.effective or 'unknown'}, supersedes {header.supersedes or 'nothing'}, {said}"
        )
    if document.aliases:
        click.echo(f"  also written {', '.join(document.aliases)}")
    for one in document.signatures:
        click.echo(f"  signature of {one.legible or 'somebody'} ({one.role}): {one.state}, line {one.line}")
    for note in document.notes:
        click.echo(f"  {note}")


def _tell_clause(one: Mapped) -> None:
    passage = one.passage
    told = passage.text if passage.number.startswith("L") else passage.words
    words = told if len(told) <= 58 else told[:57] + "…"
    click.echo(f"  {passage.number:10} {passage.anchor:10} ", nl=False)
    click.secho(f"{one.status:7}", fg=COLOURS[one.status], nl=False)
    click.echo(f" {words:58} {', '.join(one.clauses)}".rstrip())
    for note in passage.notes:
        click.echo(f"{'':30} {note}")
