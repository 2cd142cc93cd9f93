"""How an audit that takes long can be ended: it calls its pulse now and then, and what that raises ends it."""

from __future__ import annotations

from collections.abc import Callable

Pulse = Callable[[], None]


class Late(Exception):
    """Time is over. What was begun is not known, so that nothing of it may go out."""


def steady() -> None:
    """The pulse of whoever has all the time that it takes."""
