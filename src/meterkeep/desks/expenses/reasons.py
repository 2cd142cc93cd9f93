"""The sentences of this desk, in each language, and how a kept report says them once more: reasons.toml."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from meterkeep.desks.saying import Said, read_sentences

say = read_sentences(Path(__file__).with_name("reasons.toml"))
_DAYS = frozenset({"on", "filed", "last"})
"""Facts that are days."""


def kept(reason: str) -> dict[str, Any]:
    """{"reason"} as a record has it, and for whoever reads it later in another language which sentence it is, with its facts."""
    if not isinstance(reason, Said):
        return {"reason": reason}
    facts = {
        name: value.isoformat() if isinstance(value, date) else value for name, value in reason.facts.items()
    }
    return {"reason": str(reason), "says": reason.name, "facts": facts}


def said(finding: Mapping[str, Any]) -> str:
    """The reason of a kept finding. One that was kept under another wording stays as it was kept."""
    reason, name = str(finding["reason"]), finding.get("says")
    if name not in say.wordings:
        return reason
    facts = {
        fact: date.fromisoformat(value) if fact in _DAYS else value
        for fact, value in finding["facts"].items()
    }
    again = say(name, **facts)
    return again if again == reason else reason
