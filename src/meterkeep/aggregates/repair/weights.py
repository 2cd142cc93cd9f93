"""What it costs to withhold a figure: each the same, or by its customers or its value; never, or rather than others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from meterkeep.aggregates.tables.dimensions import TOTAL
from meterkeep.errors import BadInput

By = Literal["cells", "customers", "value"]
WAYS: tuple[By, ...] = get_args(By)
STEPS = 10_000
"""The largest figure costs so much, where figures weigh differently, and every figure something."""
RATHER = 10
"""So many times less costs what is rather withheld than the others."""

Pattern = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Weights:
    """by: what makes a figure dear. never: figures that are not withheld; rather: that are withheld in place of others. A figure
    fits a pattern that names its key of each level in it, "Total" where that is summed up."""

    by: By = "cells"
    never: Sequence[Pattern] = ()
    rather: Sequence[Pattern] = ()

    def cost(self, keys: Mapping[str, str], amount: int, most: int) -> int | None:
        """keys: of a figure, by level, those summed up left out; empty for a level that it neither names nor sums up, as the county
        of a ZIP code is. amount: its customers or value, `most` of all figures; any where
        only cells count. None: never."""
        if _fits(keys, self.never):
            return None
        plain = 1 if self.by == "cells" else max(1, STEPS * amount // max(most, 1))
        return plain * (RATHER if self.rather and not _fits(keys, self.rather) else 1)


def _fits(keys: Mapping[str, str], patterns: Sequence[Pattern]) -> bool:
    return any(all(keys.get(level, TOTAL) == key for level, key in pattern.items()) for pattern in patterns)


def pattern(text: str, *, levels: Sequence[str], where: str) -> Pattern:
    """ "county=north,class=shop". levels: that there are."""
    pairs = [part.partition("=")[::2] for part in text.split(",")]
    found = {level.strip(): key.strip() for level, key in pairs}
    if len(found) < len(pairs) or not all(found.values()) or not found.keys() <= set(levels):
        raise BadInput(
            "This names no figures.",
            where=f"{where} {text!r}",
            next=f"Write level=name, several with commas; the levels are {', '.join(levels)}.",
        )
    return found
