from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from meterkeep.desks.policies import queries as policies
from meterkeep.desks.releases.models import Release
from meterkeep.desks.releases.queries import catalogue, file
from meterkeep.faces.context import START, VISITOR
from meterkeep.faces.doors import open_door
from meterkeep.faces.downloads import attachment
from meterkeep.faces.public import logfiles, presenters
from meterkeep.faces.tables import release_view


@open_door
def home(request: HttpRequest) -> HttpResponse:
    start = START[getattr(request.user, "kind", VISITOR)]
    return render(request, "public/home.html") if start == "home" else redirect(start)


@open_door
def notice(request: HttpRequest) -> HttpResponse:
    today = request.custodian.today()
    page = presenters.notice_page(
        policies.documents_in_force(today), policies.purposes(today), policies.pack_in_force(today)
    )
    context = {"page": page, "versions": presenters.versions(policies.adoptions(), today=today)}
    return render(request, "public/notice.html", context)


@open_door
def releases(request: HttpRequest) -> HttpResponse:
    views = [release_view(release) for release in catalogue()]
    return render(request, "public/releases.html", {"releases": views})


@open_door
def release(request: HttpRequest, reference: str) -> HttpResponse:
    return render(request, "public/release.html", {"release": release_view(_published(reference))})


@open_door
def release_file(_request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Byte for byte what was published: its digest is in the log."""
    found = file(_published(reference), name)
    if found is None:
        raise Http404
    return attachment(bytes(found.content), found.name, found.kind)


def _published(reference: str) -> Release:
    """A release that is not public, or not yet, is as if it did not exist."""
    found = catalogue().filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


@open_door
def log(request: HttpRequest) -> HttpResponse:
    folder = request.custodian.home.ledger
    context = {"checkpoint": logfiles.checkpoint(folder), "waiting": logfiles.has_policy(folder)}
    return render(request, "public/log.html", context)


@open_door
def log_checkpoint(request: HttpRequest) -> HttpResponse:
    found = logfiles.checkpoint(request.custodian.home.ledger)
    if found is None:
        raise Http404
    return HttpResponse(
        found.text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


@open_door
def log_epoch(request: HttpRequest) -> HttpResponse:
    """The newest epoch, which signs the lists of all customers and names none; everybody is to see the same."""
    found = request.custodian.gate.chains.published()
    if not found:
        raise Http404
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(found, content_type="application/json; charset=utf-8", headers=headers)


@open_door
def log_tile(request: HttpRequest, name: str) -> HttpResponse:
    """A tile never changes, so that whoever has it may keep it."""
    found = logfiles.hash_tile(request.custodian.home.ledger, name)
    if found is None:
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(found, content_type="application/octet-stream", headers=headers)
