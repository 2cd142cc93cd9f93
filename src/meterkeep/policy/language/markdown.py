"""Reads a literate document: headings, our paraphrase, and the fenced TOML blocks that carry it out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput

_FENCE = re.compile(r"^```(document|clause)\s*$")


@dataclass(frozen=True)
class Block:
    kind: str
    table: dict[str, Any]
    heading: str
    text: str
    where: str


def blocks(path: Path) -> Iterator[Block]:
    """Every `document` and `clause` block in order. A heading's text is shared by all blocks under it."""
    heading = ""
    text: list[str] = []
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        if line.startswith("#"):
            heading, text = line.lstrip("# "), []
        elif fence := _FENCE.match(line):
            where = f"{path.name} line {number}"
            body = _until_fence(lines, where)
            yield Block(fence[1], _toml(body, where), heading, " ".join(text).strip(), where)
        else:
            text.append(line.strip())


def _until_fence(lines: Iterator[tuple[int, str]], where: str) -> str:
    body: list[str] = []
    for _, line in lines:
        if line.startswith("```"):
            return "\n".join(body)
        body.append(line)
    raise BadInput("The block is not closed by ```.", where=where)


def _toml(body: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(body)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The block is not TOML: {error}.", where=where) from error
