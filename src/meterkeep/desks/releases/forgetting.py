"""What is left of withheld figures once the data of customers in them is destroyed: that they were there, and how many customers they had."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import numpy as np

from meterkeep.aggregates.history.forgetting import Absences, absences, only
from meterkeep.aggregates.register import PastRow
from meterkeep.desks.releases.models import Release, ReleaseRow

WHY: Final = "What it came to, and why it was left out, was destroyed with the data of customers."
_KEPT: Final = ("keys", "period", "customers", "status", "code", "releases")


def bared(release: Release, atoms: Collection[int]) -> list[dict[str, Any]] | None:
    """The cells of a release that may have counted one of these, without what was withheld; None where nothing is to be taken out.
    Published figures are public, and stay."""
    gone = np.array(sorted(atoms), dtype=np.uint64)
    if not _concerned(release, gone) or not any(map(_tells, release.cells)):
        return None
    return [_bare(cell) if _tells(cell) else cell for cell in release.cells]


def absent(atoms: Collection[int]) -> Absences:
    """Where these used nothing, by all rows of all releases together: that stays when their loads go, since others would else seem
    better hidden than they are."""
    kept = ReleaseRow.objects.order_by("pk").iterator(chunk_size=100)
    rows = (only(PastRow.from_bytes(bytes(each.data)), atoms) for each in kept)
    return absences([row for row in rows if len(row.members)])


def _concerned(release: Release, gone: np.ndarray[Any, np.dtype[np.uint64]]) -> bool:
    """A release of an older version does not say whom it counted: it may be anybody."""
    counted = np.frombuffer(bytes(release.counted), "<u8")
    return not len(counted) or bool(np.isin(gone, counted).any())


def _tells(cell: dict[str, Any]) -> bool:
    return cell["status"] != "published" and not cell.get("forgotten")


def _bare(cell: dict[str, Any]) -> dict[str, Any]:
    """value: 0 stands for none, as `forgotten` says."""
    return {name: cell[name] for name in _KEPT} | {"value": 0, "why": WHY, "attack": [], "forgotten": True}
