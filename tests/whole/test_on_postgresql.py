"""The desks keep their promises on PostgreSQL as they do on SQLite: what asks the database, on a server of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
USER = "postgres"
PAGES = ("defects_page", "readings_page", "sources_page", "defects_command", "reading_commands")
SUITES = ("tests/desks", *(f"tests/faces/test_{name}.py" for name in PAGES))
"""The desks, and the faces whose questions to the intake's tables are their own: sums, JSON counts, sorting."""


def binaries() -> Path | None:
    """Debian keeps them apart by version; elsewhere they are on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def as_server_user(*command: object) -> None:
    """PostgreSQL refuses to run as root; then it runs as the user that its package made."""
    prefix = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    subprocess.run([*prefix, *map(str, command)], check=True, capture_output=True, cwd="/")


@pytest.fixture
def server() -> Iterator[str]:
    """A new cluster on the loopback; its address as a URL."""
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed; .ci/run installs it")
    folder = Path(tempfile.mkdtemp(prefix="meterkeep-postgresql-"))
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(USER).pw_uid, -1)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, options = folder / "data", f"-c listen_addresses=127.0.0.1 -c fsync=off -p {port} -k {folder}"
    as_server_user(programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "--locale=C.UTF-8")
    as_server_user(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
    finally:
        as_server_user(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.mark.postgres
def test_the_desks_pass_on_postgresql(server: str) -> None:
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "asking", *SUITES, "--tb=short"]
    paths = os.pathsep.join(filter(None, (str(ROOT / "tests"), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "METERKEEP_DATABASE_URL": server, "PYTHONPATH": paths}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert " passed" in ran.stdout
