"""What a file is that no reader reads, said so that its sender knows what to do: a web page, a workbook, a PDF …"""

from __future__ import annotations

import codecs
import re

from meterkeep.errors import BadInput

UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HTML = re.compile(rb"(?i)\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.DOTALL)
_ASEXML = re.compile(rb"<(?:\w+:)?aseXML\b")
_MARKS = (
    (b"%PDF", "a PDF document", "Ask the sender for the data itself, as Green Button XML or CSV."),
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel workbook",
        "Save its table as CSV, comma separated, then give that file.",
    ),
    (b"PAR1", "a Parquet file", "Write it as CSV, then read it by a mapping (docs/formats.md)."),
    (b"{", "JSON", "Ask the sender for Green Button XML or CSV; look whether it is an error message."),
    (b"[", "JSON", "Ask the sender for Green Button XML or CSV; look whether it is an error message."),
    (b"{\\rtf", "a word processor's document", "Ask the sender for the data itself, as CSV."),
)
KNOWN = "Meterkeep reads Green Button XML, CMEP, NEM12 and NEM13, EDI 867, and utility CSV; docs/formats.md has what each must hold, and how a mapping makes other CSV readable."


def foreign(head: bytes, name: str) -> BadInput | None:
    """The refusal of a file that begins so, where it is a known thing that is no meter file; None else."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    text = _narrow(head)
    if _HTML.match(text):
        return _refusal(
            "a web page (HTML), perhaps a sign-in or an error page that was saved in its place",
            name,
            "Open it in a browser to see what it says, then fetch the file again.",
        )
    if _ASEXML.search(text[:4096]):
        return _refusal(
            "an aseXML message of the Australian market, which wraps other files",
            name,
            "Save the NEM12 or NEM13 text inside it (from 100 to 900) as a file of its own, then give that.",
        )
    if head.startswith(UTF16) and not text.lstrip().startswith(b"<"):
        return _refusal(
            "text in UTF-16, which only XML may be",
            name,
            'Save it as CSV in UTF-8; or read it by a mapping that says encoding = "utf-16".',
        )
    for mark, what, then in sorted(_MARKS, key=lambda each: -len(each[0])):
        if start.startswith(mark):
            return _refusal(what, name, then)
    return None


def other_delimiter(head: bytes) -> tuple[str, bytes] | None:
    """Semicolons or tabs where commas would be: their name, and the beginning with commas in their place."""
    line = max(head.splitlines()[:40], key=len, default=b"")
    for mark, what in ((b";", "semicolons"), (b"\t", "tabs")):
        if line.count(mark) > max(1, line.count(b",")):
            return what, head.replace(mark, b",")
    return None


def _refusal(what: str, name: str, then: str) -> BadInput:
    return BadInput(f"The file is {what}.", where=name, next=then)


def _narrow(head: bytes) -> bytes:
    """The beginning without byte order mark, UTF-16 as the bytes of its letters."""
    if head.startswith(UTF16):
        return head[2:].replace(b"\0", b"")
    return head.removeprefix(codecs.BOM_UTF8)
