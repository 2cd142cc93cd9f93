"""What the log keeps of its witnesses' answers, beside its own checkpoint."""

from __future__ import annotations

from pathlib import Path

from meterkeep.ledger.notes import Checkpoint, NoteError, read_checkpoint
from meterkeep.ledger.witness.policy import Policy, read_policy

COSIGNED = "cosigned"
"""The checkpoint that witnesses were last asked about, with what they have cosigned of it."""

WITNESSED = "witnessed"
"""The newest checkpoint for which the policy was met."""

POLICY = "policy"


def policy_of(folder: Path) -> Policy | None:
    """The log's own policy; None where it has none. Raises BadInput where it cannot be read."""
    try:
        return read_policy((folder / POLICY).read_bytes())
    except FileNotFoundError:
        return None


def kept_checkpoint(folder: Path, name: str) -> Checkpoint | None:
    """None where there is none, or where it cannot be read: `verify` says so, and the next asking makes it anew."""
    try:
        return read_checkpoint((folder / name).read_text(encoding="utf-8"))
    except (FileNotFoundError, NoteError, UnicodeDecodeError):
        return None
