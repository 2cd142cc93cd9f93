"""The certificate of a destruction: a file of the home that says what went, when, under which clauses and by whom, and names nobody.

Whoever has it finds its digest in the log. It is written whole or not at all, under the reference of its lot.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import msgspec

FOLDER = "certificates"
TITLE = "Certificate of destruction"


def written(folder: Path, reference: str, certificate: dict[str, Any]) -> str:
    """Writes it and gives its SHA-256. Written again with the same content it is the same file."""
    content = as_bytes(certificate)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{reference}.json"
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return hashlib.sha256(content).hexdigest()


def as_bytes(certificate: dict[str, Any]) -> bytes:
    """JSON for people: indented, in the order that it was made in."""
    return msgspec.json.format(msgspec.json.encode(certificate, enc_hook=str), indent=2) + b"\n"
