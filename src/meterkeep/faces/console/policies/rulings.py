"""What the pages of the rulings and of the figures show, as plain values."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext

from meterkeep.desks.policies.models import Interpretation
from meterkeep.faces.console.policies.pages import state
from meterkeep.faces.dates import day
from meterkeep.faces.downloads import csv_text
from meterkeep.policy import Pack
from meterkeep.policy.assurance.coverage import functions
from meterkeep.policy.questions.citing import amount, in_use


@dataclass(frozen=True)
class ChoiceRow:
    code: str
    says: str
    ruled: bool


@dataclass(frozen=True)
class QuestionRow:
    """own: whether the provider has ruled; cited_by: the clauses that rest on it; desk: the one that reads it.
    law: whether the law beneath raises it, and not the documents."""

    id: str
    question: str
    ruling: str
    by: str
    on: str
    own: bool
    cited_by: tuple[str, ...]
    desk: str
    law: bool
    choices: tuple[ChoiceRow, ...]
    history: tuple[str, ...]


def questions(
    pack: Pack | None, *, unruled: Sequence[str], made: Mapping[str, Sequence[Interpretation]]
) -> tuple[QuestionRow, ...]:
    """made: question → the provider's rulings, newest first. Those still to be made come first."""
    if pack is None:
        return ()
    rows = [_question(name, pack, name not in unruled, made.get(name, ())) for name in pack.interpretations]
    return tuple(sorted(rows, key=lambda row: (row.own, row.law)))


def _question(name: str, pack: Pack, own: bool, made: Sequence[Interpretation]) -> QuestionRow:
    entry = pack.interpretations[name]
    citing = {clause.id: None for clause in pack.clauses if name in clause.interpretations}
    return QuestionRow(
        id=name,
        question=entry.question,
        ruling=entry.choices[entry.ruling],
        by=entry.by,
        on=day(entry.on),
        own=own,
        law=_of_law(name, citing, pack),
        cited_by=tuple(citing),
        desk=functions()[entry.used_by].title if entry.used_by else "",
        choices=tuple(ChoiceRow(code, says, code == entry.ruling) for code, says in entry.choices.items()),
        history=tuple(
            f"{day(one.on)}, {one.signed_by}: {entry.choices.get(one.ruling, one.ruling)} {one.reason}"
            for one in made
        ),
    )


def _of_law(name: str, citing: Container[str], pack: Pack) -> bool:
    """One that no clause reads tells by its letter: L are the questions of the law."""
    own = any(clause.id in citing for document in pack.documents for clause in document.clauses)
    beneath = any(clause.id in citing for document in pack.law for clause in document.clauses)
    return not own and (beneath or name.startswith("L"))


@dataclass(frozen=True)
class FigureRow:
    """value: with its unit. law: whether the law beneath sets it."""

    name: str
    says: str
    value: str
    value_sort: int
    since: str
    since_sort: str
    cite: str
    verified: bool
    state: str
    tone: str
    law: bool


def figures(pack: Pack | None, *, today: date) -> tuple[FigureRow, ...]:
    """Every number of the pack, then of the law beneath, with those of days gone and to come."""
    rows = []
    law = {document.id for document in pack.law} if pack else set()
    for parameter in pack.parameters.values() if pack else ():
        used = in_use(pack, parameter.name) if pack else True
        ends = [one.effective for one in parameter.figures[1:]] + [None]
        for figure, until in zip(parameter.figures, ends, strict=True):
            word, tone = state(figure.effective, until, today)
            if not used:
                word, tone = gettext("Not in use, as ruled"), "plain"
            rows.append(
                FigureRow(
                    parameter.name,
                    parameter.says,
                    amount(parameter.name.removesuffix("_over"), figure.value),
                    figure.value,
                    day(figure.effective),
                    figure.effective.isoformat(),
                    figure.cite,
                    figure.verified,
                    word,
                    tone,
                    law=figure.cite.partition("/")[0] in law,
                )
            )
    return tuple(sorted(rows, key=lambda row: row.law))


def figures_csv(rows: Iterable[FigureRow]) -> str:
    head = ("name", "says", "value", "from", "cite", "verified", "state")
    return csv_text(
        [head, *((r.name, r.says, r.value_sort, r.since_sort, r.cite, r.verified, r.state) for r in rows)]
    )
