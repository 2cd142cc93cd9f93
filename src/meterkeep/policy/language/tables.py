"""Reads a TOML table that somebody wrote by hand: damaged, hostile or too deep, it ends in one clear error."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput

UNSEEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what is shown."""


def read_table(path: Path) -> dict[str, Any]:
    """Raises BadInput where the file is not there, is no TOML, or holds characters that a reader would not see."""
    where = f"{path.parent.name}/{path.name}"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The file cannot be read: {error}.", where=where) from error
    return parse_table(text, where=where)


def parse_table(text: str, *, where: str) -> dict[str, Any]:
    try:
        table = tomllib.loads(text)
        check_seen(table, where=where)
    except RecursionError:
        raise BadInput("The table is nested too deep.", where=where, next="Write it plainly.") from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise BadInput(
            f"This is not TOML: {str(error)[:200]}.", where=where, next="Check quotes and brackets."
        ) from error
    return table


def check_seen(value: Any, *, where: str) -> None:
    """What is shown to people, on a terminal and on pages, holds no control character, not even written as an escape."""
    if isinstance(value, str):
        if any(one in UNSEEN or (unicodedata.category(one) == "Cc" and one not in "\n\t") for one in value):
            raise BadInput(
                "A text holds a character that nobody sees.",
                where=where,
                next="Take out control characters and escapes such as \\u001b.",
            )
    elif isinstance(value, dict):
        for key, entry in value.items():
            check_seen(key, where=where)
            check_seen(entry, where=where)
    elif isinstance(value, list):
        for entry in value:
            check_seen(entry, where=where)
