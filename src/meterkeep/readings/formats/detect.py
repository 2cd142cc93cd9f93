"""Which format a file has, by its first bytes, and the reader for it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from pathlib import Path

from meterkeep.errors import BadInput
from meterkeep.readings.formats.cmep import CmepFile
from meterkeep.readings.formats.columns.localtime import named_zone
from meterkeep.readings.formats.edi867.reader import Edi867File
from meterkeep.readings.formats.foreign import KNOWN, UTF16, foreign, other_delimiter
from meterkeep.readings.formats.green_button.reader import GreenButtonFile
from meterkeep.readings.formats.mapped_csv.mapping import CsvMapping
from meterkeep.readings.formats.mapped_csv.reader import MappedCsvFile
from meterkeep.readings.formats.mapped_csv.shipped import SHIPPED
from meterkeep.readings.formats.meterfile import MeterFile
from meterkeep.readings.formats.nem.nem12 import Nem12File
from meterkeep.readings.formats.nem.nem13 import Nem13File
from meterkeep.readings.formats.packed import COMPRESSED
from meterkeep.readings.formats.utility_csv.opower import OPOWER_HEADER, OpowerCsvFile
from meterkeep.readings.formats.utility_csv.sce import SCE_HEADER, SceCsvFile
from meterkeep.readings.formats.utility_csv.sdge import SDGE_HEADER, SdgeCsvFile
from meterkeep.readings.formats.utility_csv.wide import WideCsvFile

FORMATS: dict[str, type[MeterFile]] = {
    each.format: each
    for each in (
        GreenButtonFile,
        CmepFile,
        WideCsvFile,
        SdgeCsvFile,
        SceCsvFile,
        OpowerCsvFile,
        Nem12File,
        Nem13File,
        Edi867File,
    )
}
"""The formats that `open_file` knows, by the name that `--format` takes."""

_HEAD = 65_536
_CMEP = re.compile(rb"ME[A-Z]{2}[A-Z]?\d{2},")
_NEM = re.compile(rb'(?i)"?100"?,"?NEM(12|13)\b|200,[^\r\n]*[\r\n]+300,')
_WIDE = re.compile(rb"(?i)(?:HR|HE)_?2400")
_HEADERS = (("csv-sdge", SDGE_HEADER), ("csv-sce", SCE_HEADER), ("csv-opower", OPOWER_HEADER))
_X12 = re.compile(rb"ISA([^A-Za-z0-9])..\1.{10}\1")


def open_file(
    path: str | Path, format: str = "auto", zone: str = "UTC", mappings: Sequence[CsvMapping] = ()
) -> MeterFile:
    """Opens a meter file. format: a name of FORMATS or of a mapping, or "auto"; zone: the IANA zone of local stamps in
    CMEP and CSV; mappings: a provider's own, for long CSV.

    Raises BadInput for a file that is missing, empty or of no format known here; malformed content is raised while
    `blocks()` is read.
    """
    path, name = Path(path), str(path)
    named_zone(zone)
    _check_names(mappings)
    mappings = (*mappings, *SHIPPED)
    known = [*FORMATS, *(mapping.name for mapping in mappings)]
    if format != "auto" and format not in known:
        raise BadInput(f"There is no format {format!r}.", next=f"Choose auto, {', '.join(known)}.")
    head = _head(path, name)
    if not head.removeprefix(codecs.BOM_UTF8).strip(b"\0 \t\r\n"):
        raise BadInput("The file is empty.", where=name, next="Ask the sender for it again.")
    for mapping in mappings:
        if mapping.name == format or (format == "auto" and mapping.knows(head)):
            _check_first_line(head, name)
            return MappedCsvFile(path, zone=zone, mapping=mapping)
    chosen = _format_of(head, name) if format == "auto" else format
    if chosen.startswith("csv"):
        _check_first_line(head, name)
    file = FORMATS[chosen](path, zone=zone)
    if isinstance(file, Nem12File):
        file.headerless = format == Nem12File.format
    return file


def _check_first_line(head: bytes, name: str) -> None:
    """A header of a million columns would take memory for each of them."""
    if len(head) == _HEAD and not re.search(rb"[\r\n]", head):
        raise BadInput(
            f"The first line is longer than {_HEAD:,} bytes, so it is no header of a table.",
            where=f"{name}: line 1",
            next="Ask the sender for the file as their system made it.",
        )


def _check_names(mappings: Sequence[CsvMapping]) -> None:
    for mapping in mappings:
        if mapping.name in ("auto", *FORMATS, *(shipped.name for shipped in SHIPPED)):
            raise BadInput(
                f"A mapping may not be called {mapping.name!r}, as a format is.",
                next="Give its file another name.",
            )


def _head(path: Path, name: str) -> bytes:
    try:
        if path.is_fifo() or path.is_socket() or path.is_char_device():
            raise BadInput(
                "The path names a pipe or a device, not a file.",
                where=name,
                next="Save what it gives to a file first: meter files are read more than once.",
            )
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise BadInput(
            f"The file cannot be read ({error.strerror}).",
            where=name,
            next="Check the path and its permissions.",
        ) from error


def _format_of(head: bytes, name: str) -> str:
    if refusal := foreign(head, name):
        raise refusal
    start = head.removeprefix(codecs.BOM_UTF8).lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<") or head.startswith((*UTF16, b"<\0", b"\0<")):
        return "greenbutton"
    if head.startswith(COMPRESSED):
        raise BadInput(
            "The file is compressed.",
            where=name,
            next="Unpack it, then give the files that were inside; `meterkeep ingest` opens zip and gzip itself.",
        )
    if b"\0" in head:
        raise BadInput("The file is binary and of no format known here.", where=name, next=KNOWN)
    if found := _text_format(start):
        return found
    if (marked := other_delimiter(start)) and _text_format(marked[1]):
        raise BadInput(
            f"The file has {marked[0]} where its format has commas, as some spreadsheets save it.",
            where=name,
            next="Give the file as the utility made it, or save it comma separated, with decimal points.",
        )
    raise BadInput("The file is of no format known here.", where=name, next=KNOWN)


def _text_format(start: bytes) -> str | None:
    """The format of a text that begins so, by its first line or its header."""
    if _CMEP.match(start):
        return "cmep"
    if _X12.match(start):
        return "edi867"
    if found := _NEM.match(start):
        return "nem13" if found[1] == b"13" else "nem12"
    lines = start.replace(b"\r", b"\n")
    for name, header in _HEADERS:
        if header.search(lines):
            return name
    return "csv-wide" if _WIDE.search(start.split(b"\n", 1)[0]) else None
