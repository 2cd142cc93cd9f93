"""What a scanner does to a page: letters for digits, furniture between the lines, signatures turned to noise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from meterkeep.policy.texts.source import Line

_AS_DIGIT = str.maketrans("OoQSsIlB", "00055118")
_POLICY_ID = re.compile(r"\b([A-Z]{2,5})\s?[-–]\s?([0-9OoQSsIlB]{1,3})\b(?![-–]\d)")
PAGE_OF = re.compile(r"\bpage\s+\d+\s+of\s+(\d+)\b", re.I)
BARE_PAGE = re.compile(r"^[\s\-–]*\d{1,3}[\s\-–]*$")
POLICY_LINE = re.compile(r"^policy\s*(?:#|no\.?|number)\s*:?\s*[A-Z]{2,5}\s?[-–]\s?\w{1,3}$", re.I)
SECTION_NUMBER = re.compile(r"[\d.]+")
NOISE = 0.62  # a line with a smaller share of letters and spaces than this is no writing
HEADER_LENGTH = 90


def policy_id(text: str) -> str | None:
    """The first policy number, as it was meant: `CEA-OS` is CEA-05."""
    for letters, digits in _POLICY_ID.findall(text):
        if number := canonical(letters, digits):
            return number
    return None


def canonical(letters: str, digits: str) -> str | None:
    """None where what follows the dash is a word, not a number."""
    meant = digits.translate(_AS_DIGIT)
    if not meant.isdigit() or not (any(one.isdigit() for one in digits) or digits.isupper()):
        return None
    return f"{letters}-{meant}"


def same_policy(one: str, other: str) -> bool:
    """Whether two numbers name one policy: CEA-005 is CEA-05."""
    letters, _, digits = one.partition("-")
    theirs, _, number = other.partition("-")
    return letters == theirs and digits.isdigit() and number.isdigit() and int(digits) == int(number)


def spellings(number: str, lines: Iterable[Line]) -> tuple[str, ...]:
    """The other ways in which the text writes a policy's number."""
    found: dict[str, None] = {}
    for line in lines:
        for match in _POLICY_ID.finditer(line.text):
            meant = canonical(match[1], match[2])
            if meant and match[0] != number and same_policy(meant, number):
                found[match[0]] = None
    return tuple(found)


def without_furniture(lines: Sequence[Line]) -> list[Line]:
    """Without page numbers, running heads and what is printed at the edge of every page."""
    edges = _edges(lines)
    return [line for line in lines if not _is_furniture(line.text.strip(), edges)]


def _is_furniture(text: str, edges: frozenset[str]) -> bool:
    return bool(PAGE_OF.search(text) or BARE_PAGE.match(text) or POLICY_LINE.match(text)) or text in edges


def _edges(lines: Sequence[Line]) -> frozenset[str]:
    """Short lines that stand first or last on at least three pages."""
    pages: dict[int, list[str]] = {}
    for line in lines:
        if line.text.strip():
            pages.setdefault(line.page, []).append(line.text.strip())
    if len(pages) < 3:
        return frozenset()
    seen = Counter(text for page in pages.values() for text in {page[0], page[-1]})
    return frozenset(text for text, times in seen.items() if times > 2 and len(text) < HEADER_LENGTH)


def is_noise(text: str) -> bool:
    """Whether the line is what a scanner makes of a signature or a stain."""
    text = text.strip()
    if not text or SECTION_NUMBER.fullmatch(text):
        return False
    words = re.findall(r"[A-Za-z]{3,}", text)
    share = sum(1 for one in text if one.isalpha() or one.isspace()) / len(text)
    return share < NOISE and not any(len(word) > 3 and word.lower()[1:] == word[1:] for word in words)
