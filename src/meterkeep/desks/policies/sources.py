"""What this desk tells the gate: the documents in force and what a purpose is."""

from __future__ import annotations

from datetime import date

from meterkeep.desks.policies import queries
from meterkeep.gate import Facts, Request
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


class ApprovalFacts:
    """Approvals with a reason of what the documents leave to one. Where there is none nothing is known: never false."""

    name = "approvals"

    def facts(self, request: Request, *, by: str, on: date) -> Facts:
        """An approval is of a use within the house; what goes outside, or to a customer, has its own."""
        approved = request.action == "use" and queries.use_approved(request.purpose, request.elements, on=on)
        return {"approval.given": True} if approved else {}
