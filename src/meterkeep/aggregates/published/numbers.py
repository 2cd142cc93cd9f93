"""Figures as people publish them, as exact whole numbers: "1,234.50", "(12)", "*", "N/A", "", each column at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from meterkeep.aggregates.loads import Bools, Int64s

PLACES = 6
SCALE = 10**PLACES
"""Figures are kept in millionths of their unit."""
WHOLE_DIGITS = 12

_PLAIN = r"^-?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?$"
_MARKS = (
    r"(?i)^(?:|\*+|-+|[–—]|#?n/?a|n\.a\.|#value!|nan|null|none|s|d|x|\(d\)|\(s\)|suppressed|withheld|redacted|masked|"
    r"confidential|not (?:available|reported|shown)|aggregat.*|combined.*|<=?\s*\d+|fewer than \d+|less than \d+)$"
)


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """values: in millionths, 0 where there is none. hidden: withheld or blank. bad: not a number that could be read exactly.
    places: digits after the point, as published."""

    values: Int64s
    hidden: Bools
    bad: Bools
    places: Int64s


def figures(text: Any, *, marks: Sequence[str] = (), trim: bool = False) -> Figures:
    """text: an Arrow array of strings. marks: further texts for "not shown".

    trim: digits beyond the sixth after the point are cut off, which only an average may afford; without it they are `bad`.
    """
    bare = _bare(text)
    hidden = pc.match_substring_regex(bare, _MARKS)
    if marks:
        hidden = pc.or_(hidden, pc.is_in(bare, value_set=pa.array([mark.strip() for mark in marks])))
    number = pc.and_(pc.match_substring_regex(bare, _PLAIN), pc.match_substring_regex(bare, r"\d"))
    kept = pc.replace_substring(pc.if_else(pc.and_not(number, hidden), bare, "0"), ",", "")
    parts = pc.extract_regex(kept, r"^(?P<sign>-?)(?P<whole>\d*)\.?(?P<rest>\d*)$")
    rest = pc.utf8_rtrim(pc.struct_field(parts, "rest"), "0")
    whole = pc.utf8_ltrim(pc.struct_field(parts, "whole"), "0")
    exact = pc.less_equal(pc.utf8_length(whole), WHOLE_DIGITS)
    if not trim:
        exact = pc.and_(exact, pc.less_equal(pc.utf8_length(rest), PLACES))
    digits = pc.binary_join_element_wise(
        "0", whole, pc.utf8_rpad(pc.utf8_slice_codeunits(rest, 0, PLACES), PLACES, "0"), ""
    )
    size = np.asarray(pc.cast(pc.if_else(exact, digits, "0"), pa.int64()))
    negative = np.asarray(pc.equal(pc.struct_field(parts, "sign"), "-"))
    bad = np.asarray(pc.invert(pc.or_(hidden, pc.and_(number, exact))))
    places = np.asarray(pc.utf8_length(pc.utf8_slice_codeunits(rest, 0, PLACES))).astype(np.int64)
    return Figures(np.where(negative, -size, size), np.asarray(hidden), bad, places)


def _bare(text: Any) -> Any:
    """Without blanks around, hard ones included, and with accountants' brackets as a minus."""
    bare = pc.utf8_trim_whitespace(pc.fill_null(text, ""))
    inside = pc.extract_regex(bare, r"^\((?P<inside>[\d.,]*\d[\d.,]*)\)$")
    return pc.coalesce(pc.binary_join_element_wise("-", pc.struct_field(inside, "inside"), ""), bare)


def shown(value: int) -> str:
    """Millionths as people write them: 1234500000 → "1,234.5"."""
    sign, size = "−" if value < 0 else "", abs(value)
    whole, rest = divmod(size, SCALE)
    return f"{sign}{whole:,}" + (f".{rest:06d}".rstrip("0") if rest else "")


def exact(value: int) -> str:
    """Millionths as an exact decimal without separators, for programs: 1234500000 → "1234.5"."""
    return shown(value).replace(",", "").replace("−", "-")
