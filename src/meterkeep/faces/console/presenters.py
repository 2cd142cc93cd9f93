"""What the staff's pages show, as plain values: a decision is laid open from its facts to what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from meterkeep.desks.disclosures.models import DataRequest
from meterkeep.desks.disclosures.states import OPEN
from meterkeep.faces import words
from meterkeep.faces.console.worklist import STATES, about, act
from meterkeep.faces.names import Names
from meterkeep.gate import Facts
from meterkeep.policy.language.vocabulary import vocabulary

WHY = {
    "not_in_force": _("No adopted document is in force on this day."),
    "not_applicable": _("No adopted document applies."),
}


@dataclass(frozen=True)
class Named:
    name: str
    value: str
    mono: bool = False


@dataclass(frozen=True)
class FactRow:
    name: str
    says: str
    value: str
    source: str


@dataclass(frozen=True)
class ClauseRow:
    id: str
    effect: str
    says: str
    summary: str
    text: str


@dataclass(frozen=True)
class DutyRow:
    do: str
    due: str


@dataclass(frozen=True)
class Step:
    says: str
    remedy: str


@dataclass(frozen=True)
class Way:
    """A clause that would permit it, and what stands between."""

    clause: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class DecisionView:
    """A decision laid open: the outcome in a sentence, and everything that carries it.

    facts: those that the deciding clauses look at; others: what was known besides.
    """

    sentence: str
    facts: tuple[FactRow, ...]
    others: tuple[FactRow, ...]
    missing: tuple[FactRow, ...]
    clauses: tuple[ClauseRow, ...]
    duties: tuple[DutyRow, ...]
    advice: tuple[Way, ...]
    interpretations: tuple[str, ...]
    basis: tuple[Named, ...]


@dataclass(frozen=True)
class DecisionPage:
    """view: None while nothing is decided. decidable: whether it may be decided, or decided anew, today."""

    reference: str
    title: str
    state: str
    tone: str
    due: str
    request: tuple[Named, ...]
    view: DecisionView | None
    decidable: bool


def decision_page(request: DataRequest, *, names: Names, today: date) -> DecisionPage:
    state, tone = STATES[request.state]
    return DecisionPage(
        reference=request.reference,
        title=act(request.request),
        state=str(state),
        tone=tone,
        due=date_format(request.due_on, "j F Y") if request.due_on else "",
        request=tuple(named for named in _asked(request, names) if named.value),
        view=_view(request, names),
        decidable=request.state in OPEN,
    )


def _view(request: DataRequest, names: Names) -> DecisionView | None:
    if request.decision is None:
        return None
    return decision_view(request.decision, facts=request.facts, sources=request.sources, names=names)


def _asked(request: DataRequest, names: Names) -> list[Named]:
    asked = request.request
    recipient, role = names.who(asked["recipient"]) if asked["recipient"] else ("", "")
    return [
        Named(gettext("For what"), names.title(asked["purpose"])),
        Named(gettext("What"), words.elements(asked["elements"])),
        Named(gettext("About"), about(asked)),
        Named(gettext("Period"), period_words(asked["period"])),
        Named(gettext("Goes to"), f"{recipient} ({role})" if role else recipient),
        Named(gettext("Why it is needed"), asked["reason"]),
        Named(gettext("Asked by"), f"{request.asked_by}, {date_format(request.asked_on, 'j F Y')}"),
        Named(gettext("Holds for"), _holds_for(request)),
    ]


def _holds_for(request: DataRequest) -> str:
    if not request.permitted or not request.left_out:
        return ""
    return gettext("%(permitted)s customers; %(left_out)s are left out") % {
        "permitted": request.permitted,
        "left_out": request.left_out,
    }


def period_words(period: Sequence[str] | None) -> str:
    """Half-open as it is kept, first and last day as people say it."""
    if not period:
        return ""
    start, end = (date.fromisoformat(day) for day in period)
    return gettext("%(first)s to %(last)s") % {
        "first": date_format(start, "j F Y"),
        "last": date_format(end - timedelta(days=1), "j F Y"),
    }


def decision_view(
    decision: Mapping[str, Any], *, facts: Facts, sources: Mapping[str, str], names: Names
) -> DecisionView:
    """decision: as `decide` prints it (design.md §8); facts: those it was made from; sources: fact → who said so."""
    tested = names.tested_by(clause["id"] for clause in decision["clauses"])
    rows = {name: _fact(name, facts[name], sources.get(name, "")) for name in sorted(facts)}
    return DecisionView(
        sentence=_sentence(decision),
        facts=tuple(row for name, row in rows.items() if name in tested),
        others=tuple(row for name, row in rows.items() if name not in tested),
        missing=tuple(_fact(name, None, "") for name in decision["missing"]),
        clauses=tuple(_clause(clause, names) for clause in decision["clauses"]),
        duties=tuple(DutyRow(duty["do"], _due(duty["due"])) for duty in decision["duties"]),
        advice=tuple(_way(way) for way in decision["advice"]),
        interpretations=tuple(f"{one['id']}: {one['ruling']}" for one in decision["interpretations"]),
        basis=(
            Named(gettext("Decided as of"), _due(decision["on"])),
            Named(gettext("Documents of"), decision["provider"] or "–"),
            Named(gettext("Their fingerprint"), decision["pack_digest"] or "–", mono=True),
        ),
    )


def _sentence(decision: Mapping[str, Any]) -> str:
    """The whole outcome in one line."""
    if decision["why"] != "facts":
        return str(WHY.get(decision["why"], decision["why"]))
    cited = ", ".join(clause["id"] for clause in decision["clauses"])
    sentences = {
        "permit": gettext("The adopted documents allow it (%(clauses)s)."),
        "refuse": gettext("The adopted documents forbid it (%(clauses)s)."),
        "undetermined": gettext(
            "A fact that matters is not known (%(clauses)s). Nothing is opened until it is."
        ),
    }
    return sentences[decision["outcome"]] % {"clauses": cited}


def _fact(name: str, value: bool | int | str | None, source: str) -> FactRow:
    known = vocabulary().facts.get(name)
    says = known.says.replace("{v}", _words(value)) if known else name
    return FactRow(
        name, says[:1].upper() + says[1:], _words(value), source or (known.source if known else "")
    )


def _words(value: bool | int | str | None) -> str:
    if value is None:
        return "…"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(value).replace("_", " ")


def _clause(clause: Mapping[str, str], names: Names) -> ClauseRow:
    effect = "refuse" if clause["effect"] == "forbid" else clause["effect"]
    says = str(words.EFFECTS.get(effect, effect))
    return ClauseRow(clause["id"], effect, says, clause["summary"], names.clause_text(clause["id"]))


def _way(way: Mapping[str, Any]) -> Way:
    steps = tuple(Step(unmet["says"], str(words.REMEDIES.get(unmet["remedy"], ""))) for unmet in way["unmet"])
    return Way(way["clause"], steps)


def _due(day: str | None) -> str:
    return date_format(date.fromisoformat(day), "j F Y") if day else ""
