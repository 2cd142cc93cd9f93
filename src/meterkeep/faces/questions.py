"""A question put to the adopted documents, as the console and the public pages show it: plain values in, plain words out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meterkeep.errors import BadInput
from meterkeep.policy import Pack
from meterkeep.policy.language.loading import folder_of
from meterkeep.policy.questions.answers import Answer
from meterkeep.policy.questions.asking import LONGEST, ask
from meterkeep.policy.questions.branches import Branch
from meterkeep.policy.questions.citing import Citation, Texts
from meterkeep.policy.questions.wording import wondered
from meterkeep.policy.texts.kept import read_texts

VERDICTS = {
    ("permit", "decision"): _("Allowed"),
    ("permit", "clauses"): _("The documents say"),
    ("refuse", "decision"): _("Not allowed"),
    ("refuse", "clauses"): _("The documents say no"),
    ("undetermined", "decision"): _("It depends"),
    ("undetermined", "clauses"): _("It depends"),
    ("undetermined", ""): _("Nothing is in force on that day"),
    ("no_answer", ""): _("The documents do not answer this"),
    ("not_applicable", ""): _("The documents do not apply"),
}
MARKS = {"permit": _("allowed"), "refuse": _("not allowed"), "undetermined": _("it depends")}
TONES = {"permit": "good", "refuse": "bad", "undetermined": "open"}


@dataclass(frozen=True)
class Line:
    """One condition, what follows from it, and the clauses that say so."""

    condition: str
    mark: str
    tone: str
    outcome: str
    clauses: str


@dataclass(frozen=True)
class AnswerView:
    verdict: str
    tone: str
    reason: str
    whose: str
    decided: bool
    lines: tuple[Line, ...]
    understood: tuple[str, ...]
    missing: tuple[str, ...]
    citations: tuple[Citation, ...]

    @property
    def depends(self) -> bool:
        return self.decided and self.tone == "open"


@dataclass(frozen=True)
class AskPage:
    """answer: None before a question, and where it was none (then `problem` says why)."""

    question: str
    answer: AnswerView | None
    problem: str
    adopted: bool
    longest: int = LONGEST


def ask_page(question: str, *, pack: Pack | None, on: date, posted: bool) -> AskPage:
    """pack: what is adopted, under the provider's own rulings; it alone is asked."""
    if pack is None or not posted:
        return AskPage(question, None, "", pack is not None)
    try:
        answer = ask(question, packs=[pack], provider=pack, on=on, texts=_texts(pack))
    except BadInput:
        return AskPage(question, None, _problem(question), True)
    return AskPage(question, _view(answer, on), "", True)


def _problem(question: str) -> str:
    if not question.strip():
        return gettext("Please write a question.")
    return gettext("Please ask in one short question, of at most %(longest)s letters.") % {"longest": LONGEST}


def _texts(pack: Pack) -> Texts:
    """The adopted words, where they were imported beside the pack."""
    try:
        return read_texts(folder_of(pack.id))
    except BadInput:
        return {}


def _view(answer: Answer, on: date) -> AnswerView:
    decided = answer.basis == "decision"
    return AnswerView(
        verdict=str(VERDICTS[(answer.outcome, answer.basis)]),
        tone=TONES.get(answer.outcome, "plain"),
        reason=answer.reason,
        whose=", ".join(part for part in (answer.jurisdiction, date_format(on, "j F Y")) if part),
        decided=decided,
        lines=tuple(_line(branch) for branch in answer.branches),
        understood=answer.understood,
        missing=tuple(_capital(wondered(name)) for name in answer.missing),
        citations=answer.citations,
    )


def _line(branch: Branch) -> Line:
    return Line(
        condition=_capital(branch.condition),
        mark=str(MARKS[branch.outcome]),
        tone=TONES[branch.outcome],
        outcome=branch.outcome,
        clauses=", ".join(branch.clauses),
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
