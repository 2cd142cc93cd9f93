"""The API as it is served: a token from the command line, asked over HTTP."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest


def meterkeep(home, *arguments):
    environment = {**os.environ, "METERKEEP_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.run(
        [sys.executable, "-m", "meterkeep", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


PEOPLE = """
[[person]]
id = "officer"
display = "Privacy officer"
role = "privacy_officer"
start = 2026-01-05
"""


@pytest.fixture
def home(tmp_path):
    made = meterkeep(tmp_path / "home", "init", "--provider", "cpa", "--zone", "America/Los_Angeles")
    assert made.returncode == 0, made.stderr
    (tmp_path / "registers.toml").write_text(PEOPLE)
    known = meterkeep(tmp_path / "home", "register", tmp_path / "registers.toml", "--by", "officer")
    assert known.returncode == 0, known.stderr
    return tmp_path / "home"


@pytest.fixture
def address(home, free_port):
    environment = {**os.environ, "METERKEEP_HOME": str(home)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "meterkeep", "serve", "--port", str(free_port)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{free_port}"
    try:
        wait_for(f"{url}/healthz")
        yield url
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture
def free_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def wait_for(url):
    for _ in range(300):
        try:
            return urllib.request.urlopen(url, timeout=30)
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"nothing is served at {url}")


def ask(address, body, token):
    request = urllib.request.Request(
        f"{address}/access/v1/evaluation",
        body,
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "X-Request-ID": "r-1"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read()), answer.headers["X-Request-ID"]
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read()), error.headers["X-Request-ID"]


def test_a_program_asks_with_the_token_it_was_given(home, address):
    given = json.loads(meterkeep(home, "token", "new", "billing", "--by", "officer", "--json").stdout)
    body = {
        "subject": {"type": "public", "id": "everyone"},
        "action": {"name": "release_aggregate"},
        "resource": {"type": "totals", "id": "r", "properties": {"aggregate.traceable": True}},
        "context": {"on": "2026-01-05"},
    }
    status, answer, id = ask(address, json.dumps(body).encode(), given["token"])
    assert (status, answer["decision"], answer["context"]["outcome"], id) == (200, False, "refuse", "r-1")
    assert answer["context"]["provider"] == "cpa"
    assert ask(address, b"[" * 100_000, given["token"])[0] == 400
    assert ask(address, b"{}", "wrong")[0] == 401
    assert [row["program"] for row in json.loads(meterkeep(home, "token", "list", "--json").stdout)] == [
        "billing"
    ]
    for stranger in (("new", "other"), ("end", "billing")):
        refused = meterkeep(home, "token", *stranger, "--by", "nobody-at-all")
        assert (refused.returncode, "nobody of the workforce register" in refused.stderr) == (1, True)
    assert meterkeep(home, "token", "end", "billing", "--by", "officer").returncode == 0
    assert ask(address, json.dumps(body).encode(), given["token"])[0] == 401
    assert meterkeep(home, "token", "end", "nobody", "--by", "officer").returncode == 2
