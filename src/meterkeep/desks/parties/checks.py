from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from meterkeep.desks.parties.models import Contract, Finding, Party
from meterkeep.desks.policies import queries as policies
from meterkeep.errors import BadInput, Refused
from meterkeep.policy.language.vocabulary import fact

NOT_PARTIES = frozenset({"staff", "customer", "public"})
"""Kinds of recipients that are not in the party register."""


def check_kind(kind: str) -> None:
    kinds = [value for value in fact("recipient.kind").values if value not in NOT_PARTIES]
    if kind not in kinds:
        raise BadInput(
            f"There is no kind of party “{kind}”.", where="kind", next=f"Choose one of {', '.join(kinds)}."
        )


def check_new(party_id: str) -> None:
    if party_id in NOT_PARTIES or Party.objects.filter(pk=party_id).exists():
        raise Refused(
            f"{party_id} is taken.", where="party", next="Choose another id; ids are not used again."
        )


def check_contract(
    party: Party, *, number: str, purposes: Sequence[str], start: date, end: date | None
) -> None:
    if end is not None and end <= start:
        raise BadInput(
            "A contract ends after it starts; its end is the first day it no longer binds.", where="end"
        )
    if party.contracts.filter(number=number).exists():
        raise Refused(f"Contract {number} is on record.", next="Record the new one under its own number.")
    known = {purpose.code for purpose in policies.purposes(start)}
    if unknown := set(purposes) - known:
        raise BadInput(
            f"Not in the purpose register: {', '.join(sorted(unknown))}.",
            next=f"It has {', '.join(sorted(known))}.",
        )


def check_contract_open(contract: Contract, *, on: date) -> None:
    if contract.end is not None and contract.end <= on:
        raise Refused(f"Contract {contract.number} ended on {contract.end}.")
    if on <= contract.start:
        raise BadInput(
            f"Contract {contract.number} starts on {contract.start}; it can end on a later day only."
        )


def check_not_ceased(party: Party) -> None:
    if party.findings.filter(reinstated_on=None).exists():
        raise Refused(
            "Disclosure to this party has been ceased already.", next="Reinstate it before a new finding."
        )


def check_reinstatable(finding: Finding | None, *, on: date, why: str) -> None:
    if finding is None:
        raise Refused("Disclosure to this party is not ceased.")
    if on <= finding.ceased_on:
        raise BadInput(f"It was ceased on {finding.ceased_on}; it can be reinstated on a later day only.")
    if not why.strip():
        raise BadInput("Reinstating a party needs a reason.", where="why")
