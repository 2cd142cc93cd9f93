"""Which reading may replace which, as the provider has laid it down: the classes of quality in ranks, dated, best first.

It stands in a pack's `replacement.toml` and decides no request, so the pack's digest leaves it out; every intake keeps the
ranks that it was taken in by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from meterkeep.errors import BadInput
from meterkeep.policy.language.shapes import Shape, check_shape

PRACTICE: Final = "practice"
"""In place of a clause: no document says it, the trade does it so."""


class ReplacementShape(Shape):
    effective: date
    ranks: list[list[str]]
    cite: str


@dataclass(frozen=True)
class Replacement:
    """ranks: classes of quality, those of one rank together. cite: a clause of the pack, or PRACTICE."""

    effective: date
    ranks: tuple[tuple[str, ...], ...]
    cite: str


def replacements(table: Mapping[str, Any], *, where: str) -> tuple[Replacement, ...]:
    """From `[[order]]` entries, oldest first. Raises BadInput for one that ranks a class twice, or none."""
    found = []
    for entry in table.get("order", ()):
        check_shape(entry, ReplacementShape, where=where)
        ranks = tuple(tuple(names) for names in entry["ranks"])
        listed = [name for names in ranks for name in names]
        if not listed or len(set(listed)) != len(listed) or not all(ranks):
            raise BadInput(
                "An order of replacement ranks each class of quality once.",
                where=where,
                next='Write ranks = [["actual", "edited"], ["estimated"], ["unknown"], ["missing"]], the best first.',
            )
        found.append(Replacement(entry["effective"], ranks, entry["cite"]))
    return tuple(sorted(found, key=lambda one: one.effective))


def in_force(orders: Sequence[Replacement], on: date) -> Replacement | None:
    """None before the first, or where the pack has none."""
    return next((order for order in reversed(orders) if order.effective <= on), None)
