"""What stands between the web and the pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from meterkeep.site.composition import open_custodian


class CustodianMiddleware:
    """Gives each request the custodian; faces reach gate and home through it and in no other way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.custodian = open_custodian()  # type: ignore[attr-defined]
        return self.get_response(request)


class NothingPersonalInSharedCaches:
    """What every cache may keep carries no cookie: with one it would hand a signed-in session to whoever asks next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "public" in response.get("Cache-Control", ""):
            response.cookies.clear()
        return response
