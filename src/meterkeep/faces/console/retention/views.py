from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meterkeep.desks.accounts import queries as accounts
from meterkeep.desks.retention import queries
from meterkeep.desks.retention.plan import Plan, plan
from meterkeep.faces.console.retention.pages import as_csv, retention_page
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import CSV, attachment

NEWEST = 50
"""Of how many destructions the page tells."""


@door("staff", "auditor")
def retention(request: HttpRequest) -> HttpResponse:
    page = retention_page(_plan(request), queries.holds(), queries.lots().reverse()[:NEWEST])
    return render(request, "console/retention.html", {"page": page})


@door("staff", "auditor")
def retention_csv(request: HttpRequest) -> HttpResponse:
    return attachment(as_csv(_plan(request)), "retention.csv", CSV)


def _plan(request: HttpRequest) -> Plan:
    custodian = request.custodian
    return plan(gate=custodian.gate, by=accounts.actor(request.user), on=custodian.today())
