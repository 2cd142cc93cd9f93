"""What this desk tells the gate about a recipient and the contract with it."""

from __future__ import annotations

from datetime import date

from meterkeep.desks.parties import queries
from meterkeep.desks.parties.models import Party
from meterkeep.gate.request import Facts, Request, Subjects, is_customer

TERMS = ("on_behalf", "program_use_only", "no_less_protective", "breach_term", "flow_down")


class PartyFacts:
    """A recipient who is in no register stays unknown, and so does a term that nobody has looked up."""

    name = "party and contract register"

    def facts(self, request: Request, *, by: str, on: date) -> Facts:
        recipient = request.recipient or by
        if recipient == "public":
            return {"recipient.kind": "public"}
        if is_customer(recipient):
            if request.subjects != Subjects.of(recipient):
                return {}  # Towards others' information a customer is nobody whom a register knows.
            # Whoever acts as a customer has signed in as that customer.
            itself: Facts = {"recipient.identity_verified": True} if recipient == by else {}
            return {"recipient.kind": "customer", **itself}
        if not request.recipient:
            return {"recipient.kind": "staff"}
        party = queries.party(recipient)
        return (
            {**_party_facts(party, on=on), **_contract_facts(party, request.purpose, on=on)} if party else {}
        )


def _party_facts(party: Party, *, on: date) -> Facts:
    said = {
        "recipient.identity_verified": party.identity_verified,
        "recipient.training_attested": party.training_attested,
    }
    return {"recipient.kind": party.kind, "recipient.ceased": queries.ceased(party, on=on), **_known(said)}


def _contract_facts(party: Party, purpose: str, *, on: date) -> Facts:
    contract = queries.contract_for(party, purpose, on=on)
    if contract is None:
        return {"contract.in_force": False}
    return {
        "contract.in_force": queries.binds(contract, on=on),
        "contract.covers_purpose": purpose in contract.purposes,
        **_known({f"contract.{term}": getattr(contract, term) for term in TERMS}),
    }


def _known(facts: dict[str, bool | None]) -> dict[str, bool]:
    return {name: value for name, value in facts.items() if value is not None}
