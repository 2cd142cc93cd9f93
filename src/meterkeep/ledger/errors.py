"""The log's own refusal."""

from __future__ import annotations

from meterkeep.errors import Refused


class Tampered(Refused):
    """The log's files contradict each other or its signature: nothing is read from it and nothing is added."""

    code = "tampered"
