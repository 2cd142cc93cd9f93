"""A log with witnesses that run, on this machine, as processes of an auditor would."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from meterkeep.ledger import FileSigner
from meterkeep.ledger.witness.web import server
from meterkeep.ledger.witness.witness import Witness, trust

NOW = 1_760_000_000


@pytest.fixture
def witness(tmp_path: Path, signer: FileSigner) -> Iterator[Witness]:
    """One that knows the log of the tests."""
    made = new_witness(tmp_path / "w1", "witness.example/w1", signer)
    yield made
    made.close()


def new_witness(folder: Path, name: str, signer: FileSigner) -> Witness:
    Witness.create(folder, name=name).close()
    trust(folder, "".join(f"{key}\n" for key in signer.public_keys))
    return Witness(folder)


@pytest.fixture
def serve() -> Iterator[Callable[[Witness], str]]:
    """Serves a witness and gives its address."""
    running: list[ThreadingHTTPServer] = []

    def start(witness: Witness) -> str:
        http = server(witness, host="127.0.0.1", port=0, clock=lambda: NOW)
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(http)
        return f"http://127.0.0.1:{http.server_address[1]}"

    yield start
    for http in running:
        http.shutdown()
        http.server_close()
