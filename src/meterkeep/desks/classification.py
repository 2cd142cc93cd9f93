"""What each field of each model is, so that export, redaction, log filters and shredding read one table.

covered: about a customer's energy use or identity. identifier: stands for a customer or an account, without saying who.
business: the provider's own affairs. public: on the public pages anyhow. A test fails where a field has no class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Class = Literal["covered", "identifier", "business", "public"]


def classify(
    *, covered: str = "", identifier: str = "", business: str = "", public: str = ""
) -> Mapping[str, Class]:
    """Field → class, from the names of fields in a row: `classify(identifier="id chain", business="start end")`."""
    rows: dict[Class, str] = {
        "covered": covered, "identifier": identifier, "business": business, "public": public,
    }  # fmt: skip
    return {field: kind for kind, names in rows.items() for field in names.split()}
