"""A group of commands, each in a module of its own that is imported only when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click


class LazyGroup(click.Group):
    """table: command → `module:attribute` below the package `commands_of`."""

    def __init__(self, *args: Any, commands_of: str, table: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.package, self.table = commands_of, table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.table:
            return None
        module, attribute = self.table[name].split(":")
        command: click.Command = getattr(importlib.import_module(f"{self.package}.{module}"), attribute)
        return command
