"""Text as it is compared: small letters, no hyphens or apostrophes, numbers in figures."""

from __future__ import annotations

import re
import unicodedata

_SHORT = (
    (re.compile(r"\bcan(?:no|')t\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\be-mail"), "email"),
    (re.compile(r"\bon-line\b"), "online"),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
    (re.compile(r"'s\b|s'(?=\s|$)"), lambda found: "s" if found[0] == "s'" else ""),
)
_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty"""
_NUMBERS = {word: str(number) for number, word in enumerate(_WORDS.split())} | {
    "thirty": "30",
    "hundred": "100",
    "twenty five": "25",
}
_NUMBER = re.compile(r"\b(" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")\b")
_KEPT = re.compile(r"[^\w$%&.]+|(?<!\d)\.|\.(?!\d)|_")
SMALL = {"one"}  # more often a pronoun than a count
_RANGE = re.compile(r"(?<![\d.-])(\d+) ?[-–—] ?(\d+)(?= [a-z%])")
_TURNED = (  # a comparison that is denied is the opposite comparison; `a customer bill to them` is to the customer
    (
        re.compile(r"\b(?:not?|never) (?:any )?(?:fewer|less|lower|smaller) than\b|\bnot (?:under|below)\b"),
        "at least",
    ),
    (
        re.compile(
            r"\b(?:not?|never) (?:any )?(?:more|greater|higher|larger) than\b|\bnot (?:over|above|exceeding)\b"
        ),
        "at most",
    ),
    (re.compile(r"\bnot (?:at least|a minimum of)\b"), "less than"),
    (re.compile(r"\bnot (?:at most|up to)\b"), "more than"),
    (
        re.compile(r"\b(customers? (?:\w+ ){1,3}(?:to|with)) (?:them|him|her)\b(?! [a-z]*self)"),
        r"\1 the customer",
    ),
)


def plain(text: str) -> str:
    """`Can't we e-mail a customer's data?` → `can not we email a customer data`."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‑", "-")
    for pattern, by in _SHORT:
        text = pattern.sub(by, text)
    text = _RANGE.sub(r"\1 to \2", text)
    text = _KEPT.sub(" ", text)
    text = _NUMBER.sub(lambda found: found[0] if found[0] in SMALL else _NUMBERS[found[0]], text)
    return " ".join(text.split())


def affirmed(text: str) -> str:
    """Plain text without denied comparisons, and with the customer for a pronoun close by: `not fewer than 15 customers` → `at least 15 customers`."""
    for pattern, by in _TURNED:
        text = pattern.sub(by, text)
    return text
