"""Prints the walk: numbered steps, each with its outcome, its clause and what happened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

MARKS = {
    "permit": ("✓ permitted", "green"),
    "refuse": ("✗ refused", "red"),
    "undetermined": ("? undetermined", "yellow"),
    "done": ("✓ done", "green"),
    "found": ("✗ found out", "red"),
}


class Teller:
    def __init__(self) -> None:
        self._console = Console(highlight=False)
        if not self._console.is_terminal:
            self._console.width = 140
        self._step = 0

    def title(self, text: str) -> None:
        self._console.print(Text(text, style="bold"), soft_wrap=True)

    def step(self, text: str) -> None:
        self._step += 1
        self._console.print()
        self._console.print(Text(f"{self._step}. {text}", style="bold"), soft_wrap=True)

    def outcome(self, kind: str, text: str, *, clauses: Iterable[tuple[str, str]] = ()) -> None:
        """kind: a key of MARKS. clauses: id and summary of each clause that carries it."""
        mark, style = MARKS[kind]
        self._console.print(Text.assemble("   ", (mark, style), "  ", text), soft_wrap=True)
        for number, summary in clauses:
            self._console.print(Text.assemble("     ", (number, "cyan"), "  ", summary), soft_wrap=True)

    def say(self, text: str) -> None:
        self._console.print(Text(f"   {text}"), soft_wrap=True)

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[str] = ()
    ) -> None:
        table = Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for column in table.columns:
            column.justify = "right" if column.header in numbers else "left"
        for row in rows:
            table.add_row(*row)
        self._console.print(Padding(table, (0, 0, 0, 3), expand=False))
