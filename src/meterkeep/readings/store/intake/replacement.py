"""Which reading may replace which: the classes of quality in ranks, and the rule that a worse one never replaces a better.

Of equal rank the later reading stands. The ranks are the provider's policy: those of the documents in force when a file comes
in, or `replacement` in `store.json`, where no document has any. The registry keeps for each file by which it was taken in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from meterkeep.errors import BadInput
from meterkeep.readings.store.intake.summary import CLASSES

Order = Sequence[Sequence[str]]

DEFAULT: Final[Order] = (("actual", "edited"), ("estimated",), ("unknown",), ("missing",))
"""From the best. An edited value was changed by somebody who knew the measured one, so neither gives way to the other."""


def ranks_of(order: Order) -> npt.NDArray[np.int8]:
    """The rank of each of CLASSES, 0 the best. order: each class once, those of one rank together."""
    rank = {name: number for number, names in enumerate(order) for name in names}
    if sorted(name for names in order for name in names) != sorted(CLASSES):
        raise BadInput(
            "The ranks of a store's readings do not name each class of quality once.",
            next=f"List {', '.join(CLASSES)} in groups, the best first, in replacement.toml or store.json.",
        )
    return np.array([rank[name] for name in CLASSES], np.int8)
