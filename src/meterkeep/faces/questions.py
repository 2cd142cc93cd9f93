"""A question put to the adopted documents, as the console and the public pages show it: plain values in, plain words out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meterkeep.desks.policies import queries as policies
from meterkeep.desks.policies.copies import stored_texts
from meterkeep.errors import BadInput
from meterkeep.policy import Pack
from meterkeep.policy.language.loading import folder_of
from meterkeep.policy.questions.answers import Answer, Passage
from meterkeep.policy.questions.asking import LONGEST, ask
from meterkeep.policy.questions.branches import Branch
from meterkeep.policy.questions.citing import Texts
from meterkeep.policy.questions.wording import wondered
from meterkeep.policy.texts.kept import NAME, read_texts

logger = logging.getLogger(__name__)

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
    adopted_words: tuple[Passage, ...]
    paraphrases: tuple[Passage, ...]

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
        answer = ask(question, packs=[pack], provider=pack, on=on, texts=texts_of(pack, on))
    except BadInput:
        return AskPage(question, None, _problem(question), True)
    return AskPage(question, _view(answer, on), "", True)


def _problem(question: str) -> str:
    if not question.strip():
        return gettext("Please write a question.")
    return gettext("Please ask in one short question, of at most %(longest)s letters.") % {"longest": LONGEST}


def texts_of(pack: Pack, on: date) -> Texts:
    """The adopted words of the pack in force, where they were imported before it was adopted; later ones nobody adopted."""
    try:
        folder = folder_of(pack.id)
        return read_texts(folder) if _as_kept(pack, folder / NAME, on) else {}
    except BadInput as error:  # the folder is gone, or its texts are damaged: our paraphrase is cited instead
        logger.warning("The adopted words of %s cannot be shown: %s", pack.id, error.message)
        return {}


def _as_kept(pack: Pack, path: Path, on: date) -> bool:
    act = policies.act_in_force(on)
    if act is None:
        return True  # a home from before acts were kept has only its folder
    if act.pack != pack.id or not path.is_file():
        return False
    return stored_texts(str(act.copy_id)).get(f"{pack.id}/{NAME}") == path.read_text(encoding="utf-8")


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
        adopted_words=answer.adopted_words,
        paraphrases=answer.paraphrases,
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
