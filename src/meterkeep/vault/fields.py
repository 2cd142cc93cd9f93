"""The identity fields, and how a value is made comparable before it is hashed for exact search."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from meterkeep.errors import BadInput
from meterkeep.vault.keys import KeyProvider

FIELDS = (
    "name",
    "account_number",
    "service_account",
    "usage_point_source_id",
    "meter_number",
    "phone",
    "email",
    "service_address",
    "billing_address",
    "ssn",
    "customer_ref",
)
"""What the vault keeps of a customer. `customer_ref` is the provider's own customer id."""

_STREET_WORDS = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd", "drive": "dr", "lane": "ln",
    "court": "ct", "place": "pl", "terrace": "ter", "highway": "hwy", "parkway": "pkwy", "circle": "cir",
    "apartment": "unit", "apt": "unit", "suite": "unit", "ste": "unit", "no": "unit",
    "north": "n", "south": "s", "east": "e", "west": "w",
}  # fmt: skip


def _plain(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip().casefold()


def _identifier(value: str) -> str:
    """Letters and digits; separators differ between bill and screen. Leading zeros stay: 0012 and 12 are two accounts."""
    return re.sub(r"[\W_]", "", _plain(value))


def _phone(value: str) -> str:
    """The digits before an extension, without the North American country code."""
    digits = re.sub(r"\D", "", re.split(r"ext|x", _plain(value))[0])
    return digits[1:] if len(digits) == 11 and digits[0] == "1" else digits


def _address(value: str) -> str:
    words = re.sub(r"[^\w]+", " ", _plain(value).replace("#", " unit ")).split()
    return " ".join(_STREET_WORDS.get(word, word) for word in words)


SEARCHABLE: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "account_number": _identifier,
        "service_account": _identifier,
        # Merging two usage points would merge two homes, so their source ids are compared nearly as they are.
        "usage_point_source_id": _plain,
        "meter_number": _identifier,
        "phone": _phone,
        "email": _plain,
        "service_address": _address,
        "customer_ref": _identifier,
    }
)
"""The fields that can be searched, each with its normalisation."""


class BlindIndex:
    """HMAC-SHA256 of normalised values, cut to 128 bits, under a key for each kind."""

    def __init__(self, provider: KeyProvider) -> None:
        self._keys = {kind: provider.blind_key(kind) for kind in SEARCHABLE}
        self._reference_key = provider.blind_key("file_reference")

    def digest(self, kind: str, value: str) -> bytes | None:
        """16 bytes; None where nothing is left to compare, or the field is not searchable."""
        if kind not in SEARCHABLE or not (comparable := SEARCHABLE[kind](value)):
            return None
        return hmac.digest(self._keys[kind], comparable.encode(), "sha256")[:16]

    def reference(self, value: str) -> bytes:
        """16 bytes, of what a file calls a part of itself."""
        return hmac.digest(self._reference_key, value.encode(), "sha256")[:16]


def check_searchable(kind: str) -> None:
    if kind not in SEARCHABLE:
        raise BadInput(
            f"Customers cannot be searched by “{kind}”.", next=f"Search by one of {', '.join(SEARCHABLE)}."
        )


def check_values(values: Mapping[str, str]) -> None:
    for field, value in values.items():
        if field not in FIELDS:
            raise BadInput(
                f"“{field}” is not an identity field.", next=f"The fields are {', '.join(FIELDS)}."
            )
        if not isinstance(value, str):
            raise BadInput(
                f"The field “{field}” takes text, not {type(value).__name__}.", next="Give it as text."
            )
