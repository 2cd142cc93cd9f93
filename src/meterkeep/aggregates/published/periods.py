"""The period of a row: a month, a quarter or a year, from whatever columns the file has."""

from __future__ import annotations

import re
from typing import Final

from meterkeep.aggregates.published.names import is_total, plain

MONTH, QUARTER, YEAR = 1, 3, 12
ALWAYS: Final = (0, 0)
"""Of a table without periods."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

Span = tuple[int, int]
"""Months since the year 0 at which it begins, and how many it lasts."""


def span_of(month: str | None, quarter: str | None, year: str | None, period: str | None) -> Span | None:
    """None where the texts tell no period. A file without a column gives None for it; an empty or "Total" month is the year."""
    if year is None:
        return ALWAYS if period is None else _of_text(period)
    if not re.fullmatch(r"(19|20)\d\d(\.0)?", year.strip(), re.ASCII):
        return None
    start = int(year.strip()[:4]) * YEAR
    if month is not None:
        number = _month(month)
        return None if number is None else ((start + number - 1, MONTH) if number else (start, YEAR))
    if quarter is not None:
        part = _quarter(quarter)
        return None if part is None else ((start + QUARTER * (part - 1), QUARTER) if part else (start, YEAR))
    return start, YEAR


def _whole(text: str) -> bool:
    """What stands in a month or quarter column for the whole year."""
    return plain(text) in ("", "0", "13") or is_total(text)


def _month(text: str) -> int | None:
    """1 to 12; 0 for the whole year; None for neither."""
    name = plain(text)
    if name[:3] in _MONTHS and name.isalpha():
        return _MONTHS.index(name[:3]) + 1
    if re.fullmatch(r"0?[1-9]|1[0-2]", name):
        return int(name)
    if re.fullmatch(r"\d\d? 0", name):  # "3.0", as spreadsheets write it
        return _month(name[:-2])
    return 0 if _whole(text) else None


def _quarter(text: str) -> int | None:
    match = re.fullmatch(r"(?:q|qtr|quarter)? ?([1-4])", plain(text))
    return int(match[1]) if match else (0 if _whole(text) else None)


def _of_text(text: str) -> Span | None:
    """ "2024-03", "202403", "3/1/2024", "March 2024", "2024 Q1", "2024"."""
    name = plain(text)
    if match := re.fullmatch(r"((?:19|20)\d\d) ?(?:q|qtr )([1-4])|q([1-4]) ((?:19|20)\d\d)", name):
        year, part = int(match[1] or match[4]), int(match[2] or match[3])
        return year * YEAR + QUARTER * (part - 1), QUARTER
    if match := re.fullmatch(r"((?:19|20)\d\d) ?(\d\d?)(?: 0?1(?: 00.*)?)?", name):
        return _dated(match[1], match[2])
    if match := re.fullmatch(r"(\d\d?)(?: 0?1)? ((?:19|20)\d\d)", name):
        return _dated(match[2], match[1])
    if match := re.fullmatch(r"([a-z]{3,9}) ((?:19|20)\d\d)|((?:19|20)\d\d) ([a-z]{3,9})", name):
        return _dated(match[2] or match[3], match[1] or match[4])
    return (int(name) * YEAR, YEAR) if re.fullmatch(r"(19|20)\d\d", name) else None


def _dated(year: str, month: str) -> Span | None:
    number = _month(month)
    return (int(year) * YEAR + number - 1, MONTH) if number else None


def label(start: int, months: int) -> str:
    """ "2024-03", "2024 Q1", "2024", or "" for a table without periods."""
    year, at = divmod(start, YEAR)
    if months == MONTH:
        return f"{year}-{at + 1:02d}"
    if months == QUARTER:
        return f"{year} Q{at // QUARTER + 1}"
    return str(year) if months else ""
