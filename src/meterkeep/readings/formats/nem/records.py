"""What the readers of NEM12 and NEM13 share: the market's clock, NMIs, streams and units.

Source: AEMO, Meter Data File Format Specification NEM12 & NEM13, 1.06 (2017); AEMO, National Metering Identifier Procedure.
"""

from __future__ import annotations

import re

from meterkeep.errors import BadInput
from meterkeep.readings.formats.columns.units import AMOUNTS, UNKNOWN, Unit, named_unit
from meterkeep.readings.model import Channel

QUALITY = re.compile(rb"[AEFNSV][0-9A-Z]{0,2}", re.IGNORECASE)
HEADER, END = 100, 900
_CLOCKS = {"Australia/Perth": 8 * 3_600, "Australia/West": 8 * 3_600}
_EAST = 10 * 3_600
_NMI = 10


def market_offset(zone: str) -> int:
    """Seconds of market time ahead of UTC, summer and winter: Eastern Standard Time; Western Australia has its own."""
    return _CLOCKS.get(zone, _EAST)


def nmi_checksum(nmi: str) -> int:
    """The check digit of the procedure, section "NMI checksum": ASCII values, every second doubled from the right."""
    total = 0
    for place, character in enumerate(reversed(nmi)):
        total += sum(map(int, str(ord(character) * (1 if place % 2 else 2))))
    return -total % 10


def plain_nmi(nmi: str) -> tuple[str, bool]:
    """The ten characters of an NMI, without a check digit, and whether a check digit contradicts them."""
    if len(nmi) != _NMI + 1 or not nmi.isascii():
        return nmi, False
    good = nmi[-1] == str(nmi_checksum(nmi[:-1]))
    return (nmi[:-1] if good else nmi), not good


def interval_channel(suffix: str, configuration: str, unit: Unit) -> Channel:
    """The channel of an interval stream. E is energy out of the market, to the customer; B is energy into it.

    D and A are averages of a master and a check meter: they count where the configuration names no master (E, B) beside
    them. C and F are check meters, Q, K and others are no energy.
    """
    kind = suffix[:1].upper()
    masters = {"D": "E", "A": "B"}
    if kind in masters and masters[kind] not in configuration.upper():
        kind = masters[kind]
    return _of_unit({"E": Channel.DELIVERED, "B": Channel.RECEIVED}.get(kind, Channel.OTHER), unit)


def register_direction(indicator: str, unit: Unit) -> Channel:
    """NEM13's DirectionIndicator: E out of the market, I into it."""
    return _of_unit({"E": Channel.DELIVERED, "I": Channel.RECEIVED}.get(indicator, Channel.OTHER), unit)


def _of_unit(channel: Channel, unit: Unit) -> Channel:
    if unit.other or unit.name not in AMOUNTS | {"W"}:
        return Channel.OTHER
    return Channel.DEMAND if unit.demand and channel is not Channel.OTHER else channel


def unit_of(name: str) -> tuple[Unit, bool]:
    """The unit, and whether it is known. A voltage or a current may come without a name."""
    unit = named_unit(name)
    return (unit, True) if unit else (Unit(UNKNOWN, 0), False)


def refusal(name: str, line: int, what: str) -> BadInput:
    return BadInput(
        f"{what}.",
        where=f"{name}: line {line}",
        next="Ask the sender for the file again; nothing of it was kept.",
    )


def texts(line: bytes) -> list[str]:
    """The fields of a record, without blanks around them."""
    return [each.strip() for each in line.decode("utf-8", "replace").split(",")]
