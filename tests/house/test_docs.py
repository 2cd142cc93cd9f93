"""The docs are tested: every command, room and promise has its place, and what they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from meterkeep.faces.cli import COMMANDS, meterkeep

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "meterkeep"
README = (ROOT / "README.md").read_text()
CLI = (ROOT / "docs" / "cli.md").read_text()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_heading(command: str) -> None:
    assert re.search(rf"^## `{command}", CLI, flags=re.M), f"docs/cli.md says nothing of `{command}`"


def options_of(command: click.Command) -> set[str]:
    found = {
        name
        for param in command.params
        if isinstance(param, click.Option)
        for name in param.opts
        if name[:2] == "--"
    }
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            found |= options_of(sub) if sub else set()
    return found - {"--help"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_written_down(command: str) -> None:
    section = re.split(r"^## ", CLI.split(f"## `{command}", 1)[1], maxsplit=1, flags=re.M)[0]
    common = CLI.split("## Everywhere", 1)[1].split("\n## ", 1)[0]
    loaded = meterkeep.get_command(click.Context(meterkeep), command)
    assert loaded is not None
    missing = {option for option in options_of(loaded) if option not in section + common}
    assert missing == set()


def rooms() -> list[str]:
    found = [path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists()]
    desks = [f"desks/{path.name}" for path in (SOURCE / "desks").iterdir() if (path / "apps.py").exists()]
    return sorted(found + desks)


@pytest.mark.parametrize("room", rooms())
def test_the_readme_maps_every_room_in_one_line(room: str) -> None:
    rows = [line for line in README.splitlines() if re.match(rf"\| `{room}/?` \|", line)]
    assert len(rows) == 1, f"README needs one line for {room}"


def test_every_path_that_the_docs_name_exists() -> None:
    named = set()
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        named |= set(
            re.findall(r"`((?:src|tests|docs|tools|requirements|bench)/[\w./-]+)`", page.read_text())
        )
        named |= {
            f"docs/{link}"
            for link in re.findall(r"\]\(([\w/-]+\.(?:md|png))\)", page.read_text())
            if page.parent.name == "docs"
        }
        named |= set(
            re.findall(r"\]\(((?:docs|src)/[\w./-]+)\)", page.read_text()) if page.parent == ROOT else []
        )
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_nothing_names_a_machine_or_a_registry() -> None:
    """What is written here has to be true on any machine."""
    banned = re.compile(r"/work/|/root/|pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian", re.I)
    pages = [
        path for pattern in ("*.md", "*.py", "*.toml", "run", "*.txt", "*.in") for path in ROOT.rglob(pattern)
    ]
    ours = [
        p
        for p in pages
        if not {".venv", ".venv-dev", ".git", "vendor"} & set(p.parts) and p != Path(__file__)
    ]
    assert [
        str(path.relative_to(ROOT)) for path in ours if banned.search(path.read_text(errors="replace"))
    ] == []
