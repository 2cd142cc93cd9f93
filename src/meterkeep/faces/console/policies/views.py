"""The policy register, the documents as the officer reads them, the rulings, the figures."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from meterkeep.desks.authorizations import queries as authorizations
from meterkeep.desks.customers import queries as customers
from meterkeep.desks.disclosures import queries as requests
from meterkeep.desks.intake import queries as intake
from meterkeep.desks.policies import actions, checks, queries
from meterkeep.desks.policies.models import AdoptionAct
from meterkeep.desks.releases import queries as releases
from meterkeep.errors import BadInput
from meterkeep.faces.console.policies import pages
from meterkeep.faces.console.policies import rulings as ruling_pages
from meterkeep.faces.console.policies.open_points import told
from meterkeep.faces.dates import day as in_words
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import CSV, attachment


@door("staff", "auditor")
def policies(request: HttpRequest) -> HttpResponse:
    return render(request, "console/policies.html", {"page": _register(request.custodian.today())})


@door("staff", "auditor")
def policies_csv(request: HttpRequest) -> HttpResponse:
    rows = _register(request.custodian.today()).versions
    return attachment(pages.versions_csv(rows), "policies.csv", CSV)


@door("staff", "auditor")
def act(request: HttpRequest, number: int) -> HttpResponse:
    found, today = _act(number), request.custodian.today()
    page = pages.act_page(found, queries.pack_of(found, on=today), today=today)
    points = told(queries.open_points(found, on=today))
    return render(request, "console/act.html", {"page": page, "points": points})


@door("staff", "auditor")
def document(request: HttpRequest, number: int, document: str) -> HttpResponse:
    found, today = _act(number), request.custodian.today()
    pack = queries.pack_of(found, on=today)
    text = next((layer for layer in pack.layers if layer.id == document), None)
    if text is None:
        raise Http404
    header = found.documents.filter(document=document).first()
    page = pages.document_page(text, pack, header, today=today)
    return render(request, "console/document.html", {"page": page, "act": found})


@door("staff", "auditor")
def rulings(request: HttpRequest) -> HttpResponse:
    today = request.custodian.today()
    pack = queries.pack_in_force(today)
    made = {name: list(queries.rulings_on(name)) for name in pack.interpretations} if pack else {}
    context = {
        "questions": ruling_pages.questions(
            pack, unruled=queries.questions_to_rule(pack) if pack else (), made=made
        ),
        "can_rule": request.user.kind == "staff" and checks.can_rule(request.user.person, on=today),
        "today": today.isoformat(),
    }
    return render(request, "console/rulings.html", context)


@require_POST
@door("staff")
def rule(request: HttpRequest, number: str) -> HttpResponse:
    today = request.custodian.today()
    actions.record_interpretation(
        number=number,
        ruling=request.POST.get("ruling", ""),
        reason=request.POST.get("reason", ""),
        by=request.user.person,
        on=today,
        since=_day(request.POST.get("since", "")) or today,
    )
    messages.success(
        request, gettext("The ruling on %(number)s is signed and in the log.") % {"number": number}
    )
    return redirect("rulings")


@door("staff", "auditor")
def figures(request: HttpRequest) -> HttpResponse:
    return render(request, "console/figures.html", {"groups": _grouped(_figures(request))})


@door("staff", "auditor")
def figures_csv(request: HttpRequest) -> HttpResponse:
    return attachment(ruling_pages.figures_csv(_figures(request)), "figures.csv", CSV)


def _register(today: date) -> pages.Register:
    acts = list(queries.acts())
    return pages.register(
        acts,
        queries.adoptions(),
        findings=_left_open(acts, today),
        stamps=_stamps(),
        digests={
            queries.version(day): gettext("as in force on %(day)s") % {"day": in_words(day)}
            for day in {today, *(found.effective_on for found in acts)}
        },
        today=today,
    )


def _left_open(acts: list[AdoptionAct], today: date) -> tuple[str, ...]:
    """Of the act in force, and of those that take effect in days to come, which are named."""
    current = queries.act_in_force(today)
    points = list(told(queries.open_points(current, on=today))) if current else []
    for act in acts:
        if act.effective_on > today:
            points += [
                f"{act.number or act.pack}: {point}" for point in told(queries.open_points(act, on=today))
            ]
    return tuple(points)


def _stamps() -> dict[str, dict[str, int]]:
    """Digest → how many files, customers, authorizations, requests and releases carry it."""
    desks = (intake, customers, authorizations, requests, releases)
    counted = [Counter(dict(desk.by_policy())) for desk in desks]
    return {
        digest: {desk.__name__: counts[digest] for desk, counts in zip(desks, counted, strict=True)}
        for digest in sorted(set().union(*counted))
    }


def _figures(request: HttpRequest) -> tuple[ruling_pages.FigureRow, ...]:
    today = request.custodian.today()
    return ruling_pages.figures(queries.pack_in_force(today), today=today)


def _grouped(rows: tuple[ruling_pages.FigureRow, ...]) -> list[tuple[str, list[ruling_pages.FigureRow]]]:
    """Those of the documents, then those of the law."""
    parts = ((gettext("Of the documents"), False), (gettext("Of the law beneath"), True))
    named = [(name, [row for row in rows if row.law is law]) for name, law in parts]
    return [(name, part) for name, part in named if part]


def _act(number: int) -> AdoptionAct:
    found = queries.act(number)
    if found is None:
        raise Http404
    return found


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise BadInput(
            f"{text!r} is no day.", where="since", next="Choose a day from the calendar."
        ) from error
