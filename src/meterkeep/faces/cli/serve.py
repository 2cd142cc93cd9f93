"""`serve`: portal, console and public pages in one process with threads (gunicorn)."""

from __future__ import annotations

from typing import Any

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.pass_obj
def serve(composition: Any, host: str, port: int, workers: int) -> None:
    """Serve portal, console and public pages until interrupted."""
    home = composition.home()
    click.echo(f"Serving {home.name} at http://{host}:{port}/ (stop with Ctrl-C)", err=True)
    run_server(host=host, port=port, workers=workers)


def run_server(*, host: str, port: int, workers: int) -> None:
    """Runs gunicorn in this process. It gets the application by name: each worker opens the home for itself after the
    fork, because the engines of the store do not survive one."""
    from gunicorn.app.base import BaseApplication

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

            return import_app("meterkeep.site.wsgi:application")

    Server().run()
