"""The way of sealed papers through the door: what is no customer's, such as a receipt, and still says too much to lie open.

No clause about customers' information decides it. Whoever asks is answered for by the desk, which tells the log.
"""

from __future__ import annotations

import secrets

from meterkeep.gate.gate import Gate


def new_subject() -> str:
    """What papers are sealed under together, and shredded together: 32 hex digits."""
    return secrets.token_hex(16)


def seal(gate: Gate, content: bytes, *, subject: str, paper: str = "") -> str:
    """Gives the paper's id. paper: of one that is replaced."""
    return gate.vault.papers.seal(content, subject=subject, paper=paper)


def unseal(gate: Gate, paper: str) -> bytes:
    """Raises BadInput where it was destroyed."""
    return gate.vault.papers.open(paper)


def remove(gate: Gate, paper: str) -> None:
    """Of a draft: what was never handed in."""
    gate.vault.papers.remove(paper)
