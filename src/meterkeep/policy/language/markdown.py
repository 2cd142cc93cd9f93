"""Reads a literate document: headings, our paraphrase, and the fenced TOML blocks that carry it out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.policy.language.tables import check_seen, parse_table

_FENCE = re.compile(r"^\s*```\s*(\w*)\s*$")
KINDS = ("document", "clause")


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
    lines = iter(enumerate(_read(path).split("\n"), 1))
    for number, line in lines:
        if line.startswith("#"):
            heading, text = line.lstrip("# "), []
        elif line.lstrip().startswith("```"):
            where = f"{path.name} line {number}"
            kind = _kind(line, where)
            body = _until_fence(lines, where)
            yield Block(kind, parse_table(body, where=where), heading, " ".join(text).strip(), where)
        else:
            text.append(line.strip())


def _kind(line: str, where: str) -> str:
    """A fence of another name would drop its clause without a word, so there is none."""
    fence = _FENCE.match(line)
    if fence is None or fence[1] not in KINDS:
        raise BadInput(
            f"A block begins with ```document or ```clause, not with {line.strip()[:40]!r}.",
            where=where,
            next="Correct the word after the three backticks, or close the block before with a line of three.",
        )
    return fence[1]


def _until_fence(lines: Iterator[tuple[int, str]], where: str) -> str:
    """Only three backticks by themselves end a block: another fence shows that the end of this one is lost."""
    body: list[str] = []
    for number, line in lines:
        if line.strip() == "```":
            return "\n".join(body)
        if line.lstrip().startswith("```") or line.startswith("#"):
            raise BadInput(
                f"The block is not closed before line {number}.",
                where=where,
                next="End it with a line of three backticks.",
            )
        body.append(line)
    raise BadInput("The block is not closed.", where=where, next="End it with a line of three backticks.")


def _read(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    check_seen(text, where=path.name)
    return text
