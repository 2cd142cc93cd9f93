"""How headers, classes and marks are compared: without case, spaces and punctuation."""

from __future__ import annotations

import re

_APART = re.compile(r"[^0-9a-z]+")
_TOTAL = re.compile(
    r"(grand |sub)?totals?|total .*|all( (zips?|zip codes|areas|cities|counties|classes|customers|sectors|rates|months|year))?"
    r"|annual|year|entire year|system ?wide"
)
_ZIP = re.compile(r"\d{5}")
_LETTERS = {"a": "agricultural", "c": "commercial", "i": "industrial", "r": "residential"}


def plain(text: str) -> str:
    """ "Elec- Residential " → "elec residential"."""
    return _APART.sub(" ", text.casefold()).strip()


def squeezed(text: str) -> str:
    r""" "Zip\nCode" → "zipcode"."""
    return _APART.sub("", text.casefold())


def is_total(text: str, marks: frozenset[str] = frozenset()) -> bool:
    """Whether the name of an area or class stands for all of them. marks: more such names, as `plain` has them."""
    name = plain(text)
    return name in marks or _TOTAL.fullmatch(name) is not None


def class_words(text: str) -> frozenset[str]:
    """The words of a class by which a rule finds it; "R" is residential. "Non-Residential" is one word, not two."""
    name = plain(text)
    name = re.sub(r"\bnon ", "non", name)
    return frozenset(name.split()) | ({_LETTERS[name]} if name in _LETTERS else set())


def zips_of(text: str) -> tuple[str, ...]:
    """The ZIP codes of a combined row, such as "92101/92102"; one name that is no list of ZIPs is itself."""
    parts = tuple(plain(text).replace(" and ", " ").split())
    if len(parts) > 1 and all(_ZIP.fullmatch(part) for part in parts):
        return tuple(sorted(set(parts)))
    return (text,)
