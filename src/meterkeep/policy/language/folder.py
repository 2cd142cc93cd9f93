"""A provider's own pack is text: Markdown and TOML files, plain and small. What else lies in its folder is never read."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from meterkeep.errors import BadInput

MOST_FILES = 200
MOST_BYTES = 1 << 20
"""Of one file: the longest policy that was met has a twentieth of it."""

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
"""Of a pack: the name of its folder, and its name in requests and in the log."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
KINDS = (".md", ".toml")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f]")


def read_folder(folder: Path) -> dict[str, bytes]:
    """The pack's files by their path below the folder, in order. Raises BadInput that names a link, or what is no text or too large."""
    if folder.is_symlink() or not folder.is_dir():
        raise BadInput("This is no folder of a pack.", where=str(folder), next="Name the folder itself.")
    return {str(path.relative_to(folder)): _content(path, folder) for path in _files(folder)}


def check_name(name: str, *, where: str) -> None:
    """A document is a file in the pack's own folder."""
    if not NAME.fullmatch(name) or ".." in name:
        raise BadInput(
            f"{name!r} is no name of a document's file.",
            where=where,
            next="Use letters, digits, - and _, without a path.",
        )


def digest_of(files: Mapping[str, bytes]) -> str:
    """Over names and bytes, so that not one character of an adopted pack changes unseen."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    found = sorted(_walk(folder, folder))
    if len(found) > MOST_FILES:
        raise BadInput(
            f"The folder holds more than {MOST_FILES} files.",
            where=folder.name,
            next="Keep one pack in it.",
        )
    return found


def _walk(folder: Path, root: Path) -> Iterator[Path]:
    """The texts of the folder and of its tests; what else lies there is no part of the pack."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda one: one.name):
            path = Path(entry.path)
            tests = path == root / "tests"
            if entry.name.startswith(".") or not (tests or path.suffix in KINDS):
                continue
            if entry.is_symlink():
                raise BadInput(
                    "A link does not belong in a pack.",
                    where=_place(path, root),
                    next="Put the file itself here.",
                )
            if tests and entry.is_dir():
                yield from _walk(path, root)
            elif entry.is_file():
                yield path


def _content(path: Path, root: Path) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(
            f"The file is larger than {MOST_BYTES >> 20} MB.",
            where=_place(path, root),
            next="A pack is text that people read.",
        )
    content = path.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _no_text(path, root) from error
    if _CONTROL.search(content):
        raise _no_text(path, root)
    return content


def _no_text(path: Path, root: Path) -> BadInput:
    return BadInput(
        "The file is no text in UTF-8.",
        where=_place(path, root),
        next="Save it as plain text in UTF-8.",
    )


def _place(path: Path, root: Path) -> str:
    return f"{root.name}/{path.relative_to(root)}"
