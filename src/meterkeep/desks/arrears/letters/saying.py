"""Amounts and days as people write them in the United States, in English and in Spanish."""

from __future__ import annotations

from datetime import date

_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
}  # fmt: skip
_GAP = "\u00a0"
"""Keeps a day and its month on one line."""


def said_money(cents: int) -> str:
    """Both languages write dollars alike in the United States: $1,234.56."""
    return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02}"


def said_day(day: date, language: str) -> str:
    month = _MONTHS[language][day.month - 1]
    return (
        f"{month}{_GAP}{day.day}, {day.year}"
        if language == "en"
        else f"{day.day}{_GAP}de{_GAP}{month} de {day.year}"
    )


def said_number(number: int) -> str:
    return f"{number:,}"


def tail_of(account: str) -> str:
    """The last four signs of an account number; of a short one fewer, so that never more than half is told."""
    return account[-min(4, len(account) // 2) :] if len(account) > 1 else ""
