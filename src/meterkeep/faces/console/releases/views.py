"""The release pages of the console: the list, one release with its cost and its map, each number that is left out, and the file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from meterkeep.desks.releases import actions, checks
from meterkeep.desks.releases import queries as register
from meterkeep.desks.releases.models import Release
from meterkeep.faces.console.releases.cost import cost_view, letters
from meterkeep.faces.console.releases.maps import maps
from meterkeep.faces.console.releases.numbers import numbers_view
from meterkeep.faces.console.releases.reasons_file import reasons_csv
from meterkeep.faces.console.releases.withheld import withheld_page
from meterkeep.faces.doors import door
from meterkeep.faces.downloads import CSV, attachment
from meterkeep.faces.figures import Figures
from meterkeep.faces.tables import release_view


@door("staff")
def releases(request: HttpRequest) -> HttpResponse:
    views = [release_view(release, explained=True) for release in register.releases()]
    return render(request, "console/releases.html", {"releases": views})


@door("staff")
def release(request: HttpRequest, reference: str) -> HttpResponse:
    found, person = _read(request, reference), request.user.person
    figures = Figures(found)
    context = {
        "release": release_view(found, explained=True),
        "can_review": checks.can_review(found, by=person, on=request.custodian.today()),
        "can_publish": checks.can_publish(found, on=request.custodian.today()),
        "outdated": checks.outdated(found, on=request.custodian.today()) != "",
        "decided": found.reviews.count(),
        "reviews": register.reviews_seen(found, by=person),
        "reviewers": checks.REVIEWERS,
        "cost": cost_view(found, figures),
        "maps": maps(found, figures),
        "merged": bool(found.notes.get("merges")),
        "letters": letters(),
        "numbers": numbers_view(found, figures, request.GET),
    }
    return render(request, "console/release.html", context)


@door("staff")
def withheld(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    found = _read(request, reference, number)
    if number >= len(found.cells) or found.cells[number]["status"] == "published":
        raise Http404
    page = withheld_page(found, number, _others(found, found.cells[number]))
    return render(request, "console/withheld.html", {"page": page})


@door("staff")
def release_reasons(request: HttpRequest, reference: str) -> HttpResponse:
    found = _read(request, reference)
    named = {name for cell in found.cells for name in cell["releases"]}
    others = {name: other for name in sorted(named) if (other := register.by_reference(name))}
    return attachment(reasons_csv(found, others), f"reasons-{reference}.csv", CSV)


def _read(request: HttpRequest, reference: str, number: int | None = None) -> Release:
    """What is left out may be what one customer used: only for whoever may plan the release, and in the log."""
    found, custodian = the_release(reference), request.custodian
    on = custodian.today()
    actions.explain(release=found, gate=custodian.gate, by=request.user.person, on=on, number=number)
    return found


def _others(found: Release, cell: dict[str, Any]) -> dict[str, Release]:
    return {name: other for name in cell["releases"] if (other := register.by_reference(name))}


def the_release(reference: str) -> Release:
    found = register.by_reference(reference)
    if found is None:
        raise Http404
    return found
