"""The bytes of an XML file, made fit for a parser that allows nothing: no DTD, no entity, no network, bounded depth."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from meterkeep.errors import BadInput
from meterkeep.readings.formats.columns.exact import MAX_DECIMALS

_CHUNK = 1 << 18
_OVERLAP = 128
_WIDE_HEADS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
_DECIMAL = re.compile(rb"value[^<>]{0,80}>\s{0,80}[-+]?\d*\.(\d*[1-9])")
_POINT = re.compile(rb"\.\d*[1-9]")
_PROLOG = re.compile(rb"<[A-Za-z_]")
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']*)""")
_ASCII_ALONE = re.compile(rb"utf-?8|(us-)?ascii|iso-?8859-?\d+|latin-?1|(windows-|cp)125\d", re.IGNORECASE)
_LABELLED_WIDE = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["'](utf-?16|ucs-?2|utf-?32)""", re.IGNORECASE)


class XmlSource:
    """An XML file as chunks of bytes whose mark-up is ASCII. Wide encodings are rewritten as UTF-8.

    mislabelled: it says UTF-16 but is not. skipped_lines: lines of white space before the first character, which the
    parser does not see.
    """

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        with path.open("rb") as file:
            head = file.read(4096)
        self._wide = next((codec for bom, codec in _WIDE_HEADS.items() if head.startswith(bom)), None)
        first = next(self.chunks(), b"")
        self._first = first[:1024]
        self.skipped_lines = head[: head.find(b"<")].count(b"\n") if b"<" in head else 0
        self.mislabelled = self._wide is None and bool(_LABELLED_WIDE.match(first))
        if b"<!DOCTYPE" in _prolog(first):
            raise refuse_dtd(name)

    @property
    def encoding(self) -> str | None:
        """What to tell the parser; None: it reads the declaration."""
        return "utf-8" if self._wide or self.mislabelled else None

    @property
    def ascii_alone(self) -> bool:
        """Whether a byte below 128 is that character of ASCII, whatever stands before it."""
        declared = _DECLARED.match(self._first)
        return self.encoding is not None or declared is None or bool(_ASCII_ALONE.fullmatch(declared[1]))

    def chunks(self) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self._wide)("replace") if self._wide else None
        start = True
        with self.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if decoder:
                    chunk = decoder.decode(chunk).lstrip("\ufeff").encode()
                if start:
                    chunk = _without_marks(chunk)
                start = start and not chunk
                yield chunk

    def decimals(self) -> int:
        """The most digits behind the point in any `value` of the file; 0 in a file as the standard wants it."""
        most, tail = 0, b""
        for chunk in self.chunks():
            text = tail + chunk
            for match in _DECIMAL.finditer(text) if _POINT.search(text) else ():
                most = max(most, len(match[1]))
            tail = chunk[-_OVERLAP:]
        return min(most, MAX_DECIMALS)

    def parser(self, **options: object) -> etree.XMLPullParser:
        return etree.XMLPullParser(**self._bounds, remove_blank_text=True, **options)

    @property
    def _bounds(self) -> dict[str, object]:
        return {
            "encoding": self.encoding,
            "resolve_entities": False,
            "load_dtd": False,
            "no_network": True,
            "huge_tree": False,
            "remove_comments": True,
            "remove_pis": True,
        }

    def first_error(self) -> etree.XMLSyntaxError | None:
        """Where the parser stops at the file as it is: while it is read, parts of it are left out. Memory stays flat.

        A parser that builds no tree passes over prefixes without a namespace, so another one follows.
        """
        return self._stop_of(etree.XMLParser(target=_Nothing(), **self._bounds)) or self._stop_of(
            self.parser(events=("end",))
        )

    def _stop_of(self, parser: etree.XMLParser) -> etree.XMLSyntaxError | None:
        try:
            for chunk in self.chunks():
                parser.feed(chunk)
                for _, element in parser.read_events() if isinstance(parser, etree.XMLPullParser) else ():
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
            parser.close()
        except etree.XMLSyntaxError as error:
            return error
        return None

    def malformed(self, error: etree.XMLSyntaxError) -> BadInput:
        """Its place, and what is wrong by libxml2's name for it: its own words could repeat content."""
        last = error.error_log.last_error
        line, column = (last.line, last.column) if last is not None else error.position
        kind = last.type_name if last is not None else "ERR_UNKNOWN"
        what = _MEANINGS.get(kind, "The XML is not well-formed")
        return BadInput(
            f"{what} ({kind.removeprefix('ERR_').lower()}).",
            where=f"{self.name}: line {line + self.skipped_lines}, column {column}",
            next="Ask the sender for the file again; nothing of it was kept.",
        )


class _Nothing:
    """What an XML file is made into where only its form counts."""

    def close(self) -> None: ...


_MEANINGS = {
    "ERR_TAG_NOT_FINISHED": "The file ends before its last element is closed",
    "ERR_DOCUMENT_END": "The file goes on after its last element is closed",
    "ERR_DOCUMENT_EMPTY": "The file holds no XML document",
    "ERR_UNDECLARED_ENTITY": "The file uses an entity that nothing declares",
    "ERR_INVALID_CHAR": "The file holds a character that XML does not allow",
    "ERR_INVALID_ENCODING": "The file is not in the encoding that it declares",
    "ERR_RESOURCE_LIMIT": "The file nests its elements too deep, or holds one too long, to be meter data",
}


def refuse_dtd(name: str) -> BadInput:
    return BadInput(
        "The file declares a document type (<!DOCTYPE …>), which meter data never needs and attacks do.",
        where=name,
        next="Ask the sender for the file without it.",
    )


def _prolog(head: bytes) -> bytes:
    root = _PROLOG.search(head)
    return head[: root.start()] if root else head


def _without_marks(chunk: bytes) -> bytes:
    while chunk.startswith((codecs.BOM_UTF8, b" ", b"\t", b"\r", b"\n")):
        chunk = chunk.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")
    return chunk
