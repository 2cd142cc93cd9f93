"""What one 867 transaction says: whose usage, which loops, and each quantity (QTY) with the stamp that follows it.

Source: 867 Interval Usage and 867 Historical Interval Usage, version 004010, of Pennsylvania, New Jersey, Delaware and Maryland.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from meterkeep.readings.formats.columns.units import AMOUNTS, UNKNOWN, Unit, named_unit
from meterkeep.readings.formats.edi867.envelope import Segment, Transaction
from meterkeep.readings.model import Channel

CANCEL = "01"
PURPOSES = frozenset({"00", "05", "52"})
"""Original, replacement, and the answer to a request for history."""

LOOPS = frozenset({"BB", "BC", "BD", "BJ", "BO", "BQ", "IA", "PL", "PM", "SU"})
"""PTD01: product transfers that are usage; what others hold is no usage or not known."""

_ACCOUNTS = ("Q5", "12", "11")
_UNITS = {
    "KH": "KWH",
    "T9": "MWH",
    "99": "W",
    "K1": "KW",
    "K2": "KVAR",
    "K3": "KVARH",
    "K4": "KVA",
    "K5": "KVAR",
    "TD": "THERM",
    "HH": "CCF",
    "TZ": "MCF",
}
"""X12 data element 355."""

_DELIVERED, _RECEIVED = ("QD", "KA"), ("87", "9H")
QUALIFIERS = frozenset((*_DELIVERED, *_RECEIVED))


@dataclass(slots=True)
class Quantity:
    """stamp: of the interval's end, CCYYMMDDhhmm as written, "" for a total; clock: the code of its time zone."""

    segment: int
    qualifier: str
    value: str
    unit: str
    stamp: str = ""
    clock: str = ""


@dataclass(slots=True)
class Loop:
    kind: str
    meter: str = ""
    role: str = ""
    minutes: int = 0
    begins: tuple[str, str] = ("", "")
    ends: tuple[str, str] = ("", "")
    quantities: list[Quantity] = field(default_factory=list)


@dataclass(slots=True)
class Usage:
    """purpose, reference, original: BPT01, 02 and 09. accounts: the customer's numbers, the most persistent first."""

    purpose: str = ""
    reference: str = ""
    original: str = ""
    accounts: tuple[str, ...] = ()
    loops: list[Loop] = field(default_factory=list)
    register_reads: int = 0


def usage(transaction: Transaction) -> Usage:
    told, numbers = Usage(), dict[str, str]()
    for segment in transaction.segments:
        loop = told.loops[-1] if told.loops else None
        match segment.elements[0]:
            case "BPT":
                told.purpose, told.reference, told.original = segment[1], segment[2], segment[9]
            case "PTD":
                told.loops.append(Loop(segment[1]))
            case "REF" if loop is None:
                numbers.setdefault(segment[1], segment[2] or segment[3])
            case "REF" if loop is not None:
                _refer(loop, segment)
            case "QTY":
                told.loops = told.loops or [Loop("")]
                quantity = Quantity(segment.number, segment[1], segment[2], segment[3])
                told.loops[-1].quantities.append(quantity)
            case "DTM" if loop is not None:
                _date(loop, segment)
            case "MEA":
                told.register_reads += bool(segment[5] or segment[6])
    told.accounts = tuple(numbers[each] for each in _ACCOUNTS if numbers.get(each))
    return told


def _refer(loop: Loop, segment: Segment) -> None:
    qualifier, value = segment[1], segment[2]
    if qualifier == "MG":
        loop.meter = value
    elif qualifier == "JH":
        loop.role = value.upper()
    elif qualifier == "MT":
        length = value[-3:]
        loop.minutes = int(length) if length.isascii() and length.isdigit() else 1440 * (length == "DAY")


def _date(loop: Loop, segment: Segment) -> None:
    """A period of the loop, or the end of the interval that the last quantity fills."""
    stamp, clock = segment[2] + segment[3], segment[4]
    if segment[5] in ("DT", "D8"):
        stamp = segment[6]
    if segment[1] == "150":
        loop.begins = stamp, clock
    elif segment[1] == "151":
        loop.ends = stamp, clock
    elif segment[1] in ("582", "194") and loop.quantities and not loop.quantities[-1].stamp:
        loop.quantities[-1].stamp, loop.quantities[-1].clock = stamp or "?", clock


def unit_of(code: str) -> Unit:
    return named_unit(_UNITS.get(code, "")) or Unit(UNKNOWN, 0, other=True)


def channel_of(quantity: Quantity, loop: Loop, unit: Unit) -> Channel:
    """QD and KA are delivered, 87 and 9H received; the role of the meter turns the one into the other: S is subtracted
    from the account's total, I is ignored in it."""
    if unit.other or loop.role == "I" or unit.name not in AMOUNTS | {"W"}:
        return Channel.OTHER
    if unit.demand:
        return Channel.DEMAND
    received = quantity.qualifier in _RECEIVED or loop.role == "S"
    return Channel.RECEIVED if received else Channel.DELIVERED
