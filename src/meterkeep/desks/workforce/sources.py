"""What this desk tells the gate about whoever acts."""

from __future__ import annotations

from datetime import date

from meterkeep.desks.workforce import queries
from meterkeep.gate.request import Facts, Request


class WorkforceFacts:
    """A need to know is given here and nowhere else, so its absence is known. Papers are made elsewhere: none, no fact."""

    name = "workforce register"

    def facts(self, request: Request, *, by: str, on: date) -> Facts:
        person = queries.person(by, on=on)
        if person is None:
            return {}
        papers = {
            "person.training_current": queries.training_current(person, on=on),
            "person.acknowledged": queries.acknowledged(person, on=on),
        }
        known = {name: value for name, value in papers.items() if value is not None}
        return {"person.need_to_know": queries.needs_to_know(person, request.purpose, on=on), **known}
