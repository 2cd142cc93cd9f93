"""Telling a customer from a person or a party by the form of the id."""

import re

_CUSTOMER = re.compile(r"[0-9a-f]{32}")


def is_customer(id: str) -> bool:
    """The vault's ids are 32 hexadecimal digits; people and parties have slugs, which nobody makes that long by hand."""
    return _CUSTOMER.fullmatch(id) is not None
