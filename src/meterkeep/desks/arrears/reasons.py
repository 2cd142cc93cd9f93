"""The sentences of this desk, in each language: reasons.toml, and what each rule says: rules.toml."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from meterkeep.desks.arrears.terms import Terms
from meterkeep.desks.saying import Said, read_sentences

_HERE = Path(__file__).parent
say = read_sentences(_HERE / "reasons.toml")
_RULES = read_sentences(_HERE / "rules.toml")


def rule(clause: str, terms: Terms) -> Said | None:
    """The rule of a clause for customers, with the figures that hold; None for a clause that this desk does not go by."""
    return _RULES(clause, **asdict(terms)) if clause in _RULES.wordings else None
