"""A day on which the provider's own office is shut. It pauses what the staff promised; what a law asks runs on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Closure:
    """cite: the clause or notice that says so, such as CPA/0."""

    on: date
    name: str
    cite: str = ""
