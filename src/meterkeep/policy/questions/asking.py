"""Ask: a question in plain words → conditions, outcomes and clauses, or the reason why there is no answer.

Jurisdiction and scope decide first. A question about an act is a decision in three values with what the words say; any
other is answered by the clauses that support every word of it. Nothing is generated: without a clause there is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from meterkeep.errors import BadInput
from meterkeep.policy.language.pack import Pack
from meterkeep.policy.language.vocabulary import FactValue, vocabulary
from meterkeep.policy.questions import lookup
from meterkeep.policy.questions.answers import Answer, clauses_of
from meterkeep.policy.questions.branches import Branch
from meterkeep.policy.questions.cases import Decided, decidable, decide_reading
from meterkeep.policy.questions.citing import Entry, Texts, cite
from meterkeep.policy.questions.classes import asked_class
from meterkeep.policy.questions.figures import Correction, about_figures, corrections, unnumbered
from meterkeep.policy.questions.plain import affirmed, plain
from meterkeep.policy.questions.reading import Reading, Understood, read
from meterkeep.policy.questions.references import Reference, references
from meterkeep.policy.questions.scope import OutOfScope, Scope, rest_of, rules, scope_of, state_name
from meterkeep.policy.questions.wording import condition, said

_PREMISE = re.compile(
    r"^\s*(?:since|because|as|given that|considering that|now that|seeing that)\b(?P<premise>[^?]*?),\s*(?P<asked>[^,].*)$"
    r"|^(?P<claim>[^?]*?),?\s+(?:so|hence|therefore)\s+(?P<then>(?:may|can|could|must|do|does|is|are|how|what|when)\b.*)$",
    re.I | re.S,
)
_LAST = re.compile(r",\s*((?:may|can|could|must|should|do|does|is|are|how|what|when|who)\b[^,]*)$", re.I)
_SINCE = re.compile(r"^(?:since|because|as|given that|considering that|now that|seeing that)\b")
_PRONOUN = re.compile(
    r"\b(?:mine|it|them|those|these|do so|do that)\b"
)  # what it stands for is in the premise
_YEAR = re.compile(
    r"(?<!collected )(?<!stored )(?<!kept )(?<!gathered )(?<!obtained )(?<!from )"
    r"\b(?P<when>before|prior to|in|during) (?P<year>(?:19|20)\d\d)\b(?! ?[%$a-z])"
)
_LEGAL = re.compile(
    r"\b(?:allows?|lets?|limits?|maximum|minimum|thresholds?|sets?|kept?|keeps?|deadline|must|have to|at (?:least|most)|go(?:es)? out|(?:is|are) (?:sent|paid|reimbursed|due|charged|reported|released|filed|kept)|permits?|may|can|could|charges?|requires?|needs?|rules?|polic(?:y|ies)|act|law|covered|clause|has an?|says?)\b",
    re.I,
)
LONGEST = 600  # characters; a longer text is no question
NO_TEXTS: Texts = MappingProxyType({})
_DATA = re.compile(
    r"\b(?:disclos(?:e|es|ed|ing|ures?)|bills?|debts?|data|information|records?|details|datos|información)\b"
)
UNTOLD = ("aggregate.largest_share_ppm_up", "customer.consent")  # said by another fact of the same phrase
NOT_COVERED = "The adopted documents do not speak of this."


def ask(
    question: str,
    *,
    packs: Sequence[Pack],
    provider: Pack | None = None,
    default: Pack | None = None,
    on: date,
    texts: Texts = NO_TEXTS,
) -> Answer:
    """Answers by the documents in force on the date.

    packs: those among which a named place or provider chooses. provider: the pack that is asked, if one is. default: the
    one of packs that is asked where the question names no other. texts: clause
    id → the adopted text as it was imported; without it a clause is cited in our paraphrase. Raises BadInput for a
    question that is empty or longer than 600 characters.
    """
    whole = affirmed(plain(checked(question)))
    scope = scope_of(whole, packs=packs, provider=provider, default=default)
    if isinstance(scope, OutOfScope):
        return Answer(outcome=scope.outcome, reason=scope.reason, jurisdiction=scope.jurisdiction)
    if lacking := next((one for one in references(question, scope.packs) if not one.ids), None):
        return Answer(outcome="no_answer", reason=f"There is no “{lacking.words}” in the adopted texts.")
    if subject := rules().subjects.search(whole):
        return Answer(outcome="no_answer", reason=f"The adopted documents say nothing of “{subject[0]}”.")
    asked = without_premise(question)
    rest = rest_of(affirmed(plain(asked)))
    whole = _SINCE.sub("", scope.rest)
    form = rest_of(affirmed(plain(last_clause(asked))))
    scope = replace(scope, rest=rest, looked_up=whole if _PRONOUN.search(rest) else rest, form=form)
    named = references(asked, scope.packs)
    premise = affirmed(plain(premise_of(question)))
    found = [_of_pack(pack, scope, named, premise, on, texts) for pack in scope.packs]
    return _only([answer for answer in found if answer], scope, on, texts)


def last_clause(question: str) -> str:
    """What follows the last comma, if it is a question of its own: the verdict is on that."""
    hit = _LAST.search(question)
    return hit[1] if hit else question


def without_premise(question: str) -> str:
    """What is asked, without what is supposed about the documents: the documents answer, not the supposition."""
    hit = _premise(question)
    return (hit["asked"] or hit["then"] or question) if hit else question


def premise_of(question: str) -> str:
    """What is supposed about the documents, or ""."""
    hit = _premise(question)
    return (hit["premise"] or hit["claim"] or "") if hit else ""


def _premise(question: str) -> re.Match[str] | None:
    hit = _PREMISE.match(question)
    return hit if hit and _LEGAL.search(hit["premise"] or hit["claim"] or "") else None


def checked(question: str) -> str:
    """The question, if it can be one."""
    if not re.search(r"\w", question):
        raise BadInput("The question is empty.", where="question", next='Ask one: meterkeep ask "May we …?"')
    if len(question) > LONGEST:
        raise BadInput(
            f"The question has {len(question)} characters; {LONGEST} are the most.",
            where="question",
            next="Ask one thing at a time.",
        )
    return question


def _only(answers: Sequence[Answer], scope: Scope, on: date, texts: Texts) -> Answer:
    """The answer, if the texts of exactly one provider give one."""
    answers = [one for one in answers if one.answered] or answers
    if len(answers) == 1:
        return answers[0]
    if answers:
        names = ", ".join(one.provider for one in answers)
        return Answer(
            outcome="no_answer",
            reason=f"The documents of several providers answer this ({names}); say whose are meant with --provider.",
        )
    if len(scope.packs) == 1:
        near = lookup.nearest(scope.rest, scope.packs[0], on=on, texts=texts)
        return Answer(outcome="no_answer", reason=f"{NOT_COVERED} {near}".strip())
    return Answer(outcome="no_answer", reason=NOT_COVERED)


def _of_pack(
    pack: Pack, scope: Scope, named: Sequence[Reference], premise: str, on: date, texts: Texts
) -> Answer | None:
    """What one pack says, and which number of the premise it has otherwise."""
    wrong = corrections(premise, pack, on) if _in_force(pack, on) else []
    if not wrong:
        return _asked_of(pack, scope, named, on, texts)
    retold = wrong[0].retold(scope.rest)
    answer = _asked_of(pack, replace(scope, rest=retold, looked_up=retold), named, on, texts)
    lines = [] if answer and answer.answered else about_figures(f"{premise} {scope.rest}", pack, on)
    if answer is None or not answer.answered:
        lines = lines or [Branch(one.says, "permit", (one.cite,)) for one in wrong]
        answer = lookup.of_lines(lines, "undetermined", pack, on, texts)
    return _corrected(answer, wrong, lookup.entries_of(pack, on), texts)


def _corrected(
    answer: Answer, wrong: Sequence[Correction], entries: Mapping[str, Entry], texts: Texts
) -> Answer:
    ids = tuple(dict.fromkeys(one.cite for one in wrong))
    return replace(
        answer,
        reason=" ".join(filter(None, (*(one.says for one in wrong), answer.reason))),
        corrected=ids,
        citations=cite([*(one.id for one in answer.citations), *ids], entries, texts),
    )


def _asked_of(pack: Pack, scope: Scope, named: Sequence[Reference], on: date, texts: Texts) -> Answer | None:
    """What one pack says, or None where it does not speak of it."""
    on = _day_of(scope.rest, pack, on)
    if not _in_force(pack, on):
        return _not_in_force(pack, on)
    text = scope.rest
    if len(scope.packs) > 1 and named and not any(_has(pack, one) for one in named):
        return None
    if not named and (figures := _of_figures(scope, pack, on, texts)):
        return figures
    said = scope.looked_up if "do so" in text or "do that" in text else text
    reading = _acting(read(said, parameter=_figures(pack, on)), text)
    if _wants_decision(text, reading):
        decided = decide_reading(reading, pack, provider=scope.provider, on=on)
        if decided.why == "facts" and decided.branches:
            return _of_decision(decided, reading, pack, on, texts)
    ids = [id for one in named for id in one.ids]
    if ids:
        return lookup.named(ids, pack, on=on, texts=texts)
    return lookup.look_up(scope.form or text, pack, by=scope.looked_up, on=on, texts=texts)


def _of_figures(scope: Scope, pack: Pack, on: date, texts: Texts) -> Answer | None:
    """A number that is asked for or compared with, one that the pack does not have, or the class of a purpose."""
    if lines := about_figures(scope.rest, pack, on):
        return lookup.of_lines(lines, _of_all(lines), pack, on, texts)
    says, ids = unnumbered(scope.rest, pack, on)
    if says:
        words = "; ".join(f"{id}, “{lookup.entries_of(pack, on)[id].line}”" for id in ids)
        return Answer(outcome="no_answer", reason=f"{says} {words}", provider=pack.id)
    return asked_class(scope.form or scope.rest, pack, on, texts)


def _of_all(lines: Sequence[Branch]) -> str:
    """Figures of one clause hold together, so one that is not met settles it; those of several leave it open."""
    outcomes = {line.outcome for line in lines}
    if len(outcomes) == 1:
        return outcomes.pop()
    one_clause = len({line.clauses for line in lines}) == 1
    return "refuse" if one_clause and "refuse" in outcomes else "undetermined"


def _in_force(pack: Pack, on: date) -> bool:
    return any(document.in_force(on) for document in pack.documents)


def _day_of(text: str, pack: Pack, on: date) -> date:
    """The day that the question itself names, where nothing was in force then."""
    hit = _YEAR.search(text)
    if not hit:
        return on
    year = int(hit["year"]) - (hit["when"] in ("before", "prior to"))
    then = date(year, 12, 31)
    return on if _in_force(pack, then) else then


def _acting(reading: Reading, text: str) -> Reading:
    """Who asks for leave and names data and a purpose or a recipient, but no act, means to use or to disclose it."""
    told = reading.facts
    if reading.actions or "data.kind" not in told or not rules().ask["leave"].search(text):
        return reading
    if "recipient.kind" in told or "purpose.name" in told:
        return replace(reading, actions=("disclose" if "recipient.kind" in told else "use",))
    return reading


def _wants_decision(text: str, reading: Reading) -> bool:
    """An act on data that somebody wants to do, not a number, a definition, or a matter of the documents' own."""
    known = rules()
    if known.topics.search(text) or not decidable(
        reading, mentions_data=bool(_DATA.search(text)), plain_leave=bool(known.ask["leave"].match(text))
    ):
        return False
    leave = known.ask["leave"].search(text)
    if known.ask["number"].search(text) or known.ask["lookup"].search(text):
        return bool(leave and leave.start() == 0)
    return True


