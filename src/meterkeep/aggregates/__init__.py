"""Totals that are safe to publish: cells, the rule, the audit over everything released before.

`plan` says which cells of a table may go out; the argument why that is safe stands in `register`. Names are loaded when
they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterkeep.aggregates.certificates import certificate
    from meterkeep.aggregates.planning import plan
    from meterkeep.aggregates.register import PastRow
    from meterkeep.aggregates.release import Cell, ReleasePlan
    from meterkeep.aggregates.rule import Rule

__all__ = ["Cell", "PastRow", "ReleasePlan", "Rule", "certificate", "plan"]

_HOME = {
    "Cell": "release",
    "PastRow": "register",
    "ReleasePlan": "release",
    "Rule": "rule",
    "certificate": "certificates",
    "plan": "planning",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(name)
    found: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found
