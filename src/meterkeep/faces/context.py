"""What the frame around every page needs: whose house it is, who is in it, and where they can go."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

VISITOR = "visitor"
ROOMS = {
    "customer": _("My account"),
    "staff": _("Console"),
    "auditor": _("Audit"),
}
LINKS = {
    VISITOR: [
        ("home", _("Start")),
        ("releases", _("Published totals")),
        ("notice", _("Privacy notice")),
        ("ask", _("Ask")),
        ("log", _("Log")),
    ],
    "customer": [
        ("portal", _("Home")),
        ("usage", _("My energy use")),
        ("seen", _("Who has seen my data")),
    ],
    "staff": [
        ("worklist", _("Worklist")),
        ("console_releases", _("Releases")),
        ("files", _("Meter files")),
        ("sources", _("Who sends")),
        ("console_readings", _("Checks")),
        ("policies", _("Policies")),
        ("retention", _("Retention")),
        ("collections", _("Overdue")),
        ("expenses", _("Expenses")),
        ("console_ask", _("Ask")),
        ("console_log", _("Log")),
    ],
    "auditor": [
        ("console_log", _("Log")),
        ("policies", _("Policies")),
        ("retention", _("Retention")),
        ("console_ask", _("Ask")),
    ],
}
START = {VISITOR: "home", "customer": "portal", "staff": "worklist", "auditor": "console_log"}


@dataclass(frozen=True)
class Link:
    text: str
    href: str
    current: bool


@dataclass(frozen=True)
class House:
    provider: str
    synthetic: bool
    role: str
    room: str
    home: str
    links: tuple[Link, ...]


def house(request: HttpRequest) -> dict[str, House]:
    """A context processor, so that sign-in and error pages have the same frame."""
    role = getattr(getattr(request, "user", None), "kind", VISITOR)
    links = tuple(_link(request, name, str(text)) for name, text in LINKS[role])
    custodian = getattr(request, "custodian", None)
    home = custodian.home if custodian else None
    return {
        "house": House(
            provider=(home.name if home else "") or gettext("Your energy provider"),
            synthetic=bool(home and home.synthetic),
            role=role,
            room=str(ROOMS.get(role, "")),
            home=reverse(START[role]),
            links=links,
        )
    }


def _link(request: HttpRequest, name: str, text: str) -> Link:
    """Current on its own page and on those beneath it; a start page only on itself."""
    href = reverse(name)
    starts = name in START.values()
    return Link(text, href, request.path == href or (not starts and request.path.startswith(f"{href}/")))
