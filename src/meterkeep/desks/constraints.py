"""Conditions that every desk holds its rows to, in the database too. Periods are half-open; an end of null is open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import CheckConstraint, F, Q


def in_force(on: date, *, start: str = "start", end: str = "end") -> Q:
    """Rows whose period holds the date."""
    return (Q(**{f"{start}__lte": on}) | Q(**{start: None})) & (Q(**{f"{end}__gt": on}) | Q(**{end: None}))


def ordered(name: str, *, start: str = "start", end: str = "end") -> CheckConstraint:
    """An end comes after its start. Where either is null the condition is unknown, which the database lets pass."""
    return CheckConstraint(condition=Q(**{f"{end}__gt": F(start)}), name=name)


def pair(name: str, who: str, when: str) -> CheckConstraint:
    """Who and when stand together or not at all."""
    neither, both = Q(**{who: "", when: None}), ~Q(**{who: ""}) & Q(**{f"{when}__isnull": False})
    return CheckConstraint(condition=neither | both, name=name)


def one_of(name: str, field: str, values: Iterable[str]) -> CheckConstraint:
    return CheckConstraint(condition=Q(**{f"{field}__in": [str(value) for value in values]}), name=name)
