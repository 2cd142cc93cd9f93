"""Checks of the readings that came in: run for a person and a purpose, through the gate, and kept for the page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.desks.customers import queries as customers
from meterkeep.errors import BadInput
from meterkeep.gate import Gate, Period, Request, Subjects
from meterkeep.readings.checks import Limits

PURPOSE = "power_or_billing"
REASON = "Readings are checked before anybody relies on them."


class Checked(NamedTuple):
    """flags: as docs/checks.md says. about: when, by whom and over what they ran."""

    flags: pa.Table
    about: dict[str, Any]


def check_readings(
    *,
    gate: Gate,
    period: tuple[date, date],
    usage_points: Sequence[str] | None = None,
    purpose: str = PURPOSE,
    by: str,
    on: date,
    limits: Limits | None = None,
    known: datetime | None = None,
) -> Checked:
    """Everything that looks wrong in these half-open civil days. Decided and recorded like any use of readings.

    usage_points: their numbers; None is all that anybody holds, and that run is kept for `last_run`. What nobody holds
    belongs to nobody whom a clause could speak of, and is not opened. known: as the store was then; not kept.
    """
    limits = limits or Limits()
    start, end = period
    if start >= end:
        raise BadInput("The period has no day.", where=f"{start}/{end}", next="Name a later day as its end.")
    numbers = None if usage_points is None else [_number(text) for text in usage_points]
    asked = Period(start - timedelta(days=limits.history_days), end)
    with gate.open(_request(numbers, asked, purpose), by=by, on=on) as grant:
        flags = grant.check(start, today=on, limits=limits, known=known)
        if numbers is not None:
            flags = flags.filter(pc.is_in(flags["usage_point"], value_set=pa.array(numbers, pa.int32())))
        about = _about(gate, period, purpose=purpose, by=by, flags=flags, customers=len(grant.customers))
        if numbers is None and known is None:
            grant.keep_flags(flags, about)
        grant.deliver(flags, to="")
    return Checked(flags, about)


def last_run(*, gate: Gate, by: str, on: date) -> Checked | None:
    """The kept flags of those customers whose readings this person may use today; None where no run is kept."""
    about = gate.last_check()
    if about is None:
        return None
    period = Period(date.fromisoformat(about["from"]), date.fromisoformat(about["to"]))
    with gate.open(_request(None, period, about["purpose"]), by=by, on=on) as grant:
        flags = grant.kept_flags()
        if flags is None:
            return None
        grant.deliver(flags, to="")
    return Checked(flags, about)


def _request(numbers: Sequence[int] | None, period: Period, purpose: str) -> Request:
    subjects = Subjects.everyone()
    if numbers is not None:
        held = {number: customers.holders(number, period.start, period.end) for number in numbers}
        empty = next((number for number, holders in held.items() if not holders), None)
        if empty is not None:
            raise BadInput(
                "Nobody held this usage point in the period.",
                where=f"usage point {empty}",
                next="Name another one, or import the service agreement first.",
            )
        subjects = Subjects.of(*sorted({holder for holders in held.values() for holder in holders}))
    return Request(
        action="access",
        purpose=purpose,
        elements=("interval_usage",),
        subjects=subjects,
        period=period,
        reason=REASON,
    )


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**31:
        raise BadInput(
            "A usage point is named by its number.", where="usage point", next="`ingest` prints the numbers."
        )
    return int(text)


def _about(
    gate: Gate, period: tuple[date, date], *, purpose: str, by: str, flags: pa.Table, customers: int
) -> dict[str, Any]:
    return {
        "from": period[0].isoformat(),
        "to": period[1].isoformat(),
        "at": gate.clock().isoformat(timespec="seconds"),
        "by": by,
        "purpose": purpose,
        "customers": customers,
        "flags": flags.num_rows,
    }
