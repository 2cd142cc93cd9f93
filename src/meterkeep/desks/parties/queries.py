from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from meterkeep.desks.constraints import in_force
from meterkeep.desks.parties.models import Contract, Finding, Party


def parties() -> QuerySet[Party]:
    return Party.objects.all()


def party(id: str) -> Party | None:
    return Party.objects.filter(pk=id).first()


def contract(party: Party, number: str) -> Contract | None:
    return party.contracts.filter(number=number).first()


def open_finding(party: Party) -> Finding | None:
    return party.findings.filter(reinstated_on=None).first()


def ceased(party: Party, *, on: date) -> bool:
    return party.findings.filter(in_force(on, start="ceased_on", end="reinstated_on")).exists()


def contract_for(party: Party, purpose: str, *, on: date) -> Contract | None:
    """The contract that speaks for a request: one in force that covers the purpose, else one in force, else the last."""
    contracts = list(party.contracts.all())
    binding = [contract for contract in contracts if binds(contract, on=on)]
    covering = [contract for contract in binding if purpose in contract.purposes]
    return next(iter(covering or binding or contracts), None)


def binds(contract: Contract, *, on: date) -> bool:
    return contract.start <= on and (contract.end is None or on < contract.end)
