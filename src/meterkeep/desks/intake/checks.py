from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from meterkeep.errors import BadInput

_SOURCE = re.compile(r"[a-z][a-z0-9-]{1,39}")
_LONG_NUMBER = re.compile(r"[0-9]{5}")


def check_paths(paths: Sequence[Path]) -> None:
    if not paths:
        raise BadInput(
            "There is no meter file to take in.", next="Name meter files, or folders that hold some."
        )


def check_source(id: str, every_days: int | None = None) -> None:
    if not can_be_source(id):
        raise BadInput(
            "Who sends files is named by an id of small letters, digits and dashes, without a long number.",
            where="source",
            next="Name the sender, such as sce or meter-agent; never a customer or an account.",
        )
    if every_days is not None and not 1 <= every_days <= 400:
        raise BadInput(
            "A rhythm is a number of days from 1 to 400.",
            where="source",
            next="Give every_days = 1 for daily.",
        )


def can_be_source(id: str) -> bool:
    """A number of five digits and more may be an account's, so no source is called by one."""
    return bool(_SOURCE.fullmatch(id)) and not _LONG_NUMBER.search(id)
