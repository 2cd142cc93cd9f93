"""Who may open which page. Every route names its door (a test walks them all), and a door that is not named is shut."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from meterkeep.desks.workforce import queries as workforce
from meterkeep.errors import BadInput, Busy, MeterkeepError, Refused, Undetermined
from meterkeep.faces.overdue import reason

View = Callable[..., HttpResponseBase]
EVERYONE = "everyone"
STATUS = {BadInput: 400, Refused: 403, Undetermined: 409, Busy: 503}


def door(*kinds: str) -> Callable[[View], View]:
    """Lets in who is signed in with an account of one of these kinds; nobody else, staff into customers' pages included."""

    def wrap(view: View) -> View:
        @never_cache
        @wraps(view)
        def behind(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.user.kind not in kinds or _has_left(request):
                raise PermissionDenied
            return _explained(view, request, *args, **kwargs)

        behind.door = kinds  # type: ignore[attr-defined]
        return behind

    return wrap


def _has_left(request: HttpRequest) -> bool:
    """Staff are members of the workforce today: an account that is still open gives a leaver nothing."""
    person = request.user.person
    return bool(person) and workforce.person(person, on=request.custodian.today()) is None


def open_door(view: View) -> View:
    """For everyone: what it shows is public."""

    @wraps(view)
    def behind(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _explained(view, request, *args, **kwargs)

    behind.door = (EVERYONE,)  # type: ignore[attr-defined]
    return behind


def _explained(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    """An anticipated error becomes a page that says what happened, which rule it met and what to do next."""
    try:
        return view(request, *args, **kwargs)
    except MeterkeepError as error:
        return stopped(request, error)


def stopped(request: HttpRequest, error: MeterkeepError) -> HttpResponse:
    decision = getattr(error, "decision", None)
    said = {"message": reason(error.message), "next": reason(error.next)}
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
    return render(request, "stopped.html", {"error": said, "decision": decision}, status=status)
