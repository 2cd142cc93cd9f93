"""The files of the log: for everyone what names nobody, for an auditor's program, by its token, the entries too."""

from __future__ import annotations

from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.cache import patch_vary_headers

from meterkeep.desks.accounts import queries as accounts
from meterkeep.faces.doors import View, open_door
from meterkeep.faces.public import logfiles

SCOPE = "audit"
_OF_THEIRS = {"Cache-Control": "private, max-age=31536000, immutable"}
TOKEN = "token"  # noqa: S105 - the name of a door


def token_door(view: View) -> View:
    """Lets in a program whose token was issued for auditing."""

    @wraps(view)
    def behind(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        at = request.custodian.gate.clock()
        found = accounts.token_in_force(token.strip(), at=at) if kind.lower() == "bearer" else None
        if found is None:
            return _turned_away(401, "No token in force was sent.", 'Bearer realm="log"')
        if not found.allow_scopes([SCOPE]):
            return _turned_away(403, "This token is not for auditing.", 'Bearer error="insufficient_scope"')
        response = view(request, *args, **kwargs)
        patch_vary_headers(response, ["Authorization"])
        return response

    behind.door = (TOKEN,)  # type: ignore[attr-defined]
    return behind


def _turned_away(status: int, text: str, how: str) -> HttpResponse:
    headers = {"WWW-Authenticate": how, "Cache-Control": "no-store"}
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)


@open_door
def log_file(request: HttpRequest, name: str) -> HttpResponse:
    """The log's verifier keys, its policy, and how its keys followed each other."""
    found = logfiles.published_file(request.custodian.home.ledger, name)
    if found is None:
        raise Http404
    headers = {"Cache-Control": "no-cache"}
    return HttpResponse(found, content_type="text/plain; charset=utf-8", headers=headers)


@token_door
def log_entries(request: HttpRequest, name: str) -> HttpResponse:
    """A bundle of 256 entries, or fewer. It never changes, and no cache but the auditor's own may keep it."""
    found = logfiles.entry_bundle(request.custodian.home.ledger, name)
    if found is None:
        raise Http404
    return HttpResponse(found, content_type="application/octet-stream", headers=_OF_THEIRS)


@token_door
def log_set(request: HttpRequest, root: str) -> StreamingHttpResponse:
    """The leaf hashes of a disclosure of many customers, which show how many it names. It never changes."""
    found = logfiles.set_leaves(request.custodian.home.ledger, root)
    if found is None:
        raise Http404
    size, parts = found
    headers = {**_OF_THEIRS, "Content-Length": str(size)}
    return StreamingHttpResponse(parts, content_type="application/octet-stream", headers=headers)
