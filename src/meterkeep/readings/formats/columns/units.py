"""Units as files name them → the unit's name here and a power of ten. Nothing is converted, a kWh is 10^3 Wh.

Sources: ESPI 4.0 UnitSymbolKind; CMEP 4.1 units of measure; AEMO's MDFF 1.06, appendix of units.
"""

from __future__ import annotations

from typing import NamedTuple

UNKNOWN = "unknown"

ESPI_UNITS: dict[int, str] = {
    72: "Wh",
    38: "W",
    169: "therm",
    42: "m3",
    166: "m3",
    167: "m3",
    119: "ft3",
    120: "ft3",
    128: "gal",
    130: "imperial_gal",
    134: "L",
    156: "L",
    157: "L",
    31: "J",
    132: "BTU",
    71: "VAh",
    73: "VArh",
    61: "VA",
    63: "VAr",
    29: "V",
    5: "A",
    33: "Hz",
    6: "K",
    23: "degC",
    80: "money",
    111: "count",
}

AMOUNTS = frozenset({"Wh", "therm", "m3", "ft3", "gal", "imperial_gal", "L", "J", "BTU", UNKNOWN})
"""Units of what is delivered per interval. A unit that a file does not state may be one of them."""


class Unit(NamedTuple):
    name: str
    power: int
    demand: bool = False
    other: bool = False


_NAMED: dict[str, Unit] = {
    "WH": Unit("Wh", 0),
    "KWH": Unit("Wh", 3),
    "MWH": Unit("Wh", 6),
    "SKWH": Unit("Wh", 3),
    "W": Unit("W", 0, demand=True),
    "KW": Unit("W", 3, demand=True),
    "MW": Unit("W", 6, demand=True),
    "VAH": Unit("VAh", 0, other=True),
    "KVAH": Unit("VAh", 3, other=True),
    "MVAH": Unit("VAh", 6, other=True),
    "VARH": Unit("VArh", 0, other=True),
    "KVARH": Unit("VArh", 3, other=True),
    "MVARH": Unit("VArh", 6, other=True),
    "VA": Unit("VA", 0, other=True),
    "KVA": Unit("VA", 3, other=True),
    "MVA": Unit("VA", 6, other=True),
    "VAR": Unit("VAr", 0, other=True),
    "KVAR": Unit("VAr", 3, other=True),
    "MVAR": Unit("VAr", 6, other=True),
    "V": Unit("V", 0, other=True),
    "KV": Unit("V", 3, other=True),
    "A": Unit("A", 0, other=True),
    "KA": Unit("A", 3, other=True),
    "PF": Unit("power_factor", 0, other=True),
    "CF": Unit("ft3", 0),
    "FT3": Unit("ft3", 0),
    "CCF": Unit("ft3", 2),
    "MCF": Unit("ft3", 3),
    "M3": Unit("m3", 0),
    "GAL": Unit("gal", 0),
    "KGAL": Unit("gal", 3),
    "CGAL": Unit("gal", 2),
    "THM": Unit("therm", 0),
    "THERM": Unit("therm", 0),
    "THERMS": Unit("therm", 0),
    "DTH": Unit("therm", 1),
    "BTU": Unit("BTU", 0),
    "L": Unit("L", 0),
}


def named_unit(name: str) -> Unit | None:
    """The unit that a CSV or CMEP field names, without the CMEP suffix REG; None for a name we do not know."""
    return _NAMED.get(name.strip().upper())
