"""Gives each request the custodian; faces reach gate and home through it and in no other way."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from meterkeep.site.composition import open_custodian


class CustodianMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.custodian = open_custodian()  # type: ignore[attr-defined]
        return self.get_response(request)
