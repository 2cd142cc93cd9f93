"""Fields sealed under a key for each customer, beside bare AES-GCM of the library; and a million data keys moved to a new epoch, until
the old one is destroyed. CPU seconds. VAULT_KEYS says how many keys, where it should not be a million.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from measure import cpu_seconds

from meterkeep.vault import FileKeys, Vault
from meterkeep.vault.envelope import Key

CUSTOMERS = 20_000
FIELDS = (
    "name",
    "account_number",
    "phone",
    "email",
    "meter_number",
    "service_address",
    "ssn",
    "customer_ref",
)
VALUE = b"an invented value of usual length"
AT_ONCE = 50_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _fields(FileKeys.create(Path(folder) / "keys"))
    with tempfile.TemporaryDirectory() as folder:
        _rotation(Path(folder), int(os.environ.get("VAULT_KEYS", "1000000")))


def _fields(provider: FileKeys) -> None:
    """Of every customer all fields, once with the keys at hand and once with keys that are unwrapped first."""
    materials = [os.urandom(32) for _ in range(CUSTOMERS)]
    wrapped = [provider.wrap(one, epoch=1, place=f"keys|{n}|1") for n, one in enumerate(materials)]
    at_hand, bare = [Key(one) for one in materials], [AESGCM(one) for one in materials]
    places = [f"fields|{number:032x}|{name}|0" for number in range(CUSTOMERS) for name in FIELDS]

    def seal_all(keys: list[Key]) -> None:
        rows = iter(places)
        for key in keys:
            for _ in FIELDS:
                key.seal(VALUE, next(rows))

    def bare_all() -> None:
        rows = iter(places)
        for key in bare:
            for _ in FIELDS:
                key.encrypt(os.urandom(12), VALUE, next(rows).encode())

    def unwrapped() -> list[Key]:
        return [
            Key(provider.unwrap(one, epoch=1, place=f"keys|{number}|1")) for number, one in enumerate(wrapped)
        ]

    floor, ours, with_unwrapping = (
        len(places) / cpu_seconds(work)
        for work in (bare_all, lambda: seal_all(at_hand), lambda: seal_all(unwrapped()))
    )
    print(
        f"fields sealed a second: {ours:,.0f} with keys at hand ({ours / floor:.2f} of bare AES-GCM, {floor:,.0f}),"
        f" {with_unwrapping:,.0f} with a key unwrapped for each {len(FIELDS)} fields"
    )


def _rotation(folder: Path, number: int) -> None:
    provider = FileKeys.create(folder / "keys")
    vault = Vault.create(folder / "vault", provider)
    for first in range(0, number, AT_ONCE):
        vault._keys.ensure([f"{one:032x}" for one in range(first, min(first + AT_ONCE, number))])
    spent = cpu_seconds(lambda: _rotate(vault), runs=1)
    kept = (folder / "vault" / "keys.sqlite3").stat().st_size
    print(
        f"{number:,} keys moved to a new epoch, the old one destroyed: {spent:.1f} CPU s,"
        f" {number / spent:,.0f} keys a second, {kept / 1e6:.0f} MB"
    )


def _rotate(vault: Vault) -> None:
    done = vault.rotate()
    assert done.destroyed == [1]
