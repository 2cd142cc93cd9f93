"""What goes where: stdout carries the result and nothing else; progress and warnings go to stderr."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from meterkeep.errors import BadInput

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def by_option(required: bool = True) -> Callable[[Any], Any]:
    """--by PERSON, or METERKEEP_PERSON: who acts is never implicit."""
    text = "Who acts: a person's id of the workforce register."
    if required:
        return click.option("--by", envvar="METERKEEP_PERSON", required=True, help=text)
    return click.option("--by", envvar="METERKEEP_PERSON", default="intake", show_default=True, help=text)


class Day(click.ParamType):
    """A calendar day as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return value if isinstance(value, date) else datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            self.fail(f"{value[:60]!r} is not a day; write it as YYYY-MM-DD.", param, ctx)


as_of_option = click.option(
    "--as-of", type=Day(), default=None, help="The day that counts, instead of today."
)


def day_of_destruction(custodian: Any, as_of: date | None) -> date:
    """Today: a hold, an officer or a rule of today is not evaded by another day. Homes for made-up data have any day."""
    today: date = custodian.today()
    if as_of not in (None, today) and not custodian.home.synthetic:
        raise BadInput(
            "Records are destroyed as of today.",
            where="--as-of",
            next="Leave it out; without --apply it shows what another day would have due.",
        )
    return as_of or today


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(
            "This is no text in UTF-8.", where=str(path), next="Save it as UTF-8, if it is the right file."
        ) from None


def say_json(document: Any) -> None:
    """A report on a hundred thousand meters is a document of a million lines: `json` takes half a minute for one."""
    click.echo(msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2).decode())


def say_error(error: dict[str, str], *, as_json: bool) -> None:
    place = f"{error['where']}: " if error["where"] else ""
    click.echo(f"{click.style('error', fg='red')}: {place}{error['message']}", err=True)
    if error["next"]:
        click.echo(f"  → {error['next']}", err=True)
    if as_json:
        say_json({"error": error})


def stdout() -> Console:
    return Console(highlight=False, soft_wrap=False)


def aligned(rows: Sequence[Sequence[str]], *, left: Container[int]) -> Iterator[str]:
    """Rows as lines of columns; those in `left` begin at the left, the others, numbers, end at the right. Nothing is cut."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def progress() -> Progress:
    """A progress display on stderr that leaves no trace when it ends."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def as_period(start: date, end: date) -> tuple[date, date]:
    if end <= start:
        raise BadInput(
            f"The period ends ({end}) before it begins ({start}).", next="Give --from before --to."
        )
    return start, end
