"""A provider's own copy of a shipped pack, to be edited as data."""

from __future__ import annotations

import shutil
from pathlib import Path

from meterkeep.policy.language.loading import SHIPPED


def copied(pack: str, folder: Path) -> Path:
    return Path(shutil.copytree(SHIPPED / pack, folder / "own"))


def edit(folder: Path, name: str, old: str, new: str, *, everywhere: bool = False) -> None:
    """Once, where it first stands; a test that edits nothing would prove nothing."""
    path = folder / name
    text = path.read_text()
    assert old in text, old
    path.write_text(text.replace(old, new) if everywhere else text.replace(old, new, 1))


def add(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(path.read_text() + text)
