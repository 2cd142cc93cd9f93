"""`ask`: a question in plain words, answered by the adopted documents: a home's own, or without one the packs' folders."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from textwrap import fill
from typing import Any

import click

from meterkeep.errors import BadInput
from meterkeep.faces.cli.output import as_of_option, json_option, say_json
from meterkeep.faces.cli.policy.packs import PackName
from meterkeep.policy import Pack, load_pack, pack_ids
from meterkeep.policy.language.loading import folder_of
from meterkeep.policy.questions.answers import Answer, Passage
from meterkeep.policy.questions.asking import ask as ask_question
from meterkeep.policy.questions.branches import Branch
from meterkeep.policy.questions.wording import wondered
from meterkeep.policy.texts.kept import read_texts

EXITS = {"permit": 0, "refuse": 1}
NOTHING_DEFINITE = 3
WIDEST = 110  # columns that are read with ease
UNADOPTED = "{name} is not adopted; this is what its folder says now."
EARLIER = "{here} is in force here on that day, not {name}."
AS_SHIPPED = "This home has {here} in force; {name} is asked as it is shipped."
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
MARKS = {
    "decision": {"permit": "permitted", "refuse": "refused", "undetermined": "depends"},
    "clauses": {"permit": "permits", "refuse": "forbids", "undetermined": "depends"},
}


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

    Jurisdiction decides first: a place or a provider that the question names, else --provider, else in a home what is
    adopted there. Exit 0 permitted, or the documents say it; 1 refused; 3 it depends, or there is no answer.
    """
    answer = _answered(question, context.obj, provider, as_of)
    if as_json:
        say_json(answer.as_json())
    else:
        for line in _told(answer):
            click.echo(line)
    context.exit(EXITS.get(answer.outcome, NOTHING_DEFINITE))


def _answered(question: str, composition: Any, provider: str | Path | None, as_of: date | None) -> Answer:
    """In a home by what was adopted there for the day; without one by the folders."""
    if composition is not None and composition.has_home():
        custodian = composition.open()
        return _in_home(question, provider, as_of or custodian.today())
    on = as_of or datetime.now().astimezone().date()
    if provider is None:
        return ask_question(question, packs=_readable(), on=on)
    texts = read_texts(folder_of(provider))
    return ask_question(question, packs=_readable(), provider=load_pack(provider), texts=texts, on=on)


def _in_home(question: str, provider: str | Path | None, on: date) -> Answer:
    from meterkeep.desks.policies import queries
    from meterkeep.faces.questions import texts_of

    if provider is None:
        adopted = _adopted_here(on)
        others = [one for one in _readable() if adopted is None or one.id != adopted.id]
        packs = [adopted, *others] if adopted else others
        texts = texts_of(adopted, on) if adopted else {}
        return ask_question(question, packs=packs, default=adopted, texts=texts, on=on)
    here = queries.pack_in_force(on)
    if provider in pack_ids() and not (here and here.id == provider):
        pack, note = load_pack(provider), AS_SHIPPED.format(here=here.id, name=provider) if here else ""
    elif adopted := queries.as_adopted(str(provider), on):
        pack, note = adopted, "" if adopted.id == provider else EARLIER.format(here=adopted.id, name=provider)
    else:
        pack, note = load_pack(provider), UNADOPTED.format(name=load_pack(provider).id)
    texts = texts_of(pack, on) if pack is here else {} if isinstance(provider, str) else read_texts(provider)
    answer = ask_question(question, packs=_readable(), provider=pack, texts=texts, on=on)
    return replace(answer, reason=f"{note} {answer.reason}".strip())


def _adopted_here(on: date) -> Pack | None:
    """The pack in force on the day, or the one adopted last, of which nothing is in force; None where nothing ever was."""
    from meterkeep.desks.policies import queries

    if pack := queries.pack_in_force(on):
        return pack
    last = queries.last_act()
    return queries.as_adopted(last.pack, on) if last else None


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
        yield _wrapped(answer.reason, "  ")
    yield from _listed("Understood as", answer.understood)
    if answer.branches:
        yield ""
    for branch in answer.branches:
        yield _branch(branch, answer)
    if answer.basis == "decision" and answer.outcome == "undetermined" and answer.branches:
        yield "  What is permitted holds as long as no line that refuses does."
    yield from _listed(
        "Not known, and it matters", tuple(f"{wondered(name)} ({name})" for name in answer.missing)
    )
    yield from _passages("The adopted words", answer.adopted_words)
    yield from _passages("In plain words (our paraphrase)", answer.paraphrases)


def _branch(branch: Branch, answer: Answer) -> str:
    marked = answer.basis == "decision" or len({one.outcome for one in answer.branches}) > 1
    mark = f"{MARKS[answer.basis][branch.outcome]:11}" if marked else "- "
    line = _wrapped(f"{mark}{branch.condition}  [{', '.join(branch.clauses)}]", "  ", " " * (2 + len(mark)))
    return line.replace(mark, click.style(mark, bold=True), 1)


def _passages(title: str, passages: Sequence[Passage]) -> Iterator[str]:
    if passages:
        yield f"\n  {title}:"
    for passage in passages:
        if said := ", ".join(id for id, line in passage.clauses if not line):
            yield _wrapped(said, "    ", "      ")
        for id, line in passage.clauses:
            if line:
                yield _wrapped(f"{id}  {line}", "    ", "      ")
        if passage.text:
            yield _wrapped(passage.text, "      ")
        yield click.style(_wrapped("; ".join(passage.sources), "      "), dim=True)


def _listed(title: str, lines: tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield f"\n  {title}:"
    for line in lines:
        yield _wrapped(f"- {line}", "    ", "      ")


def _wrapped(text: str, first: str, later: str = "") -> str:
    width = min(WIDEST, shutil.get_terminal_size().columns)
    return fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=later or first,
        break_long_words=False,
        break_on_hyphens=False,
    )
