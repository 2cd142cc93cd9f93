from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from meterkeep.errors import BadInput


def check_paths(paths: Sequence[Path]) -> None:
    if not paths:
        raise BadInput(
            "There is no meter file to take in.", next="Name meter files, or folders that hold some."
        )
