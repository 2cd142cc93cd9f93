"""`policy`: the life of a clause pack. Each command has a file of its own and is loaded only when it is called."""

from __future__ import annotations

import click

from meterkeep.faces.cli.lazy import LazyGroup

COMMANDS = {
    "new": "new:new_command",
    "adopt": "adopt:adopt_command",
    "approve": "approve:approve_command",
    "lint": "lint:lint_command",
    "coverage": "coverage:coverage_command",
    "test": "test:test_command",
    "prove": "prove:prove_command",
    "impact": "impact:impact_command",
    "import": "import_:import_command",
    "export-cedar": "export_cedar:export_cedar_command",
    "replay": "replay:replay_command",
}


@click.group(cls=LazyGroup, commands_of=__name__, table=COMMANDS)
def policy() -> None:
    """The life of a clause pack: lint it, see its clause map, run its tests."""
