from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from meterkeep.desks.disclosures import actions as disclosures
from meterkeep.desks.disclosures import queries as requests
from meterkeep.desks.disclosures.models import DataRequest
from meterkeep.desks.releases import actions as releases_desk
from meterkeep.desks.releases import queries as releases_register
from meterkeep.desks.releases.models import Release
from meterkeep.faces.console import worklist as work
from meterkeep.faces.console.log import log_page
from meterkeep.faces.console.presenters import decision_page
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import CSV, attachment
from meterkeep.faces.names import Names

NEWEST = 50


@door("staff")
def worklist(request: HttpRequest) -> HttpResponse:
    return render(request, "console/worklist.html", {"page": _worklist(request)})


@door("staff")
def worklist_csv(request: HttpRequest) -> HttpResponse:
    return attachment(work.as_csv(_worklist(request)), "worklist.csv", CSV)


@door("staff")
def decision(request: HttpRequest, reference: str) -> HttpResponse:
    page = decision_page(_request(reference), names=_names(request), today=request.custodian.today())
    return render(request, "console/decision.html", {"page": page})


@require_POST
@door("staff")
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    custodian = request.custodian
    disclosures.decide(
        request=_request(reference), gate=custodian.gate, by=request.user.person, on=custodian.today()
    )
    return redirect("decision", reference=reference)


@require_POST
@door("staff")
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """Accepted only where the button to accept was pressed."""
    custodian = request.custodian
    releases_desk.review(
        release=_release(reference),
        accept=request.POST.get("decision") == "accept",
        why=request.POST.get("why", ""),
        discretion="discretion" in request.POST,
        gate=custodian.gate,
        by=request.user.person,
        on=custodian.today(),
    )
    return redirect("console_release", reference=reference)


@require_POST
@door("staff")
def publish(request: HttpRequest, reference: str) -> HttpResponse:
    custodian = request.custodian
    releases_desk.publish(
        release=_release(reference),
        gate=custodian.gate,
        outlet=custodian.outlet(),
        by=request.user.person,
        on=custodian.today(),
    )
    return redirect("console_release", reference=reference)


@door("staff", "auditor")
def log(request: HttpRequest) -> HttpResponse:
    gate = request.custodian.gate
    page = log_page(
        gate.recent(NEWEST),
        unresolved=gate.unresolved(),
        size=gate.log_size,
        zone=ZoneInfo(request.custodian.home.zone),
    )
    return render(request, "console/log.html", {"page": page})


def _worklist(request: HttpRequest) -> work.Worklist:
    return work.worklist(
        requests.all_requests(), names=_names(request), today=request.custodian.today(), chosen=request.GET
    )


def _names(request: HttpRequest) -> Names:
    return Names.of(request.custodian.home.name, on=request.custodian.today())


def _request(reference: str) -> DataRequest:
    found = requests.by_reference(reference)
    if found is None:
        raise Http404
    return found


def _release(reference: str) -> Release:
    found = releases_register.by_reference(reference)
    if found is None:
        raise Http404
    return found
