"""A day in words, as each language writes it."""

from __future__ import annotations

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import pgettext


def day(on: date | None) -> str:
    """20 February 2020, 20 de febrero de 2020; "" for none."""
    return date_format(on, pgettext("a day", "j F Y")) if on else ""
