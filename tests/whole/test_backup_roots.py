"""A home whose key files a token or a key service has sealed, backed up, lost, and made again: SoftHSM, and moto in place of AWS. All data are synthetic."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import softhsm

pytestmark = pytest.mark.slow
_SERVICE = "https://kms.us-west-2.amazonaws.com/"
_HEADERS = ("X-Amz-Target", "Content-Type", "Authorization", "X-Amz-Date")


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "softhsm").mkdir()
    monkeypatch.setenv("SOFTHSM2_CONF", "")
    softhsm.make_token(tmp_path / "softhsm")
    (tmp_path / "pin").touch(mode=0o600)
    (tmp_path / "pin").write_text(softhsm.PIN)
    return f'[keys]\nroot = "token"\nmodule = "{softhsm.MODULE}"\ntoken = "{softhsm.TOKEN}"\nlabel = "home"\npin_file = "{tmp_path / "pin"}"\n'


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A service that other processes reach, too: what comes in is handed to moto, which answers in this one."""
    import requests
    from moto import mock_aws

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name: self.headers[name] for name in _HEADERS if self.headers[name]}
            answer = requests.post(_SERVICE, data=body, headers=headers, timeout=10)
            self.send_response(answer.status_code)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_: Any) -> None:
            pass

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "synthetic")
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with mock_aws():
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f'[keys]\nroot = "kms"\nregion = "us-west-2"\nlabel = "home"\nendpoint = "http://127.0.0.1:{http.server_address[1]}"\n'
        http.shutdown()
        http.server_close()


@pytest.mark.parametrize("kind", ["token", "kms"])
def test_a_lost_home_is_made_again_with_its_root(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, run_in: Any
) -> None:
    """By hand are kept what a runbook asks for: the copy of the key store, the sealed key files, and where their root is."""
    (tmp_path / "keys.toml").write_text(request.getfixturevalue(kind))
    home, safe, again = tmp_path / "home", tmp_path / "safe", tmp_path / "again"
    (tmp_path / "people.csv").write_text(
        "customer_id,name,meter_number,zip,start\nC-1,Quillfeather Canary,SYN-1,91910,2020-01-01\n"
    )
    safe.mkdir()
    for command in (
        ("init", "--provider", "cea", "--zone", "UTC", "--keys", tmp_path / "keys.toml"),
        ("customers", "import", tmp_path / "people.csv", "--by", "officer"),
        ("vault", "rotate", "--by", "officer"),
        ("vault", "copy-keys", safe, "--by", "officer"),
        ("backup", tmp_path / "backup", "--by", "officer"),
    ):
        ran = run_in(home, *command)
        assert ran.code == 0, ran.err
    shutil.copytree(home / "keys", safe / "keys")
    shutil.rmtree(home)

    (copy,) = safe.glob("keys-*.sqlite3")
    command = (
        "restore",
        tmp_path / "backup",
        "--keys",
        copy,
        "--key-files",
        safe / "keys",
        "--by",
        "officer",
    )
    ran = run_in(again, *command)
    assert ran.code == 1 and "You say: files alone" in ran.err and not (again / "home.toml").exists()
    ran = run_in(again, *command, "--root", tmp_path / "keys.toml")
    assert ran.code == 0, ran.err
    assert f'root = "{kind}"' in (again / "home.toml").read_text()
    assert b"Quillfeather" not in b"".join(path.read_bytes() for path in (again / "vault").iterdir())
    ran = run_in(again, READ, interpreter=("-c",))
    assert ran.out.strip() == "Quillfeather Canary", ran.err
    assert run_in(again, "doctor").code == 0 and run_in(again, "ledger", "verify").code == 0
    ran = run_in(again, "vault", "rotate", "--by", "officer")
    assert ran.code == 0, ran.err


READ = """
from meterkeep.site import composition
vault = composition.open_custodian().gate.vault
(found,) = vault.read(vault.find("customer_ref", "C-1"), ["name"]).values()
print(found["name"])
"""


def test_without_the_token_nothing_is_made(token: str, tmp_path: Path, run_in: Any) -> None:
    (tmp_path / "keys.toml").write_text(token)
    home = tmp_path / "home"
    for command in (
        ("init", "--provider", "cea", "--zone", "UTC", "--keys", tmp_path / "keys.toml"),
        ("backup", tmp_path / "backup", "--by", "officer"),
    ):
        assert run_in(home, *command).code == 0
    sources = ("--keys", home / "vault" / "keys.sqlite3", "--key-files", home / "keys", "--by", "officer")
    shutil.rmtree(tmp_path / "softhsm" / "tokens")
    (tmp_path / "softhsm" / "tokens").mkdir()
    again = tmp_path / "again"
    ran = run_in(again, "restore", tmp_path / "backup", *sources, "--root", tmp_path / "keys.toml")
    assert ran.code in (1, 2) and softhsm.TOKEN in ran.err, ran.err
    assert not (again / "home.toml").exists() and "Traceback" not in ran.err
