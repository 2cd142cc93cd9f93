"""A vault of its own for each test, and what a leak search needs. All names and numbers are synthetic."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from meterkeep.vault import FileKeys, Vault

PERSON = {
    "name": "Quillfeather Canary",
    "account_number": "ACCT-00-4711-CANARY",
    "service_account": "SVC-815-CANARY",
    "usage_point_source_id": "urn:uuid:canary-0001",
    "meter_number": "MTR-CANARY-9",
    "phone": "+1 (805) 555-0142",
    "email": "Quill.Canary@example.com",
    "service_address": "17 Invented Street, Apt 4, Canaryville",
    "billing_address": "PO Box 99 Canary Station",
    "ssn": "000-12-3456",
    "customer_ref": "CUST-CANARY-77",
}


@pytest.fixture
def person() -> dict[str, str]:
    return dict(PERSON)


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    return FileKeys.create(tmp_path / "keys")


@pytest.fixture
def vault(tmp_path: Path, keys: FileKeys) -> Vault:
    return Vault.create(tmp_path / "vault", keys, patience=5)


@pytest.fixture
def vault_bytes(tmp_path: Path) -> Callable[[], bytes]:
    """Everything that lies in the vault's folder, write-ahead logs included."""
    return lambda: b"".join(path.read_bytes() for path in sorted((tmp_path / "vault").iterdir()))
