"""Import a policy's text: its documents with header, clauses, votes and signatures, mapped to the clauses of a pack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from meterkeep.policy.language.pack import Pack
from meterkeep.policy.texts.cutting import cut
from meterkeep.policy.texts.headers import Header, find_headers, letterhead
from meterkeep.policy.texts.mapping import Mapped, map_documents
from meterkeep.policy.texts.pages import paged
from meterkeep.policy.texts.passages import ImportedDocument
from meterkeep.policy.texts.prose import cut_prose
from meterkeep.policy.texts.scan import spellings, without_furniture
from meterkeep.policy.texts.source import Line, SourceText, read_source
from meterkeep.policy.texts.votes import RollCall, resolution_number, roll_call, signatures

FEW = 3  # numbered clauses that make a document a numbered one
_RESOLUTION_TITLE = re.compile(r"^\s*RESOLUTION\s+NO\b")


@dataclass(frozen=True)
class Imported:
    """resolution: its number, "" where there is none. mapped: each passage with the clauses of the pack it carries."""

    name: str
    sha256: str
    pages: int
    resolution: str
    votes: RollCall | None
    documents: tuple[ImportedDocument, ...]
    mapped: tuple[Mapped, ...]
    unmatched: tuple[str, ...]  # clauses of the pack for which no passage was found

    @property
    def worklist(self) -> list[Mapped]:
        """What a person has to look at: passages without a clause, and those that only resemble one."""
        return [one for one in self.mapped if one.status in ("check", "new")]


def import_text(path: Path, *, pack: Pack | None = None) -> Imported:
    """pack: whose clauses the passages are mapped to; without it all of them are for the worklist.

    Raises BadInput where the file cannot be read.
    """
    source = read_source(path)
    lines = paged(source.lines)
    kept = without_furniture(lines)
    votes = roll_call(kept)
    body = [line for line in kept if votes is None or not votes.lines[0] <= line.number <= votes.lines[1]]
    documents = tuple(_document(lines, header, source, pack) for lines, header in _parts(body))
    mapped, unmatched = map_documents(documents, pack)
    return Imported(
        name=source.name,
        sha256=source.sha256,
        pages=lines[-1].page,
        resolution=resolution_number([line for line in kept if _RESOLUTION_TITLE.match(line.text)]),
        votes=votes,
        documents=documents,
        mapped=tuple(mapped),
        unmatched=tuple(unmatched),
    )


def _parts(lines: Sequence[Line]) -> Iterator[tuple[list[Line], Header | None]]:
    """The file cut before each header block and each resolution; letterhead above a block belongs to the block."""
    headers = {header.first: header for header in find_headers(lines)}
    titles = [place for place, line in enumerate(lines) if _RESOLUTION_TITLE.match(line.text)]
    starts = sorted({0, *headers, *(letterhead(lines, place) for place in titles)})
    for first, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        header = headers.get(first)
        body = list(lines[header.last + 1 if header else first : stop])
        if any(line.text.strip() for line in body):
            yield body, header


def _document(
    lines: list[Line], header: Header | None, source: SourceText, pack: Pack | None
) -> ImportedDocument:
    number = header.number if header else _unnamed(lines, pack)
    passages = cut(number, lines)
    if len(passages) < FEW:
        passages = cut_prose(number, lines)
    return ImportedDocument(
        number=number,
        aliases=spellings(number, source.lines),
        header=header,
        lines=(lines[0].number, lines[-1].number),
        pages=(lines[0].page, lines[-1].page),
        passages=tuple(passages),
        signatures=tuple(signatures(lines)),
        notes=tuple(_findings(header)),
    )


def _unnamed(lines: Sequence[Line], pack: Pack | None) -> str:
    """A text without a header block is the pack's one document, if it has just one."""
    head = " ".join(line.text for line in lines[:5])
    if any(_RESOLUTION_TITLE.match(line.text) for line in lines[:5]):
        return "resolution"
    if re.search(r"\bstaff report\b", head, re.I):
        return "report"
    return pack.documents[0].id if pack and len(pack.documents) == 1 else "text"


def _findings(header: Header | None) -> Iterator[str]:
    if header and not header.contact:
        yield "The staff contact is blank."
    if header and header.effective is None:
        yield "The effective date was not found."
