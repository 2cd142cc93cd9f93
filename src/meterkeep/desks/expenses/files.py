"""Receipts as files: what may come in, known by its content and never by its name."""

from __future__ import annotations

import re

from meterkeep.errors import BadInput

LARGEST = 10_000_000
"""Bytes of one receipt: a photograph of a telephone has a third of that."""
MOST = 80
"""Receipts of one claim."""
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
IMAGES = frozenset({"image/jpeg", "image/png"})
_ACTIVE = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|OpenAction|AA|XFA)\b")
_TAIL = 2048


def media_of(content: bytes) -> str:
    """image/jpeg, image/png or application/pdf, by how it begins and ends. Raises BadInput for all else, and for a PDF that does something
    when it is opened."""
    if not content:
        raise _refused("The file is empty.")
    if len(content) > LARGEST:
        raise _refused(f"The file is larger than {LARGEST // 1_000_000} MB.")
    if content[:3] == b"\xff\xd8\xff" and b"\xff\xd9" in content[-_TAIL:]:
        return "image/jpeg"
    if content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR" and b"IEND" in content[-_TAIL:]:
        return "image/png"
    if content[:5] == b"%PDF-" and b"%%EOF" in content[-_TAIL:]:
        if _ACTIVE.search(content):
            raise _refused("This PDF runs something when it is opened, or carries other files.")
        return "application/pdf"
    raise _refused("This is neither a JPEG nor a PNG picture nor a PDF, or it is not whole.")


def plain(content: bytes) -> bytes:
    """A picture without what a camera writes beside it, such as where it was taken. Raises BadInput where it is no picture."""
    media = media_of(content)
    if media not in IMAGES:
        raise _refused("A copy for the public is a picture: black bars over a PDF leave the text below them.")
    return _plain_jpeg(content) if media == "image/jpeg" else _plain_png(content)


def _plain_jpeg(content: bytes) -> bytes:
    """Without APP1 to APP15 and comments; what comes after the start of the scan stays as it is."""
    kept, at = [content[:2]], 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            raise _refused("This JPEG picture is damaged.")
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xDA:
            end = content.rindex(b"\xff\xd9") + 2
            return b"".join([*kept, content[at:end]])
        if not (0xE1 <= marker <= 0xEF or marker == 0xFE):
            kept.append(content[at : at + 2 + length])
        at += 2 + length
    raise _refused("This JPEG picture is damaged.")


_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB", b"cHRM", b"pHYs"})


def _plain_png(content: bytes) -> bytes:
    """Only the chunks that draw it, up to its end."""
    kept, at = [content[:8]], 8
    while at + 12 <= len(content):
        length, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if kind in _PICTURE:
            kept.append(content[at : at + 12 + length])
        if kind == b"IEND":
            return b"".join(kept)
        at += 12 + length
    raise _refused("This PNG picture is damaged.")


def _refused(why: str) -> BadInput:
    return BadInput(why, where="receipt", next="Take a picture (JPEG or PNG) or a plain PDF of up to 10 MB.")
