"""What this desk tells the gate: the documents in force and what a purpose is."""

from __future__ import annotations

from datetime import date

from meterkeep.desks.policies import queries
from meterkeep.policy import Pack, Purpose


class AdoptedPolicy:
    def pack(self, on: date) -> Pack | None:
        return queries.pack_in_force(on)

    def purpose(self, code: str, on: date) -> Purpose | None:
        found = queries.purpose(code, on=on)
        if found is None:
            return None
        return Purpose(
            name=found.name,
            cls=found.cls,
            title=found.title,
            elements=frozenset(found.elements),
            states=found.states,
        )
