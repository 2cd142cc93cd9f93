"""Folders as the files that they hold."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from meterkeep.errors import BadInput


def expand(paths: Iterable[Path]) -> Iterable[Path]:
    """Folders as the files they hold, in order of name; a path that is not there is an error before anything is done."""
    for path in paths:
        if not path.exists():
            raise BadInput("There is no such file or folder.", where=str(path), next="Check the path.")
        yield from _files_of(path) if path.is_dir() else [path]


def _files_of(folder: Path) -> list[Path]:
    """Hidden files are what desktops leave behind, never a utility's."""
    found = [item for item in folder.rglob("*") if item.is_file()]
    return sorted(item for item in found if not _hidden(item.relative_to(folder)))


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
