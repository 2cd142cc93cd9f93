from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from meterkeep.desks.intake import feeds
from meterkeep.faces.console.intake.source_pages import as_csv, sources_page
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import CSV, attachment

DAYS = 14
"""Of how many days the summaries are shown."""


@door("staff")
def sources(request: HttpRequest) -> HttpResponse:
    today = request.custodian.today()
    days = feeds.with_today(today, days=DAYS)
    page = sources_page(feeds.feeds(today), days, today=today)
    return render(request, "console/sources.html", {"page": page})


@door("staff")
def sources_csv(request: HttpRequest) -> HttpResponse:
    return attachment(as_csv(feeds.feeds(request.custodian.today())), "sources.csv", CSV)
