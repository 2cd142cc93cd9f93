"""Receipts as files: what may come in, known by its content and never by its name."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from meterkeep.errors import BadInput

LARGEST = 10_000_000
"""Bytes of one receipt: a photograph of a telephone has a third of that."""
MOST = 80
"""Receipts of one claim."""
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
IMAGES = frozenset({"image/jpeg", "image/png"})
_ACTIVE = frozenset(
    {
        "/JavaScript",
        "/JS",
        "/Launch",
        "/EmbeddedFile",
        "/EmbeddedFiles",
        "/OpenAction",
        "/AA",
        "/XFA",
        "/RichMedia",
    }
)
_RUNS = re.compile(rb"/(JavaScript|Launch|EmbeddedFile|OpenAction|RichMedia)\b")
"""The longer of them, wherever they stand: a reader that mends a broken file finds what no other object points to. The short ones stand
by chance in many a picture."""
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"heim", b"heis"})
_MARKUP = re.compile(rb"\s*(?:<\?xml|<!doctype|<svg|<html|<script)", re.I)
_OBJECTS = 20_000
"""Objects of a PDF that are looked at: a receipt has a few dozen."""
_TAIL = 2048


def media_of(content: bytes) -> str:
    """image/jpeg, image/png or application/pdf, by how it begins and ends. Raises BadInput for all else, and for a PDF that does something
    when it is opened, that asks for a password, or that holds more than a receipt."""
    if not content:
        raise _refused("The file is empty.")
    check_size(len(content))
    if content[:3] == b"\xff\xd8\xff" and b"\xff\xd9" in content[-_TAIL:]:
        return "image/jpeg"
    if content[:8] == b"\x89PNG\r\n\x1a\n" and content[12:16] == b"IHDR" and b"IEND" in content[-_TAIL:]:
        return "image/png"
    if content[:5] == b"%PDF-" and b"%%EOF" in content[-_TAIL:]:
        _check_pdf(content)
        return "application/pdf"
    raise _refused(_what(content))


def check_size(size: int) -> None:
    """Before it is read at all. size: bytes."""
    if size > LARGEST:
        raise _refused(f"The file is larger than {LARGEST // 1_000_000} MB.")


def _what(content: bytes) -> str:
    """Which of the files it is that people send most."""
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "This is a HEIC picture, which most computers cannot show: in the camera's settings choose “most compatible”, or take a screenshot of it."
    if _MARKUP.match(content[:_TAIL].removeprefix(b"\xef\xbb\xbf")):
        return "This is a web page or a drawing that can run something."
    if content[:2] == b"MZ" or content[:4] == b"\x7fELF":
        return "This is a program."
    return "This is neither a JPEG nor a PNG picture nor a PDF, or it is not whole."


def _check_pdf(content: bytes) -> None:
    """Every object is looked at as a reader would, names in any spelling and objects packed into others included; pictures and pages
    are not unpacked, so that nothing swells."""
    try:
        found = set(_names(content))
    except _NotRead as why:
        raise _refused(str(why)) from None
    except Exception:  # noqa: BLE001  whatever a damaged file does to its reader
        raise _refused("This PDF is damaged.") from None
    if found & _ACTIVE or _RUNS.search(content):
        raise _refused("This PDF runs something when it is opened, or carries other files.")


class _NotRead(Exception):
    pass


def _names(content: bytes) -> Iterator[str]:
    from pypdf import PdfReader
    from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise _NotRead("This PDF asks for a password, so nobody can verify it.")
    left, seen, met = [reader.trailer], set(), 0
    while left:
        one: object = left.pop()
        if (met := met + 1) > _OBJECTS:
            raise _NotRead("This PDF holds far more than a receipt does.")
        if isinstance(one, IndirectObject):
            if one.idnum not in seen:
                seen.add(one.idnum)
                left.append(one.get_object())
        elif isinstance(one, DictionaryObject):
            yield from (str(name) for name in one)
            yield from (str(one.raw_get(name)) for name in ("/S", "/Type") if name in one)
            left.extend(one.raw_get(name) for name in one)
        elif isinstance(one, ArrayObject):
            left.extend(one)


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
