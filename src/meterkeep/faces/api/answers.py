"""Every error has one shape: `{"error": {"code", "message", "where", "next"}}`, as on the command line."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from meterkeep.errors import BadInput, MeterkeepError
from meterkeep.faces.api.strict import TooLarge, shown, too_large
from meterkeep.faces.doors import STATUS

CHALLENGE = 'Bearer realm="meterkeep", scope="decide"'
_WRONG = {
    "extra_forbidden": "There is no member {name} here.",
    "missing": "`{bare}` is missing.",
    "string_type": "{name} is not a string.",
    "dict_type": "{name} is not an object.",
    "model_type": "{name} is not an object.",
    "list_type": "{name} is not an array.",
    "literal_error": "{name} is none of the values that it can have.",
}


class NotAuthenticated(MeterkeepError):
    """Nobody knows who asks."""

    code = "not_authenticated"


def failed(error: MeterkeepError, *, status: int | None = None) -> HttpResponse:
    kinds = {TooLarge: 413, **STATUS}
    code = status or next((code for kind, code in kinds.items() if isinstance(error, kind)), 500)
    return JsonResponse({"error": error.as_json()}, status=code)


def not_authenticated() -> HttpResponse:
    error = NotAuthenticated("No token in force was sent.", next="Send Authorization: Bearer TOKEN.")
    response = failed(error, status=401)
    response["WWW-Authenticate"] = CHALLENGE
    return response


def not_allowed(method: str) -> HttpResponse:
    """method: the one that is answered."""
    response = failed(BadInput(f"Only {method} is answered here.", next=f"Send {method}."), status=405)
    response["Allow"] = method
    return response


def answer_errors(api: NinjaAPI) -> None:
    """Gives every error that the library or we raise its shape."""
    api.add_exception_handler(MeterkeepError, lambda _request, error: failed(error))
    api.add_exception_handler(RequestDataTooBig, lambda _request, _error: failed(too_large()))
    api.add_exception_handler(ValidationError, lambda _request, error: failed(_invalid(error.errors[0])))
    api.add_exception_handler(HttpError, _http_error)


def _http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, MeterkeepError):
        return failed(error.__cause__)
    if error.status_code == 401:
        return not_authenticated()
    return failed(BadInput("The request cannot be read."), status=error.status_code)


def _invalid(error: dict[str, Any]) -> BadInput:
    """The first thing wrong in the structure of the body, by its place."""
    path = list(error["loc"])[2:]  # after the parameter's source and name
    if not path:
        return BadInput("The body is empty.", next="Send one JSON object.")
    bare = str(path[-1])
    said = _WRONG.get(error["type"], "{name} is not as it should be.").format(name=shown(bare), bare=bare)
    return BadInput(said, where=_place(path[:-1]), next="The members are those of /api/openapi.json.")


def _place(path: list[str | int]) -> str:
    """subject.properties, evaluations[3].action …"""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
