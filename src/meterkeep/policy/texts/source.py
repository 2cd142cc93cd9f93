"""A policy as it was filed: its lines, numbered and with their page, from a text or a PDF file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from meterkeep.errors import BadInput

MOST_BYTES = 50_000_000
MOST_PAGES = 2_000
_BAD = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of what follows, beyond the end of the line they stand in."""


@dataclass(frozen=True, slots=True)
class Line:
    """number: from 1, of the file (of the extracted text, for a PDF); page: from 1; text: without its line end."""

    number: int
    page: int
    text: str


@dataclass(frozen=True)
class SourceText:
    name: str
    sha256: str
    lines: tuple[Line, ...]


def read_source(path: Path) -> SourceText:
    """Raises BadInput where the file is too large, neither text nor PDF, or holds no text (a scan without its text layer)."""
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(
            f"The file is larger than {MOST_BYTES:,} bytes.", where=path.name, next="Give the policy alone."
        )
    raw = path.read_bytes()
    pages = _pdf_pages(path) if raw.startswith(b"%PDF-") else _text_pages(raw, path)
    lines = tuple(_numbered(pages))
    if not any(line.text.strip() for line in lines):
        raise BadInput(
            "The file holds no text.",
            where=path.name,
            next="If it is a scan, add a text layer first (OCR), then import.",
        )
    return SourceText(path.name, hashlib.sha256(raw).hexdigest(), lines)


def _numbered(pages: list[str]) -> Iterator[Line]:
    """Ligatures and wide forms, which a PDF keeps as one character, become the letters that a reader sees."""
    number = 0
    for page, text in enumerate(pages, 1):
        for line in text.splitlines():
            number += 1
            yield Line(number, page, _BAD.sub(" ", normalize("NFKC", line)).rstrip())


def _text_pages(raw: bytes, path: Path) -> list[str]:
    """UTF-8 or, failing that, Windows-1252; a form feed ends a page."""
    if b"\0" in raw:
        raise BadInput(
            "The file is neither text nor PDF.", where=path.name, next="Save the policy as text or PDF."
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    # Only \n ends a line of a file as editors count them; the others would shift every anchor after them.
    text = (
        text.replace("\r\n", "\n")
        .replace("\r", "\n")
        .translate(dict.fromkeys(map(ord, "\v\x1c\x1d\x1e\x85\u2028\u2029"), " "))
    )
    return text.split("\f")


def _pdf_pages(path: Path) -> list[str]:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        pages = PdfReader(path).pages
        if len(pages) > MOST_PAGES:
            raise BadInput(f"The PDF has more than {MOST_PAGES:,} pages.", where=path.name)
        return [page.extract_text() for page in pages]
    except (PyPdfError, ValueError, KeyError, RecursionError) as error:
        raise BadInput(
            f"The PDF cannot be read: {type(error).__name__}.",
            where=path.name,
            next="Open and save it anew, or export its text.",
        ) from error
