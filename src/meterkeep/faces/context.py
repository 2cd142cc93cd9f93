"""What the frame around every page needs: whose house it is, who is in it, and where they can go."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

VISITOR = "visitor"
ROOMS = {
    "customer": gettext_lazy("My account"),
    "staff": gettext_lazy("Console"),
    "auditor": gettext_lazy("Audit"),
}
LINKS = {
    VISITOR: [
        ("home", gettext_lazy("Start")),
        ("releases", gettext_lazy("Published totals")),
        ("notice", gettext_lazy("Privacy notice")),
        ("log", gettext_lazy("Log")),
    ],
    "customer": [
        ("portal", gettext_lazy("Home")),
        ("usage", gettext_lazy("My energy use")),
        ("seen", gettext_lazy("Who has seen my data")),
    ],
    "staff": [
        ("worklist", gettext_lazy("Worklist")),
        ("console_releases", gettext_lazy("Releases")),
        ("console_log", gettext_lazy("Log")),
    ],
    "auditor": [("console_log", gettext_lazy("Log"))],
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
