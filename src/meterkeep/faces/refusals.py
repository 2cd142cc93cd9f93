"""Why a file was refused, in the reader's language: the commonest sentences of the readers; the others stay in English and say so.

A file's reason is kept as its reader said it, in English. A test holds that each of these is still said.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _


class Told(NamedTuple):
    """lang: of the text."""

    text: str
    lang: str


SENTENCES: Final = (
    _("The file is of no format known here."),
    _("The file is empty."),
    _("Ask the sender for it again."),
    _("The file is cut off: its end record (900) is missing."),
    _("The file holds no interval data."),
    _("The file has no header record (100)."),
    _("Ask the sender for the file again; nothing of it was kept."),
    _("Ask the sender for the file again; nothing was kept."),
    _("The day does not hold as many values as its interval length asks for."),
    _("The line is no well-formed CSV."),
    _("The row has other fields than the header."),
    _("The row has other fields than its header."),
    _("The header of the readings is missing."),
    _("The file is not in UTF-8."),
    _("Ask the sender for UTF-8, or save it in that encoding."),
    _("The file is no well-formed CSV."),
    _("The file is XML, but holds no Green Button (ESPI) data."),
    _("Check that it is the right file; meter data in XML is read as Green Button only."),
    _("The file is binary and of no format known here."),
    _("The zip archive is damaged or incomplete."),
    _("The gzip file is damaged or incomplete."),
    _("The member is damaged or incomplete."),
    _("The member is encrypted."),
    _("The member is an archive inside the archive, which is not opened."),
    _("Unpack the outer archive, then give what was inside."),
    _("The archive holds no file."),
    _("The archive unpacks to more than is taken in at once."),
    _("Ask the sender for smaller archives, or unpack it and look at what is in it."),
    _("The file is an office document."),
    _("Save its table as CSV, then give that file."),
    _("The line is no CMEP record."),
    _("The record ends before its readings."),
    _("The record holds fewer readings than it announces."),
    _("The record does not end."),
    _("The file declares a document type (<!DOCTYPE …>), which meter data never needs and attacks do."),
    _("Ask the sender for the file without it."),
    _("A file with these bytes was withdrawn."),
    _("To take it in after all, send it with --again."),
    _("Look at what is in the archive, or ask the sender for meter files alone."),
    _("Reading the file took longer than it may."),
    _("The file ended the process that read it."),
)

PLACES: Final = (_("record"), _("line"), _("row"), _("segment"), _("column"), _("after"))
_WORD = re.compile("|".join(PLACES))


def told(sentence: str) -> Told:
    """The sentence in the language of the page where it is known there, else as it is."""
    if sentence in SENTENCES:
        return Told(gettext(sentence), get_language() or "en")
    return Told(sentence, "en")


def place_told(place: str) -> str:
    """ "line 12" in the language of the page."""
    return _WORD.sub(lambda word: gettext(word[0]), place)
