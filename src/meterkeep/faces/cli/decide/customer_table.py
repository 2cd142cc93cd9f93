"""`decide --customers`: a table of customers, one request for all of them; counts by outcome, and each one's outcome in a file.

A cell that is at fault is named by its line and column, never by what stands in it: it may be anything about anybody.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from meterkeep.errors import BadInput
from meterkeep.policy.language.vocabulary import Fact, FactValue, fact

if TYPE_CHECKING:
    from meterkeep.policy.deciding.bulk import Bulk

_WORDS = {"true": True, "false": False}
_NUMBER = re.compile(r"-?[0-9]{1,18}")  # what 64 bits hold for certain
_UNSAFE = re.compile(r"[=+@\t\r-]|.*[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", re.DOTALL)
"""A name that a spreadsheet would run as a formula, or that a terminal would obey."""

Row = tuple[str, list[FactValue | None]]


class Cells(dict[str, "FactValue | None"]):
    """The value of each text that a column may hold, worked out once. Raises ValueError for one that it may not."""

    def __init__(self, known: Fact) -> None:
        super().__init__({"": None})
        self.known = known

    def __missing__(self, text: str) -> FactValue | None:
        self[text] = value = self._read(text.strip())
        return value

    def _read(self, text: str) -> FactValue | None:
        if not text:
            return None
        value: object = _WORDS.get(text.lower()) if self.known.type == "bool" else text
        if self.known.type == "int" and _NUMBER.fullmatch(text):
            value = int(text)
        if not self.known.accepts(value):
            raise ValueError(text)
        return value  # type: ignore[return-value]  # the fact accepts it


def read_customers(path: Path) -> tuple[list[str], dict[str, list[FactValue | None]]]:
    """Who the rows are about, and by fact what is known of each. Raises BadInput naming line and column."""
    ids: dict[str, None] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            columns = [Cells(known) for known in _facts(next(lines, []), path)]
            values: list[list[FactValue | None]] = [[] for _ in columns]
            for customer, row in _rows(lines, columns, path):
                _check_customer(customer, ids, f"{path} line {lines.line_num}")
                ids[customer] = None
                for column, value in zip(values, row, strict=True):
                    column.append(value)
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(
            f"This is no CSV in UTF-8: {error}.", where=str(path), next="Check which file it is."
        ) from error
    return list(ids), {cells.known.name: column for cells, column in zip(columns, values, strict=True)}


def _facts(header: Sequence[str], path: Path) -> list[Fact]:
    names = [name.strip() for name in header]
    where = f"{path} line 1"
    if len(names) < len(("customer", "fact")):
        raise BadInput(
            "The table has no column of facts.",
            where=where,
            next="The first column names the customer, each other one a fact.",
        )
    if twice := [name for name in names if names.count(name) > 1]:
        raise BadInput(f"The column {twice[0]!r} stands twice.", where=where, next="Keep one of them.")
    return [fact(name, where=where) for name in names[1:]]


def _rows(lines: Any, columns: Sequence[Cells], path: Path) -> Iterator[Row]:
    for cells in lines:
        if not cells:
            continue
        if len(cells) != len(columns) + 1:
            raise BadInput(
                f"The line has {len(cells)} cells, and the first line {len(columns) + 1}.",
                where=f"{path} line {lines.line_num}",
                next="Give each customer one cell in every column; leave it empty where it is not known.",
            )
        values = []
        for column, text in zip(columns, cells[1:], strict=True):
            try:
                values.append(column[text])
            except ValueError:
                raise _bad_cell(column.known, f"{path} line {lines.line_num}") from None
        yield cells[0], values


def _check_customer(customer: str, seen: Container[str], line: str) -> None:
    """One line for each customer, under a name that --to can repeat."""
    where = f"{line}, first column"
    if not customer.strip() or _UNSAFE.match(customer):
        raise BadInput(
            "This names no customer: it is empty, begins with = + - @, or holds control characters.",
            where=where,
            next="Give the customer's number; --to repeats it, and a spreadsheet must not run it.",
        )
    if customer in seen:
        raise BadInput(
            "This customer stands in the table twice.",
            where=where,
            next="Give each customer one line, with what holds for all their accounts.",
        )


def _bad_cell(known: Fact, line: str) -> BadInput:
    return BadInput(
        f"This is not {known.wants}.",
        where=f"{line}, column {known.name}",
        next="Leave the cell empty where it is not known.",
    )


def decide_customers(pack: Any, *, action: str, common: Any, on: date, table: Path) -> tuple[list[str], Bulk]:
    import pyarrow as pa

    from meterkeep.policy import bulk

    ids, columns = read_customers(table)
    kinds = {"bool": pa.bool_(), "int": pa.int64(), "enum": pa.string()}
    each = {name: pa.array(values, kinds[fact(name).type]) for name, values in columns.items()}
    return ids, bulk.decide_many(pack, action=action, common=common, each=each, on=on)


def write_outcomes(path: Path, ids: Sequence[str], many: Bulk) -> None:
    """One line for each customer, whole or not at all."""
    from meterkeep.policy.deciding.bulk import OUTCOMES

    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "outcome"))
            writer.writerows(
                (customer, OUTCOMES[code]) for customer, code in zip(ids, many.codes, strict=True)
            )
        beside.replace(path)
    except OSError as error:
        raise BadInput(
            f"The outcomes cannot be written: {error.strerror}.", where=str(path), next="Name another file."
        ) from error


def tell(many: Bulk, said: dict[str, str], colours: dict[str, str], why: Callable[[str], str]) -> None:
    """Counts by outcome, and under each the clauses that carry it, for how many."""
    for outcome, count in many.counts.items():
        click.secho(f"{said[outcome]}: {count:,}", fg=colours[outcome], bold=True)
        for share in many.shares:
            if share.outcome != outcome:
                continue
            click.echo(f"  {share.customers:,} of them:")
            if reason := why(share.why):
                click.echo(f"    {reason}")
            for clause in share.clauses:
                click.echo(f"    {clause.id}  {clause.summary}")
            if share.missing:
                click.echo(f"    Not known, and it matters: {', '.join(share.missing)}")
