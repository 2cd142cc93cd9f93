"""HTTP for witnesses, with the standard library: one call out, one call in. TLS is a reverse proxy's."""

from __future__ import annotations

import sys
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any

from meterkeep.errors import BadInput
from meterkeep.ledger.witness.exchange import MOST_BYTES, PATH, Answer
from meterkeep.ledger.witness.witness import Witness

_PATIENCE = 20  # seconds for a connection that says nothing
_MOST_AT_ONCE = 32  # connections; a further one is closed, and asks again
_MOST_DIGITS = 9  # of a length


def post(url: str, body: bytes) -> Answer:
    """Sends a checkpoint to a witness. Raises OSError where it cannot be reached, BadInput for an address that is none."""
    if not url.startswith(("http://", "https://")):
        raise BadInput("A witness's address begins with http:// or https://.", where="policy")
    address, headers = url.rstrip("/") + PATH, {"Content-Type": "text/plain"}
    request = urllib.request.Request(address, data=body, headers=headers)  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as reply:  # noqa: S310
            return Answer(reply.status, reply.read(MOST_BYTES), reply.headers.get("Content-Type", ""))
    except urllib.error.HTTPError as refusal:
        with refusal:
            return Answer(refusal.code, refusal.read(MOST_BYTES), refusal.headers.get("Content-Type", ""))
    except HTTPException as error:
        raise OSError("what answers there is no web server") from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._places = BoundedSemaphore(_MOST_AT_ONCE)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up is no fault of ours, and nobody's address is written down."""
        if not isinstance(sys.exc_info()[1], OSError):
            traceback.print_exc()


def server(witness: Witness, *, host: str, port: int, clock: Callable[[], int]) -> ThreadingHTTPServer:
    """To be run with `serve_forever`. port: 0 for any. Raises OSError where the address cannot be had."""

    class Handler(_Handler):
        pass

    Handler.witness, Handler.clock = witness, staticmethod(clock)
    return _Server((host, port), Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # the connection stays open, as the protocol asks
    server_version, sys_version = "meterkeep-witness", ""
    timeout = _PATIENCE
    witness: Witness
    clock: Callable[[], int]

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != PATH:
            self._answer(Answer(404, b"The call is POST /add-checkpoint.\n"), close=True)
        elif not (length.isascii() and length.isdecimal()):
            self._answer(Answer(411, b"The request must say its length.\n"), close=True)
        elif len(length) > _MOST_DIGITS or int(length) > MOST_BYTES:
            self._answer(Answer(413, b"The request is too long.\n"), close=True)
        else:
            self._answer(self._judged(self.rfile.read(int(length))))

    def _judged(self, body: bytes) -> Answer:
        try:
            return self.witness.add_checkpoint(body, now=self.clock())
        except OSError:
            return Answer(503, b"The witness cannot write. Nothing was cosigned.\n")

    def do_GET(self) -> None:
        self._answer(Answer(405, b"The call is POST /add-checkpoint.\n"), close=True)

    def _answer(self, answer: Answer, *, close: bool = False) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Nothing: who asks is nobody's business, and what was cosigned stands in `seen`."""
