"""What this desk tells the gate about legal authority: an order, a demand or an emergency is on record, or there is none."""

from __future__ import annotations

from datetime import date

from meterkeep.gate.request import Facts, Request

ON_RECORD = (
    "circumstance.imminent_threat",
    "circumstance.asset_sale",
    "law.requires",
    "order.explicit",
    "order.authorises_service",
    "order.energy_efficiency",
    "order.names_customers",
    "order.subpoena",
    "order.wiretap",
    "order.waives_breach_term",
    "use.commission_oversight",
)


class AuthorityFacts:
    """Authority reaches the provider as a document that somebody records with the request; what is not recorded is not there."""

    name = "authority register"

    def facts(self, request: Request, *, by: str, on: date) -> Facts:
        return {name: bool(request.declared.get(name, False)) for name in ON_RECORD}
