"""CSV by a layout."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from meterkeep.desks.arrears.kinds import FileKind
from meterkeep.desks.arrears.reading.mappings import NEEDED, Layout
from meterkeep.desks.arrears.reading.rows import Bad, Read, Reject, Row, cents_of, day_of, without_twins
from meterkeep.errors import BadInput

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NAMES = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "cp1252": "Windows-1252", "latin-1": "Latin-1"}
_MORE = ""
"""The key of cells beyond the header's."""
_INTEREST = "interest: "
"""Before the names of columns that tell of interest, whatever a layout reads."""


def read_table(path: Path, layout: Layout, *, as_of: date) -> Read:
    """as_of: the day that the file tells of; what it says of later days is not kept. Raises BadInput where the file as a whole cannot be read."""
    rows: list[Row] = []
    rejects: list[Reject] = []
    for line, cells in _lines(path, layout):
        try:
            rows.append(_row(line, cells, layout, as_of))
        except Bad as bad:
            rejects.append(Reject(line, bad.rule, bad.why, bad.cents))
    kept, twins = without_twins(layout.kind, rows)
    rejects = sorted([*rejects, *twins], key=lambda one: one.line)
    return Read(layout.kind, "csv", tuple(kept), tuple(rejects), layout.name)


def _lines(path: Path, layout: Layout) -> Iterator[tuple[int, dict[str, str]]]:
    encoding = _encoding(path, layout)
    try:
        with path.open(encoding=encoding, newline="") as file:
            for _ in range(layout.skip_rows):
                file.readline()
            reader = csv.reader(file, strict=True, delimiter=layout.delimiter)
            header = [name.strip() for name in next(reader, [])]
            _check_delimiter(header, layout, path)
            places = _places(header, layout, path)
            before = reader.line_num
            for cells in reader:
                line, before = layout.skip_rows + before + 1, reader.line_num
                if any(cell.strip() for cell in cells):
                    yield line, _named(cells, places, len(header))
    except UnicodeDecodeError:
        raise BadInput(
            f"The file is no text in {_NAMES[encoding]}.",
            where=str(path),
            next='Save it as CSV in UTF-8, or say in a mapping how it is written: encoding = "cp1252" is what Windows often writes.',
        ) from None
    except csv.Error as error:
        raise BadInput(f"This is not CSV: {error}.", where=str(path), next="Correct the line.") from None


def _encoding(path: Path, layout: Layout) -> str:
    """A file in UTF-16 begins with a mark that no other text begins with."""
    with path.open("rb") as file:
        return "utf-16" if file.read(2) in _UTF_16 else layout.encoding


def _check_delimiter(header: list[str], layout: Layout, path: Path) -> None:
    """Other signs than the layout's are not guessed: with them the amounts may be written otherwise, too."""
    if not header:
        raise BadInput("The file is empty.", where=str(path), next="Ask for it again.")
    parts = {sign: header[0].split(sign) for sign in ",;\t|" if sign != layout.delimiter}
    found = next((sign for sign, some in parts.items() if len(header) == 1 and len(some) > 1), "")
    if found:
        shown = {"\t": "\\t"}.get(found, found)
        raise BadInput(
            f"The columns are parted by “{shown}”, not by “{layout.delimiter}”.",
            where=f"{path}, line {layout.skip_rows + 1}",
            next=f'Say so in a mapping: delimiter = "{shown}"; and decimal = "," where 12,50 is twelve and a half.',
        )


def _places(header: list[str], layout: Layout, path: Path) -> dict[str, int]:
    """What it says → the column's number. Where there is no mapping, `balance` is an amount too."""
    columns = dict(layout.columns)
    if not layout.name and "amount" not in header and "balance" in header:
        columns["amount"] = "balance"
    twice = sorted({name for name in header if name and header.count(name) > 1})
    absent = [columns[name] for name in NEEDED[layout.kind] if columns[name] not in header]
    if absent or twice:
        what = f"has no column {absent[0]!r}" if absent else f"names the column {twice[0]!r} twice"
        wanted = ", ".join(columns[name] for name in NEEDED[layout.kind])
        raise BadInput(
            f"The file {what}.",
            where=f"{path}, line {layout.skip_rows + 1}",
            next=f"It needs {wanted}; a mapping says which columns these are: --mapping.",
        )
    places = {name: header.index(column) for name, column in columns.items() if column in header}
    return places | {_INTEREST + name: place for place, name in enumerate(header) if _bears(name)}


def _bears(name: str) -> bool:
    """As late_fee_interest does: whatever it is called, no account bears any."""
    return "interest" in name.lower()


def _named(cells: list[str], places: Mapping[str, int], width: int) -> dict[str, str]:
    named = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
    return {**named, _MORE: "more"} if any(cell.strip() for cell in cells[width:]) else named


def _row(line: int, cells: Mapping[str, str], layout: Layout, as_of: date) -> Row:
    cents = cents_of(cells["amount"], layout.columns["amount"], decimal=layout.decimal)
    try:
        return _checked(line, cells, cents, layout, as_of)
    except Bad as bad:
        raise Bad(bad.rule, bad.why, cents) from None


def _checked(line: int, cells: Mapping[str, str], cents: int, layout: Layout, as_of: date) -> Row:
    if _MORE in cells:
        raise Bad("cells", "It has more cells than the header has names.")
    number = cells["account_number"]
    if not number or not number.isprintable():
        raise Bad("account_number", "It has no account number, or one with signs that cannot be printed.")
    borne = {name: text for name, text in cells.items() if name == "interest" or name.startswith(_INTEREST)}
    if any(
        text and cents_of(text, name.removeprefix(_INTEREST), decimal=layout.decimal)
        for name, text in borne.items()
    ):
        raise Bad("interest", "It carries interest; no account bears any (CEA-05/5.4).")
    days = {
        name: day_of(cells.get(name, ""), layout.columns.get(name, name), layout.dates)
        for name in ("due_date", "returned_on", "paid_on", "billed_on")
    }
    due, on = days["due_date"], as_of
    if layout.kind != FileKind.OVERDUE:
        (own,) = (days[name] for name in NEEDED[layout.kind] if name.endswith("_on"))
        if own is None:
            raise Bad("day", "It does not say on which day.")
        on = own
    if on > as_of:
        raise Bad("future", f"It tells of {on}, after the file's own day.")
    if due is None and cents > 0 and layout.kind != FileKind.PAYMENTS:
        raise Bad("due_date", "It has no due date, from which its days are counted.")
    if due and due > as_of and cents > 0 and layout.kind in {FileKind.OVERDUE, FileKind.RETURNED}:
        raise Bad("future", f"It falls due on {due}, after the file's own day: it is not overdue.")
    return Row(line, number, cents, on, due)
