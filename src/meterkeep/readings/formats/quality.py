"""What a file's own quality code says about a reading: actual, estimated, edited, missing, or nothing we may conclude.

Sources: NAESB REQ.21 ESPI 4.0 (QualityOfReading, ReadingQuality), California Metering Exchange Protocol 4.1.
"""

from __future__ import annotations

from meterkeep.readings.model import QualityClass

# 17 (validated, possibly edited or estimated) and 19 (good enough to bill) do not say whether the meter measured the
# value; 10, 11, 13 and 16 do not either. 18 failed a check and was then found to be real usage.
_ESPI: dict[str, QualityClass] = {
    "0": "actual",
    "7": "edited",
    "8": "estimated",
    "9": "estimated",
    "12": "estimated",
    "14": "actual",
    "15": "edited",
    "18": "actual",
}
# The letter of a CMEP flag; the number behind it is a detail of the sender. The CSV files we read use the same letters.
_LETTERS: dict[str, QualityClass] = {
    "R": "actual",
    "V": "actual",
    "A": "edited",
    "E": "estimated",
    "N": "missing",
}
_CSV: dict[str, QualityClass] = {**_LETTERS, "A": "actual", "S": "edited"}

_WORST_FIRST: tuple[QualityClass, ...] = ("missing", "estimated", "edited", "unknown", "actual")


def quality_class(code: str) -> QualityClass:
    """The class of a code as it stands in `MeterFile.qualities`; "" is "the file gives no code".

    ESPI assumes a reading to be valid unless a ReadingQuality or the ReadingType's defaultQuality says otherwise, and
    only ESPI files leave the code out; the readers of other formats write an empty code with their prefix ("cmep:").
    """
    if not code:
        return "actual"
    system, _, mark = code.partition(":")
    if system == "espi":
        return _ESPI.get(mark, "unknown")
    table = _LETTERS if system == "cmep" else _CSV
    return table.get(mark[:1].upper(), "unknown")


def worst(codes: list[str]) -> str:
    """Of several codes for one reading, the one that says the least good of it."""
    return min(codes, key=lambda code: _WORST_FIRST.index(quality_class(code)))
