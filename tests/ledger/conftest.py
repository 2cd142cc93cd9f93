"""A log in a temporary folder, with one key for all tests, and entries that concern nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from meterkeep.ledger import Entry, FileSigner, Journal


def entry(name: str = "policy.adopted", **fields: Any) -> Entry:
    return Entry(
        **{"name": name, "at": "2026-03-01T09:30:00Z", "on": "2026-03-01", "actor": "person-1", **fields}
    )


@pytest.fixture(scope="session")
def make() -> Callable[..., Entry]:
    return entry


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    FileSigner.create(folder, origin="log.example/synthetic")
    return folder


@pytest.fixture(scope="session")
def signer(keys: Path) -> FileSigner:
    return FileSigner(keys)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def journal(folder: Path, signer: FileSigner) -> Iterator[Journal]:
    journal = Journal.open(folder, signer=signer)
    yield journal
    journal.close()
