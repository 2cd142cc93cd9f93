"""Meterkeep, the data custodian for energy providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from meterkeep.faces.python import Connection

__version__ = "0.1.0"


def connect(home: str | Path | None = None, *, by: str) -> Connection:
    """For analysts: a connection to the custodian at `home` (default $METERKEEP_HOME), acting as the person `by`."""
    from meterkeep.faces.python import Connection
    from meterkeep.site.composition import open_custodian

    return Connection(open_custodian(home), by=by)
