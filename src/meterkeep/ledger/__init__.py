"""The log: what was done, for anyone to check. The map of the modules is in docs/log.md.

`verify` is not among these names: it is `verification.verify`, and the module of that name is the stand-alone verifier.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from meterkeep.ledger.entries import Entry
    from meterkeep.ledger.errors import Tampered
    from meterkeep.ledger.journal import Journal
    from meterkeep.ledger.leases import current_lease, lease_alive
    from meterkeep.ledger.names import EventName
    from meterkeep.ledger.proofs import check_proof, prove, published_checkpoint, published_entry
    from meterkeep.ledger.signers import FileSigner, Signer
    from meterkeep.ledger.verification import Problem, Verification

_MODULES = {
    "Entry": "entries",
    "EventName": "names",
    "FileSigner": "signers",
    "Journal": "journal",
    "Problem": "verification",
    "Signer": "signers",
    "Tampered": "errors",
    "Verification": "verification",
    "check_proof": "proofs",
    "current_lease": "leases",
    "lease_alive": "leases",
    "prove": "proofs",
    "published_checkpoint": "proofs",
    "published_entry": "proofs",
}
__all__ = [
    "Entry",
    "EventName",
    "FileSigner",
    "Journal",
    "Problem",
    "Signer",
    "Tampered",
    "Verification",
    "check_proof",
    "current_lease",
    "lease_alive",
    "prove",
    "published_checkpoint",
    "published_entry",
]


def __getattr__(name: str) -> object:
    """Imports on first use: the stand-alone verifier and the command line start without what they do not need."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
