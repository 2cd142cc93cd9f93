"""What of a claim is nobody else's: taken out before it is kept, and blacked out of whatever goes to the public."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from meterkeep.desks.expenses.models import Claim
from meterkeep.gate import Gate, papers

PRIVATE = ("home_address", "phone", "email", "mail_to", "bank")
"""Of the claimant: where they live and how they are reached and paid. It lies sealed in the vault, and nowhere else."""
GONE = "[removed]"

# Each of these reads a text in a time that grows as the text does, whatever stands in it: repetitions are bounded.
_CARD = re.compile(r"(?<!\d)(?<!\d\.)\d(?:[ -]?\d){12,18}(?!\d|\.\d)")
_MASKED = re.compile(r"[xX*•·#]{2}[xX*•·# -]{0,40}\d{2,4}\b|\b(?:ending|ends)(?: in| with)? \d{4}\b", re.I)
_PHONE = re.compile(r"(?<!\d)(?:\+?1[ .-]?)?(?:\(\d{3}\)|\d{3})[ .-]?\d{3}[ .-]?\d{4}(?!\d)")
_ACCOUNT = re.compile(
    r"\b(?:account|acct|cuenta|card|tarjeta|meter|medidor|routing|iban)\b[\s.:#]{0,9}(?:(?:no|number|num|núm|número)\b)?[\s.:#]{0,9}"
    r"[A-Z]{0,4}\d(?:[ -]?\d){3,}",
    re.I,
)
_LONG = re.compile(r"(?<![\d.])\d{9,}(?![\d.]\d)")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_SOCIAL = re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")
_STREET = re.compile(
    r"\b\d{1,6}\s+(?:[\w.'-]+\s+){1,4}(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|pl|way|"
    r"terrace|circle|cir|highway|hwy|parkway|pkwy)\b\.?(?:,?\s+(?:apt|unit|suite|ste|#)\.?\s*[\w-]+)?",
    re.I,
)
_PO_BOX = re.compile(r"\bP\.?\s?O\.?\s+Box\s+\d+", re.I)


def parted(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The claim without the claimant's private part, and that part."""
    claimant = document.get("claimant")
    if not isinstance(claimant, dict):
        return dict(document), {}
    private = {name: str(claimant[name]) for name in PRIVATE if claimant.get(name)}
    rest = {name: value for name, value in claimant.items() if name not in PRIVATE}
    return {**document, "claimant": rest}, private


def blacked(text: str, private: Iterable[str] = ()) -> str:
    """Without card, telephone and social-security numbers, addresses of any kind, and whatever of `private` stands in it. It takes away
    too much rather than too little."""
    text = _without_own(text, private)
    return _without((*_NUMBERS, _PO_BOX, _STREET), text)


_NUMBERS = (_EMAIL, _SOCIAL, _CARD, _MASKED, _ACCOUNT, _PHONE, _LONG)


def scrubbed(document: Mapping[str, Any], private: Iterable[str] = ()) -> dict[str, Any]:
    """The claim as it is kept: nothing in it says a card's, an account's or a telephone's number, an e-mail address, or what is the
    claimant's own. A place that a trip led to stays; where it began may be a home, so no street is told there."""
    own = [one for one in private if _TELLING.search(one) and len(re.findall(r"\w", one)) > 4]
    kept: dict[str, Any] = _each(document, lambda text: without_numbers(_without_own(text, own)))
    if isinstance(trip := kept.get("trip"), dict) and isinstance(trip.get("from"), str):
        trip["from"] = blacked(trip["from"])
    return kept


_TELLING = re.compile(r"\d|@")
"""An address, a number: more than the name of a town, which stands in many a claim."""


def without_numbers(text: str) -> str:
    """What somebody wrote, without numbers of cards, accounts and telephones, and without e-mail addresses."""
    return _without(_NUMBERS, text)


def _each(document: Any, change: Callable[[str], str]) -> Any:
    if isinstance(document, dict):
        return {change(str(name)): _each(value, change) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return [_each(value, change) for value in document]
    if isinstance(document, str):
        return change(document)
    if isinstance(document, int | Decimal) and change(str(document)) != str(document):
        return GONE
    return document


def _without(patterns: Iterable[re.Pattern[str]], text: str) -> str:
    for pattern in patterns:
        text = pattern.sub(GONE, text)
    return text


def _without_own(text: str, private: Iterable[str]) -> str:
    for value in sorted({one.strip() for one in private} - {""}, key=len, reverse=True):
        words = [re.escape(word) for word in re.findall(r"\w+", value)]
        if words:
            text = re.sub(r"[\W_]{0,9}".join(words), GONE, text, flags=re.I)
    return text


def private_of(claim: Claim, *, gate: Gate) -> dict[str, str]:
    """What is private of the claimant, out of the vault."""
    if not claim.payee:
        return {}
    found: dict[str, str] = json.loads(papers.unseal(gate, claim.payee))
    return found
