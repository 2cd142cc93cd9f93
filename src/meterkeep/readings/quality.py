"""Which class a file's own quality code belongs to. The code itself is kept beside the class, always.

A code carries its format as a prefix: "espi:8", "cmep:R0", "csv:estimated". "" is a reading for which the file gives no
code. The question behind the classes is whether a meter measured the value:

    actual     measured, and nothing says that it was changed
    estimated  computed in place of a measurement
    edited     a measured value that was changed
    missing    the sender says that there is no value
    unknown    the code does not settle it, or we do not know the code

Sources: QualityOfReading and ReadingQuality in the ESPI 4.0 schema; the California Metering Exchange Protocol 4.1;
AEMO's Meter Data File Format 1.06; the 867 guidelines of Pennsylvania, New Jersey, Delaware and Maryland.
"""

from __future__ import annotations

from typing import Final, get_args

from meterkeep.readings.model import QualityClass

# The schema says of a reading without ReadingQuality that it is assumed to be valid; the other formats follow that custom.
UNMARKED: Final[QualityClass] = "actual"

ESPI: Final[dict[str, QualityClass]] = {
    "0": "actual",  # valid
    "7": "edited",  # manually edited
    "8": "estimated",  # by reference day
    "9": "estimated",  # by linear interpolation
    "10": "unknown",  # questionable: it failed a check and nobody says what it is
    "11": "unknown",  # derived: computed, but a register difference is computed too
    "12": "estimated",  # projected
    "13": "unknown",  # mixed
    "14": "actual",  # raw: measured, not validated yet
    "15": "edited",  # normalised for weather
    "16": "unknown",  # other
    "17": "unknown",  # validated, possibly edited or estimated: it does not say which
    "18": "actual",  # verified: failed a check, found to be actual usage
    "19": "unknown",  # revenue quality: fit for a bill, and some utilities bill estimates under it
}

CMEP: Final[dict[str, QualityClass]] = {"R": "actual", "E": "estimated", "A": "edited", "N": "missing"}
"""By the letter. Raw data are actual only with the figure 0: another figure names a condition of the meter."""

NEM: Final[dict[str, QualityClass]] = {
    "A": "actual",
    "E": "estimated",  # forward estimate
    "F": "estimated",  # final substitute: computed, and no actual will follow
    "S": "estimated",  # substitute
    "N": "missing",  # null
    "V": "unknown",  # variable: the interval events say which
}
"""By the letter; the two figures behind it name the method of substitution."""

EDI: Final[dict[str, QualityClass]] = {"QD": "actual", "87": "actual", "KA": "estimated", "9H": "estimated"}
"""X12 data element 673: quantity delivered and received, each actual or estimated."""

WORDS: Final[dict[str, QualityClass]] = {
    "a": "actual",
    "actual": "actual",
    "e": "estimated",
    "est": "estimated",
    "estimate": "estimated",
    "estimated": "estimated",
    "edited": "edited",
    "adjusted": "edited",
    "missing": "missing",
}

STATED: Final[dict[str, QualityClass]] = {name: name for name in get_args(QualityClass)}
"""A mapping may say what a provider's own code means: "csv/estimated:E2"."""


def classify(code: str) -> QualityClass:
    if not code:
        return UNMARKED
    format_, _, own = code.partition(":")
    if format_ == "espi":
        return ESPI.get(own, "unknown")
    if format_ == "cmep":
        return _classify_cmep(own)
    if format_ == "nem":
        return NEM.get(own[:1].upper(), "unknown")
    if format_ == "edi":
        return EDI.get(own, "unknown")
    if format_.startswith("csv/"):
        return STATED.get(format_.removeprefix("csv/"), "unknown")
    return WORDS.get(own.strip().casefold(), "unknown")


def _classify_cmep(code: str) -> QualityClass:
    letter, figures = code[:1].upper(), code[1:]
    if letter == "R" and figures.strip("0"):
        return "unknown"
    return CMEP.get(letter, "unknown")
