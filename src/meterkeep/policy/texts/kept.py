"""An imported text kept beside a pack: `texts.toml`, so that an answer can show the adopted words themselves."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from meterkeep.errors import BadInput
from meterkeep.policy.texts.importing import Imported

NAME = "texts.toml"


@dataclass(frozen=True, slots=True)
class KeptText:
    """The adopted words of a clause, and where they stand: file, lines, page."""

    text: str
    source: str


def as_toml(imported: Imported) -> str:
    """Only what is mapped for sure: an unconfirmed passage must not be shown as the words of a clause."""
    head = [
        "# The adopted words, clause by clause, as they were read from the file. Made by `meterkeep policy import`.",
        f"file = {json.dumps(imported.name)}",
        f"sha256 = {json.dumps(imported.sha256)}",
    ]
    return "\n".join([*head, *_entries(imported)]) + "\n"


def _entries(imported: Imported) -> Iterator[str]:
    for one in imported.mapped:
        if one.status == "mapped":
            passage = one.passage
            yield ""
            yield "[[passage]]"
            yield f"clauses = {json.dumps(list(one.clauses))}"
            yield f"anchor = {json.dumps(passage.anchor)}"
            yield f"page = {passage.page}"
            yield f"text = {json.dumps(passage.words, ensure_ascii=False)}"


def read_texts(folder: Path) -> Mapping[str, KeptText]:
    """Clause → its adopted words, from the folder's texts.toml; empty where there is none. Raises BadInput if it is damaged."""
    path = folder / NAME
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return dict(_kept(table))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise BadInput(
            f"The kept text cannot be read: {error}.", where=NAME, next="Import the policy's text again."
        ) from error


def _kept(table: Mapping[str, object]) -> Iterator[tuple[str, KeptText]]:
    """The parts of one clause that stand in several passages are read one after the other."""
    found: dict[str, KeptText] = {}
    passages = table.get("passage", [])
    for entry in passages if isinstance(passages, list) else []:
        place = f"{table['file']} {entry['anchor']}, page {entry['page']}"
        for clause in entry["clauses"]:
            earlier = found.get(clause)
            text = f"{earlier.text} {entry['text']}" if earlier else entry["text"]
            found[clause] = KeptText(text, f"{earlier.source}; {place}" if earlier else place)
    yield from found.items()
