"""Dimensions of a table and their hierarchies: "zip<county" is zip codes inside counties inside the total."""

from __future__ import annotations

import re
from dataclasses import dataclass

from meterkeep.errors import BadInput

TOTAL = "Total"


@dataclass(frozen=True, slots=True)
class Dimension:
    """levels: names of columns, finest first; above the last of them is the total."""

    levels: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Dimension:
        """ "zip<county<region" or "zip:county:region", finest first."""
        levels = tuple(level.strip() for level in re.split("[<:]", text))
        if not all(levels) or TOTAL in levels:
            raise BadInput(
                "This names no levels.",
                where=f"--by {text!r}",
                next="Write the columns finest first, for example 'zip<county'; the total is added by itself.",
            )
        return cls(levels)
