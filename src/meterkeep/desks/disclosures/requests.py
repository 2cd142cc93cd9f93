"""A gate's Request as JSON, and back: what the worklist keeps."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from meterkeep.gate.request import Period, Request, Subjects
from meterkeep.gate.withholding import as_detail, from_detail


def as_json(request: Request) -> dict[str, Any]:
    subjects, period = request.subjects, request.period
    return {
        "action": request.action,
        "purpose": request.purpose,
        "elements": list(request.elements),
        "customers": None if subjects.customers is None else list(subjects.customers),
        "where": dict(subjects.where),
        "period": [period.start.isoformat(), period.end.isoformat()] if period else None,
        "recipient": request.recipient,
        "channel": request.channel,
        "reason": request.reason,
        "declared": dict(request.declared),
        "secrecy": as_detail(request.secrecy),
    }


def from_json(kept: dict[str, Any]) -> Request:
    customers, period = kept["customers"], kept["period"]
    return Request(
        action=kept["action"],
        purpose=kept["purpose"],
        elements=tuple(kept["elements"]),
        subjects=Subjects(None if customers is None else tuple(customers), kept["where"]),
        period=Period(*map(date.fromisoformat, period)) if period else None,
        recipient=kept["recipient"],
        channel=kept["channel"],
        reason=kept["reason"],
        declared=kept["declared"],
        secrecy=from_detail(kept.get("secrecy", {})),
    )


def without(kept: dict[str, Any], gone: Collection[str]) -> dict[str, Any]:
    """The kept request without these customers: one who received is still a customer, and nobody in particular."""
    left = dict(kept)
    if kept["customers"] is not None:
        left["customers"] = [customer for customer in kept["customers"] if customer not in gone]
    if kept["recipient"] in gone:
        left["recipient"] = "customer"
    return left
