"""Letters on paper: tagged PDF (PDF/UA-1) by typst, from its own fonts, the same bytes for the same letters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Literal

import typst

from meterkeep.desks.arrears.letters.writing import Page

TEMPLATE = Path(__file__).with_name("letter.typ")
_PROBE = TEMPLATE.with_name("signs.typ")
STANDARD: Literal["ua-1"] = "ua-1"
_TOO_LONG = re.compile(r"\S{32}(?=\S)")
_BREAK = "\u200b"
"""An invisible place to break: a name without a space would run off the paper."""
_NAMED = re.compile(r'the text `"(.+?)"` could not be displayed')


def as_pdf(letters: Sequence[Sequence[Page]], *, title: str, author: str, on: date) -> bytes:
    """All letters in one file, each part on a page of its own. on: stands in the file as the day it was made."""
    return _compiled(letters, title=title, author=author, on=on, format="pdf")[0]


def as_pictures(letters: Sequence[Sequence[Page]], *, title: str, author: str, on: date) -> list[bytes]:
    """The pages as PNG."""
    return _compiled(letters, title=title, author=author, on=on, format="png")


def unprintable(texts: Iterable[str]) -> frozenset[str]:
    """The signs among these texts that the letters' fonts do not have."""
    left = {sign for text in texts for sign in text if not sign.isascii() or not sign.isprintable()}
    lacking = {sign for sign in left if not sign.isprintable()}
    left -= lacking
    probe = typst.Compiler(str(_PROBE), root=str(_PROBE.parent), ignore_system_fonts=True)
    while left:
        try:
            probe.compile(sys_inputs={"signs": " ".join(sorted(left))}, pdf_standards=[STANDARD])
            break
        except typst.TypstError as error:
            found = _NAMED.search(str(error))
            named = set(found[1]) & left if found else left
            lacking |= named or left
            left -= named or left
    return frozenset(lacking)


def _compiled(
    letters: Sequence[Sequence[Page]], *, title: str, author: str, on: date, format: Literal["pdf", "png"]
) -> list[bytes]:
    told = {
        "title": title,
        "author": author,
        "letters": [[_broken(page.as_json()) for page in letter] for letter in letters],
    }
    made = _compiler().compile(
        sys_inputs={"letters": json.dumps(told, ensure_ascii=False)},
        format=format,
        timestamp=datetime.combine(on, time(), UTC),
        **({"pdf_standards": [STANDARD]} if format == "pdf" else {"ppi": 96.0}),
    )
    return [one for one in made if one] if isinstance(made, list) else [made or b""]


@cache
def _compiler() -> typst.Compiler:
    """The machine's own fonts are left aside, so that every machine makes the same file."""
    return typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent), ignore_system_fonts=True)


def _broken(value: object) -> object:
    """The same, with places to break in words that are too long for a line."""
    if isinstance(value, str):
        return _TOO_LONG.sub(lambda found: found[0] + _BREAK, value)
    if isinstance(value, dict):
        return {name: _broken(one) for name, one in value.items()}
    return [_broken(one) for one in value] if isinstance(value, list | tuple) else value
