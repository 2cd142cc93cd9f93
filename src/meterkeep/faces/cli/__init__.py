"""The command line. Each command lives in a file of its own and is loaded only when it is called."""

from __future__ import annotations

import importlib
import os
import sqlite3
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from meterkeep.errors import Busy, MeterkeepError, is_full
from meterkeep.faces.cli.lazy import LazyGroup
from meterkeep.faces.cli.output import say_error

COMMANDS = {
    "init": "home:init",
    "upgrade": "home:upgrade",
    "doctor": "home:doctor",
    "demo": "demo.command:demo",
    "serve": "serve:serve",
    "register": "register.command:register",
    "ingest": "ingest.command:ingest",
    "sources": "sources:sources",
    "tick": "tick:tick",
    "defects": "defects:defects",
    "customers": "customers:customers",
    "usage": "usage:usage",
    "readings": "readings_check:readings",
    "decide": "decide.command:decide",
    "ask": "ask:ask",
    "policy": "policy:policy",
    "token": "token:token",
    "release": "release.command:release",
    "collections": "collections.command:collections",
    "expenses": "expenses.command:expenses",
    "ledger": "ledger.command:ledger",
    "store": "store:store",
    "retention": "retention:retention",
    "vault": "vault:vault",
    "backup": "backup:backup",
    "restore": "backup:restore",
}
"""Command → module of this folder and its click object; `tests/house` keeps it in step with docs/cli.md."""


# Models need a started Django, so a command opens its home first and imports its desk after that.
@click.group(
    cls=LazyGroup,
    commands_of=__name__,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name=None, version=importlib.import_module("meterkeep").__version__)
def meterkeep() -> None:
    """The data custodian for energy providers.

    $METERKEEP_HOME (default ./meterkeep-home) holds everything. Start with `meterkeep demo`, or make a home of your own
    with `meterkeep init`.
    """


def run(arguments: Sequence[str], composition: Any) -> int:
    """Runs one command and gives its exit code: 0, 1, 2, 3, 70, 75 or 130 as docs/cli.md lists them."""
    as_json = "--json" in arguments
    try:
        return int(meterkeep.main(list(arguments), "meterkeep", obj=composition, standalone_mode=False) or 0)
    except MeterkeepError as error:
        say_error(error.as_json(), as_json=as_json)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        say_error(_usage_error(error), as_json=as_json)
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted; what was complete is kept.", err=True)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except (PermissionError, FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        say_error(_not_accessible(error), as_json=as_json)
        return 2
    except Exception as error:  # noqa: BLE001 - the last place that can turn a crash into a message
        if is_full(error):
            return _later(NO_ROOM, as_json=as_json)
        return _later(AT_WORK, as_json=as_json) if _is_busy(error) else _our_fault(error, as_json=as_json)


def _usage_error(error: click.ClickException) -> dict[str, str]:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "meterkeep"
    return {
        "code": "bad_input",
        "message": error.format_message(),
        "where": "command line",
        "next": f"See `{command} --help`.",
    }


def _not_accessible(error: OSError) -> dict[str, str]:
    return {
        "code": "bad_input",
        "message": f"{error.strerror}.",
        "where": str(error.filename or ""),
        "next": "Check the path, and that you may read and write it.",
    }


def _is_busy(error: BaseException | None) -> bool:
    """Whether SQLite gave up waiting for another process, however deep the error is wrapped."""
    while error is not None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return True
        error = error.__cause__
    return False


AT_WORK = Busy("Other processes are at work in this home.", next="Try again in a moment.")
NO_ROOM = Busy(
    "The disk is full.", next="Make room, then run the same command again; what was complete is kept."
)


def _later(busy: Busy, *, as_json: bool) -> int:
    say_error(busy.as_json(), as_json=as_json)
    return busy.exit_code


def _our_fault(error: Exception, *, as_json: bool) -> int:
    """Values in a traceback may identify somebody, so only its places are shown unless a developer asks."""
    if os.environ.get("METERKEEP_DEBUG"):
        traceback.print_exception(error)
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/meterkeep/" in frame.filename]
    place = (
        f"{ours[-1].filename.rpartition('/meterkeep/')[2]}:{ours[-1].lineno}" if ours else "outside our code"
    )
    say_error(
        {
            "code": "our_fault",
            "message": f"Something broke that should not ({type(error).__name__}).",
            "where": place,
            "next": "Please report this place; METERKEEP_DEBUG=1 shows the whole trace on your own screen.",
        },
        as_json=as_json,
    )
    return 70
