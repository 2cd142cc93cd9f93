"""What stands above a home's key files, as its settings say: nothing, a PKCS#11 token, or a key service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from meterkeep.errors import BadInput, Refused
from meterkeep.vault.keys.provider import Root

KINDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = MappingProxyType(
    {
        "files": (frozenset(), frozenset()),
        "token": (frozenset({"module", "token", "label", "pin_file"}), frozenset()),
        "kms": (frozenset({"region", "label"}), frozenset({"endpoint"})),
    }
)
"""Each kind with the settings that it needs, and those that it may have."""


@dataclass(frozen=True, slots=True)
class RootSetting:
    """The table [keys] of home.toml. options: sorted pairs of name and value."""

    kind: str = "files"
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, table: object) -> Self:
        """Raises BadInput where a setting is missing, unknown, or no text."""
        if table is None:
            return cls()
        values = dict(table) if isinstance(table, dict) else {}
        kind = values.pop("root", None)
        if kind not in KINDS:
            raise _wrong(f"root is one of {', '.join(KINDS)}.")
        needed, allowed = KINDS[kind]
        if missing := needed - values.keys():
            raise _wrong(f"{kind} needs {', '.join(sorted(missing))}.")
        if other := values.keys() - needed - allowed:
            raise _wrong(f"{kind} does not know {', '.join(sorted(other))}.")
        if not all(isinstance(value, str) and value for value in values.values()):
            raise _wrong("Every setting is a text.")
        return cls(kind, tuple(sorted(values.items())))

    def root(self) -> Root | None:
        """What seals the key files; None where nothing does."""
        values: dict[str, Any] = dict(self.options)
        if self.kind == "token":
            from meterkeep.vault.keys.pkcs11 import TokenRoot

            pin = _secret(Path(values.pop("pin_file")))
            return TokenRoot(module=Path(values.pop("module")), pin=pin, **values)
        if self.kind == "kms":
            from meterkeep.vault.keys.kms import KmsRoot

            return KmsRoot(**values)
        return None

    def as_table(self) -> dict[str, str]:
        """The table [keys] again; empty where files alone are the root."""
        return {} if self.kind == "files" else {"root": self.kind, **dict(self.options)}

    def as_toml(self) -> list[str]:
        if self.kind == "files":
            return []
        # The strings of JSON are basic strings of TOML.
        pairs = (("root", self.kind), *self.options)
        return ["", "[keys]", *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in pairs)]


def _secret(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise Refused(
                "Others than its owner may read the token's PIN.",
                where=str(path),
                next=f"Run `chmod 600 {path}`, and change the PIN.",
            )
        return path.read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise BadInput(
            f"The token's PIN cannot be read: {problem.strerror}.",
            where=str(path),
            next="Write it into this file, readable by its owner only.",
        ) from problem


def _wrong(what: str) -> BadInput:
    return BadInput(
        f"The settings of the keys are not right: {what}", where="[keys]", next="See docs/vault.md, Keys."
    )
