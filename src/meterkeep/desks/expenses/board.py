"""The item for the Board's next meeting (CEA-01 6.3): what officials attended at the provider's expense, told once, together where
several were there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from meterkeep.desks.expenses import queries
from meterkeep.desks.expenses.claim import ClaimantKind
from meterkeep.desks.expenses.models import Claim
from meterkeep.desks.expenses.private import blacked
from meterkeep.desks.expenses.states import State

OFFICIALS = (ClaimantKind.OFFICIAL, ClaimantKind.COMMITTEE)


def item(*, meeting: date) -> dict[str, Any]:
    """{"meeting","meetings":[{"activity","purpose","place","start","end","joint","attended":[{"claimant","name","claim"}],"reports","claims",
    "paid","missed"}],"without_report"}. missed: the Board met since, and did not hear of it. paid: dollars of all its claims."""
    told: dict[tuple[str, ...], list[tuple[Claim, dict[str, Any]]]] = {}
    for claim in _untold(meeting):
        document = queries.document(claim)
        if last_day(claim, document) < meeting:
            told.setdefault(_event(document), []).append((claim, document))
    meetings = [_meeting(event, some) for event, some in sorted(told.items())]
    without = sorted(claim.reference for some in told.values() if not _texts(some) for claim, _ in some)
    return {"meeting": meeting.isoformat(), "meetings": meetings, "without_report": without}


def last_day(claim: Claim, document: Mapping[str, Any]) -> date:
    """Of the trip, else of its newest line."""
    end = str((document.get("trip") or {}).get("end") or "")[:10]
    days = [date.fromisoformat(line["on"]) for line in document.get("lines", [])]
    return date.fromisoformat(end) if end else max(days, default=claim.began_on)


def _untold(meeting: date) -> QuerySet[Claim]:
    """Of officials, approved before the meeting."""
    approved = queries.claims().filter(state=State.APPROVED, kind__in=OFFICIALS, reported=None)
    return approved.filter(decided_on__lte=meeting).order_by("decided_on", "pk")


def _event(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Two claims of the same activity, purpose, place and days are about the same meeting."""
    trip = document.get("trip") or {}
    days = [str(trip.get(name) or "")[:10] for name in ("start", "end")]
    if not any(days):
        days = sorted(line["on"] for line in document.get("lines", []))[:1] * 2
    words = [str(document.get(name) or "") for name in ("activity", "purpose")] + [str(trip.get("to") or "")]
    return (*days, *(" ".join(word.casefold().split()) for word in words))


def _meeting(event: tuple[str, ...], some: Sequence[tuple[Claim, dict[str, Any]]]) -> dict[str, Any]:
    first = some[0][1]
    cents = sum(claim.approved or 0 for claim, _ in some)
    earlier = queries.board_reports().filter(meeting__gt=max(last_day(*one) for one in some))
    return {
        "activity": blacked(str(first.get("activity") or "")),
        "purpose": blacked(str(first.get("purpose") or "")),
        "place": str((first.get("trip") or {}).get("to") or ""),
        "start": event[0],
        "end": event[1],
        "joint": len(some) > 1,
        "attended": [_attended(claim, document) for claim, document in some],
        "reports": _texts(some),
        "claims": [claim.reference for claim, _ in some],
        "paid": f"{cents // 100}.{cents % 100:02}",
        "missed": earlier.exists(),
    }


def _attended(claim: Claim, document: Mapping[str, Any]) -> dict[str, str]:
    name = str((document.get("claimant") or {}).get("name") or "")
    return {"claimant": claim.claimant, "name": name, "claim": claim.reference}


def _texts(some: Iterable[tuple[Claim, dict[str, Any]]]) -> list[str]:
    """What they report, the same words once."""
    texts = [blacked(str(document.get("report") or "").strip()) for _, document in some]
    return list(dict.fromkeys(text for text in texts if text))
