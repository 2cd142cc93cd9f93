"""`serve`: portal, console and public pages in one process with threads (gunicorn)."""

from __future__ import annotations

import errno
import os
import socket
import sys
from typing import Any

import click

from meterkeep.errors import BadInput, Busy, MeterkeepError
from meterkeep.faces.cli.output import say_error


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.pass_obj
def serve(composition: Any, host: str, port: int, workers: int) -> None:
    """Serve portal, console and public pages until interrupted."""
    home = composition.home()
    check_address(host, port)
    click.echo(f"Serving {home.name} at http://{host}:{port}/ (stop with Ctrl-C)", err=True)
    run_server(host=host, port=port, workers=workers)


def run_server(*, host: str, port: int, workers: int) -> None:
    """Runs gunicorn in this process. It gets the application by name: each worker opens the home for itself after the
    fork, because the engines of the store do not survive one."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settings = {
                "bind": f"{host}:{port}",
                "workers": workers,
                "threads": 8,
                "worker_class": "gthread",
                "accesslog": None,
                "errorlog": "-",
                "loglevel": "warning",
            }
            for key, value in settings.items():
                self.cfg.set(key, value)

        def load(self) -> Any:
            from gunicorn.util import import_app

            try:
                return import_app("meterkeep.site.wsgi:application")
            except MeterkeepError as error:
                say_error(error.as_json(), as_json=False)
                sys.exit(Arbiter.APP_LOAD_ERROR)

    master = os.getpid()
    try:
        Server().run()
    except SystemExit as stopped:  # workers come by here too, on their way out
        failed = stopped.code == Arbiter.APP_LOAD_ERROR and os.getpid() == master
        sys.exit(BadInput.exit_code if failed else stopped.code)


def check_address(host: str, port: int) -> None:
    """Says so before anything is started, where nobody can be served here."""
    try:
        socket.create_server((host, port)).close()
    except OSError as problem:
        kind = Busy if problem.errno == errno.EADDRINUSE else BadInput
        raise kind(
            f"Nothing can be served at {host}:{port}: {problem.strerror}.",
            where="--host, --port",
            next="Name another one, for example --port 8080.",
        ) from problem
