"""`ask`: a question in plain words, answered by the adopted documents, without a home or any data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import as_of_option, json_option, say_json
from meterkeep.faces.cli.policy.packs import PackName
from meterkeep.policy import Pack, load_pack, pack_ids
from meterkeep.policy.language.loading import folder_of
from meterkeep.policy.questions.answers import Answer
from meterkeep.policy.questions.asking import ask as ask_question
from meterkeep.policy.questions.wording import wondered
from meterkeep.policy.texts.kept import read_texts

EXITS = {"permit": 0, "refuse": 1}
NOTHING_DEFINITE = 3
SAID = {
    ("permit", "decision"): ("Permitted", "green"),
    ("permit", "clauses"): ("The documents say", "green"),
    ("refuse", "decision"): ("Refused", "red"),
    ("refuse", "clauses"): ("The documents say no", "red"),
    ("undetermined", "decision"): ("It depends", "yellow"),
    ("undetermined", "clauses"): ("It depends", "yellow"),
    ("undetermined", ""): ("Nothing is in force", "yellow"),
    ("no_answer", ""): ("No answer in the adopted texts", "yellow"),
    ("not_applicable", ""): ("Not applicable", "yellow"),
}
MARKS = {"permit": "permitted", "refuse": "refused", "undetermined": "depends"}


@click.command()
@click.argument("question")
@click.option("--provider", metavar="PACK", type=PackName(), help="Whose documents are asked.")
@as_of_option
@json_option
@click.pass_context
def ask(
    context: click.Context, question: str, provider: str | Path | None, as_of: date | None, as_json: bool
) -> None:
    """Ask the adopted documents a question in plain words.

    Jurisdiction decides first: a place or a provider that the question names, else --provider. Exit 0 permitted,
    or the documents say it; 1 refused; 3 it depends, or there is no answer.
    """
    answer = ask_question(
        question,
        packs=_readable(),
        provider=load_pack(provider) if provider else None,
        texts=read_texts(folder_of(provider)) if provider else {},
        on=as_of or datetime.now().astimezone().date(),
    )
    if as_json:
        say_json(answer.as_json())
    else:
        for line in _told(answer):
            click.echo(line)
    context.exit(EXITS.get(answer.outcome, NOTHING_DEFINITE))


def _readable() -> list[Pack]:
    """The shipped packs; one that does not load is told by `policy lint`, and cannot be asked."""
    found = []
    for id in pack_ids():
        try:
            found.append(load_pack(id))
        except BadInput as error:
            click.echo(f"warning: {error.where}: {error.message}", err=True)
    return found


def _told(answer: Answer) -> Iterator[str]:
    word, colour = SAID[(answer.outcome, answer.basis)]
    whose = " · ".join(part for part in (answer.provider, answer.jurisdiction, str(answer.on or "")) if part)
    yield click.style(word, fg=colour, bold=True) + (f" · {whose}" if whose else "")
    if answer.reason:
        yield f"  {answer.reason}"
    yield from _listed("Understood as", answer.understood)
    if answer.branches:
        yield ""
    for branch in answer.branches:
        mark = click.style(f"{MARKS[branch.outcome]:11}", bold=True) if answer.basis == "decision" else "- "
        yield f"  {mark}{branch.condition}  [{', '.join(branch.clauses)}]"
    if answer.basis == "decision" and answer.outcome == "undetermined" and answer.branches:
        yield "  What is permitted holds as long as no line that refuses does."
    yield from _listed(
        "Not known, and it matters", tuple(f"{wondered(name)} ({name})" for name in answer.missing)
    )
    if answer.citations:
        yield "\n  In the clauses' words:"
    for citation in answer.citations:
        yield f"    {citation.id}  {citation.text}\n      {click.style(citation.source, dim=True)}"


def _listed(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield f"\n  {title}:"
    for line in lines:
        yield f"    - {line}"
