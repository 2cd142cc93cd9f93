"""A first password, for whoever is told it to type."""

from __future__ import annotations

import secrets


def new_password() -> str:
    """Ninety-six bits, in six groups that can be read out."""
    return "-".join(secrets.token_hex(2) for _ in range(6))
