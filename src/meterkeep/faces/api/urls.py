"""The routes of the API, each with its door: a token of the provider's, or everyone."""

from __future__ import annotations

from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import URLPattern, path
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt

from meterkeep.errors import BadInput, MeterkeepError
from meterkeep.faces.api.answers import failed, not_allowed
from meterkeep.faces.api.views import api
from meterkeep.faces.doors import EVERYONE, View

TOKEN = "token"  # noqa: S105 - the name of a door
LONGEST_ID = 200
DOORS = {
    "evaluation": ("POST", TOKEN),
    "evaluations": ("POST", TOKEN),
    "vocabulary": ("GET", EVERYONE),
    "authzen_configuration": ("GET", EVERYONE),
}


def openapi(_request: HttpRequest) -> HttpResponse:
    return JsonResponse(api.get_openapi_schema(path_prefix=""))


def routes() -> list[URLPattern]:
    patterns = [pattern for pattern in api.urls[0] if pattern.name in DOORS]
    for pattern in patterns:
        method, door = DOORS[pattern.name]
        pattern.callback = _behind(pattern.callback, method=method, door=door)
    return [
        *patterns,
        path("api/openapi.json", _behind(openapi, method="GET", door=EVERYONE), name="openapi"),
    ]


def _behind(view: View, *, method: str, door: str) -> View:
    """Answers every request in the API's own shape, under the identifier that the asker gave it."""

    # The token alone says who asks. A browser sends none by itself, so there is nothing to forge.
    @csrf_exempt
    @wraps(view)
    def behind(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        if not (given.isascii() and given.isprintable() and len(given) <= LONGEST_ID):
            return failed(BadInput("X-Request-ID is too long or no plain text.", where="X-Request-ID"))
        response = _answered(view, request) if request.method == method else not_allowed(method)
        if given:
            response["X-Request-ID"] = given
        if door == TOKEN:
            add_never_cache_headers(response)
        return response

    behind.door = (door,)  # type: ignore[attr-defined]
    return behind


def _answered(view: View, request: HttpRequest) -> HttpResponseBase:
    try:
        return view(request)
    except MeterkeepError as error:
        return failed(error)