def _of_decision(decided: Decided, reading: Reading, pack: Pack, on: date, texts: Texts) -> Answer:
    return Answer(
        outcome=decided.outcome,
        basis="decision",
        branches=decided.branches,
        citations=cite(clauses_of(decided.branches), lookup.entries_of(pack, on), texts),
        jurisdiction=state_name(pack.jurisdiction),
        provider=pack.id,
        understood=tuple(_heard(one) for one in reading.said),
        missing=decided.missing if decided.outcome == "undetermined" else (),
        on=on,
    )


def _heard(one: Understood) -> str:
    """`“by email”: it would travel by email`."""
    act = [vocabulary().actions[one.action]] if one.action else []
    facts = [_told(name, values) for name, values in one.facts.items() if name not in UNTOLD]
    return f"“{one.words}”: " + "; ".join(act + facts)


def _told(name: str, values: Sequence[FactValue]) -> str:
    if len(values) == 1:
        return said(name, values[0])
    if vocabulary().facts[name].type == "int":
        first, last = int(values[0]), int(values[-1])
        return f"{said(name, first)} or {'less' if last < first else 'more'}"
    return condition([(name, frozenset(values))])


def _not_in_force(pack: Pack, on: date) -> Answer:
    first = min(document.effective for document in pack.documents)
    since = f"the first takes effect on {first}" if on < first else "none is any longer"
    return Answer(
        outcome="undetermined",
        reason=f"None of the documents of {pack.name} is in force on {on}: {since}.",
        jurisdiction=state_name(pack.jurisdiction),
        provider=pack.id,
        on=on,
    )


def _has(pack: Pack, reference: Reference) -> bool:
    own = {clause.id for clause in pack.clauses}
    return any(id in own for id in reference.ids)


def _figures(pack: Pack, on: date) -> Mapping[str, int]:
    figures = {name: parameter.at(on) for name, parameter in pack.parameters.items()}
    return {name: figure.value for name, figure in figures.items() if figure}
