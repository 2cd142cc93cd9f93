"""A small report of overdue accounts and a letterhead, all synthetic, so that the pages of overdue accounts have something to show."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from meterkeep.desks.arrears import actions
from meterkeep.desks.arrears.kinds import FileKind
from meterkeep.desks.arrears.letters.head import NAME
from meterkeep.desks.arrears.models import Import
from meterkeep.desks.arrears.reading.mappings import plain_layout
from meterkeep.desks.arrears.reading.tables import read_table
from meterkeep.faces.cli.demo.files import World
from meterkeep.gate import Gate

OWED = (
    ("312.45", 100), ("40.00", 20), ("1250.00", 200), ("12.00", 150), ("90.10", 160), ("275.00", 91), ("410.75", 130),
    ("18.20", 60), ("820.00", 125), ("260.40", 45),
)  # fmt: skip
"""Dollars, and for how many days they are overdue."""
LETTERHEAD = """# Synthetic: nobody's office.
utility = "Example Gas & Electric"

[office]
name = "Coastal Example Energy"
address = ["100 Harbor Way", "Carlsbad, CA 92008"]
phone = "1-800-555-0100"
website = "example.org"

[ways]
en = ["Online at example.org/pay"]
es = ["En línea: example.org/pagar"]
"""


def take_in_overdue(world: World, folder: Path, home: Path, *, gate: Gate, by: str, on: date) -> Import:
    """folder: where the report may stand until it is read."""
    (home / NAME).write_text(LETTERHEAD, encoding="utf-8")
    path = folder / "overdue.csv"
    path.write_text("\n".join(["account_number,amount,due_date", *_lines(world, on)]) + "\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    read = read_table(path, plain_layout(FileKind.OVERDUE), as_of=on)
    path.unlink()
    return actions.take_in(read=read, sha256=digest, gate=gate, by=by, on=on)


def _lines(world: World, on: date) -> Iterator[str]:
    """Not of the first customer, whose identity is looked for everywhere."""
    whose = islice(world.population.rows(), 1, 1 + len(OWED))
    for row, (amount, days) in zip(whose, OWED, strict=True):
        yield f"{row['account_number']},{amount},{on - timedelta(days=days)}"
