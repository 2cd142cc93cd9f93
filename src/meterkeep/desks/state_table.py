"""State machines are tables: state → the states that may follow."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

from django.db.models import TextChoices

from meterkeep.errors import Refused

Table = Mapping[Any, Set[Any]]
"""Keys and members are of one `TextChoices`; each desk has its own."""


def check_move(table: Table, old: str, new: TextChoices, *, thing: str) -> None:
    following = next(states for state, states in table.items() if state == old)
    if new in following:
        return
    possible = ", ".join(sorted(state.label.lower() for state in following))
    raise Refused(
        f"This {thing} is {label(table, old).lower()}; it cannot become {new.label.lower()}.",
        next=f"It can become: {possible}." if possible else "Nothing follows this state.",
    )


def label(table: Table, value: str) -> str:
    return next(state.label for state in table if state == value)


def as_mermaid(table: Table) -> str:
    """The diagram in docs/desks.md; a test keeps it equal to the table."""
    moves = [f"    {old} --> {new}" for old, following in table.items() for new in sorted(following)]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {next(iter(table))}", *moves])
