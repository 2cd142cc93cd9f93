"""Who the customers are, encrypted: keys, fields, blind index, usage-point numbers, shredding.

Only the gate is given a vault. The names below load on first use, so that commands without a home start quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from meterkeep.vault.copying import Copied as Copied
    from meterkeep.vault.fields import FIELDS as FIELDS
    from meterkeep.vault.fields import SEARCHABLE as SEARCHABLE
    from meterkeep.vault.keys import FileKeys as FileKeys
    from meterkeep.vault.keys import KeyProvider as KeyProvider
    from meterkeep.vault.keys import Root as Root
    from meterkeep.vault.keystore import Rotated as Rotated
    from meterkeep.vault.vault import Strays as Strays
    from meterkeep.vault.vault import Vault as Vault

__all__ = ["FIELDS", "SEARCHABLE", "Copied", "FileKeys", "KeyProvider", "Root", "Rotated", "Strays", "Vault"]

_HOMES = {
    "FIELDS": "fields",
    "SEARCHABLE": "fields",
    "FileKeys": "keys",
    "KeyProvider": "keys",
    "Root": "keys",
    "Rotated": "keystore",
    "Copied": "copying",
    "Strays": "vault",
    "Vault": "vault",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
