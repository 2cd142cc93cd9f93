"""Other people's published tables: what can be worked out from them, with nothing but the files (docs/releases.md).

`audit_tables` reads CSV files and judges their rows by a rule. A published table tells counts and totals, never what the
largest customer used, so shares are out of reach; everything else that the audit of our own releases asks is asked here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterkeep.aggregates.published.audit import audit_tables
    from meterkeep.aggregates.published.layouts import Columns
    from meterkeep.aggregates.published.report import Finding, Report
    from meterkeep.aggregates.published.rules import ClassRules

__all__ = ["ClassRules", "Columns", "Finding", "Report", "audit_tables"]

_HOME = {
    "ClassRules": "rules",
    "Columns": "layouts",
    "Finding": "report",
    "Report": "report",
    "audit_tables": "audit",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(name)
    found: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found
